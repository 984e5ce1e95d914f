"""The audit list: each change that a person makes is a row, of the same transaction, which stays as it is."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest import marks
from ingest.journal import audit, requests
from ingest.journal.file import Journal
from ingest.journal.requests import RequestKind
from sensors.marks import Mark

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


SUBMITTED = [
    pytest.param(
        "ack",
        {"episode": "e1", "by": "wang", "note": "on my way"},
        ("e1",),
        "on my way",
        {},
        id="acknowledged",
    ),
    pytest.param(
        "silence",
        {
            "id": 0,
            "site": "s",
            "rule": None,
            "parameter": "pm25",
            "until": "x",
            "by": "wang",
            "reason": "filter",
        },
        ("s", "pm25"),
        "filter",
        {"id": 0, "until": "x"},
        id="silenced",
    ),
    pytest.param("unsilence", {"id": 7}, ("7",), "", {}, id="a silence ended"),
    pytest.param("alerts_test", {"by": "wang", "episode": "t1"}, (), "", {"episode": "t1"}, id="a test sent"),
]


@pytest.mark.parametrize(("what", "body", "objects", "why", "details"), SUBMITTED)
def test_what_a_person_asks_of_the_service_is_a_row(
    journal: Journal,
    what: RequestKind,
    body: dict[str, Any],
    objects: tuple[str, ...],
    why: str,
    details: dict[str, Any],
) -> None:
    with audit.acting("wang", "desk"), journal.transaction() as connection:
        requests.submit(connection, what, body, NOW)

    (row,) = audit.read_audit(journal.connection())
    assert row == audit.AuditRow(1, NOW, "wang", "desk", what, objects, why, details)


def test_what_the_service_asks_of_itself_is_none(journal: Journal) -> None:
    with journal.transaction() as connection:
        requests.submit(connection, "reload_series", {}, NOW)

    assert audit.read_audit(journal.connection()) == []


def test_a_change_that_is_rolled_back_leaves_no_row(journal: Journal) -> None:
    with pytest.raises(RuntimeError), journal.transaction() as connection:
        requests.submit(connection, "ack", {"episode": "e1", "by": "wang"}, NOW)
        raise RuntimeError

    assert audit.read_audit(journal.connection()) == []


@pytest.mark.parametrize(
    ("by", "who", "details"),
    [
        pytest.param("", "li", {}, id="whoever runs it"),
        pytest.param("li", "li", {}, id="the same name given"),
        pytest.param("王", "王", {"login": "li"}, id="another name: who ran it is said too"),
    ],
)
def test_a_command_is_in_the_name_that_was_given(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, by: str, who: str, details: dict[str, str]
) -> None:
    monkeypatch.setattr(audit, "login_name", lambda: "li")
    with journal.transaction() as connection:
        requests.submit(connection, "unsilence", {"id": 7, "by": by}, NOW)

    (row,) = audit.read_audit(journal.connection())
    assert (row.who, row.door, row.details) == (who, "command", details)


def test_a_mark_is_a_row_with_its_reason(journal: Journal) -> None:
    mark = Mark("hou", "pm25", NOW - timedelta(hours=2), NOW, "invalid", "滤膜", "王", NOW)
    with audit.acting("wang", "desk"), journal.transaction() as connection:
        marks.submit(connection, mark, NOW)

    (row,) = audit.read_audit(journal.connection())
    assert (row.what, row.objects, row.why) == ("mark", ("hou", "pm25"), "滤膜")
    assert row.details["what"] == "invalid"
    assert row.details["by"] == "王"  # the display name beside the user's


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET who = 'nobody'"])
def test_rows_stay_as_they_are(journal: Journal, statement: str) -> None:
    with journal.transaction() as connection:
        audit.record(connection, "login", ["wang"], NOW)

    with pytest.raises(sqlite3.IntegrityError, match="audit list"), journal.transaction() as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, [4, 3, 2, 1], id="the newest first"),
        pytest.param({"since": NOW + timedelta(hours=1)}, [4, 3, 2], id="from a time on: it too"),
        pytest.param({"until": NOW + timedelta(hours=1)}, [1], id="before a time: not it"),
        pytest.param({"who": "li"}, [4, 2], id="of one"),
        pytest.param({"limit": 2}, [4, 3], id="a page"),
        pytest.param({"limit": 2, "before": 3}, [2, 1], id="the next"),
    ],
)
def test_which_rows_are_read(journal: Journal, asked: dict[str, Any], found: list[int]) -> None:
    with journal.transaction() as connection:
        for number, who in enumerate(("wang", "li", "wang", "li")):
            with audit.acting(who, "desk"):
                audit.record(connection, "login", [who], NOW + number * timedelta(hours=1))

    assert [row.id for row in audit.read_audit(journal.connection(), **asked)] == found
