import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from liangqu.desk.access.gate import Gate
from liangqu.desk.access.user import User
from liangqu.desk.answers import Answers
from liangqu.desk.app import build_app
from liangqu.desk.assets import asset_address
from liangqu.desk.desk import Desk
from liangqu.desk.page import never
from liangqu.desk.pages import PAGES
from liangqu.desk.stream import MOST_PARTS, LiveStream
from liangqu.desk.templates import Templates
from liangqu.web import turns
from tests.liangqu.desk.forms import send


def test_now_names_the_stations_in_the_language_that_was_chosen(client: TestClient) -> None:
    chinese = client.get("/").text
    english = client.get("/?lang=en").text
    assert '<html lang="zh-CN">' in chinese
    assert '<html lang="en">' in english
    assert client.get("/").text == english


def test_the_menu_leads_to_the_desks_of_other_services(client: TestClient, desk: Desk) -> None:
    assert "其他工作台" not in client.get("/").text
    assert desk.files.found.file is not None
    with desk.files.found.file.open("a", encoding="utf-8") as settings:
        settings.write('[desk]\nothers = { "北片 <1>" = "https://north.example.org/desk" }\n')
        settings.write('[shard]\nname = "north"\n[mqtt]\nclient_id = "liangqu-north"\n')
    desk.read_again()

    found = client.get("/")

    link = '<a href="https://north.example.org/desk" rel="noreferrer">北片 &lt;1&gt;</a>'
    assert link in found.text
    assert "<summary>其他工作台</summary>" in found.text
    assert '<a class="brand" href="/">两区工作台 · north</a>' in found.text
    assert "<summary>Other desks</summary>" in client.get("/?lang=en").text


@pytest.mark.parametrize("path", ["/nothing", "/alerts/x/y/z", "/stream/nothing", "/assets/x/style.css"])
def test_what_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_assets_are_kept_by_their_content(client: TestClient) -> None:
    found = client.get(asset_address("style.css"))
    assert found.status_code == 200
    assert "immutable" in found.headers["cache-control"]
    assert found.headers["content-type"].startswith("text/css")


def test_a_form_is_carried_out_whatever_language_its_address_asks_for(client: TestClient) -> None:
    answer = send(client, "/alerts?lang=en", do="silence", site="all", silence="1h", reason="works")
    assert answer.said.endswith("said=submitted")


def test_no_number_is_too_long_for_a_revision(client: TestClient) -> None:
    assert client.get(f"/reports/2026-10/{'9' * 5000}/zh").status_code == 404


class OfOneEvent(Gate):
    """Everybody has come by the link of one message."""

    def _identify(self, _request: object) -> User | None:
        return User("li", "李", frozenset({"duty"}), "li", only_event="this")


@pytest.mark.parametrize("path", ["/", "/duty", "/alerts", "/alerts/that", "/quarantine", "/export"])
def test_a_guest_reaches_the_own_event_alone(path: str, desk: Desk) -> None:
    client = TestClient(build_app(desk, OfOneEvent()), "http://localhost")
    assert client.get(path).status_code == 403
    assert client.get("/alerts/this").status_code == 404  # there is no such event, but it may be asked for


def test_the_stream_says_when_nobody_is_let_in(desk: Desk) -> None:
    client = TestClient(build_app(desk, Gate()), "http://elsewhere", raise_server_exceptions=False)
    assert client.get("/stream/now").status_code == 403


def test_the_stream_fills_so_many_different_parts_at_once(desk: Desk) -> None:
    """Each query is a part of its own, and a query can be anything."""
    live = {page.name: page for page in PAGES if page.live}

    def asking(number: int) -> Request:
        scope = {"type": "http", "method": "GET", "path": "/stream/now", "path_params": {"page": "now"}}
        query = f"name={number}".encode()
        return Request(scope | {"query_string": query, "headers": [(b"host", b"localhost")]})

    async def watch() -> tuple[list[int], int]:
        stream = LiveStream(Answers(desk, Gate(), Templates([])), live)
        answers, statuses = [], []
        for number in [*range(MOST_PARTS + 1), 0]:
            answer = await stream.answer(asking(number))
            statuses.append(answer.status_code)
            if isinstance(answer, StreamingResponse):
                answers.append(answer.body_iterator)
                await anext(aiter(answer.body_iterator))
        for each in answers:
            await each.aclose()  # type: ignore[attr-defined]
        return statuses, (await stream.answer(asking(99))).status_code

    statuses, afterwards = asyncio.run(watch())
    assert statuses == [200] * MOST_PARTS + [503, 200]
    assert afterwards == 200


def test_whoever_gets_no_turn_is_told_when_to_come_again(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_OF_ONE", 0)
    answer = client.get("/export?site=all&from=2026-10-01&to=2026-10-31")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert "请 30 秒后再试" in answer.text
    assert client.get("/export").status_code == 200


def test_which_pages_wait_for_their_turn() -> None:
    """What reads a month or more at once; `Page` alone says it, so it is named here once more."""
    asked = {page.path for page in PAGES if page.is_expensive is not never}
    assert asked == {
        "/export", "/import", "/quarantine", "/review/{site}/{month}", "/review/{site}/{month}/curves",
    }  # fmt: skip
