"""Late and refused readings in the monthly report: what the journal file has counted, if it has."""

import io
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from ingest.journal import inbox, late_counts
from ingest.journal.database import schema
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from liangqu.config.settings import Settings
from sensors.calendar import SHANGHAI, to_ms
from sensors.catalogue import loader
from tests.liangqu.cli.test_import import Place

OCTOBER = datetime(2026, 10, 1, tzinfo=SHANGHAI)
NOW = datetime(2026, 10, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMIT = 2**28


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The last hours of September and the first of October at two stations, three of one of them too late."""
    made = Place(tmp_path)
    hours = list(range(-5, 48))
    held_back = (-2, 6, 7)
    receive(tmp_path, "wujinku", [hour for hour in hours if hour not in held_back])
    receive(tmp_path, "yunding", hours)
    receive(tmp_path, "wujinku", held_back)
    receive(tmp_path, "wujinku", [*held_back, 8])  # duplicates are none
    return made


def receive(folder: Path, site: str, hours: Iterable[int], value: object = 20) -> None:
    """A reading for each of these hours of October, through the pipeline into the store."""
    journal, store = Journal(folder / "journal.db"), SqliteStore(folder / "liangqu.db")
    bodies = [
        f'{{"time": "{(OCTOBER + n * HOUR).isoformat()}", "values": {{"pm25": {value}}}}}' for n in hours
    ]
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(f"liangqu/air/{site}", body.encode(), NOW) for body in bodies])
    pipeline = Pipeline(journal, loader.load(), Settings().bounds(), prefix="liangqu", quarantine_limit=LIMIT)
    sender = StoreSender(journal, store, prefix="liangqu", quarantine_limit=LIMIT)
    while pipeline.step() or sender.step(NOW):
        pass
    store.close()
    journal.close()


def made_at(folder: Path, time: datetime) -> None:
    """As if the journal file had been made then."""
    with sqlite3.connect(folder / "journal.db") as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'late_since'", (str(to_ms(time)),))
    connection.close()


def quality(place: Place) -> tuple[dict[str, tuple[object, object]], str]:
    """Late and refused by station, from the workbook, where a dash of the page is blank; and the page."""
    code, text = place.run("report", "2026-10", "--language", "en", "--out", str(place.folder / "out"))
    assert code == 0, text
    folder = Path(text.splitlines()[0]).parent
    sheet = openpyxl.load_workbook(io.BytesIO((folder / "report.xlsx").read_bytes()))["Data quality"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(row for row in rows if "Late" in row)
    where = head.index("Late"), head.index("Refused")
    named = {str(row[0]): (row[where[0]], row[where[1]]) for row in rows[rows.index(head) + 1 :]}
    return named, (folder / "report.html").read_text(encoding="utf-8")


def test_a_journal_of_the_whole_month_tells_what_came_late(place: Place) -> None:
    """It tells what was refused, too."""
    receive(place.folder, "yunding", [1], value='"x"')
    made_at(place.folder, OCTOBER)

    rows, page = quality(place)

    assert rows["Wujinku"] == (2, 0)
    assert next(counted for name, counted in rows.items() if "Genting" in name) == (0, 1)
    assert "as the journal file counted them" in page


def test_a_younger_journal_counts_nothing(place: Place) -> None:
    made_at(place.folder, OCTOBER + HOUR)

    rows, page = quality(place)

    assert rows["Wujinku"] == (None, None)
    assert "not available here" in page


def test_without_a_journal_nothing_is_known(place: Place) -> None:
    made_at(place.folder, OCTOBER)
    (place.folder / "journal.db").unlink()

    rows, page = quality(place)

    assert rows["Wujinku"] == (None, None)
    assert "not available here" in page
    assert not (place.folder / "journal.db").exists()


def test_the_counts_by_month_add_up_to_the_account(place: Place) -> None:
    journal = Journal(place.folder / "journal.db")
    with journal.snapshot() as connection:
        september, october = (
            late_counts.read_month(connection, OCTOBER - n * timedelta(days=1)) for n in (1, 0)
        )
        (account,) = connection.execute("SELECT value FROM count WHERE name = 'late'").fetchone()
    journal.close()

    assert (september, october, account) == ({"wujinku": 1}, {"wujinku": 2}, 3)


def test_a_file_of_an_older_version_counts_from_its_migration_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:4])
        older.setattr(schema, "VERSION", 4)
        Journal(tmp_path / "journal.db").close()
    before = datetime.now(UTC).replace(microsecond=0)

    journal = Journal(tmp_path / "journal.db")
    since = late_counts.counted_since(journal.connection())
    journal.close()

    assert before <= since <= datetime.now(UTC)
