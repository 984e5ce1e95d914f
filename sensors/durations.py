"""Durations as people write them in settings and catalogue: `30s`, `5m`, `4h`, `1d`."""

import re
from datetime import timedelta

_DURATION = re.compile(r"([0-9]{1,6})([smhd])")
_UNIT = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
UNLIMITED = "none"
LONGEST = timedelta(days=10_000)
"""27 years: from any moment of ours it leads to one that a calendar has."""


def parse_duration(text: str) -> timedelta:
    """Read one whole number of up to six digits and its unit: s, m, h or d; a day is 24 hours.

    Raises:
        ValueError: Anything else, zero, and more than `LONGEST`; its text is fit for whoever wrote it.
    """
    match = _DURATION.fullmatch(text)
    if match is None or not int(match[1]):
        raise ValueError(f'"{" ".join(text.split())}" is no duration like 30s, 5m, 4h or 1d')
    found = int(match[1]) * _UNIT[match[2]]
    if found > LONGEST:
        raise ValueError(f'"{text}" is longer than {LONGEST.days}d')
    return found


def to_duration_text(span: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this span, to the second; at least one."""
    seconds = max(1, round(span.total_seconds()))
    unit = next(name for name in reversed(_UNIT) if not seconds % _UNIT[name].total_seconds())
    return f"{seconds // int(_UNIT[unit].total_seconds())}{unit}"


def parse_limit(text: str) -> timedelta | None:
    """Read a duration that may also be `none`, for no limit.

    Raises:
        ValueError: as `parse_duration`.
    """
    return None if text == UNLIMITED else parse_duration(text)
