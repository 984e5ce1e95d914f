"""What a site's row says of its values: detection limits, noise below zero, codes for what is missing."""

from collections.abc import Iterator, Mapping
from math import inf, isfinite, nan

from sensors.catalogue.model import EVERY_PARAMETER, Parameter
from sensors.model import Medium

Codes = tuple[str | float, ...]


def to_missing_code(sent: str | float) -> str | float:
    """A code as it is compared: numbers by their value however written, words without blanks and case."""
    try:
        number = float(sent)
    except ValueError:
        number = nan
    except OverflowError:  # an integer beyond the floats
        number = inf
    return number if isfinite(number) else str(sent).strip().casefold()


def missing_codes(codes: Codes | Mapping[str, Codes]) -> dict[str, tuple[str | float, ...]]:
    """The codes of each parameter that has its own, those of every parameter among them."""
    by_parameter = codes if isinstance(codes, Mapping) else {EVERY_PARAMETER: codes}
    every = by_parameter.get(EVERY_PARAMETER, ())
    return {
        parameter: tuple(dict.fromkeys(map(to_missing_code, (*every, *own))))
        for parameter, own in by_parameter.items()
        if every or own
    }


def value_contradictions(
    medium: Medium,
    floor: Mapping[str, float],
    detection_limit: Mapping[str, float],
    missing: Codes | Mapping[str, Codes],
    parameters: Mapping[str, Parameter],
) -> Iterator[str]:
    """Where these keys of a site do not agree with themselves or with its parameters."""
    named = {
        "floor": floor,
        "detection_limit": detection_limit,
        "missing": dict.fromkeys(missing, 0.0) if isinstance(missing, Mapping) else {},
    }
    for key, names in named.items():
        for name in names:
            parameter = parameters.get(name)
            if parameter is None and (key, name) != ("missing", EVERY_PARAMETER):
                yield f'{key}: unknown parameter "{name}"'
            elif parameter is not None and parameter.medium != medium:
                yield f'{key}: "{name}" is measured in {parameter.medium}, not in {medium}'
    for name, limit in detection_limit.items():
        if not 0 < limit < inf:
            yield f"detection_limit: {limit} of {name} is not above 0"
    for name, lowest in floor.items():
        if name in parameters:
            yield from _floor_contradictions(parameters[name], lowest, detection_limit)


def _floor_contradictions(
    parameter: Parameter, lowest: float, detection_limit: Mapping[str, float]
) -> Iterator[str]:
    name = parameter.id
    if parameter.low != 0:
        yield f"floor: {name} may be as low as {parameter.low} anyway"
    elif not -inf < lowest < 0:
        yield f"floor: {lowest} of {name} is not below 0"
    elif parameter.detection_limit is None and name not in detection_limit:
        half = "half of its detection limit counts in place of a value below 0"
        yield f"floor: {half}: detection_limit = {{ {name} = … }} is missing"
