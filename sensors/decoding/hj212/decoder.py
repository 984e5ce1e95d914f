"""From a frame to readings and refusals: station, command, factors, units, flags, times.

Only `-Rtd` of real-time frames and `-Avg` of minute, hour and day frames become readings, or the other of the
two where a tolerance lets it stand in; minimum, maximum and amount of an interval stay in the frame. Whatever
else a data frame holds is refused, never ignored.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cache

from msgspec import Struct

from sensors.catalogue.model import Catalogue, Parameter, Site
from sensors.catalogue.units import power_of_ten
from sensors.decoding.hj212.area import Area, parse_area
from sensors.decoding.hj212.frame import parse_frame
from sensors.decoding.hj212.local_time import parse_local_time
from sensors.decoding.hj212.masking import mask_passwords
from sensors.decoding.hj212.replies import carries_data
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.tolerances import Deviations, Malformed
from sensors.decoding.hj212.vocabulary import CODES, COMMANDS, STAND_INS, Command
from sensors.decoding.substitution import is_missing, substitute_number, substitute_text
from sensors.decoding.types import FLAGS, Decoded, InputBounds
from sensors.excerpt import excerpt, label
from sensors.model import NORMAL, Reading, RefusalReason, Refused

# Possessive (++): otherwise what follows ten thousand digits is tried ten thousand times.
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE]([+-]?[0-9]{1,3}))?")
_NOT_A_VALUE = frozenset({"Flag", "EFlag", "SampleTime"})
_NO_FACTOR = frozenset({"DataTime", "Flag"})

_power_of_ten = cache(power_of_ten)


class DecodedFrame(Struct, frozen=True):
    """A decoded frame: its readings and refusals, the frame (None if it is not one), its deviations."""

    decoded: Decoded
    frame: Hj212Frame | None = None
    deviations: tuple[str, ...] = ()


class _Refusal(Exception):  # noqa: N818 - becomes a Refused within this module
    """One value, or the whole frame, cannot be used."""

    def __init__(self, reason: RefusalReason, detail: str, time: datetime | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.time = time


class _Values(Struct, gc=False):
    """What the values of one frame share while they are read."""

    site: Site
    command: Command
    time: datetime
    received: datetime
    catalogue: Catalogue
    bounds: InputBounds
    seen: Deviations
    mark: str | None


def decode_frame(
    mn: str,
    payload: bytes,
    received: datetime,
    catalogue: Catalogue,
    bounds: InputBounds,
    *,
    located: bool = False,
) -> DecodedFrame:
    """Decode a frame as it came under this MN; never raises, whatever the bytes.

    Args:
        mn: The last part of the topic; a frame that names another MN is refused. Empty accepts any.
        payload: From `##` to the sum, with or without CR LF.
        received: When it reached us; goes into each reading and bounds the future.
        catalogue: Whose MN it is, names, codes and units of all parameters.
        bounds: See there; the size is the caller's to check.
        located: Whether `positions` is filled in.

    Returns:
        Readings in the catalogue's units, times in UTC as stamped: an hour is named by its start. A value is
        refused alone, at its factor code; what spoils the frame refuses it as one item, `bad_frame` if its
        form is wrong.
    """
    answer = parse_frame(payload, bounds.tolerated)
    if isinstance(answer, Refused):
        return DecodedFrame(_refused("bad_frame", f"{answer.where}: {answer.detail}"))
    frame = answer.frame
    seen = Deviations(bounds.tolerated, answer.deviations)
    try:
        decoded = _decode(
            mn or frame.mn, frame, received, catalogue, bounds=bounds, seen=seen, located=located
        )
    except Malformed as bad:
        decoded = _refused("bad_frame", f"{bad.where}: {bad}")
    except _Refusal as refusal:
        decoded = _refused(refusal.reason, str(refusal), refusal.time)
    return DecodedFrame(decoded, frame, tuple(seen.names))


def _refused(reason: RefusalReason, detail: str, time: datetime | None = None) -> Decoded:
    return Decoded([], [Refused(reason, detail, time=time)])


def _decode(
    mn: str,
    frame: Hj212Frame,
    received: datetime,
    catalogue: Catalogue,
    *,
    bounds: InputBounds,
    seen: Deviations,
    located: bool,
) -> Decoded:
    if frame.mn != mn:
        raise _Refusal("bad_frame", f"MN: the frame is of {excerpt(frame.mn)}, the topic of {excerpt(mn)}")
    site = catalogue.sites.get(catalogue.by_mn.get(mn, ""))
    if site is None:
        raise _Refusal("unknown_site", f"no site of the catalogue has the MN {excerpt(mn)}")
    command = COMMANDS.get(frame.cn)
    if command is None and carries_data(frame):
        raise _Refusal("unknown_kind", f"CN {frame.cn} is not a data command that is read here")
    if command is None or command.kind is None:
        return Decoded([], [])
    area = parse_area(frame.area, seen)
    if "DataTime" not in area.plain:
        raise _Refusal("no_time", "there is no DataTime")
    if "DataTime" in area.contradicted:
        raise _Refusal("bad_frame", "DataTime: two different values of DataTime")
    time = _time(area.plain["DataTime"], "DataTime", received, bounds, seen)
    mark = area.plain.get("Flag")
    if mark is not None:
        seen.note("mark_of_all", "Flag")
    return _decode_values(
        area, _Values(site, command, time, received, catalogue, bounds, seen, mark), located=located
    )


def _decode_values(area: Area, values: _Values, *, located: bool) -> Decoded:
    """Value by value; a bad one is refused on its own. Of two codes for one parameter the first counts."""
    decoded = Decoded([], [])
    taken: dict[str, str] = {}
    for code, fields in area.factors.items():
        try:
            reading = _reading(code, fields, area.contradicted, values)
        except _Refusal as refusal:
            decoded.refused.append(Refused(refusal.reason, str(refusal), label(code)))
            continue
        if reading is None:
            decoded.missing.append(label(code))
            continue
        other = taken.setdefault(reading.parameter, code)
        if other is not code:
            detail = f"{reading.parameter} stands in this frame already, as {excerpt(other)}"
            decoded.refused.append(Refused("bad_frame", detail, label(code)))
            continue
        decoded.parts.append(reading)
        if located:
            decoded.positions.append(label(code))
    for name in area.plain:
        if name not in _NO_FACTOR:
            decoded.refused.append(
                Refused("unknown_parameter", f"{excerpt(name)} is not a factor", label(name))
            )
    for piece in map(mask_passwords, area.unread):
        decoded.refused.append(Refused("bad_frame", f"{excerpt(piece)} is not name=value", label(piece)))
    return decoded


def _reading(
    code: str, fields: Mapping[str, str], contradicted: AbstractSet[str], values: _Values
) -> Reading | None:
    """None where the value means at this site that nothing was measured."""
    parameter = _parameter(code, values.catalogue, values.seen)
    site = values.site
    if parameter is None:
        raise _Refusal("unknown_parameter", f"{excerpt(code)} is not a parameter id or HJ code")
    if parameter.medium != site.medium:
        detail = f"{parameter.id} belongs to {parameter.medium}, {site.id} measures {site.medium}"
        raise _Refusal("wrong_medium", detail)
    if contradicted and any(f"{code}-{field}" in contradicted for field in fields):
        raise _Refusal("bad_frame", f"{excerpt(code)} comes twice with different values")
    text = _value_text(code, fields, values.command, values.seen)
    if site.missing and is_missing(text, parameter, site):
        return None
    number, sent = _number_that_counts(text, unit_exponent(code, parameter, site), parameter, site)
    flag = _flag(fields.get("Flag", values.mark), values.seen)
    time = values.time
    if values.command.field == "Rtd" and "SampleTime" in fields:
        time = _time(fields["SampleTime"], "SampleTime", values.received, values.bounds, values.seen)
    kind = values.command.kind or "rtd"
    return Reading(site.id, parameter.id, kind, time, number, flag, values.received, sent)


def _value_text(code: str, fields: Mapping[str, str], command: Command, seen: Deviations) -> str:
    """The value of the command's own field, or of the one that may stand in for it."""
    text = fields.get(command.field)
    if text is not None:
        return text
    other, tolerance = STAND_INS[command.field]
    if other in fields and seen.tolerates(tolerance):
        seen.note(tolerance, code)
        return fields[other]
    others = excerpt(", ".join(sorted(fields.keys() - _NOT_A_VALUE)) or "no value")
    off = f" (tolerance {tolerance} is off)" if other in fields else ""
    raise _Refusal("unknown_kind", f"CN {command.cn} carries -{command.field}, this is {others}{off}")


def _parameter(code: str, catalogue: Catalogue, seen: Deviations) -> Parameter | None:
    parameter = catalogue.parameter(code)
    if parameter is None and code in CODES and seen.tolerates("old_code"):
        parameter = catalogue.parameter(CODES[code].means)
        seen.note("old_code", code)
    if parameter is None and seen.tolerates("code_case"):
        parameter = catalogue.parameter(code.lower())
        if parameter is not None:
            seen.note("code_case", code)
    return parameter


def unit_exponent(code: str, parameter: Parameter, site: Site) -> int:
    """By which power of ten this site's values of this code are to be moved into the catalogue's unit."""
    if not site.units and code not in CODES:
        return 0
    unit = site.units.get(code) or site.units.get(parameter.id)
    if unit is None and code in CODES:
        unit = CODES[code].unit
    if not unit:
        return 0
    # The catalogue refuses a site whose unit does not convert.
    return _power_of_ten(unit, parameter.unit) or 0


def _number_that_counts(text: str, power: int, parameter: Parameter, site: Site) -> tuple[float, str]:
    """The number, and what was sent where another one counts in its place."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        below = substitute_text(text, parameter, site, power)
        if below is None:
            raise _Refusal("not_a_number", f"not a number: {excerpt(text)}")
        if isinstance(below, Refused):
            raise _Refusal(below.reason, below.detail)
        return below
    number = _number(found, power)
    return substitute_number(number, parameter, site) or (number, "")


def _number(found: re.Match[str], power: int) -> float:
    """The value of what `_NUMBER` found with its decimal point moved: the nearest float, rounded once."""
    text = found[0]
    if power:
        mantissa = text if found[1] is None else text[: found.start(1) - 1]
        text = f"{mantissa}e{int(found[1] or 0) + power}"
    number = float(text)
    if number - number != 0:
        raise _Refusal("not_a_number", f"too large for a 64-bit float: {excerpt(text)}")
    return number


def _flag(flag: str | None, seen: Deviations) -> str:
    if flag is None:
        if not seen.tolerates("missing_mark"):
            raise _Refusal("unknown_flag", "no -Flag (tolerance missing_mark is off)")
        seen.note("missing_mark", "Flag")
        return NORMAL
    if flag in FLAGS:
        return flag
    if flag.upper() in FLAGS and seen.tolerates("mark_case"):
        seen.note("mark_case", "Flag")
        return flag.upper()
    raise _Refusal("unknown_flag", f"flag must be one of N F M S D C T B: {excerpt(flag)}")


def _time(text: str, name: str, received: datetime, bounds: InputBounds, seen: Deviations) -> datetime:
    """A stamp of the logger, which is China's time and says no zone, within the bounds."""
    time = parse_local_time(text, name, seen)
    if isinstance(time, Refused):
        raise _Refusal(time.reason, time.detail)
    oldest, latest = bounds.times(received)
    if oldest <= time <= latest:
        return time
    refused = bounds.refuse_time(f"{name} {text}", time, received)
    raise _Refusal(refused.reason, refused.detail, refused.time)
