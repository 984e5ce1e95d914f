"""The duty by date: a CSV of `date,person`, named in the notify file."""

import csv
from datetime import date
from io import StringIO
from pathlib import Path

from sensors.text import parse_text, read_bytes, to_file_name

_HEAD = ["date", "person"]


def read_calendar(folder: Path, name: str, problems: list[str]) -> dict[date, str]:
    """Who is on duty on which day; the first line may be the header.

    Args:
        folder: Where `name` is looked for.
        name: The file.
        problems: Each mistake is added to it, as a line.
    """
    found: dict[date, str] = {}
    path = folder / name
    try:
        path = folder / to_file_name(name)
        text = parse_text(read_bytes(path))
        for line, row in enumerate(csv.reader(StringIO(text, newline="")), 1):
            if line == 1 and [cell.strip().lower() for cell in row] == _HEAD:
                continue
            try:
                found[date.fromisoformat(row[0].strip())] = row[1].strip()
            except (ValueError, IndexError):
                problems.append(f"duty: calendar: {path}: line {line}: not date,person")
    except OSError as error:
        problems.append(f"duty: calendar: {path}: {error.strerror or error}")
    except (ValueError, csv.Error) as error:
        problems.append(f"duty: calendar: {path}: {error}")
    return found
