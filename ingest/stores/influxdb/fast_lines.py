"""An entry's line for InfluxDB straight from the queue: that of its point, without making the point.

Nearly every entry is a reading or a statistic whose value is a number: its line differs from the series' last
by value, count and time. Whatever is not so plain goes by its point.
"""

from typing import TYPE_CHECKING

from ingest.journal.entries import Entry, ReadingEntry, StatisticEntry
from ingest.stores.influxdb.line_protocol import encode, other_fields, series_key
from sensors.calendar import to_ms

if TYPE_CHECKING:
    from sensors.model import FieldValue


def line_of(entry: Entry) -> str:
    """The line of the entry's point; raises as `encode`, in the same words: the key is made first, too."""
    measurement: str
    value: float | None
    others: tuple[FieldValue | None, ...]
    if type(entry) is ReadingEntry:
        reading, measurement = entry.checked.reading, entry.medium
        key = series_key(
            measurement, "site", "parameter", "kind", reading.site, reading.parameter, reading.kind
        )
        value, stamp = reading.value, reading.time
        others = reading.flag, ",".join(entry.checked.failed), entry.checked.validity
    elif type(entry) is StatisticEntry:
        tags, measurement = (entry.site, entry.parameter, entry.statistic), "statistic"
        key = series_key(measurement, "site", "parameter", "statistic", *tags)
        value, stamp = entry.value, entry.stamp
        others = entry.n, entry.expected, entry.valid, entry.closed, entry.limit, entry.target
    else:
        return encode(entry.point)
    if type(value) is float and value - value == 0.0:
        rest = other_fields(measurement, *others)
        if rest is not None:
            return f"{key} value={value!r}{rest} {to_ms(stamp)}"
    return encode(entry.point)
