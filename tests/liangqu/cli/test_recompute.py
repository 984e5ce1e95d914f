"""`liangqu recompute` and what `import` leaves: done here without a service, left to it where one runs."""

from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.stores.sqlite.store import SqliteStore
from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from sensors.calendar import SHANGHAI
from tests.support.frames import rows_of
from tests.support.pipeline_harness import AGES

HEAD = "site,time,pm25\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "liangqu.toml").write_text("", encoding="utf-8")
    hours = [
        f"wujinku,2025-01-0{day}T{hour:02}:00:00+08:00,{day}{hour}" for day in (1, 2) for hour in range(24)
    ]
    (tmp_path / "rows.csv").write_text(HEAD + "\n".join(hours) + "\n", encoding="utf-8")
    return tmp_path


def run(place: Path, *words: str) -> tuple[int, str]:
    """The command's exit code and output."""
    done = CliRunner().invoke(app, [*words, "-c", str(place / "liangqu.toml")])
    if isinstance(done.exception, ProblemError):
        return done.exception.exit_code, str(done.exception)
    return done.exit_code, done.output


def days(place: Path, site: str) -> dict[str, float]:
    """The daily means of PM2.5 in the store."""
    with closing(SqliteStore(place / "liangqu.db")) as store:
        frame = store.statistics(site, "pm25", "day", *AGES)
    return {row.Index.astimezone(SHANGHAI).date().isoformat(): row.value for row in rows_of(frame)}


def test_import_computes_what_it_brought(place: Path) -> None:
    assert run(place, "import", str(place / "rows.csv"))[0] == 0

    # hours 0 to 23 written behind the day's digit: 1,0 ... 1,9 is 10 ... 19, then 110 ... 123
    first = (sum(range(10, 20)) + sum(range(110, 124))) / 24
    assert days(place, "wujinku")["2025-01-01"] == pytest.approx(first)
    assert days(place, "zone-city")["2025-01-01"] == pytest.approx(first)
    with closing(Journal(place / "journal.db")) as journal:
        assert requests.recompute_rows(journal.connection()) == []


def test_recompute_makes_good_what_was_lost(place: Path) -> None:
    run(place, "import", str(place / "rows.csv"))
    before = days(place, "wujinku")
    with closing(SqliteStore(place / "liangqu.db")) as store:
        store._connect().execute("DELETE FROM statistic")

    code, said = run(place, "recompute", "--site", "all", "--from", "2025-01-01", "--to", "2025-01-02")

    assert (code, said.splitlines()[-1].endswith("days computed")) == (0, True)
    assert days(place, "wujinku") == before
    assert days(place, "zone-city") == before


def test_where_a_service_has_the_journal_it_is_only_asked(place: Path) -> None:
    with closing(Journal(place / "journal.db")) as service:
        service.own()
        code, said = run(
            place, "recompute", "--site", "wujinku", "--from", "2025-01-01", "--to", "2025-01-02"
        )

        assert (code, said) == (0, "2 days queued; the running service computes them\n")
        assert requests.recompute_rows(service.connection()) == [
            ("wujinku", "2025-01-01", "command"),
            ("wujinku", "2025-01-02", "command"),
        ]


@pytest.mark.parametrize(
    ("site", "first", "last", "words"),
    [
        ("nowhere", "2025-01-01", "2025-01-02", "--site: there is no site, zone or river 'nowhere'"),
        ("all", "yesterday", "2025-01-02", "--from: 'yesterday' is not a date such as 2026-11-22"),
        ("all", "2025-01-03", "2025-01-02", "--to 2025-01-02 lies before --from 2025-01-03"),
    ],
    ids=["unknown site", "no day", "wrong way round"],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    place: Path, site: str, first: str, last: str, words: str
) -> None:
    code, said = run(place, "recompute", "--site", site, "--from", first, "--to", last)

    assert (code, said[: len(words)], len(said.splitlines())) == (2, words, 1)
