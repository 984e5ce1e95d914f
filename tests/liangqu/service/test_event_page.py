"""What the forms of an event's page do, in whose name; a look, a forged or an old link do nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from alerts.acknowledge.links import EpisodeLinks
from alerts.events import register as event_register
from alerts.texts.event_reader import EventReader
from ingest.journal import requests
from liangqu.service.event_page import EventPages
from liangqu.service.http import Answer, HttpRequest
from tests.alerts.acknowledge.test_page import storm
from tests.alerts.test_engine import PEOPLE, shipped
from tests.support.alerting_harness import CATALOGUE, AlertingHarness, critical_standard


class Pages:
    """The pages of a service with an event of air and one of water, both told to 王."""

    def __init__(self, folder: Path) -> None:
        self.harness = AlertingHarness(
            folder, own=[critical_standard(), *shipped("water-sample")], notify=PEOPLE
        )
        storm(self.harness)
        self.links = EpisodeLinks("secret", "https://example.org")
        reader = EventReader(
            catalogue=CATALOGUE, rules={rule.id: rule for rule in self.harness.rules}, notify=PEOPLE
        )
        self._pages = EventPages(self.harness.journal, reader, self.links, lambda: self.harness.now)
        events = event_register.open_events(self.harness.journal.connection())
        self.events = {event.cause: event.id for event in events}

    def post(self, id_: str, by: str = "wang", **form: str) -> Answer:
        fields = self.links.fields(id_, by, "zh") | form
        return self._pages.answer(HttpRequest("POST", f"/alerts/{id_}", id_, {}, fields))

    def get(self, id_: str, by: str = "wang", **query: str) -> Answer:
        fields = self.links.fields(id_, by, "zh") | query
        return self._pages.answer(HttpRequest("GET", f"/alerts/{id_}", id_, fields, {}, "text/html"))

    def asked(self) -> list[tuple[str, dict[str, Any]]]:
        """What has been submitted so far; it is carried out."""
        with self.harness.journal.transaction() as connection:
            found = requests.pending(connection)
            self.harness.alerting.carry_out(connection, found, self.harness.now)
            requests.complete(connection, found)
        return [(each.what, each.body) for each in found]


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    return Pages(tmp_path)


def test_a_look_submits_nothing(pages: Pages) -> None:
    assert pages.get(pages.events["particles"], do="ack", all="1", silence="8h")[0] == 200
    assert pages.asked() == []


def test_the_button_takes_the_event_in_the_name_that_was_signed_with_a_note(pages: Pages) -> None:
    event = pages.events["particles"]

    status, where, _ = pages.post(event, do="ack", note="  去看  ")

    assert (status, dict(parse_qsl(where[1:]))) == (
        303, pages.links.fields(event, "wang", "zh") | {"asked": "1"},
    )  # fmt: skip
    assert pages.asked() == [("ack", {"episode": event, "by": "王", "note": "去看"})]
    assert pages.post(event, do="ack")[1].endswith(pages.links.fields(event, "wang", "zh")["sig"])
    assert pages.asked() == []  # somebody has it


@pytest.mark.parametrize(
    ("form", "taken"),
    [
        ({"do": "ack", "all": "1"}, {"particles", "water"}),
        ({"do": "others"}, {"water"}),
        ({}, {"particles"}),
    ],
    ids=["this and all others", "only the others", "a form of a former build"],
)
def test_take_all(form: dict[str, str], taken: set[str], pages: Pages) -> None:
    pages.post(pages.events["particles"], **form)

    assert {body["episode"] for _, body in pages.asked()} == {pages.events[cause] for cause in taken}


def test_who_was_not_told_of_the_others_takes_none_of_them(pages: Pages) -> None:
    pages.post(pages.events["particles"], by="li", do="ack", all="1")

    assert [body["episode"] for _, body in pages.asked()] == [pages.events["particles"]]


def test_an_episodes_link_is_that_of_its_event(pages: Pages) -> None:
    [episode] = [each for each in pages.harness.register() if each.site == "houcheng"]

    assert pages.get(episode.id)[0] == 200
    pages.post(episode.id, do="ack")

    assert [body["episode"] for _, body in pages.asked()] == [pages.events["water"]]


def test_a_silence_wants_a_reason_and_ends_by_itself_or_by_the_button(pages: Pages) -> None:
    event, now = pages.events["particles"], pages.harness.now
    assert pages.post(event, silence="2h", reason=" ")[1].endswith("&asked=reason")
    assert pages.asked() == []

    pages.post(event, silence="2h", reason="校准")

    [(what, body)] = pages.asked()
    assert what == "silence"
    assert (body["event"], body["site"], body["by"], body["reason"]) == (event, "zone-city", "王", "校准")
    assert body["until"] == (now + timedelta(hours=2)).isoformat()
    pages.post(pages.events["water"], unsilence="1")
    assert pages.asked() == []  # it is of another event
    pages.post(event, unsilence="1")
    assert pages.asked() == [("unsilence", {"id": 1})]


@pytest.mark.parametrize("length", ["3h", "9999999h", "", "1"])
def test_other_lengths_are_not_offered_and_not_taken(length: str, pages: Pages) -> None:
    pages.post(pages.events["particles"], silence=length, reason="r", do="no")

    assert [what for what, _ in pages.asked()] in ([], ["ack"])


def test_forged_unknown_and_expired_links_do_nothing(pages: Pages) -> None:
    event = pages.events["water"]
    assert pages.post(event, sig="0" * 32, do="ack")[0] == 403
    assert pages.post(event, by="zhao", do="ack")[0] == 410
    assert pages.post("abcdef", do="ack")[0] == 404
    assert pages.post(event[:6], do="ack")[0] == 404
    pages.harness.reading("houcheng", {"codmn": 1.0, "tp": 0.01})
    pages.harness.hour += 48
    pages.harness.tick()
    assert pages.get(event)[0] == 200
    pages.harness.hour += 24 * 31
    assert pages.get(event)[0] == 410
    assert pages.post(event, do="ack")[0] == 410
    assert pages.asked() == []
