"""Every code of the audit list has its words; changes that are no request to the service are rows too."""

import ast
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from dashboards.reports.revisions.approvals import ChangeOf
from ingest.journal.audit import read_audit
from ingest.journal.file import Journal
from ingest.journal.requests import RequestKind
from ingest.journal.review.steps import Step
from liangqu.config import settings
from liangqu.desk.words import table
from liangqu.tasks.recompute import recompute_days
from liangqu.tasks.stations import changes
from tests.support.paths import ROOT

NAMED_BY_VALUE = {
    *(f"report_{step}" for step in get_args(Step)),
    *(f"approval_{step}" for step in get_args(Step)),
    *(f"approved_{what}" for what in get_args(ChangeOf)),
    *(what for what in get_args(RequestKind) if what != "reload_series"),
    *("login", "password_set", "password_changed"),
    "import",
    "simulate",
}


def codes() -> set[str]:
    """The constants that code records, and those of `@recorded` and `_recorded`."""
    found = set()
    for file in sorted(
        each for room in ("ingest", "alerts", "dashboards", "liangqu") for each in (ROOT / room).rglob("*.py")
    ):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            place = {"audit.record": 1, "recorded": 0, "_recorded": 1}.get(name)
            if place is not None and isinstance(code := node.args[place], ast.Constant):
                found.add(str(code.value))
    return found


def test_every_code_has_its_words() -> None:
    assert len(codes()) > 10
    assert {code for code in codes() | NAMED_BY_VALUE if f"what_{code}" not in table("audit")} == set()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["mine.toml"]\n', "utf-8")
    Journal(tmp_path / "journal.db").close()
    return tmp_path


def rows(folder: Path) -> list[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    with closing(Journal(folder / "journal.db")) as journal:
        return [(row.what, row.objects, row.details) for row in read_audit(journal.connection())][::-1]


def test_stations_and_recomputing_are_rows(folder: Path) -> None:
    found = settings.load(folder / "liangqu.toml")
    hill = {"id": "hill", "medium": "air", "name": {"zh": "山", "en": "Hill"}, "zone": "city"}
    changes.add_station(found, hill)
    changes.rename_station(found, "hill", "peak")
    changes.switch_station(found, "peak", active=False)
    changes.remove_station(found, "peak")

    assert rows(folder) == [
        ("station_add", ("hill",), {}),
        ("station_rename", ("hill", "peak"), {}),
        ("station_switch", ("peak",), {"active": False}),
        ("station_remove", ("peak",), {}),
    ]


def test_a_change_that_is_refused_is_none(folder: Path) -> None:
    with pytest.raises(Exception, match="nobody"):
        changes.remove_station(settings.load(folder / "liangqu.toml"), "nobody")

    assert rows(folder) == []


def test_without_a_journal_a_station_is_added_all_the_same(folder: Path) -> None:
    (folder / "journal.db").unlink()
    hill = {"id": "hill", "medium": "air", "name": {"zh": "山", "en": "Hill"}, "zone": "city"}
    changes.add_station(settings.load(folder / "liangqu.toml"), hill)

    assert not (folder / "journal.db").exists()


def test_days_to_recompute_are_one_row(folder: Path) -> None:
    from liangqu.config.factories import open_catalogue

    found = settings.load(folder / "liangqu.toml")
    (folder / "mine.toml").touch()
    days = [("wujinku", "2026-11-02"), ("wujinku", "2026-11-01")]
    recompute_days(found, open_catalogue(found), days)

    assert rows(folder) == [("recompute", ("wujinku",), {"from": "2026-11-01", "to": "2026-11-02"})]
