"""Who is on duty by date, and which days are holidays: CSV files named in the notify file."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Literal, get_args

from sensors.text import parse_text, read_bytes, to_file_name

DayKind = Literal["off", "work"]
"""A day off, whatever day of the week it is; or a day of work though it is a weekend (调休)."""
_KINDS: tuple[DayKind, ...] = get_args(DayKind)


def read_calendar(folder: Path, name: str, problems: list[str]) -> dict[date, str]:
    """Who is on duty on which day; the first line may be the header.

    Args:
        folder: Where `name` is looked for.
        name: The file, of lines `date,person`.
        problems: Each mistake is added to it, as a line.
    """
    return {day: person for _, day, person in _dated(folder, name, "calendar", "person", problems)}


def with_duty_days(former: bytes, days: Iterable[date], person: str) -> bytes:
    """The calendar's text with these days changed or added, all others as they were, in their order."""
    wanted = frozenset(days)
    missing = set(wanted)
    written = []
    for row in csv.reader(StringIO(parse_text(former), newline="")):
        day = _day_of(row)
        written.append([row[0], person] if day in wanted else row)
        missing -= {day}
    if not any(_is_header(row, "person") for row in written[:1]):
        written.insert(0, ["date", "person"])
    written += [[day.isoformat(), person] for day in sorted(missing)]
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(written)
    return text.getvalue().encode()


def read_holidays(folder: Path, name: str, problems: list[str]) -> dict[date, DayKind]:
    """Which days are off or worked, other than Monday to Friday; the first line may be the header.

    Args:
        folder: Where `name` is looked for.
        name: The file, of lines `date,kind`.
        problems: Each mistake is added to it, as a line.
    """
    found: dict[date, DayKind] = {}
    for place, day, text in _dated(folder, name, "holidays", "kind", problems):
        kind = next((each for each in _KINDS if each == text), None)
        if kind is None:
            problems.append(f'{place}: kind is "off" or "work"')
        elif found.setdefault(day, kind) != kind:
            problems.append(f"{place}: {day} is both off and worked")
    return found


def _dated(
    folder: Path, name: str, key: str, column: str, problems: list[str]
) -> Iterator[tuple[str, date, str]]:
    """Where it stands, the date and the word of each line; lines that are not such are problems."""
    path = folder / name
    try:
        path = folder / to_file_name(name)
        text = parse_text(read_bytes(path))
        for line, row in enumerate(csv.reader(StringIO(text, newline="")), 1):
            if line == 1 and _is_header(row, column):
                continue
            place, day = f"duty: {key}: {path}: line {line}", _day_of(row)
            if day is None or len(row) == 1:
                problems.append(f"{place}: not date,{column}")
            else:
                yield place, day, row[1].strip()
    except OSError as error:
        problems.append(f"duty: {key}: {path}: {error.strerror or error}")
    except (ValueError, csv.Error) as error:
        problems.append(f"duty: {key}: {path}: {error}")


def _is_header(row: Sequence[str], column: str) -> bool:
    return [cell.strip().lower() for cell in row] == ["date", column]


def _day_of(row: Sequence[str]) -> date | None:
    try:
        return date.fromisoformat(row[0].strip())
    except (ValueError, IndexError):
        return None
