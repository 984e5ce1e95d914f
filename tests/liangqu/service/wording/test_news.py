"""What is new in the journal is logged once: refusals an hour apart, events as they change."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from structlog.testing import capture_logs

from alerts.events.event import Event
from alerts.texts.event_reader import EventReader
from ingest.journal import accounting, quarantine, refusals
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.refusals import NewRefusals
from liangqu.service.wording.news import AGAIN_S, MOST_LINES, EventNews, JournalNews, RefusalNews
from liangqu.service.wording.reasons import describe_reason, reason_words
from sensors.model import Refused
from tests.support.alerting_harness import CATALOGUE, AlertingHarness

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


def test_each_reason_has_words_and_no_other_does() -> None:
    assert reason_words().keys() == set(accounting.REASONS)
    assert describe_reason("of a later build").zh == "of a later build"


class Steady:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def refused(site: str, items: int = 1, reason: str = "unknown_site") -> NewRefusals:
    return NewRefusals(reason, site, items, 1, "no such site")


class TestRefusals:
    def lines(self, news: RefusalNews, *found: NewRefusals) -> list[Any]:
        with capture_logs() as logs:
            news.tell(found)
        return [(line["event"], line.get("site"), line["items"]) for line in logs]

    def test_a_sender_and_reason_is_said_once_an_hour_with_all_that_came_since(self) -> None:
        clock = Steady()
        news = RefusalNews(str.upper, "zh", clock)

        assert self.lines(news, refused("a", 3)) == [("quarantined", "a", 3)]
        assert self.lines(news, refused("a", 4), refused("b", 1)) == [("quarantined", "b", 1)]
        clock.seconds += AGAIN_S - 1
        assert self.lines(news, refused("a", 5)) == []
        clock.seconds += 1  # exactly an hour later
        assert self.lines(news, refused("a", 1)) == [("quarantined", "a", 10)]
        assert self.lines(news, refused("a", 1, "bad_time")) == [("quarantined", "a", 1)]

    def test_what_was_held_back_is_said_after_the_hour_though_nothing_more_came(self) -> None:
        clock = Steady()
        news = RefusalNews(str, "zh", clock)
        self.lines(news, refused("a", 3))
        self.lines(news, refused("a", 4))

        clock.seconds += AGAIN_S - 1
        assert self.lines(news) == []
        clock.seconds += 1
        assert self.lines(news) == [("quarantined", "a", 4)]
        clock.seconds += AGAIN_S
        assert self.lines(news) == []
        assert not news._told, "who sends nothing more is forgotten"

    @given(st.floats(0, 1e9))
    def test_the_first_line_of_a_sender_comes_whatever_the_clock_shows(self, seconds: float) -> None:
        clock = Steady()
        clock.seconds = seconds

        assert self.lines(RefusalNews(str, "zh", clock), refused("a", 3)) == [("quarantined", "a", 3)]

    def test_names_and_meaning_are_words(self) -> None:
        with capture_logs() as logs:
            RefusalNews(lambda _: "人民公园", "zh").tell([refused("renmin")])

        assert (logs[0]["place"], logs[0]["meaning"]) == ("人民公园", "站点不在站点目录里")

    def test_many_senders_at_once_are_a_few_lines_and_a_count(self) -> None:
        news = RefusalNews(str, "en")
        lines = self.lines(news, *(refused(f"s{n}", 2) for n in range(MOST_LINES + 7)))

        assert len(lines) == MOST_LINES + 1
        assert lines[-1] == ("quarantined by others too", None, 14)

    def test_what_is_remembered_of_strangers_is_bounded(self) -> None:
        clock = Steady()
        news = RefusalNews(str, "en", clock)
        for hour in range(5):
            clock.seconds += 2 * AGAIN_S
            self.lines(news, *(refused(f"{hour}-{n}") for n in range(200)))

        assert len(news._told) <= 200 + 1


def test_what_is_new_in_the_quarantine_is_read_once_with_its_newest_detail(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal, journal.transaction() as connection:
        message = InboxMessage("liangqu/air/nowhere", b"{}", NOW)
        quarantine.add(connection, message, [Refused("unknown_site", "old", "")], 1e9)
        last = refusals.last_id(connection)
        for detail in ("one", "two"):
            quarantine.add(connection, message, [Refused("unknown_site", detail, "")], 1e9)

        assert refusals.new_refusals(connection, last) == [
            NewRefusals("unknown_site", "nowhere", 2, last + 2, "two")
        ]
        assert refusals.new_refusals(connection, last + 2) == []


EVENT = Event(
    id="e1", area="zone-city", cause="particles", category="exceedance", severity="warning", begun=NOW,
    calm=None, ended=None, acked_by="", acked_at=None, note="", notified_severity=None, notified_at=None,
    reminded_at=None, places=1, step=0,
)  # fmt: skip


def test_an_event_is_said_when_it_begins_grows_and_is_over_and_never_again() -> None:
    news = EventNews("en", lambda _: None, lambda: NOW)
    graver = replace(EVENT, severity="critical")
    mild = replace(EVENT, id="e2", severity="watch")
    with capture_logs() as logs:
        calm = replace(graver, calm=NOW)
        for open_ in ([], [EVENT], [EVENT, mild], [graver, mild], [graver], [calm], [graver], [calm], []):
            news.tell(open_)

    said = [(line["event"], line["log_level"], line["event_id"]) for line in logs]
    assert said == [
        ("event begins", "warning", "e1"),
        ("event begins", "info", "e2"),
        ("event grows", "warning", "e1"),
        ("event over", "info", "e2"),
        ("event over", "info", "e1"),
        ("event again", "warning", "e1"),
        ("event over", "info", "e1"),
    ]
    assert logs[0]["what"] == "11-24 18:00 warning zone-city particles"


def test_events_that_are_open_at_the_start_are_one_line() -> None:
    with capture_logs() as logs:
        EventNews("zh", lambda _: None, lambda: NOW).tell(
            [EVENT, replace(EVENT, id="e2", severity="critical")]
        )

    assert [(line["event"], line["what"]) for line in logs] == [("events open", "严重 1, 警告 1")]


def test_many_events_at_once_are_a_few_lines_and_a_count() -> None:
    news = EventNews("zh", lambda _: None, lambda: NOW)
    news.tell([])
    with capture_logs() as logs:
        news.tell([replace(EVENT, id=f"e{n}") for n in range(MOST_LINES + 3)])

    assert len(logs) == MOST_LINES + 1
    assert logs[-1]["events"] == 3


def test_of_many_events_the_most_severe_have_the_lines() -> None:
    news = EventNews("zh", lambda _: None, lambda: NOW)
    news.tell([])
    oldest = [replace(EVENT, id=f"e{n}", severity="watch") for n in range(MOST_LINES + 3)]
    with capture_logs() as logs:
        news.tell([*oldest, replace(EVENT, id="last", severity="critical")])

    assert [line.get("event_id") for line in logs][:2] == ["last", "e0"]
    assert logs[-1]["events"] == 4


def test_a_station_falls_silent_and_comes_back_in_words(tmp_path: Path) -> None:
    """Through the shipped rules: late_after is two cycles; the event goes on for its time of recovery."""
    harness = AlertingHarness(tmp_path)
    rules = {rule.id: rule for rule in harness.rules}
    reader = EventReader(catalogue=CATALOGUE, rules=rules, notify=harness.notify)
    site = next(one for one in CATALOGUE.sites.values() if one.medium == "air")
    news = JournalNews(harness.journal, reader, "en", lambda: harness.now)
    with capture_logs() as logs:
        news.step()
        harness.reading(site.id, {"pm25": 10.0})
        for _ in range(8):
            harness.hour += site.cycle.total_seconds() / 3600
            harness.tick()
            news.step()
        harness.reading(site.id, {"pm25": 10.0})
        for _ in range(8):
            harness.hour += site.cycle.total_seconds() / 3600
            harness.reading(site.id, {"pm25": 10.0})
            harness.tick()
            news.step()

    begins, over = [line for line in logs if line["cause"] == "silence"]
    assert (begins["event"], begins["log_level"]) == ("event begins", "warning")
    assert f"warning {site.name.en} no data for " in begins["what"]
    assert (over["event"], over["log_level"]) == ("event over", "info")
    assert f"{site.name.en} data again, it lasted " in over["what"]


def reader_of(harness: AlertingHarness) -> EventReader:
    rules = {rule.id: rule for rule in harness.rules}
    return EventReader(catalogue=CATALOGUE, rules=rules, notify=harness.notify)


def refuse(harness: AlertingHarness, site: str) -> None:
    with harness.journal.transaction() as connection:
        message = InboxMessage(f"liangqu/air/{site}", b"{}", NOW)
        quarantine.add(connection, message, [Refused("unknown_site", "no such site", "")], 1e9)


def test_what_comes_around_a_reload_is_told_once_in_the_language_of_now(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path)
    reader = reader_of(harness)
    news = JournalNews(harness.journal, reader, "en", lambda: harness.now)

    with capture_logs() as logs:
        news.step()
        refuse(harness, "a")
        news.step()
        refuse(harness, "b")  # after the last look of the former settings
        news.go_by(reader, "zh")
        refuse(harness, "a")
        news.step()

    assert [(line["event"], line["site"], line["meaning"]) for line in logs] == [
        ("quarantined", "a", describe_reason("unknown_site").en),
        ("quarantined", "b", describe_reason("unknown_site").zh),
    ]


def test_what_is_refused_after_the_newest_were_dropped_is_told(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path)
    news = JournalNews(harness.journal, reader_of(harness), "en", lambda: harness.now)

    with capture_logs() as logs:
        news.step()
        for site in ("a", "b", "c"):
            refuse(harness, site)
        news.step()
        with harness.journal.transaction() as connection:
            connection.execute("DELETE FROM refusal")
        news.step()
        refuse(harness, "d")  # its number is that of "a"
        news.step()

    assert [line["site"] for line in logs] == ["a", "b", "c", "d"]
