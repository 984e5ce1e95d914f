"""The air quality index (环境空气质量指数): HJ 633-2012, HJ 633-2026, and the national feed's own rule.

Exact arithmetic throughout: an IAQI is rounded up, so float noise of 1e-15 would be a whole point.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache

from msgspec import Struct

from sensors.catalogue.places import Place
from sensors.model import IndexSpan, Name
from sensors.standards import versions
from sensors.standards.colour import Colour
from sensors.standards.rounding import Number, decimals_of, ratio_of, round_half_even, rounded
from sensors.standards.versions import NoStandard


class AqiLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """A level of the index; `up_to` is its last AQI."""

    level: int
    up_to: int
    category: Name
    colour: Colour


class _Standard(versions.Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    rounds_concentration: bool
    preliminary: str = ""
    publish_incomplete_above: int | None = None
    none_above: tuple[str, ...] = ()
    breakpoints: dict[str, tuple[int, ...]]


class _Report(Struct, frozen=True, forbid_unknown_fields=True):
    rule: str
    standard: str
    statistic: IndexSpan
    clause: str
    items: dict[str, str]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    iaqi: tuple[int, ...]
    pollutants: tuple[str, ...]
    standard: tuple[_Standard, ...]
    report: tuple[_Report, ...]
    level: tuple[AqiLevel, ...]


class Item(Struct, frozen=True):
    """One value that counts in a report: `o3_8h` of pollutant `o3`, and the steps it is compared with.

    `decimals` are kept before the formula, None for all of them. `above` is the IAQI beyond the last step,
    None where the standard gives none.
    """

    id: str
    pollutant: str
    steps: tuple[int, ...]
    above: int | None
    decimals: int | None


class IndexReport(Struct, frozen=True):
    """What counts in an hourly or daily index of one rule, in the order in which ties are named."""

    rule: str
    statistic: IndexSpan
    items: tuple[Item, ...]
    publish_incomplete_above: int | None


class Index(Struct, frozen=True):
    """An air quality index and what it is based on.

    `primary` are pollutant ids, all that tie, none at AQI 50 or below. `iaqi` has an entry for each item that
    got one. `missing` are the pollutants without a value; `published` is false where the standard lets the
    number be computed but not announced (2026: at most 100 with a pollutant missing).
    """

    aqi: int
    level: int
    primary: tuple[str, ...]
    iaqi: Mapping[str, int]
    missing: tuple[str, ...]
    published: bool
    rule: str


@cache
def _file() -> _File:
    return versions.parse_file("aqi.toml", _File)


def rules() -> tuple[str, ...]:
    """The names `report` knows: the standards, and `cnemc-live-2012`."""
    return tuple(dict.fromkeys(row.rule for row in _file().report))


@cache
def items() -> tuple[str, ...]:
    """The ids of all values that count in any report: the six pollutants, `o3_8h`, `pm10_24h`, `pm25_24h`."""
    return tuple(sorted({item for row in _file().report for item in row.items}))


def pollutants() -> tuple[str, ...]:
    """The parameters whose values count in an index."""
    return _file().pollutants


@cache
def report(rule: str, statistic: IndexSpan) -> IndexReport:
    """The report of a rule by its name, whatever the date.

    Raises:
        KeyError: There is no such rule, or it has no such report (`cnemc-live-2012` is hourly only).
    """
    file = _file()
    row = next((r for r in file.report if (r.rule, r.statistic) == (rule, statistic)), None)
    if row is None:
        raise KeyError(f"no {statistic} report by {rule!r}; known are {', '.join(rules())}")
    standard = next(s for s in file.standard if s.standard == row.standard)
    return IndexReport(
        rule=rule,
        statistic=statistic,
        items=tuple(_item(standard, item, table) for item, table in row.items.items()),
        publish_incomplete_above=standard.publish_incomplete_above,
    )


def _item(standard: _Standard, item: str, table: str) -> Item:
    pollutant = item.partition("_")[0]
    steps = standard.breakpoints[table]
    return Item(
        id=item,
        pollutant=pollutant,
        steps=steps,
        above=None if table in standard.none_above else _file().iaqi[len(steps) - 1],
        decimals=(
            decimals_of(pollutant, "reading", standard.valid_from) if standard.rounds_concentration else None
        ),
    )


@cache
def report_on(day: date, statistic: IndexSpan) -> IndexReport:
    """The report of the standard in force on the observation's date in Asia/Shanghai.

    Raises:
        NoStandard: The date lies before HJ 633-2012.
    """
    return report(versions.in_force(_file().standard, day).standard, statistic)


def preliminary_clause(day: date) -> str:
    """`HJ 633-2012, 5.1.5` where published values are preliminary until the month's review; or "".

    Raises:
        NoStandard: The date lies before HJ 633-2012.
    """
    standard = versions.in_force(_file().standard, day)
    return f"{standard.standard}, {standard.preliminary}" if standard.preliminary else ""


def iaqi_of(item: Item, concentration: Number) -> int | None:
    """The individual index of a concentration (µg/m³, CO mg/m³), rounded up; at a step it is the step's.

    None above the table where the standard gives no index there (2012: SO2 1 h and O3 8 h above 800).

    Raises:
        ValueError: The concentration is negative.

    Source: HJ 633-2012, table 1, HJ 633-2026, table 3, and the formula of IAQI; 4.2.2: rounded first.
    """
    numerator, denominator = _rounded_ratio(concentration, item.decimals)
    if numerator < 0:
        raise ValueError(f"a concentration is not negative: {concentration}")
    # Steps are whole numbers, so a concentration lies below one exactly when its ceiling does.
    upper = max(1, bisect_left(item.steps, -(-numerator // denominator)))
    if upper == len(item.steps):
        return item.above
    values = _file().iaqi
    low, high = item.steps[upper - 1], item.steps[upper]
    rise = (values[upper] - values[upper - 1]) * (numerator - low * denominator)
    return values[upper - 1] - (-rise // ((high - low) * denominator))


def _rounded_ratio(concentration: Number, decimals: int | None) -> tuple[int, int]:
    """The concentration, rounded where the standard rounds it, as numerator and denominator."""
    if decimals is None:
        return ratio_of(concentration)
    if isinstance(concentration, float):
        denominator = 10**decimals
        return round(rounded(concentration, decimals) * denominator), denominator
    return ratio_of(round_half_even(concentration, decimals))


def index(
    concentrations: Mapping[str, Number], by: IndexReport, *, never_measured: Collection[str] = ()
) -> Index | None:
    """The index of the values measured; None when none of them counts.

    Args:
        concentrations: By item id (`pm25`, `o3_8h`, `pm25_24h`), µg/m³ and CO mg/m³; what was not measured is
            absent, what the report does not count is ignored.
        by: The report, from `report` or `report_on`.
        never_measured: Pollutants the station leaves out by design ("/" in HJ 633-2026): they do not block
            publication. That they may be left out (never primary above 100 in three years) is not checked.

    Raises:
        ValueError: A concentration is negative.

    Source: HJ 633-2012; HJ 633-2026, AQI as the largest IAQI and the rule on missing pollutants.
    """
    given = {item.id: concentrations[item.id] for item in by.items if item.id in concentrations}
    found = {item.id: iaqi_of(item, given[item.id]) for item in by.items if item.id in given}
    return combine(found, by, never_measured=never_measured)


def index_at(values: Mapping[str, float], by: IndexReport, place: Place) -> Index | None:
    """The index of a place's valid means, by item id; a mean below 0 counts as 0.

    What the place declares that it does not measure does not keep the index from being published.
    """
    pollutants = dict.fromkeys(item.pollutant for item in by.items)
    given = {item: max(0.0, value) for item, value in values.items()}
    return index(given, by, never_measured=place.never_measured(pollutants))


def daily_index(values: Mapping[str, float], place: Place, on: date) -> Index | None:
    """The day's index of a place; None when nothing that counts was measured, or before HJ 633-2012.

    Args:
        values: Valid daily values by item id: the day's mean, `o3_8h` its largest 8 h mean, `o3` its largest
            hour of a day that has as many valid hours as a daily mean asks for.
        place: Whose day it is.
        on: The day, in Asia/Shanghai; it chooses the standard.
    """
    try:
        return index_at(values, report_on(on, "day"), place)
    except NoStandard:
        return None


def combine(
    individual: Mapping[str, int | None], by: IndexReport, *, never_measured: Collection[str] = ()
) -> Index | None:
    """The index from individual indices: the largest; an item with None was measured but has no index."""
    iaqi = {item: value for item, value in individual.items() if value is not None}
    if not iaqi:
        return None
    aqi = max(iaqi.values())
    level = bisect_left(_last_of_levels(), aqi) + 1
    primary = [item.pollutant for item in by.items if iaqi.get(item.id) == aqi] if level > 1 else []
    missing = _missing(individual, by, never_measured)
    limit = by.publish_incomplete_above
    return Index(
        aqi=aqi,
        level=level,
        primary=tuple(dict.fromkeys(primary)) if len(primary) > 1 else tuple(primary),
        iaqi=iaqi,
        missing=missing,
        published=not missing or limit is None or aqi > limit,
        rule=by.rule,
    )


def _missing(measured: Collection[str], by: IndexReport, never_measured: Collection[str]) -> tuple[str, ...]:
    if len(measured) == len(by.items):
        return ()
    pollutants = {item.pollutant for item in by.items if item.id in measured}
    return tuple(p for p in _file().pollutants if p not in pollutants and p not in never_measured)


@cache
def _last_of_levels() -> tuple[int, ...]:
    return tuple(level.up_to for level in _file().level)


def levels() -> tuple[AqiLevel, ...]:
    """All levels, the best first."""
    return _file().level


def level_of(aqi: int) -> AqiLevel:
    """The level of an AQI: 50 is still the first, 51 the second, anything above 300 the sixth.

    Raises:
        IndexError: It is above 500, where the index ends.
    """
    return _file().level[bisect_left(_last_of_levels(), aqi)]
