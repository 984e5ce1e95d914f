"""The law's numbers that values may stop at: limits, classes, steps of the index, and the plan's targets."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

from msgspec import Struct

from sensors.catalogue.model import Catalogue, Site
from sensors.standards import air_limits, aqi, water_limits
from sensors.standards.versions import NoStandard


class LawLimit(Struct, frozen=True):
    """A number, in the parameter's unit, that a value at it is within.

    `upper`: it is a highest value, else a lowest. `source` names standard and statistic as they are cited.
    """

    value: float
    source: str
    in_force: bool
    upper: bool = True


def limits_of(site: Site, parameter: str, catalogue: Catalogue, on: date) -> tuple[LawLimit, ...]:
    """Every number of every version, each once; what is in force on the day comes before what is not.

    Former and coming versions count too: what was aimed for yesterday is still what habits aim for.
    """
    every = [*_targets(site, parameter, catalogue, on)]
    every += _air(parameter, on) if site.medium == "air" else _water(site, parameter, on)
    every.sort(key=lambda one: not one.in_force)
    first: dict[tuple[float, bool], LawLimit] = {}
    for one in every:
        first.setdefault((one.value, one.upper), one)
    return tuple(first.values())


def _targets(site: Site, parameter: str, catalogue: Catalogue, on: date) -> Iterator[LawLimit]:
    place = catalogue.places.get(site.id)
    for target in place.targets if place is not None else ():
        if target.parameter == parameter and target.limit is not None:
            yield LawLimit(float(target.limit), target.id, target.valid_from <= on)


def _air(parameter: str, on: date) -> Iterator[LawLimit]:
    for row in air_limits.air_limits():
        if row.parameter == parameter:
            in_force = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
            yield LawLimit(float(row.limit), f"{row.standard} {row.statistic}", in_force)
    current = _index_rule(on)
    for rule in aqi.rules():
        for item in aqi.report(rule, "hour").items:
            if item.pollutant == parameter:
                yield from (
                    LawLimit(float(step), f"{rule} {item.id}", rule == current) for step in item.steps if step
                )


def _index_rule(on: date) -> str | None:
    with suppress(NoStandard):
        return aqi.report_on(on, "hour").rule
    return None


def _water(site: Site, parameter: str, on: date) -> Iterator[LawLimit]:
    current = None
    with suppress(NoStandard):
        current = water_limits.standard_on(on)
    for standard in water_limits.standards():
        in_force = standard == current
        for row in water_limits.table(standard):
            is_of_site = row.item == parameter and row.waterbody in {None, site.waterbody}
            if is_of_site and row.direction in {"at_most", "at_least"}:
                upper = row.direction == "at_most"
                yield from (LawLimit(value, standard, in_force, upper) for value in row.floats)
