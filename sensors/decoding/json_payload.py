"""The native JSON payload: one object or an array of them, decoded into readings and refusals.

Only an unusable envelope refuses an object (json_envelope.py); everything else is refused reading by reading.
"""

from datetime import datetime
from functools import cache
from math import inf, isfinite, nan
from operator import ge, le
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from sensors.catalogue.model import Catalogue, Parameter, Site
from sensors.catalogue.units import power_of_ten, shift
from sensors.decoding.json_envelope import UNREADABLE, Envelope, decode_leniently, decode_strictly
from sensors.decoding.lenient_json import BareWord, parse_number
from sensors.decoding.substitution import is_missing, substitute_number, substitute_text
from sensors.decoding.times import are_seconds, parse_time
from sensors.decoding.types import FLAGS, Decoded, InputBounds
from sensors.excerpt import excerpt, label
from sensors.model import KINDS, NORMAL, Kind, Reading, RefusalReason, Refused, SiteValues


class _Message(Struct, frozen=True, gc=False):
    """What all objects of one message are checked against."""

    site: Site
    catalogue: Catalogue
    received: datetime
    bounds: InputBounds
    oldest: datetime
    latest: datetime
    located: bool
    decoded: Decoded

    def refuse(self, reason: RefusalReason, detail: str, where: str) -> None:
        self.decoded.refused.append(Refused(reason, detail, where))

    def tolerate(self, name: str) -> None:
        self.decoded.tolerated |= {name}


AS_SECONDS = "these are seconds since 1970: send milliseconds"
_NUMBERS = frozenset({float, int})

_power_of_ten = cache(power_of_ten)


def decode_json(
    site: Site,
    payload: bytes,
    received: datetime,
    catalogue: Catalogue,
    bounds: InputBounds,
    *,
    located: bool = False,
) -> Decoded:
    """Decode a payload of this site; never raises, whatever the bytes.

    `where` is `values.pm25`, `[2].values.pm25` or `flags.pm25`; `[2]` or empty where the whole object is
    refused. A key that stands twice in one object counts once, with its last value. `"flags": null` and
    `"kind": null` are the same as no such key. What is tolerated besides JSON is in json_tolerances.py.

    Args:
        site: Who sent it; parameters of the other medium are refused.
        payload: UTF-8 JSON.
        received: When the message reached us; goes into each reading and bounds the future.
        catalogue: Names, HJ codes and units of all parameters.
        bounds: See there; the size is the caller's to check.
        located: Whether `positions` is filled in.
    """
    decoded = Decoded([], [])
    message = _Message(site, catalogue, received, bounds, *bounds.times(received), located, decoded)
    try:
        sent = decode_strictly(payload)
    except UNREADABLE:
        sent, decoded.tolerated = decode_leniently(payload, site.accept)
    if isinstance(sent, list):
        for index, each in enumerate(sent):
            _decode_object(each, f"[{index}]", message)
    else:
        _decode_object(sent, "", message)
    return decoded


def to_catalogue_unit(value: float, sent_in: str, parameter: Parameter) -> float:
    """A value sent in the unit `sent_in`, in the parameter's own; exact on its decimal text.

    The catalogue refuses a site whose unit does not convert; here such a value stays as it is.
    """
    power = _power_of_ten(sent_in, parameter.unit)
    return value if power is None else shift(value, power)


def _decode_object(item: Envelope | Refused, path: str, message: _Message) -> None:
    """One object: refused as one item, or value by value."""
    if isinstance(item, Refused):
        message.refuse(item.reason, item.detail, path)
        return
    time = _time_within_bounds(item.time, message)
    if isinstance(time, Refused):
        message.decoded.refused.append(replace(time, where=path))
        return
    kind = "rtd" if item.kind is None else item.kind
    if type(kind) is not str or kind not in KINDS:
        message.refuse("unknown_kind", f"kind must be one of rtd, min, hour, day: {excerpt(kind)}", path)
        return
    _decode_values(item, f"{path}." if path else "", time, kind, message)


def _time_within_bounds(item: Any, message: _Message) -> datetime | Refused:
    if item is None:
        return Refused("no_time", "there is no time")
    time = parse_time(item)
    if isinstance(time, Refused):
        return time
    if message.oldest <= time <= message.latest:
        return time
    refused = message.bounds.refuse_time(f"time {excerpt(item)}", time, message.received)
    if type(item) is int and are_seconds(item):
        return replace(refused, detail=f"{refused.detail}; {AS_SECONDS}")
    return refused


def _decode_values(item: Envelope, path: str, time: datetime, kind: Kind, message: _Message) -> None:
    """Take all values together where nothing has to be said of any, as nearly always; else one by one."""
    if item.flags or message.located or not _decode_plain(item, time, kind, message):
        _decode_each(item, path, time, kind, message)


def _decode_plain(item: Envelope, time: datetime, kind: Kind, message: _Message) -> bool:
    """Take all values together; False, and none is taken, if there is anything to convert or to refuse."""
    site, numbers = message.site, item.values.values()
    group = message.catalogue.group_named(site.medium, tuple(item.values))
    if site.units or site.missing or not numbers or group is None:
        return False
    if not _NUMBERS.issuperset(map(type, numbers)):
        return False
    if not (all(map(le, group.lows, numbers)) and all(map(ge, group.highs, numbers))):
        return False  # perhaps another counts in its place
    values = tuple(map(float, numbers))
    message.decoded.parts.append(SiteValues(site.id, kind, time, message.received, group.ids, values))
    return True


def _decode_each(item: Envelope, path: str, time: datetime, kind: Kind, message: _Message) -> None:
    """Take value by value; a bad one is refused on its own."""
    site, received = message.site, message.received
    medium, units, parts = site.medium, site.units, message.decoded.parts
    parameters, by_code = message.catalogue.parameters, message.catalogue.by_code
    flags_by_name = _flags_by_name(item, path, message) if item.flags else None
    flag: Any = NORMAL
    codes = site.missing
    for name, value in item.values.items():
        if value is None:
            continue
        parameter = parameters.get(by_code.get(name, name))
        if parameter is None or parameter.medium != medium:
            message.refuse(*_unknown_name(name, parameter, site), f"{path}values.{label(name)}")
            continue
        if codes and is_missing(value, parameter, site):
            message.decoded.missing.append(f"{path}values.{name}")
            continue
        number = value if type(value) is float else _to_float(value, message)
        if units and name in units:
            number = to_catalogue_unit(number, units[name], parameter)
        if flags_by_name is not None:
            flag = flags_by_name.get(name, flags_by_name.get(parameter.id, NORMAL))
        sent, is_number = "", True
        if not parameter.low <= number <= parameter.high:  # or it is no number
            number, sent = _substituted(value, number, units.get(name, ""), parameter, site)
            is_number = isfinite(number)
        if not is_number or not (flag is NORMAL or (type(flag) is str and flag in FLAGS)):
            message.refuse(*_value_problem(value, flag, number, parameter, site), f"{path}values.{name}")
            continue
        parts.append(Reading(site.id, parameter.id, kind, time, number, flag, received, sent))
        if message.located:
            message.decoded.positions.append(f"{path}values.{name}")


def _substituted(
    value: Any, number: float, sent_in: str, parameter: Parameter, site: Site
) -> tuple[float, str]:
    """What counts in place of a number outside the plausible range or of a text, and what was sent."""
    if isfinite(number):
        return substitute_number(number, parameter, site) or (number, "")
    power = _power_of_ten(sent_in, parameter.unit) if sent_in else 0
    below = substitute_text(value, parameter, site, power or 0) if isinstance(value, str) else None
    return below if isinstance(below, tuple) else (number, "")


def _flags_by_name(item: Envelope, path: str, message: _Message) -> dict[str, Any]:
    """The flags by the names they were sent under, and by parameter id; a misspelt name is refused.

    A name that also has a value is refused there, once.
    """
    flags = item.flags or {}
    flags_by_name = dict(flags)
    for name, flag in flags.items():
        parameter = message.catalogue.parameter(name)
        if parameter is not None:
            flags_by_name.setdefault(parameter.id, flag)
        elif item.values.get(name) is None:
            detail = f"a flag for {excerpt(name)}, which is not a parameter id or HJ code"
            message.refuse("unknown_parameter", detail, f"{path}flags.{label(name)}")
    return flags_by_name


def _to_float(value: Any, message: _Message) -> float:
    """The nearest float, infinite beyond the floats; NaN for anything that is not a number here."""
    if type(value) is str and "numeric_text" in message.site.accept:
        value = parse_number(value.strip())
        if value is not None:
            message.tolerate("numeric_text")
    if type(value) is float:
        return value
    if type(value) is not int:
        return nan
    try:
        return float(value)
    except OverflowError:
        return inf


def _unknown_name(name: str, parameter: Parameter | None, site: Site) -> tuple[RefusalReason, str]:
    if parameter is None:
        return "unknown_parameter", f"{excerpt(name)} is not a parameter id or HJ code"
    return "wrong_medium", f"{parameter.id} belongs to {parameter.medium}, {site.id} measures {site.medium}"


def _value_problem(
    value: Any, flag: Any, number: float, parameter: Parameter, site: Site
) -> tuple[RefusalReason, str]:
    below = substitute_text(value, parameter, site) if isinstance(value, str) else None
    if isinstance(below, Refused):
        return below.reason, below.detail
    if type(value) is BareWord or (
        type(value) is str and not isfinite(number) and "numeric_text" in site.accept
    ):
        return "not_a_number", f"not a number: {excerpt(value)}"
    if type(value) not in (int, float) and not isfinite(number):
        numeric = type(value) is str and parse_number(value.strip()) is not None
        cure = '; accept = ["numeric_text"] at the site takes it' if numeric else ""
        return "wrong_type", f"a value is a JSON number, not {excerpt(value)}{cure}"
    if not isfinite(number):
        return "not_a_number", "NaN, infinite, or too large for a 64-bit float"
    return "unknown_flag", f"flag must be one of N F M S D C T B: {excerpt(flag)}"
