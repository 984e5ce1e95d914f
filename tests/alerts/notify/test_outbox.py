"""The order in which notifications leave, whatever was postponed or has failed before."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from alerts.episodes.states import ChangeState
from alerts.notify import outbox
from alerts.notify.duty import Recipient
from alerts.notify.event import AlertEvent
from ingest.journal.file import Journal
from sensors.model import Name

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
LATER = NOON + timedelta(hours=8)
WANG, LI = Recipient("mail", "wang"), Recipient("mail", "li")
EVENTS = Recipient(outbox.MQTT, "")

Waiting = tuple[str, ChangeState, Recipient, datetime]  # episode, what is told, to whom, when it is due


def document(episode: str, state: ChangeState) -> AlertEvent:
    name = Name(zh="细颗粒物", en="PM2.5")
    return AlertEvent(
        rule="pm25", site="taizicheng", parameter="pm25", severity="warning", category="exceedance",
        state=state, reason="exceeded", since=NOON, time=NOON, value=40.0, limit=25.0, unit="µg/m³",
        statistic="reading", episode=episode, historical=False, message="", text=name, name=name,
        site_name=name,
    )  # fmt: skip


def put(journal: Journal, *waiting: Waiting) -> None:
    with journal.transaction() as connection:
        for episode, state, to, due in waiting:
            outbox.add(connection, document(episode, state), to, state, now=NOON, due=due)


def leaving(journal: Journal, channel: str, now: datetime) -> list[tuple[str, str, str]]:
    notices = outbox.due_notifications(journal.connection(), channel, now)
    return [(n.to.person, n.event.episode, n.event.state) for n in notices]


@pytest.mark.parametrize(
    ("waiting", "channel", "expected"),
    [
        pytest.param(
            [("a", "firing", WANG, LATER), ("a", "resolved", WANG, NOON)], "mail",
            [("wang", "a", "firing"), ("wang", "a", "resolved")],
            id="an end takes its beginning along",
        ),
        pytest.param(
            [("a", "firing", WANG, NOON), ("a", "resolved", WANG, LATER)], "mail", [("wang", "a", "firing")],
            id="a beginning does not take the end",
        ),
        pytest.param(
            [("a", "firing", WANG, LATER), ("b", "firing", WANG, NOON)], "mail", [("wang", "b", "firing")],
            id="another episode waits for its own time",
        ),
        pytest.param(
            [("a", "firing", LI, LATER), ("a", "firing", WANG, NOON)], "mail", [("wang", "a", "firing")],
            id="another person waits for their own time",
        ),
        pytest.param(
            [("a", "firing", EVENTS, LATER), ("b", "firing", EVENTS, NOON)], "mqtt",
            [("", "a", "firing"), ("", "b", "firing")],
            id="events leave in one line: the retained one is the newest",
        ),
        pytest.param([("a", "firing", WANG, LATER)], "mail", [], id="nothing due"),
    ],
)  # fmt: skip
def test_who_leaves_now(
    journal: Journal, waiting: list[Waiting], channel: str, expected: list[tuple[str, str, str]]
) -> None:
    put(journal, *waiting)

    assert leaving(journal, channel, NOON) == expected


def test_a_beginning_that_failed_leaves_before_an_end_that_never_did(journal: Journal) -> None:
    put(journal, ("a", "firing", EVENTS, NOON))
    with journal.transaction() as connection:
        outbox.mark_failed(connection, outbox.due_notifications(connection, "mqtt", NOON), "no broker", NOON)
    assert leaving(journal, "mqtt", NOON) == []

    put(journal, ("a", "resolved", EVENTS, NOON))

    assert leaving(journal, "mqtt", NOON) == [("", "a", "firing"), ("", "a", "resolved")]


def test_what_was_sent_is_not_taken_along(journal: Journal) -> None:
    put(journal, ("a", "firing", WANG, NOON), ("a", "resolved", WANG, LATER))
    with journal.transaction() as connection:
        outbox.mark_sent(connection, outbox.due_notifications(connection, "mail", NOON), NOON)

    assert leaving(journal, "mail", LATER) == [("wang", "a", "resolved")]


@pytest.mark.parametrize("channel", ["mqtt", "mail"])
def test_finding_what_is_due_takes_linear_time(channel: str, journal: Journal) -> None:
    """It grows with what waits, and no faster."""

    def steps() -> int:
        """SQLite's own, in hundreds."""
        connection, counted = journal.connection(), itertools.count()
        connection.set_progress_handler(lambda: next(counted) < 0, 100)
        assert len(outbox.due_notifications(connection, channel, NOON)) == 200
        connection.set_progress_handler(None, 0)
        return next(counted)

    def wait(first: int, end: int) -> None:
        to = Recipient(channel, "li" if channel == "mail" else "")
        with journal.transaction() as connection:
            for number in range(first, end):
                outbox.add(connection, document(f"e{number}", "firing"), to, "1", now=NOON, due=NOON)

    wait(0, 2_000)
    few = steps()
    wait(2_000, 8_000)

    assert steps() < 6 * few  # four times as many; with the square it would be sixteen
