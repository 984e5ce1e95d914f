"""A logger's own stamp: China's time in digits, without a zone."""

import re
from datetime import datetime

from sensors.decoding.hj212.tolerances import Deviations
from sensors.decoding.times import parse_time
from sensors.excerpt import excerpt
from sensors.model import Refused

_DIGITS = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:([0-9]{2})([0-9]{2,3})?)?")
_WRITTEN = re.compile(
    r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{3}))?)?"
)
_SECONDS_ONLY = 14


def parse_local_time(text: str, name: str, seen: Deviations) -> datetime | Refused:
    """The time that YYYYMMDDhhmmss means, or another form that is tolerated; `name` is the field's.

    Refused as `bad_time`: another form, one that is switched off, or no time that exists.
    """
    found = _DIGITS.fullmatch(text)
    tolerance = "" if found else "time_form"
    if found and len(text) != _SECONDS_ONLY:
        tolerance = "milliseconds" if found[7] else "time_form"
    found = found or _WRITTEN.fullmatch(text)
    if not found:
        return Refused("bad_time", f"{name} {excerpt(text)} is not YYYYMMDDhhmmss")
    if tolerance:
        if not seen.tolerates(tolerance):
            detail = f"{name} {excerpt(text)} is not YYYYMMDDhhmmss (tolerance {tolerance} is off)"
            return Refused("bad_time", detail)
        seen.note(tolerance, name)
    year, month, day, hour, minute, second, fraction = found.groups()
    clock = f"{hour:0>2}:{minute}:{second or '00'}{'.' + fraction if fraction else ''}"
    time = parse_time(f"{year}-{month:0>2}-{day:0>2}T{clock}+08:00")
    if isinstance(time, Refused):
        return Refused(time.reason, f"{name} {text} is not a time that exists")
    return time
