"""Which column of a table is which item of an index: `pm25`, `o3_8h`, `pm25_24h`."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from liangqu.assess.cells import TableHead, ValueReader
from liangqu.assess.rows import Unassessable
from sensors.decoding.tables.columns import TableColumns
from sensors.decoding.tables.headings import Heading, Span
from sensors.decoding.tables.ozone import is_swapped
from sensors.model import IndexSpan
from sensors.standards import aqi

_OZONE: tuple[tuple[str, Span, Span], ...] = (("o3", "", "24h"), ("o3_8h", "8h", "8h_24h"))
"""Items, and the columns that by their names hold the current value and the largest of the day."""


class IndexColumns(Struct, frozen=True):
    """The place of each item's column, and what there is to say about the columns."""

    at: Mapping[str, int]
    remarks: tuple[str, ...]


def index_columns(
    head: TableHead, columns: TableColumns, readers: Mapping[int, ValueReader], statistic: IndexSpan
) -> IndexColumns:
    """The columns of an hourly or daily index.

    The national platform has the current ozone under the name of the day's maximum; where the values show
    that, they decide and not the names.

    Raises:
        Unassessable: Two columns stand for one item, or those of ozone contradict each other.
    """
    found: dict[str, int] = {}
    for at, heading in columns.parameters.items():
        item = _item_of(heading, statistic)
        if item is not None and item in found:
            both = f"columns {head.header[found[item]].strip()} and {head.header[at].strip()}"
            raise Unassessable(f"{both} both stand for {item}; --ignore-columns passes over one")
        if item is not None:
            found[item] = at
    remarks = []
    by_span = {(heading.parameter, heading.span): at for at, heading in columns.parameters.items()}
    for item, current, largest in _OZONE if statistic == "hour" else ():
        pair = by_span.get(("o3", current)), by_span.get(("o3", largest))
        if pair[0] is not None and pair[1] is not None and _is_swapped(head, readers, (pair[0], pair[1])):
            found[item] = pair[1]
            names = [head.header[at].strip() for at in (pair[1], pair[0])]
            remarks.append(f"{names[0]} is taken as the current value of ozone: it is never above {names[1]}")
    pollutants = aqi.pollutants()
    spare = [
        at for at, h in columns.parameters.items() if h.parameter in pollutants and at not in found.values()
    ]
    if spare:
        remarks.append(f"not counted in an index: {', '.join(head.header[at].strip() for at in spare)}")
    return IndexColumns(found, tuple(remarks))


def _item_of(heading: Heading, statistic: IndexSpan) -> str | None:
    """The item of an index that a column holds: `pm25`, `o3_8h`, `pm25_24h`; None if it is in none.

    A day's value is a mean of 24 hours, for ozone the largest of hours or of 8 hours.
    """
    own = heading.parameter
    if statistic == "hour":
        item = {"": own, "1h": own, "8h": f"{own}_8h", "24h": f"{own}_24h"}.get(heading.span)
    else:
        mean = "1h" if own == "o3" else "24h"
        item = {"": own, mean: own, "8h": f"{own}_8h", "8h_24h": f"{own}_8h"}.get(heading.span)
    return item if item in aqi.items() else None


def _is_swapped(head: TableHead, readers: Mapping[int, ValueReader], pair: tuple[int, int]) -> bool:
    def values() -> Iterator[tuple[float, float]]:
        for row in head.sample:
            try:
                first, second = (readers[at](row[at]) for at in pair)
            except (ValueError, IndexError):
                continue
            if first is not None and second is not None:
                yield float(first), float(second)

    try:
        return bool(is_swapped(values()))
    except ValueError as wrong:
        names = ", ".join(head.header[at].strip() for at in pair)
        raise Unassessable(f"columns {names}: {wrong}; --ignore-columns passes over one") from None
