"""Who is on duty on which day, and changes of that: written into the notify file and its calendar."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from msgspec import Struct
from tomlkit.items import Table

from alerts.notify.config import NotifyConfig, Person, parse_clock
from alerts.notify.duty import duty_order
from alerts.notify.duty_calendar import with_duty_days
from alerts.rules.definition import RANK
from ingest.journal.database.holder import alone_in
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_notify
from liangqu.config.settings import Settings
from liangqu.tasks.editing.files import replace_files
from liangqu.tasks.editing.toml_text import change_row, change_table
from sensors.calendar import SHANGHAI
from sensors.model import Severity
from sensors.text import parse_text, read_bytes, to_file_name

CALENDAR = "duty.csv"
"""What a calendar is called that the first change of a day makes, beside the notify file."""


class DutyDay(Struct, frozen=True):
    """Who is on duty from the hand-over of a day on; `in_calendar`: the calendar says so, not the turns."""

    day: date
    person: Person | None
    in_calendar: bool


def duty_days(notify: NotifyConfig, first: date, number: int) -> list[DutyDay]:
    """So many days from the first on."""
    handover = parse_clock(notify.duty.handover)
    found = []
    for day in (first + timedelta(days=n) for n in range(number)):
        order = duty_order(notify, datetime.combine(day, handover, SHANGHAI))
        found.append(DutyDay(day, order[0] if order else None, day in notify.calendar))
    return found


def assign_days(settings: Settings, days: Iterable[date], person: str) -> None:
    """Put somebody on duty on these days, whoever's turn it was.

    They are written into the calendar of the notify file; one that names none gets `duty.csv` beside it.

    Raises:
        ProblemError: there is no notify file, no such person, or a file could not be written.
    """
    with _locked(settings) as (path, notify):
        _known(notify, person)
        name = notify.duty.calendar or CALENDAR
        calendar = path.parent / to_file_name(name)
        rows = with_duty_days(calendar.read_bytes() if calendar.exists() else b"", days, person)
        contents = {calendar: rows}
        if not notify.duty.calendar:
            contents[path] = _with_calendar(_text_of(path), name).encode()
        _write(contents)


def set_quiet_hours(settings: Settings, person: str, quiet: str, below: Severity) -> None:
    """Set when somebody is not disturbed, and from which severity on all the same; "" for never.

    Raises:
        ProblemError: there is no such person, these are no hours, or the file could not be written.
    """
    with _locked(settings) as (path, notify):
        row = _known(notify, person)
        if below not in RANK:
            raise ProblemError(f"quiet_below: {below!r} is not one of {', '.join(RANK)}")
        try:
            Person(row.id, row.name, row.channels, quiet=quiet).hours()
        except ValueError:
            raise ProblemError(f"quiet: {quiet!r} is not a time such as 22:00-07:00") from None
        _write({path: _with_quiet(_text_of(path), person, quiet, below).encode()})


@contextmanager
def _locked(settings: Settings) -> Iterator[tuple[Path, NotifyConfig]]:
    """The notify file and what it says, while no other command changes files beside it."""
    if not settings.alerts.notify_file:
        raise ProblemError("alerts.notify_file: there is none; name a file with people and duty first")
    path = Path(settings.alerts.notify_file)
    with alone_in(path.parent):
        yield path, open_notify(settings)


def _known(notify: NotifyConfig, person: str) -> Person:
    if person not in notify.people:
        raise ProblemError(f"person: nobody in the notify file has the id {person!r}")
    return notify.people[person]


def _text_of(path: Path) -> str:
    return parse_text(read_bytes(path))


def _with_calendar(text: str, name: str) -> str:
    return change_table(text, "duty", lambda table: table.update({"calendar": name}))


def _with_quiet(text: str, person: str, quiet: str, below: Severity) -> str:
    def change(row: Table) -> None:
        row["quiet"] = quiet
        if below != "critical" or "quiet_below" in row:
            row["quiet_below"] = below

    return change_row(text, "person", person, change)


def _write(contents: dict[Path, bytes]) -> None:
    try:
        replace_files(contents)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}; nothing was changed", exit_code=1) from None
