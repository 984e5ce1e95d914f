"""*Alerts* and the page of an event: what they show, and that each form submits the command's own row."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from alerts.acknowledge.links import EpisodeLinks, secret
from alerts.events import register
from ingest.journal import audit, requests
from liangqu.config import settings
from liangqu.desk.access.opening import open_gate
from liangqu.desk.access.user import User
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk
from tests.alerts.acknowledge.test_page import storm
from tests.alerts.test_engine import PEOPLE, shipped
from tests.liangqu.desk.conftest import SETTINGS
from tests.liangqu.desk.forms import send, token_of
from tests.liangqu.desk.named_gate import UserGate
from tests.support.alerting_harness import AlertingHarness, critical_standard

LI = User("li", "李工", frozenset({"duty"}), "li")


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[AlertingHarness]:
    """Haze in the city and a bad sample of 后城, both told to 王; the service's part of the journal."""
    made = AlertingHarness(tmp_path, own=[critical_standard(), *shipped("water-sample")], notify=PEOPLE)
    storm(made)
    yield made
    made.journal.close()


@pytest.fixture
def desk(harness: AlertingHarness, tmp_path: Path) -> Iterator[Desk]:
    file = tmp_path / "liangqu.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    made = Desk(lambda: settings.read(file), lambda: harness.now)
    yield made
    made.close()


def visitor(desk: Desk, user: User = LI) -> TestClient:
    return TestClient(build_app(desk, UserGate(user)), "http://localhost", headers={"accept": "text/html"})


@pytest.fixture
def client(desk: Desk) -> Iterator[TestClient]:
    with visitor(desk) as made:
        yield made


def events_of(desk: Desk) -> dict[str, str]:
    with desk.snapshot() as connection:
        return {each.cause: each.id for each in register.open_events(connection)}


def asked(harness: AlertingHarness) -> list[tuple[str, dict[str, Any]]]:
    """What has been submitted so far; the service carries it out."""
    with harness.journal.transaction() as connection:
        found = requests.pending(connection)
        harness.alerting.carry_out(connection, found, harness.now)
        requests.complete(connection, found)
    return [(each.what, each.body) for each in found]


def test_the_list_has_events_by_severity_with_who_has_them(client: TestClient, desk: Desk) -> None:
    chinese, english = client.get("/alerts").text, client.get("/alerts?lang=en").text

    assert "张家口市 PM2.5 24h 77 &gt; 60，2/5 站" in chinese
    assert "Houcheng water worse than Ⅴ (target Ⅲ), Permanganate index 2.33 times over" in english
    assert chinese.count("无人确认") == 2
    assert set(re.findall(r'name="event" value="(\w+)"', chinese)) == set(events_of(desk).values())
    assert "Open (1)" in client.get("/alerts?area=river-baihe").text


def test_what_is_ticked_is_taken_in_the_users_name_and_is_in_the_audit_list(
    client: TestClient, desk: Desk, harness: AlertingHarness
) -> None:
    events = events_of(desk)

    status, where = send(client, "/alerts", do="ack", event=[*events.values(), "nobody"], note=" 已派人 ")

    assert (status, where) == (303, "/alerts?said=submitted")
    with desk.snapshot() as connection:
        rows = audit.read_audit(connection)
    assert {(row.who, row.door, row.what, row.objects, row.why) for row in rows} == {
        ("li", "desk", "ack", (id_,), "已派人") for id_ in events.values()
    }
    body = {"by": "李工", "note": "已派人"}
    assert sorted(asked(harness), key=str) == sorted(
        [("ack", {"episode": id_} | body) for id_ in events.values()], key=str
    )
    assert "李工 已接手" in client.get("/alerts").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        pytest.param({"do": "ack"}, "请先选择事件", id="nothing ticked"),
        pytest.param({"do": "ack", "event": "nobody"}, "已无需处理", id="over meanwhile"),
        pytest.param({"do": "silence", "site": "zone-city", "silence": "2h"}, "请写明原因", id="no reason"),
        pytest.param({"do": "silence", "site": "x", "silence": "2h"}, "没有这个地点", id="no place"),
        pytest.param({"do": "silence", "site": "all", "silence": "9h", "reason": "y"}, "请求有误", id="9 h"),
        pytest.param({"do": "unsilence", "number": "7"}, "已无需处理", id="no such silence"),
        pytest.param({"do": "x"}, "请求有误", id="unknown"),
    ],
)
def test_what_is_not_done_says_why(
    form: dict[str, str], said: str, client: TestClient, harness: AlertingHarness
) -> None:
    status, text = send(client, "/alerts", **form)

    assert status == 422
    assert said in text
    assert asked(harness) == []


def test_a_place_is_silenced_and_its_silence_ended_as_by_command(
    client: TestClient, harness: AlertingHarness
) -> None:
    until = harness.now + timedelta(hours=8)

    assert send(client, "/alerts", do="silence", site="houcheng", silence="8h", reason="校准")[0] == 303
    row = {
        "id": 0, "site": "houcheng", "rule": None, "parameter": None, "event": None, "starts": None,
        "until": until.isoformat(), "reason": "校准", "by": "李工",
    }  # fmt: skip
    assert asked(harness) == [("silence", row)]
    shown = client.get("/alerts").text
    assert "静默（1）" in shown
    assert "校准" in shown
    assert send(client, "/alerts", do="unsilence", number="1")[0] == 303
    assert asked(harness) == [("unsilence", {"id": 1})]
    assert "没有静默" in client.get("/alerts").text


class TestEvent:
    def test_it_shows_what_the_signed_page_shows_and_why_nobody_was_told_more(
        self, client: TestClient, desk: Desk
    ) -> None:
        page = client.get(f"/alerts/{events_of(desk)['particles']}?lang=en").text

        for fact in (
            "Zhangjiakou city", "77 µg/m³", "national standard 60 µg/m³", "Episodes (3)", "Messages (2)",
            "people know of it at this severity", "What to do", "Wujinku, Renmin Park",
        ):  # fmt: skip
            assert fact in page
        assert page.count('role="img"') == 2
        assert "style=" not in page

    def test_its_forms_submit_what_those_behind_a_link_do(
        self, client: TestClient, desk: Desk, harness: AlertingHarness
    ) -> None:
        event, until = events_of(desk)["particles"], harness.now + timedelta(hours=1)
        path = f"/alerts/{event}"

        assert send(client, path, silence="1h", reason=" ")[0] == 422
        assert send(client, path, silence="1h", reason="标定")[0] == 303
        [(what, body)] = asked(harness)
        assert (what, body["event"], body["site"], body["by"]) == ("silence", event, "zone-city", "李工")
        assert datetime.fromisoformat(body["until"]) == until
        assert send(client, path, unsilence="1")[0] == 303
        assert send(client, path, do="ack", note="去看")[0] == 303
        assert asked(harness) == [
            ("unsilence", {"id": 1}),
            ("ack", {"episode": event, "by": "李工", "note": "去看"}),
        ]
        assert "已确认：李工" in client.get(path).text
        assert send_again(client, path)[0] == 422

    def test_there_is_none_of_that_id(self, client: TestClient) -> None:
        assert client.get("/alerts/nobody").status_code == 404

    def test_who_only_looks_finds_no_form_and_is_refused(self, desk: Desk, harness: AlertingHarness) -> None:
        event = events_of(desk)["particles"]
        with visitor(desk, User("a", "看")) as client:
            for path in ("/alerts", f"/alerts/{event}"):
                assert 'name="token"' not in client.get(path).text
                assert client.post(path, data={"do": "ack", "event": event}).status_code == 403
        assert asked(harness) == []

    def test_a_guest_of_a_link_answers_that_event_alone_and_only_as_long_as_links_hold(
        self, desk: Desk, harness: AlertingHarness
    ) -> None:
        event = events_of(desk)["particles"]
        guest = User("wang", "王", frozenset({"duty"}), "wang", only_event=event)
        with visitor(desk, guest) as client:
            assert "后城" not in client.get(f"/alerts/{event}").text
            assert send(client, f"/alerts/{event}", do="ack", all="1")[0] == 303
            assert [body["episode"] for _, body in asked(harness)] == [event]
            with harness.journal.transaction() as connection:
                connection.execute("UPDATE event SET calm_ms = begun_ms, ended_ms = begun_ms")
                connection.execute("UPDATE notification SET made_ms = 0")
            harness.hour = 24 * 31
            assert client.get(f"/alerts/{event}").status_code == 410


def test_a_messages_link_opens_its_event_without_a_login_and_no_other_page(
    desk: Desk, harness: AlertingHarness
) -> None:
    """The link that the service signs, at the desk's own gate."""
    events = events_of(desk)
    with harness.journal.transaction() as connection:
        signed = EpisodeLinks(secret(connection), "https://desk.test")
    link = signed.link(events["particles"], "", "en")
    app = build_app(desk, open_gate(desk))
    with TestClient(
        app, "https://desk.test", headers={"accept": "text/html"}, follow_redirects=False
    ) as guest:
        status, where = send(guest, link, do="ack", note="gone to look")

        assert "Zhangjiakou city" in guest.get(link).text
        assert (status, where.partition("?")[0]) == (303, f"/alerts/{events['particles']}")
        assert guest.get(where).status_code == 200
        other = link.replace(events["particles"], events["water"])
        for path in (other, link.partition("?")[0], "/alerts", "/"):
            assert guest.get(path).headers["location"].startswith("/login?")
    [row] = audit.read_audit(harness.journal.connection())
    assert (row.who, row.door, row.why) == ("duty", "link", "gone to look")
    assert asked(harness) == [
        ("ack", {"episode": events["particles"], "by": "on duty", "note": "gone to look"})
    ]


def send_again(client: TestClient, path: str) -> tuple[int, str]:
    """The form of a page that was open before somebody else answered."""
    token = token_of(client.get("/alerts").text)
    answer = client.post(path, data={"token": token, "do": "ack"}, follow_redirects=False)
    return answer.status_code, answer.text


def test_events_that_ended_are_listed_for_as_many_days_as_asked(
    client: TestClient, harness: AlertingHarness
) -> None:
    with harness.journal.transaction() as connection:
        connection.execute("UPDATE episode SET ended_ms = begun_ms + 3600000")
        connection.execute("UPDATE event SET calm_ms = begun_ms, ended_ms = begun_ms + 3600000")
    harness.hour = 24 * 8

    assert "近期已结束（0）" in client.get("/alerts").text
    assert "近期已结束（2）" in client.get("/alerts?days=30").text
    assert "近期已结束（1）" in client.get("/alerts?days=30&area=zone-city").text
