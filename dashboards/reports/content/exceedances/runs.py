"""Exceedances of a month, computed from its readings by the same rules as live alerts.

One is a run of values beyond the rule's mildest limit; it is over with the first value within. Values that
are missing or not valid neither end nor begin one. Exactly at the limit is within it.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from msgspec import Struct, structs
from numpy.typing import NDArray

from alerts.rules.index import NONE, RuleIndex, Watch
from dashboards.reports.month import Month
from sensors.averages.bulk import frames
from sensors.averages.bulk.kinds import SeriesKinds
from sensors.averages.bulk.tables import HourTable, counting
from sensors.averages.config import AveragingConfig
from sensors.calendar import first_day, first_hour
from sensors.model import Severity, StatisticName
from sensors.standards.statistics import ROLLING_1H, WINDOWS
from sensors.standards.verdicts import Against, limit_origin

_LOOK_BACK = 10
_HOUR = timedelta(hours=1)


class Exceedance(Struct, frozen=True):
    """One run of values beyond a limit; `end` is None where the month ended before it.

    `begin` is the stamp of the first value beyond, `end` that of the first within again; one that began more
    than ten days before the month begins there. `mean` is over its values beyond the limit. `severity` is the
    most severe level that the peak was beyond; `source` says where the limit comes from, `against` whose it
    is: a part of a limit is the rule's own. Of a sample `determining` are the items of its peak with their
    times over, "" where there are none.
    """

    site: str
    parameter: str
    statistic: StatisticName
    rule: str
    limit: float
    begin: datetime
    end: datetime | None
    peak: float
    peak_time: datetime
    mean: float
    hours: float
    severity: Severity = "watch"
    source: str = ""
    against: Against = "standard"
    determining: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str, str, datetime]:
        """Its key in the register; the class of a sample has no parameter there."""
        parameter = NONE if self.statistic == "sample" else self.parameter
        return (self.rule, self.site, parameter, self.begin)


class AcknowledgedBy(Struct, frozen=True):
    """Who acknowledged an exceedance, and their note."""

    by: str
    note: str


def find_exceedances(values: pd.Series, watch: Watch, month: Month, until: datetime) -> Iterator[Exceedance]:
    """The exceedances of one rule that lie in the month at least in part.

    Args:
        values: Valid values by their stamps (UTC), oldest first; from before the month on, so that its first
            exceedance has its true begin.
        watch: The rule on the series.
        month: The month.
        until: Where it ends, or has got to.
    """
    limits = _limits(values, watch)
    number = values.to_numpy(dtype=np.float64)
    beyond = np.less(watch.sign * limits, watch.sign * number)  # False where there is no limit (NaN)
    if not beyond.any():
        return
    stamps = pd.DatetimeIndex(values.index).to_pydatetime()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], beyond, [False]]).astype(np.int8)))
    for first, past in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        end = stamps[past].astimezone(UTC) if past < len(stamps) else None
        begin = stamps[first].astimezone(UTC)
        if begin >= month.end or (end is not None and end <= month.start):
            continue
        run = number[first:past]
        peak = int(np.argmax(watch.sign * run))
        peak_time, levels = stamps[first + peak].astimezone(UTC), watch.bounds(stamps[first + peak]).levels
        yield Exceedance(
            site=watch.site,
            parameter=watch.parameter,
            statistic=watch.rule.statistic,
            rule=watch.rule.id,
            limit=float(limits[first]),
            begin=begin,
            end=end,
            peak=float(run[peak]),
            peak_time=peak_time,
            mean=float(run.mean()),
            hours=((end or max(until, begin)) - begin) / _HOUR,
            severity=[one for one in levels if watch.sign * (run[peak] - one.limit) > 0][-1].severity,
            source=levels[0].source,
            against=_against(watch),
        )


def _against(watch: Watch) -> Against:
    mildest = watch.rule.levels[0]
    if mildest.times < 1:  # beyond a part of a limit is not yet beyond the limit
        return "own"
    return limit_origin(mildest.limit, "water" if watch.rule.statistic == "sample" else "air")


def _limits(values: pd.Series, watch: Watch) -> NDArray[np.float64]:
    """The mildest limit on each value's day; NaN where none is in force. Found by day only if it changes."""
    index = pd.DatetimeIndex(values.index)
    if not len(index):
        return np.zeros(0)
    ends = [_limit(watch, moment) for moment in (index[0].to_pydatetime(), index[-1].to_pydatetime())]
    if np.array_equal(ends[:1], ends[1:], equal_nan=True):
        return np.full(len(index), ends[0])
    return np.array([_limit(watch, moment) for moment in index.to_pydatetime()])


def _limit(watch: Watch, moment: datetime) -> float:
    levels = watch.bounds(moment).levels
    return levels[0].limit if levels else np.nan


def distinct(watches: Sequence[Watch]) -> Iterator[Watch]:
    """Without those that only wait longer for a limit that another one has too: a run is listed once."""
    patience: dict[Hashable, timedelta] = {}
    for watch in sorted(watches, key=lambda one: one.timing.for_):
        level = structs.replace(watch.rule.levels[0], severity="info")
        if patience.setdefault((level, watch.rule.direction), watch.timing.for_) == watch.timing.for_:
            yield watch


def series_exceedances(
    kinds: SeriesKinds | None,
    hours: HourTable,
    basis: AveragingConfig,
    coverage: RuleIndex,
    *,
    month: Month,
    until: datetime,
) -> Iterator[Exceedance]:
    """Of one series of air: its readings by kind (None for a zone), `1h`, `8h` and `24h`."""
    values: dict[StatisticName, pd.Series] = {}
    back = pd.Timestamp(month.start) - pd.Timedelta(days=_LOOK_BACK)
    if kinds is not None:
        recent = SeriesKinds(
            [part._replace(readings=part.readings[part.readings.index >= back]) for part in kinds.parts]
        )
        counted = _together([part.readings for part in recent.counted()])
        values["reading"] = counted[counting(counted)]["value"]
        if coverage.watches(basis.site, basis.parameter, ROLLING_1H):
            values[ROLLING_1H] = _valid(recent.one_hour())
    if any(coverage.watches(basis.site, basis.parameter, name) for name, _ in WINDOWS):
        rolling = frames.rolling_frames(_since(hours, month), basis)
        values |= {name: _valid(table) for name, table in rolling.items()}
    for statistic, series_values in values.items():
        for watch in distinct(coverage.watches(basis.site, basis.parameter, statistic)):
            if watch.rule.category == "exceedance" and watch.rule.against is None and len(series_values):
                yield from find_exceedances(series_values, watch, month, until)


def _valid(table: pd.DataFrame) -> pd.Series:
    good = table["valid"].to_numpy(dtype=np.bool_)
    return pd.Series(table["value"].to_numpy()[good], index=pd.DatetimeIndex(table["stamp"])[good])


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    return parts[0] if len(parts) == 1 else pd.concat(parts).sort_index(kind="stable")


def _since(hours: HourTable, month: Month) -> HourTable:
    """The hours from a day before the look-back on."""
    keep = hours.hour >= first_hour(first_day(month.number) - _LOOK_BACK - 1)
    return HourTable(hours.hour[keep], hours.n[keep], hours.total.take(keep), hours.until, hours.days)


def acknowledged_by(
    exceedance: Exceedance, register: Mapping[tuple[str, str, str, datetime], AcknowledgedBy] | None
) -> AcknowledgedBy | None:
    """Who acknowledged it; None if the register is not available, empty texts if nobody did."""
    if register is None:
        return None
    return register.get(exceedance.key, AcknowledgedBy("", ""))
