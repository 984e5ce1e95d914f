"""`liangqu import`: years of hourly rows into the store, once, with what is wrong told by file and line."""

import csv
import gzip
import json
import os
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ingest.importing.importer import CHUNK
from ingest.journal import accounting, requests
from ingest.journal.file import Journal
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from sensors.calendar import SHANGHAI
from tests.support.frames import rows_of
from tests.support.paths import REAL
from tests.support.servers import Influxd

START = datetime(2024, 1, 1, tzinfo=UTC)
ROWS = """site,time,pm25,pm10
wujinku,2025-01-01T01:00:00,35,60.5
wujinku,2025-01-01T02:00:00,x,61
wujinku,2025-01-01T24:00:00,--,62
nowhere,2025-01-01T02:00:00,1,
wujinku,2025-13-01T02:00:00,1,2
"""


class Place:
    """A folder with settings, and what is in its store and journal."""

    def __init__(self, folder: Path, more: str = "") -> None:
        self.folder = folder
        (folder / "liangqu.toml").write_text(more, encoding="utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """The command's exit code and both its outputs."""
        done = CliRunner().invoke(app, [*words, "-c", str(self.folder / "liangqu.toml")])
        if isinstance(done.exception, ProblemError):
            return done.exception.exit_code, f"{done.output}{done.exception}"
        assert not isinstance(done.exception, Exception), done.exception
        return done.exit_code, done.output

    def file(self, text: str, name: str = "rows.csv") -> str:
        """A file with this text."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def store(self) -> Store:
        """Its SQLite store."""
        return SqliteStore(self.folder / "liangqu.db")

    def readings(self) -> list[tuple[str, str, datetime, float]]:
        """All that is stored."""
        store = self.store()
        frame = store.points("air", START - timedelta(days=9000), START + timedelta(days=9000))
        store.close()
        return sorted((r.site, r.parameter, r.Index.to_pydatetime(), r.value) for r in rows_of(frame))

    def accounts(self) -> dict[str, int]:
        """The journal's accounts, after their sums were checked."""
        journal = Journal(self.folder / "journal.db")
        with journal.snapshot() as connection:
            found = accounting.read_counts(connection)
        journal.close()
        assert accounting.imbalances(found) == {"messages": 0, "items": 0}
        return found


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_readings_arrive_bad_cells_are_told_with_file_and_line(place: Place) -> None:
    file = place.file(ROWS)

    code, text = place.run("import", file, "--tz", "Asia/Shanghai", "--missing", "--,-")

    assert code == 1
    assert "4 stored, 0 duplicate, 0 revised, 0 dropped, 3 quarantined" in text
    assert place.readings() == [
        ("wujinku", "pm10", datetime(2024, 12, 31, 17, tzinfo=UTC), 60.5),
        ("wujinku", "pm10", datetime(2024, 12, 31, 18, tzinfo=UTC), 61.0),
        ("wujinku", "pm10", datetime(2025, 1, 1, 16, tzinfo=UTC), 62.0),
        ("wujinku", "pm25", datetime(2024, 12, 31, 17, tzinfo=UTC), 35.0),
    ]
    listed: list[dict[str, Any]] = json.loads(place.run("quarantine", "list", "--json")[1])
    assert {(row["reason"], row["topic"], row["detail"].split(": ")[0]) for row in listed} == {
        ("not_a_number", "liangqu/air/wujinku", f"{file}, line 3"),
        ("unknown_site", "liangqu/air/nowhere", f"{file}, line 5"),
        ("bad_time", "liangqu/air/wujinku", f"{file}, line 6"),
    }
    assert place.accounts()["stored"] == 4
    assert place.accounts()["quarantined"] == 3


def test_journal_and_store_that_an_import_makes_are_nobody_elses(place: Place) -> None:
    former = os.umask(0o022)
    try:
        place.run("import", place.file("site,time,pm25\nwujinku,2025-01-01T01:00:00Z,1\n"))
        journal = Journal(place.folder / "journal.db")
        with closing(journal), closing(place.store()) as store, journal.transaction() as connection:
            store.latest()
            accounting.add(connection, {"late": 1})
            modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in place.folder.glob("*.db*")}
    finally:
        os.umask(former)

    files = {f"{name}.db{end}" for name in ("journal", "liangqu") for end in ("", "-wal", "-shm")}
    assert files <= modes.keys()
    assert set(modes.values()) == {0o600}, modes


def test_the_same_file_again_changes_nothing(place: Place) -> None:
    file = place.file(
        "site,time,pm25\n" + "".join(f"wujinku,{1704067200000 + h * 3600000},{h}\n" for h in range(99))
    )

    assert place.run("import", file) == (0, "99 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined\n")
    assert place.run("import", file) == (0, "0 stored, 99 duplicate, 0 revised, 0 dropped, 0 quarantined\n")
    assert len(place.readings()) == 99


@pytest.mark.parametrize(
    ("conflict", "counted", "value"),
    [
        pytest.param("keep", "0 stored, 0 duplicate, 0 revised, 1 dropped, 0 quarantined\n", 35.0, id="keep"),
        pytest.param(
            "revise", "0 stored, 0 duplicate, 1 revised, 0 dropped, 0 quarantined\n", 36.0, id="revise"
        ),
    ],
)
def test_another_value_for_the_same_reading(conflict: str, counted: str, value: float, place: Place) -> None:
    place.run("import", place.file("site,parameter,time,value\nwujinku,pm25,2025-01-01T00:00:00Z,35\n"))

    other = place.file("site,parameter,time,value\nwujinku,a34004,2025-01-01T00:00:00Z,36\n", "other.csv")
    assert place.run("import", other, "--on-conflict", conflict) == (0, counted)

    assert [row[3] for row in place.readings()] == [value]
    store = place.store()
    revision = store.points("revision", START, datetime(2100, 1, 1, tzinfo=UTC))
    store.close()
    assert len(revision) == 1  # whichever value yielded, it is kept there


def test_of_more_than_one_chunk_every_former_value_is_kept(place: Place) -> None:
    """All of them are received at once, and no row takes the place of another."""
    times = [START + timedelta(hours=hour) for hour in range(CHUNK + 100)]
    for name, value in (("first.csv", 1), ("second.csv", 2)):
        rows = "".join(f"wujinku,pm25,{time.isoformat()},{value}\n" for time in times)
        file = place.file(f"site,parameter,time,value\n{rows}", name)
        assert place.run("import", file, "--on-conflict", "revise")[0] == 0

    store = place.store()
    records = store.points("revision", START, datetime(2100, 1, 1, tzinfo=UTC))
    store.close()
    assert [datetime.fromisoformat(of) for of in records["of"]] == times
    assert set(zip(records["former"], records["value"], strict=True)) == {(1.0, 2.0)}


def test_what_was_imported_is_to_be_recomputed_by_day_in_shanghai(place: Place) -> None:
    journal = Journal(place.folder / "journal.db")
    journal.own()  # as a running service, which then has to compute them

    place.run(
        "import",
        place.file("site,time,pm25\nwujinku,2025-01-01T15:59:59Z,1\nwujinku,2025-01-01T16:00:00Z,2\n"),
    )

    with journal.snapshot() as connection:
        assert requests.recompute_rows(connection) == [
            ("wujinku", "2025-01-01", "import"),
            ("wujinku", "2025-01-02", "import"),
        ]
    journal.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("site,time\n", "the header names no parameter", id="no parameter"),
        pytest.param("site,time,dust\n", "column dust: no parameter id or HJ code", id="unknown column"),
        pytest.param("", "line 1: there is no header", id="empty file"),
    ],
)
def test_a_wrong_header_is_told_before_anything_is_touched(text: str, words: str, place: Place) -> None:
    code, told = place.run("import", place.file(text))

    assert (code, words in told) == (2, True)
    assert not (place.folder / "journal.db").exists()


def test_an_unknown_zone_is_told(place: Place) -> None:
    assert place.run("import", place.file(ROWS), "--tz", "Mars/Base") == (
        2,
        "--tz: there is no time zone 'Mars/Base'; an example is Asia/Shanghai",
    )


def test_a_store_that_is_away_ends_the_import_with_exit_code_1(tmp_path: Path) -> None:
    place = Place(tmp_path, '[store]\nkind = "influxdb"\n[influxdb]\nurl = "http://127.0.0.1:9"\n')

    code, told = place.run("import", place.file(ROWS), "--tz", "Asia/Shanghai")

    assert code == 1
    assert "items that are in: 0; the same command again takes the rest" in told


@pytest.mark.server
@pytest.mark.real
def test_a_real_year_arrives_in_influxdb_value_by_value(influxd: Influxd, tmp_path: Path) -> None:
    place = Place(
        tmp_path,
        f'[store]\nkind = "influxdb"\n[influxdb]\nurl = "{influxd.url}"\ndatabase = "year"\n',
    )
    expected: dict[tuple[str, datetime], float] = {}
    lines = ["site,time,pm25,pm10,co\n"]
    archive = REAL / "air-beijing-prsa" / "PRSA_Data_Huairou_20130301-20170228.csv.gz"
    with gzip.open(archive, "rt", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["year"] != "2016":
                continue
            time = datetime(2016, int(row["month"]), int(row["day"]), int(row["hour"]), tzinfo=SHANGHAI)
            lines.append(f"wujinku,{time.isoformat()},{row['PM2.5']},{row['PM10']},\n")
            expected |= {
                (p, time.astimezone(UTC)): float(row[name])
                for p, name in (("pm25", "PM2.5"), ("pm10", "PM10"))
                if row[name] != "NA"
            }
    file = place.file("".join(lines))

    assert place.run("import", file, "--missing", "NA")[0] == 0

    store = InfluxDBStore(InfluxOptions(influxd.url, "year"))
    frame = store.points("air", START - timedelta(days=9000), START)
    assert {(r.parameter, r.Index.to_pydatetime()): r.value for r in rows_of(frame)} == expected
    store.close()
