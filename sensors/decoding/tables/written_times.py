"""Times as people and spreadsheets write them: `2021/4/1 8:00`, `2021年4月1日 8时`, `20210401 11`, `44287.5`.

The year comes first. What does not begin with it (1/4/2021) is never guessed: `--time-format` reads it.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from unicodedata import normalize

from sensors.decoding.times import are_seconds, parse_time
from sensors.excerpt import excerpt
from sensors.model import Refused

_MILLISECONDS = re.compile(r"-?[0-9]{1,18}").fullmatch
_YEAR_FIRST = r"(?P<year>(?:19|20)[0-9]{2})"
_WRITTEN = re.compile(
    _YEAR_FIRST
    + r"""\s*[-/.年]\s*(?P<month>[0-9]{1,2})\s*[-/.月]\s*(?P<day>[0-9]{1,2})\s*日?
        (?:(?:(?<=[0-9])[T\s]\s*|(?<=日)\s*)(?P<hour>[0-9]{1,2})\s*
           (?:[:时点](?:\s*(?P<minute>[0-9]{1,2})\s*(?:[:分](?:\s*(?P<second>[0-9]{1,2})\s*秒?)?)?)?)?)?
        \s*(?P<offset>Z|[+-][0-9]{2}(?::?[0-5][0-9])?)?""",
    re.VERBOSE,
).fullmatch
_DIGITS = re.compile(
    _YEAR_FIRST
    + r"""(?P<month>[01][0-9])(?P<day>[0-3][0-9])
        (?:\s?(?P<hour>[0-2][0-9])(?:(?P<minute>[0-5][0-9])(?P<second>[0-5][0-9])?)?)?""",
    re.VERBOSE,
).fullmatch
_MIDNIGHT = re.compile(r"(.+?)[T\s]\s*0?0:00(?::00)?").fullmatch
_CLOCK = re.compile(r"[0-9]{1,2}(?:\s*[:时点].*)?").fullmatch
_ISO_LIKE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?").fullmatch
_SERIAL = re.compile(r"[3-7][0-9]{4}(?:\.[0-9]+)?").fullmatch
_DAY_0 = datetime(1899, 12, 30)  # noqa: DTZ001 - of a clock on the wall
_OLDEST, _NEWEST = 36526, 73051  # 2000-01-01 to the end of 2099
_AS_MILLISECONDS = (10, 12)
"""Digits that, where they are no date, may be milliseconds."""
LONGEST = 64


def parse_written_time(text: str, zone: tzinfo | None, form: str | None = None) -> datetime | Refused:
    """The time of a cell in UTC; else Refused, as `parse_time`.

    Whole numbers are a date in digits (8, 10, 12 or 14 of them, the year first), else milliseconds or seconds
    since 1970; numbers of 36526 to 73050 are Excel's days, rounded to the second.

    Args:
        text: Without blanks around it.
        zone: Where a time without an offset was written; None refuses it.
        form: How it is written, as of `strptime`; None reads what is unambiguous.
    """
    if len(text) > LONGEST:
        return Refused("bad_time", f"time {excerpt(text)} is none")
    if form is not None:
        return _by_form(text, zone, form)
    found = parse_time(text, zone)
    if not isinstance(found, Refused) or found.reason == "time_without_zone":
        return found
    plain = normalize("NFKC", text).strip()
    for read in (_DIGITS, _WRITTEN):
        if parts := read(plain):
            date = _of_parts(text, parts.groupdict(), zone)
            if (
                not isinstance(date, Refused)
                or date.reason != "bad_time"
                or len(plain) not in _AS_MILLISECONDS
            ):
                return date
    if _SERIAL(plain) and _OLDEST <= float(plain) < _NEWEST:
        return _located(_DAY_0 + timedelta(seconds=round(float(plain) * 86_400)), zone, text)
    if _MILLISECONDS(plain):
        number = int(plain)
        return parse_time(number * 1000 if are_seconds(number) else number, zone)
    if _ISO_LIKE(plain):
        return found
    how = "is not written with the year first; --time-format says how it is written"
    return Refused("bad_time", f"time {excerpt(text)} {how}")


def joined_time(parts: Mapping[str, str]) -> str:
    """One text of the cells of `date` with `hour` or `time`, or of `year`, `month`, `day` and `hour`.

    A `time` that is more than a time of day stands for itself.
    """
    cells = {role: cell.strip() for role, cell in parts.items()}
    if (clock := cells.get("time")) and not _CLOCK(normalize("NFKC", clock)):
        return clock
    day = cells.get("date") or "/".join(cells.get(role, "") for role in ("year", "month", "day"))
    hour = cells.get("hour") or clock or ""
    if hour and (date := _MIDNIGHT(day)):  # as spreadsheets keep a date
        day = date[1]
    return f"{day} {hour.zfill(2)}" if hour and day.strip("/") else day.strip("/")


def _by_form(text: str, zone: tzinfo | None, form: str) -> datetime | Refused:
    try:
        local = datetime.strptime(text, form)  # noqa: DTZ007 - its zone comes next
    except ValueError:
        return Refused("bad_time", f"time {excerpt(text)} is not as --time-format {excerpt(form)} says")
    return _located(local, zone, text)


def _of_parts(text: str, parts: Mapping[str, str | None], zone: tzinfo | None) -> datetime | Refused:
    """Of the parts of a time: spelled as ISO 8601, so that hour 24 and a 30 February are what they are."""
    day = "-".join([parts["year"] or "", *((parts[part] or "").zfill(2) for part in ("month", "day"))])
    clock = ":".join((parts[part] or "0").zfill(2) for part in ("hour", "minute", "second"))
    found = parse_time(f"{day}T{clock}{parts.get('offset') or ''}", zone)
    if isinstance(found, Refused):
        return Refused(found.reason, f"time {excerpt(text)}: {found.detail}")
    return found


def _located(local: datetime, zone: tzinfo | None, text: str) -> datetime | Refused:
    if local.tzinfo is None and zone is None:
        return Refused("time_without_zone", f"time {excerpt(text)} has no offset such as +08:00 or Z")
    try:
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return Refused("bad_time", f"time {excerpt(text)} does not exist")
