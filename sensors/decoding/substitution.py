"""What counts in place of what was sent, and what means that nothing was measured: by the site's settings.

    <0.025, 0.025L, ND      half of the detection limit
    -1, within the noise    the same; how far below zero the noise reaches is the site's `floor`
    101 % humidity          the upper end of the range, up to the parameter's `ceiling`

What was sent is kept beside the value; whatever is substituted nowhere counts as it came.
"""

from decimal import Decimal
from typing import NamedTuple

from sensors.catalogue.model import EVERY_PARAMETER, Parameter, Site
from sensors.catalogue.value_settings import to_missing_code
from sensors.decoding.below_detection import METHODS_OWN, parse_detection_limit
from sensors.excerpt import excerpt
from sensors.model import Refused
from sensors.standards.below_detection import counted_below


class Substitute(NamedTuple):
    """The value that counts, and what was sent, in the parameter's unit."""

    value: float
    sent: str


def substitute_number(value: float, parameter: Parameter, site: Site) -> Substitute | None:
    """What counts in place of a number outside the plausible range; None if it counts, or does not, as it is.

    Exactly at `floor` and at `ceiling` there is a substitute.
    """
    if parameter.low <= value <= parameter.high:
        return None
    sent = repr(value).removesuffix(".0")
    if site.floor.get(parameter.id, parameter.low) <= value < parameter.low:
        limit = detection_limit(parameter, site)
        return None if limit is None else Substitute(float(counted_below(limit, parameter.medium)), sent)
    if parameter.ceiling is not None and parameter.high < value <= parameter.ceiling:
        return Substitute(parameter.high, sent)
    return None


def substitute_text(
    text: str, parameter: Parameter, site: Site, power: int = 0
) -> Substitute | Refused | None:
    """What counts in place of a text that says that the value is below detection; None for any other text.

    Args:
        text: As sent, in a unit of 10**`power` of the parameter's.
        parameter: Of which it is.
        site: Where it was measured.
        power: See `text`.

    Returns:
        A refusal if neither the text nor a setting names the detection limit.
    """
    named = parse_detection_limit(text)
    if named is None:
        return None
    if named == METHODS_OWN:
        limit = detection_limit(parameter, site)
        if limit is None:
            cure = f"detection_limit = {{ {parameter.id} = … }} at the site {site.id} names it"
            return Refused("no_detection_limit", f"{excerpt(text)}: whose detection limit is unknown; {cure}")
        return Substitute(float(counted_below(limit, parameter.medium)), text.strip())
    exact = Decimal(named).scaleb(power)
    sent = f"<{exact.normalize():f}" if power else " ".join(text.split())
    return Substitute(float(counted_below(exact, parameter.medium)), sent)


def detection_limit(parameter: Parameter, site: Site) -> float | None:
    """That of the site's method, else the parameter's; in the parameter's unit."""
    return site.detection_limit.get(parameter.id, parameter.detection_limit)


def is_missing(sent: object, parameter: Parameter, site: Site) -> bool:
    """Whether the site sends this, a number or text, where it has measured nothing."""
    codes = site.missing.get(parameter.id) or site.missing.get(EVERY_PARAMETER) or ()
    return isinstance(sent, str | int | float) and to_missing_code(sent) in codes
