"""Who is on duty by date, and which days are holidays: CSV files named in the notify file."""

import csv
from collections.abc import Iterator
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
            if line == 1 and [cell.strip().lower() for cell in row] == ["date", column]:
                continue
            place = f"duty: {key}: {path}: line {line}"
            try:
                yield place, date.fromisoformat(row[0].strip()), row[1].strip()
            except (ValueError, IndexError):
                problems.append(f"{place}: not date,{column}")
    except OSError as error:
        problems.append(f"duty: {key}: {path}: {error.strerror or error}")
    except (ValueError, csv.Error) as error:
        problems.append(f"duty: {key}: {path}: {error}")
