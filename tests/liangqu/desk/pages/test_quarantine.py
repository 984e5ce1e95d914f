"""The page does what the command does, and shows what came from outside harmlessly."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from ingest.journal import accounting, inbox, quarantine
from ingest.journal.audit import read_audit
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import ANY
from liangqu.__main__ import app
from liangqu.config import settings
from liangqu.desk.desk import Desk
from liangqu.desk.pages.quarantine import A_PAGE
from sensors.model import RefusalReason, Refused
from tests.liangqu.desk import forms
from tests.liangqu.desk.conftest import NOW, SETTINGS

READING = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 12}}).encode()
CAME: list[tuple[str, bytes, RefusalReason]] = [
    ("liangqu/air/wujinku", READING, "unknown_site"),  # item 1
    ("liangqu/air/nobody", READING, "unknown_site"),
    ("liangqu/air/wujinku", b'"', "not_json"),  # item 3
    ("liangqu/airr/wujinku", READING, "unknown_topic"),
]


def keep(desk: Desk, came: list[tuple[str, bytes, RefusalReason]]) -> None:
    with desk.journal.transaction() as connection:
        for topic, payload, reason in came:
            quarantine.add(connection, InboxMessage(topic, payload, NOW), [Refused(reason, "")], 10**8)
        accounting.add(connection, {"items": len(came)})


def send(client: TestClient, query: str = "", **fields: str | list[str]) -> forms.Sent:
    return forms.send(client, f"/quarantine{query}", "/quarantine", **fields)


def rows(desk: Desk) -> tuple[list[tuple[str, bytes, object]], list[tuple[str, str]], int, dict[str, int]]:
    """What an act leaves: messages given back, items left, a request to read the settings again, accounts."""
    connection = desk.journal.connection()
    return (
        [(m.topic, m.payload, m.conflict) for m in inbox.fetch(connection, 100)],
        [(item.topic, item.reason) for item in quarantine.items(connection, ANY)],
        connection.execute("SELECT count(*) FROM reload").fetchone()[0],
        accounting.read_counts(connection),
    )


ACTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "given back by ticks": ({"do": "replay", "item": ["1", "3"]}, ["replay", "1", "3"]),
    "given back by filter": (
        {"do": "replay", "scope": "all", "reason": "unknown_site", "newest": "99"},
        ["replay", "--reason", "unknown_site"],
    ),
    "given back on the topic that was meant": (
        {"do": "replay", "item": "4", "topic": "liangqu/air/wujinku"},
        ["replay", "4", "--topic", "liangqu/air/wujinku"],
    ),
    "dropped by ticks": ({"do": "drop", "item": "2", "why": "test"}, ["drop", "2", "--why", "test"]),
    "dropped by sender": (
        {"do": "drop", "scope": "all", "site": "wujinku", "newest": "99", "why": "test"},
        ["drop", "--site", "wujinku", "--why", "test"],
    ),
    "dropped altogether": (
        {"do": "drop", "scope": "all", "newest": "99", "why": "test"},
        ["drop", "--all", "--why", "test"],
    ),
}


@pytest.fixture
def commanded(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A second deployment, the same to the item: for the command."""
    folder = tmp_path_factory.mktemp("commanded")
    (folder / "liangqu.toml").write_text(SETTINGS, encoding="utf-8")
    made = Desk(lambda: settings.read(folder / "liangqu.toml"), desk.clock)
    for each in (desk, made):
        keep(each, CAME)
    yield made
    made.close()


@pytest.mark.parametrize("act", ACTS)
def test_an_act_leaves_what_the_command_leaves(
    act: str, client: TestClient, desk: Desk, commanded: Desk
) -> None:
    fields, command = ACTS[act]
    file = Path(commanded.files.settings.journal.path).with_name("liangqu.toml")

    assert send(client, **fields)[0] == 303
    done = CliRunner().invoke(app, ["quarantine", *command, "-c", str(file)])

    assert done.exit_code == 0, done.output
    assert rows(desk) == rows(commanded)
    assert len(rows(desk)[1]) < len(CAME)
    mine, theirs = (read_audit(each.journal.connection()) for each in (desk, commanded))
    assert [(r.what, r.objects, r.why, r.details) for r in mine] == [
        (r.what, r.objects, r.why, r.details) for r in theirs
    ]


def test_a_forecast_changes_nothing_and_says_what_the_command_says(client: TestClient, desk: Desk) -> None:
    keep(desk, CAME)
    before = rows(desk)
    file = Path(desk.files.settings.journal.path).with_name("liangqu.toml")

    status, page = send(client, do="foresee", scope="all", newest="99")

    said = CliRunner().invoke(app, ["quarantine", "replay", "--all", "--dry-run", "-c", str(file)]).output
    assert status == 200
    assert rows(desk) == before
    assert said.splitlines()[0] in page
    assert "现在补入：4 条中会采用 1 个读数" in page


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing chosen": ({"do": "replay"}, "请先勾选条目"),
    "dropped without a reason": ({"do": "drop", "item": "1"}, "请写明原因"),
    "gone meanwhile": ({"do": "drop", "item": "77", "why": "x"}, "77"),
    "no number": ({"do": "drop", "item": "<b>", "why": "x"}, "0"),
    "a number that SQLite has no room for": ({"do": "replay", "item": "9" * 30}, "0"),
    "a topic of nobody": ({"do": "replay", "item": "4", "topic": "liangqu/air/x"}, "liangqu/air/x"),
    "no such act": ({"do": "burn", "item": "1"}, "burn"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_said_and_changes_nothing(case: str, client: TestClient, desk: Desk) -> None:
    fields, said = REFUSED[case]
    keep(desk, CAME)
    before = rows(desk)

    status, page = send(client, **fields)

    problem = re.search(r'<p class="problem" role="alert">(.*?)</p>', page)
    assert status == 422
    assert problem is not None
    assert said in problem[1]
    assert rows(desk) == before


def test_what_came_after_the_page_was_shown_is_not_dropped_with_all_of_it(
    client: TestClient, desk: Desk
) -> None:
    keep(desk, CAME[:2])
    newest = re.search(r'name="newest" value="(\d+)"', client.get("/quarantine").text)
    keep(desk, CAME[2:])

    send(client, do="drop", scope="all", why="x", newest=newest[1] if newest else "")

    assert [reason for _, reason in rows(desk)[1]] == ["unknown_topic", "not_json"]


HOSTILE = {
    "markup": b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "controls": b"\x00\x1b[31m\x07",
    "writing direction": "\u202egnp.exe \u2066".encode(),
    "no UTF-8": b"\xff\xfe\x80",
    "a cell of 200 kB": b'{"values": {"pm25": "' + b"W" * 200_000 + b'"}}',
    "a password": b"##0081ST=22;CN=2051;PW=secret1;MN=1;CP=&&&&",
}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_payloads_are_shown_harmlessly(language: str, client: TestClient, desk: Desk) -> None:
    hostile = "<b>\u202e</b>"
    with desk.journal.transaction() as connection:
        for payload in HOSTILE.values():
            refused = [Refused("not_json", hostile, hostile)]
            quarantine.add(connection, InboxMessage(f"liangqu/air/{hostile}", payload, NOW), refused, 10**8)

    client.get(f"/quarantine?lang={language}")
    pages = [client.get(path).text for path in ("/quarantine", *(f"/quarantine/{n}" for n in range(1, 7)))]

    for page in pages:
        assert not re.search(r"<b>|<script>alert|<img|secret1|[\u202e\u2066\x00\x1b\x07]", page)
        assert len(page) < 60_000
    assert "&lt;script&gt;alert(1)" in pages[0]
    assert r"\u202e" in pages[0]


def test_many_items_and_senders_make_no_long_page(client: TestClient, desk: Desk) -> None:
    keep(desk, [(f"liangqu/air/s{n}", b"x" * 100_000, "unknown_site") for n in range(2 * A_PAGE + 20)])

    first = client.get("/quarantine").text
    older = re.findall(r'href="(/quarantine\?before=\d+)"', first)
    second = client.get(older[0]).text
    third = client.get(re.findall(r'href="(/quarantine\?before=\d+)"', second)[0]).text

    shown = [
        int(n) for page in (first, second, third) for n in re.findall(r'name="item" value="(\d+)"', page)
    ]
    assert shown == [*range(2 * A_PAGE + 20, 0, -1)]
    assert len(first) < 400_000
    assert "另有 95 个来源" in first


def test_an_item_that_is_gone_is_said(client: TestClient) -> None:
    assert "没有第 5 条" in client.get("/quarantine/5").text


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("zh", "第 0 个字节不是 UTF-8 文本；看起来像 UTF-16"),
        ("en", "byte 0 is not UTF-8; it looks like UTF-16"),
    ],
)
def test_why_an_item_was_refused_is_said_in_the_readers_language(
    language: str, why: str, client: TestClient, desk: Desk
) -> None:
    refused = Refused("not_utf8", "byte 0 is not UTF-8; it looks like UTF-16")
    with desk.journal.transaction() as connection:
        message = InboxMessage("liangqu/air/wujinku", b"\xff\xfe", NOW)
        quarantine.add(connection, message, [refused], 10**8)

    assert why in client.get(f"/quarantine?lang={language}").text
