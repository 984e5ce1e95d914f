"""Inversion: a part above its whole, as PM2.5 above PM10, at one time of a site."""

from collections.abc import Mapping, Sequence

from ingest.checks import device_flag, physical_range
from ingest.checks.distance import further_apart
from sensors.catalogue.model import Parameter
from sensors.model import Reading


def fails(part: Reading, whole: Reading, margin: float) -> bool:
    """Whether the part is above the whole by more than `margin`; exactly by it is a matter of rounding."""
    return part.value > whole.value and further_apart(part.value, whole.value, margin)


def pairs(parameters: Sequence[Parameter]) -> tuple[tuple[int, int], ...]:
    """The indexes of each part and its whole among parameters."""
    places = {parameter.id: at for at, parameter in enumerate(parameters)}
    wholes = [(at, places.get(parameter.checks.part_of or "")) for at, parameter in enumerate(parameters)]
    return tuple((at, whole) for at, whole in wholes if whole is not None)


def inverted(readings: Sequence[Reading], parameters: Mapping[str, Parameter]) -> frozenset[int]:
    """The indexes of both readings of each pair that fails, among those that came together.

    Pairs are of one kind and time. A reading that is invalid alone is compared with nothing.
    """
    parts = [index for index, one in enumerate(readings) if parameters[one.parameter].checks.part_of]
    if not parts or len(readings) == 1:
        return frozenset()
    places = {(one.parameter, one.kind, one.time): index for index, one in enumerate(readings)}
    found: set[int] = set()
    for index in parts:
        part = readings[index]
        checks = parameters[part.parameter].checks
        at = places.get((checks.part_of or "", part.kind, part.time))
        if at is None or not fails(part, readings[at], checks.part_margin):
            continue
        if not any(_is_invalid(readings[each], parameters) for each in (index, at)):
            found |= {index, at}
    return frozenset(found)


def _is_invalid(reading: Reading, parameters: Mapping[str, Parameter]) -> bool:
    parameter = parameters[reading.parameter]
    return device_flag.fails(reading, parameter) or physical_range.fails(reading, parameter)
