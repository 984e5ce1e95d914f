"""The native JSON payload: one object or an array of them, decoded into readings and refusals.

Only an unusable envelope refuses a message; everything else is refused reading by reading. The common
payload is decoded in one strict step; whatever that refuses is read again, slowly, to say which part is bad.
"""

import json
from datetime import datetime
from functools import cache
from math import inf, isfinite, nan
from typing import Any

import msgspec
from msgspec import Struct

from sensors.catalogue.model import Catalogue, Parameter, Site
from sensors.catalogue.units import power_of_ten, shift
from sensors.decoding.times import parse_time
from sensors.decoding.types import FLAGS, Decoded, InputBounds
from sensors.excerpt import excerpt, label
from sensors.model import KINDS, NORMAL, Kind, Reading, RefusalReason, Refused

_BOM = "\ufeff"
_LONGEST_INTEGER = 400


class _Envelope(Struct, forbid_unknown_fields=True, gc=False):
    """One object of the payload. An unknown key is refused: `flag` for `flags` would lose a device mark."""

    values: dict[str, Any]
    time: Any = None
    flags: dict[str, Any] | None = None
    kind: Any = None


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


_power_of_ten = cache(power_of_ten)
_decode = msgspec.json.Decoder(_Envelope | list[_Envelope]).decode


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
    refused. A key that stands twice in one object counts once, with its last value. A byte order mark
    is skipped. `"flags": null` and `"kind": null` are the same as no such key.

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
    sent: Refused | _Envelope | list[_Envelope] | list[_Envelope | Refused]
    try:
        sent = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        sent = _decode_leniently(payload)
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


def _decode_object(item: _Envelope | Refused, path: str, message: _Message) -> None:
    """One object: refused as one item, or value by value."""
    if isinstance(item, Refused):
        message.refuse(item.reason, item.detail, path)
        return
    time = _time_within_bounds(item.time, message)
    if isinstance(time, Refused):
        message.refuse(time.reason, time.detail, path)
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
    return message.bounds.refuse_time(f"time {excerpt(item)}", time, message.received)


def _decode_values(item: _Envelope, path: str, time: datetime, kind: Kind, message: _Message) -> None:
    """Take value by value; a bad one is refused on its own."""
    site, received = message.site, message.received
    medium, units, readings = site.medium, site.units, message.decoded.readings
    parameters, by_code = message.catalogue.parameters, message.catalogue.by_code
    flags_by_name = _flags_by_name(item, path, message) if item.flags else None
    flag: Any = NORMAL
    for name, value in item.values.items():
        if value is None:
            continue
        parameter = parameters.get(by_code.get(name, name))
        if parameter is None or parameter.medium != medium:
            message.refuse(*_unknown_name(name, parameter, site), f"{path}values.{label(name)}")
            continue
        number = value if type(value) is float else _as_float(value)
        if units and name in units:
            number = to_catalogue_unit(number, units[name], parameter)
        if flags_by_name is not None:
            flag = flags_by_name.get(name, flags_by_name.get(parameter.id, NORMAL))
        if not isfinite(number) or not (flag is NORMAL or (type(flag) is str and flag in FLAGS)):
            message.refuse(*_value_problem(value, flag, number), f"{path}values.{name}")
            continue
        readings.append(Reading(site.id, parameter.id, kind, time, number, flag, received))
        if message.located:
            message.decoded.positions.append(f"{path}values.{name}")


def _flags_by_name(item: _Envelope, path: str, message: _Message) -> dict[str, Any]:
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


def _as_float(value: Any) -> float:
    """An integer as the nearest float, infinite beyond the floats; NaN for anything that is not a number."""
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


def _value_problem(value: Any, flag: Any, number: float) -> tuple[RefusalReason, str]:
    if type(value) not in (int, float):
        return "wrong_type", f"a value is a JSON number, not {excerpt(value)}"
    if not isfinite(number):
        return "not_a_number", "NaN, infinite, or too large for a 64-bit float"
    return "unknown_flag", f"flag must be one of N F M S D C T B: {excerpt(flag)}"


def _decode_leniently(payload: bytes) -> Refused | _Envelope | list[_Envelope | Refused]:
    """Decode what the strict step refused, with each bad part on its own.

    NaN, Infinity and numbers beyond the floats are let in here, to be refused as single values.
    """
    try:
        text = payload.decode().removeprefix(_BOM)
        sent = json.loads(text, parse_int=_parse_integer)
    except UnicodeDecodeError as error:
        return Refused("not_utf8", f"byte {error.start} is not UTF-8")
    except json.JSONDecodeError as error:
        return Refused("not_json", f"{error.msg} (character {error.pos})")
    except RecursionError:
        return Refused("not_json", "nested too deeply to be read")
    return [_to_envelope(each) for each in sent] if isinstance(sent, list) else _to_envelope(sent)


def _parse_integer(digits: str) -> float:
    """Python refuses to read integers of very many digits; no float is that large."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else inf


def _to_envelope(sent: Any) -> _Envelope | Refused:
    if type(sent) is not dict:
        return Refused("bad_envelope", f"not an object with time and values: {excerpt(sent)}")
    for key in sent:
        if key not in _Envelope.__struct_fields__:
            return Refused("bad_envelope", f"unknown key {excerpt(key)}; known are time, values, flags, kind")
    if type(sent.get("values")) is not dict:
        return Refused("bad_envelope", f"values is missing or no object: {excerpt(sent.get('values'))}")
    if type(sent.get("flags")) not in (dict, type(None)):
        return Refused("bad_envelope", f"flags is not an object: {excerpt(sent['flags'])}")
    return _Envelope(**sent)
