"""Every row of means.csv: of series, percentiles, composite indices, daily indices and classes."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from msgspec.structs import replace

from dashboards.reports.content import means, percentiles
from dashboards.reports.content.air import AirPlace, start_of
from dashboards.reports.content.collection import Collected
from dashboards.reports.content.composite_indices import composite_rows
from dashboards.reports.content.means import Mean
from dashboards.reports.content.water import CLASS, WaterPlace
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.standards.statistics import DAY, MONTH
from sensors.standards.verdicts import section_verdict
from sensors.standards.water_class import grade


def place_rows(
    collected: Collected, place: Place, catalogue: Catalogue, air: AirPlace | None, water: WaterPlace | None
) -> Iterator[Mean]:
    """All rows of a place."""
    rows = {row.key: row for row in _series_rows(collected, place, catalogue)}
    if air is not None:
        yield from rows.values()
        yield from composite_rows(collected.month, place, rows)
        yield from _index_rows(air)
    if water is not None:
        yield from (_compare_with_class(row, water) for row in rows.values())
        yield from _class_rows(water)


def _series_rows(collected: Collected, place: Place, catalogue: Catalogue) -> Iterator[Mean]:
    """Means and percentiles of a place, with and without exceptional readings."""
    for suffix, all_series in (("", collected.series), (means.EXCLUDING_EXCEPTIONAL, collected.without)):
        for parameter in collected.parameters.get(place.id, ()):
            series = all_series.get((place.id, parameter))
            if series is not None:
                yield from means.series_means(collected, place, parameter, series, catalogue, suffix=suffix)
                yield from percentiles.percentiles(
                    collected.month, place, parameter, series, catalogue, suffix=suffix
                )


def _compare_with_class(mean: Mean, place: WaterPlace) -> Mean:
    """A water mean held against its item's limit of the class to be met."""
    limits = place.limits.get(mean.parameter)
    if limits is None or mean.value is None:
        return replace(mean, standard=place.standard)
    reference = place.reference_class
    target = limits.limits[reference - 1] if limits.direction != "range" else None
    within = grade(limits, mean.value).number <= reference if mean.valid else None
    verdict = section_verdict(mean.period or MONTH, within=within)
    return replace(mean, target=target, verdict=verdict, standard=place.standard)


def _index_rows(place: AirPlace) -> Iterator[Mean]:
    """The index of each day; no number where the standard lets none be given (HJ 633-2026, 5.3.1: NA)."""
    for one in place.days:
        if one.index is not None:
            given = one.index.published
            yield Mean(
                site=place.site,
                parameter="aqi",
                statistic=DAY,
                start=start_of(one.day),
                end=start_of(one.day + timedelta(days=1)),
                value=Decimal(one.index.aqi) if given else None,
                unrounded=float(one.index.aqi) if given else None,
                n=len(one.index.iaqi),
                expected=len(one.index.iaqi) + len(one.index.missing),
                valid=given,
                standard=one.index.rule,
            )


def _class_rows(place: WaterPlace) -> Iterator[Mean]:
    marked = ((means.EXCLUDING_EXCEPTIONAL, period) for period in place.without)
    for suffix, period in (*(("", one) for one in place.periods()), *marked):
        if period.result is not None:
            number = period.result.number
            yield Mean(
                site=place.site,
                parameter=CLASS,
                statistic=period.statistic + suffix,
                start=period.start,
                end=period.end,
                value=Decimal(number),
                unrounded=float(number),
                n=period.n,
                expected=period.expected,
                valid=period.valid,
                target=Decimal(place.reference_class),
                verdict=section_verdict(
                    period.statistic,
                    within=number <= place.reference_class if period.valid else None,
                ),
                period=period.statistic,
                standard=place.standard,
            )
