"""Feeding a live series in any order and pieces, and putting its statistics beside the bulk form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd

from sensors.averages.bulk.frames import all_statistics
from sensors.averages.bulk.tables import day_rows, day_table, hour_table
from sensors.averages.config import AveragingConfig, config_of_site
from sensors.averages.live.changes import Changes
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean, HourSum, MonthMean, parse_total, to_text
from sensors.calendar import (
    SHANGHAI,
    DayNumber,
    EpochMs,
    HourNumber,
    MonthNumber,
    day_of_hour,
    day_start,
    from_ms,
    to_ms,
)
from sensors.catalogue.model import Site
from sensors.model import Medium, Name, Statistic, StatisticName
from tests.support.frames import rows_of

# A statistic by name and stamp: start, end, value, n, expected, valid, closed.
Row = tuple[datetime, datetime, float | None, int, int, bool, bool]
Table = dict[tuple[str, datetime], Row]

AT_THE_END = {"1h", "8h", "24h", "12month", "36month"}
BELOW_MONTH = frozenset({"1h", "8h", "24h", "day", "o3_8h_max"})


def site(medium: Medium = "air", cycle: str | timedelta = "1h", **fields: object) -> Site:
    """A site with what matters to averaging."""
    span = cycle if isinstance(cycle, timedelta) else pd.Timedelta(cycle).to_pytimedelta()
    name = Name(zh="站", en="site")
    return Site(id="s", medium=medium, name=name, cycle=span, late_after=2 * span, **fields)  # type: ignore[arg-type]


def basis(
    medium: Medium = "air", cycle: str | timedelta = "1h", parameter: str = "pm25", **fields: object
) -> AveragingConfig:
    """The basis of one parameter at such a site."""
    made = config_of_site(site(medium, cycle, **fields), parameter, o3_limit=160.0)
    assert made is not None
    return made


def ms(text: str) -> EpochMs:
    """Epoch milliseconds of a time in Asia/Shanghai."""
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def stamp_of(one: Statistic) -> datetime:
    return one.end if one.name in AT_THE_END else one.start


def table_of(live: Iterable[Statistic]) -> Table:
    """The last word on every statistic; one without input says the same as none."""
    table: Table = {}
    for one in live:
        table[one.name, stamp_of(one)] = (
            one.start,
            one.end,
            one.value,
            one.n,
            one.expected,
            one.valid,
            one.closed,
        )
    return {key: row for key, row in table.items() if row[3]}


def table_of_frames(frames: Mapping[StatisticName, pd.DataFrame]) -> Table:
    table: Table = {}
    for name, frame in frames.items():
        for row in rows_of(frame):
            if row.n:
                table[name, row.stamp.to_pydatetime()] = (
                    row.start.to_pydatetime(),
                    row.end.to_pydatetime(),
                    row.value,
                    row.n,
                    row.expected,
                    row.valid,
                    row.closed,
                )
    return table


def frame_of(readings: Mapping[EpochMs, float]) -> pd.DataFrame:
    index = pd.to_datetime(list(readings), unit="ms", utc=True)
    return pd.DataFrame({"value": list(readings.values()), "validity": "valid"}, index=index)


def bulk(readings: Mapping[EpochMs, float], of: AveragingConfig, until: EpochMs | None = None) -> Table:
    """Everything, from the bulk form."""
    return table_of_frames(all_statistics(frame_of(readings), of, None if until is None else from_ms(until)))


@dataclass
class SeriesPipeline:
    """What the pipeline is to a series: it keeps raw readings and rows, and works off what to recompute."""

    basis: AveragingConfig
    series: LiveSeries = field(init=False)
    raw: dict[EpochMs, float] = field(default_factory=dict)
    written: Table = field(default_factory=dict)
    hours: dict[HourNumber, tuple[int, str]] = field(default_factory=dict)
    days: dict[DayNumber, tuple[int, str]] = field(default_factory=dict)
    months: dict[MonthNumber, MonthMean] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.series = LiveSeries(self.basis)

    def take(self, at: EpochMs, value: float | None) -> None:
        """A new value, another one, or (None) the end of one."""
        former = self.raw.pop(at, None)
        if value is not None:
            self.raw[at] = value
        if former is None and value is not None:
            self.series.add(at, value)
        elif former is not None and value is not None:
            self.series.correct(at, former, value)
        elif former is not None:
            self.series.remove(at, former)

    def flush(self, until: EpochMs | None = None) -> Changes:
        """Close a batch: write what changed, keep the rows, recompute the days that have to be."""
        changes = self.series.changes(until)
        self._write(changes)
        if changes.recompute:
            self._recompute(changes.recompute)
            self._write(self.series.changes())
        return changes

    def restart(self) -> None:
        """Go on from what the journal would hold: text and whole numbers only."""
        head = self.series.state()
        closed = head.closed or HourNumber(0)
        self.series = LiveSeries(self.basis)
        self.series.restore(
            head,
            [HourSum(h, n, parse_total(t)) for h, (n, t) in self.hours.items() if h >= closed - 48],
            [
                DayMean(d, n, parse_total(t))
                for d, (n, t) in self.days.items()
                if d >= day_of_hour(closed) - 400
            ],
            self.months.values(),
        )

    def _write(self, changes: Changes) -> None:
        self.written |= table_with_empty(changes.statistics)
        self.hours |= {row.hour: (row.n, to_text(row.total)) for row in changes.hour_rows}
        self.days |= {row.day: (row.n, to_text(row.total)) for row in changes.day_rows}
        self.months |= {row.month: row for row in changes.month_rows}

    def _recompute(self, days: list[DayNumber]) -> None:
        """What `recompute` does: the bulk form of what rests on the days; they come back as rows."""
        until = from_ms(self.series.until)
        frames = all_statistics(frame_of(self.raw), self.basis, until)
        whole = table_of_frames({name: frames[name] for name in BELOW_MONTH if name in frames})
        for key, row in (self.written | whole).items():
            if key[0] in BELOW_MONTH and any(_rests_on(key[0], row[0], row[1], day) for day in days):
                self.written.pop(key, None)
        for key, row in whole.items():
            if any(_rests_on(key[0], row[0], row[1], day) for day in days):
                self.written[key] = row
        means = {
            mean.day: mean for mean in day_rows(day_table(hour_table(frame_of(self.raw), self.basis, until)))
        }
        for day in days:
            mean = means.get(day, DayMean(day, 0, 0))
            self.days[day] = (mean.n, to_text(mean.total))
            assert self.series.calendar_periods.put_day(mean)

    def table(self) -> Table:
        return {key: row for key, row in self.written.items() if row[3]}


def _rests_on(name: str, start: datetime, end: datetime, day: DayNumber) -> bool:
    """As the service has it: with all that an index of a moved hour looks at."""
    first, past = day_start(day), day_start(day + 1)
    if name == "1h":
        return first <= end and start <= past
    if name in {"8h", "24h"}:
        return first < end <= past + timedelta(days=1)
    return start < past and first < end


def table_with_empty(live: Iterable[Statistic]) -> Table:
    return {
        (one.name, stamp_of(one)): (
            one.start,
            one.end,
            one.value,
            one.n,
            one.expected,
            one.valid,
            one.closed,
        )
        for one in live
    }
