"""Somebody sets the clock: no alarm is lost, none invented; repeats and escalation wait as long as before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.notify import outbox
from alerts.notify.channels.row import ChannelRow
from alerts.notify.config import DutyRow, NotifyConfig, Person, Route, Waits
from alerts.notify.outbox import LONGEST_PAUSE
from ingest.journal import check_state
from tests.support.alerting_harness import SHIPPED, AlertingHarness

SILENT = [rule for rule in SHIPPED if rule.id in {"station-silent", "broker-away"}]
SILENCE = "station-silent wujinku firing warning exceeded"
OVER = "station-silent wujinku resolved warning clear"
HOUR = timedelta(hours=1)
NOTIFY = NotifyConfig(
    channels={"hook": ChannelRow(id="hook", webhook="http://127.0.0.1:1/")},
    people={name: Person(id=name, name=name, channels=("hook",)) for name in ("wang", "li", "zhao")},
    duty=DutyRow(people=("wang", "li", "zhao")),
    routes=(Route(to=("duty",)),),
    waits=Waits(group="0s", escalate="15m"),
)

STEPS = [
    pytest.param(timedelta(hours=1), id="an hour"),
    pytest.param(timedelta(hours=8), id="eight hours, as of a zone"),
    pytest.param(timedelta(days=400), id="400 days"),
    pytest.param(timedelta(days=7305), id="20 years"),
]


class Set:
    """Sets the clock as somebody sets the service's, which notices (`seen`) or finds it at a start."""

    def __init__(self, d: AlertingHarness) -> None:
        self.harness = d

    def by(self, step: timedelta, *, seen: bool) -> None:
        self.harness.hour += step / HOUR
        if self.harness.since is not None:
            self.harness.since += step if seen else timedelta()
        if seen:
            with self.harness.journal.transaction() as connection:
                self.harness.alerting.shift_times(connection, step, self.harness.now)
        else:
            self.harness.restart()
            self.harness.since = self.harness.now


def harness(folder: Path) -> AlertingHarness:
    return AlertingHarness(folder, own=SILENT, notify=NOTIFY)


@pytest.mark.parametrize("step", STEPS)
class TestSilence:
    def test_ahead_for_a_moment_and_back(self, step: timedelta, tmp_path: Path) -> None:
        d = harness(tmp_path)
        clock = Set(d)
        clock.by(step, seen=True)
        d.reading("wujinku", {"pm25": 12.0})
        d.tick()
        clock.by(-step, seen=True)
        d.tick()
        assert d.events() == []

        d.hour += 2.01
        d.tick()

        assert d.events() == [SILENCE]

    def test_ahead_at_the_start_and_back_before_the_next(self, step: timedelta, tmp_path: Path) -> None:
        d = harness(tmp_path)
        clock = Set(d)
        d.hour += step / HOUR
        d.since = d.now
        d.reading("wujinku", {"pm25": 12.0})
        d.tick()
        clock.by(-step, seen=False)
        d.tick()
        assert d.events() == []

        d.hour += 2.01
        d.tick()

        assert d.events() == [SILENCE]

    def test_begun_while_ahead_it_is_over_when_the_station_is_heard(
        self, step: timedelta, tmp_path: Path
    ) -> None:
        for seen in (True, False):
            folder = tmp_path / str(seen)
            folder.mkdir()
            d = harness(folder)
            clock = Set(d)
            d.hour += step / HOUR
            d.since = d.now
            d.reading("wujinku", {"pm25": 12.0})
            d.hour += 2.01
            d.tick()
            assert d.events() == [SILENCE]
            clock.by(-step, seen=seen)
            d.tick()
            assert d.events() == [SILENCE]

            d.hour += 0.01
            d.reading("wujinku", {"pm25": 12.0})
            d.hour += 0.01
            d.tick()

            assert d.events() == [SILENCE, OVER]
            (episode,) = d.register()
            assert episode.ended is not None
            assert episode.begun <= episode.ended
            d.hour += 2.01
            d.tick()
            assert d.events() == [SILENCE, OVER, SILENCE]

    def test_set_ahead_it_is_no_alarm_until_it_has_lasted(self, step: timedelta, tmp_path: Path) -> None:
        d = harness(tmp_path)
        clock = Set(d)
        d.reading("wujinku", {"pm25": 12.0})
        d.hour += 1
        clock.by(step, seen=True)
        d.tick()
        assert d.events() == []

        d.hour += 0.99
        d.tick()
        assert d.events() == []
        d.hour += 0.02
        d.tick()

        assert d.events() == [SILENCE]

    def test_back_for_a_moment_it_lasts_as_long_as_it_lasts(self, step: timedelta, tmp_path: Path) -> None:
        d = harness(tmp_path)
        clock = Set(d)
        d.reading("wujinku", {"pm25": 12.0})
        d.hour += 1
        clock.by(-step, seen=True)
        d.tick()
        clock.by(step, seen=True)
        d.tick()
        d.hour += 0.99
        d.tick()
        assert d.events() == []
        d.hour += 0.02
        d.tick()

        assert d.events() == [SILENCE]


def told(d: AlertingHarness) -> list[str]:
    """What people were notified of; by a clock that is a year ahead somebody else is on duty."""
    return [each["told"] for each in d.told("hook") if each["told"] != "handed_over"]


@pytest.mark.parametrize("step", STEPS)
def test_repeats_and_escalation_wait_as_long_as_before(step: timedelta, tmp_path: Path) -> None:
    d = harness(tmp_path)
    clock = Set(d)
    d.reading("wujinku", {"pm25": 12.0})
    d.hour += 2.01
    d.tick()
    assert told(d) == ["first"]
    for way in (1, -1):
        clock.by(way * step, seen=True)
        for _ in range(3):
            d.tick()
    assert told(d) == ["first"]

    d.hour += 0.24
    d.tick()
    assert told(d) == ["first"]
    d.hour += 0.02
    d.tick()

    # Whoever was on duty by the clock that was ahead knows of it: then it is the turn of the one after them.
    assert told(d) == ["first", "escalated"]
    people = [
        person
        for (person,) in d.journal.connection().execute(
            "SELECT person FROM notification WHERE channel = 'hook'"
        )
    ]
    assert len(people) == len(set(people)) >= 2


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("seen", [True, False], ids=["while it runs", "before a start"])
def test_what_failed_while_ahead_is_tried_again_soon(step: timedelta, seen: bool, tmp_path: Path) -> None:
    d = harness(tmp_path)
    clock = Set(d)
    d.reading("wujinku", {"pm25": 12.0})
    d.hour += 2.01
    d.tick()
    clock.by(step, seen=True)
    with d.journal.transaction() as connection:
        outbox.mark_failed(connection, outbox.due_notifications(connection, "hook", d.now), "away", d.now)
    clock.by(-step, seen=seen)
    d.tick()

    d.hour += LONGEST_PAUSE / HOUR
    assert [n.event.reason for n in outbox.due_notifications(d.journal.connection(), "hook", d.now)] == [
        "exceeded"
    ]


def test_a_clock_that_is_ahead_for_a_moment_gives_no_notification_up(tmp_path: Path) -> None:
    d = harness(tmp_path)
    d.reading("wujinku", {"pm25": 12.0})
    d.hour += 2.01
    d.tick()
    with d.journal.transaction() as connection:
        ahead = d.now + timedelta(days=400)
        outbox.mark_failed(connection, outbox.due_notifications(connection, "hook", ahead), "away", ahead)
        outbox.cap_times(connection, d.now)

    assert len(outbox.due_notifications(d.journal.connection(), "hook", d.now)) == 1


def test_a_clock_that_is_ahead_for_a_moment_forgets_nobody_who_was_told(tmp_path: Path) -> None:
    d = harness(tmp_path)
    d.reading("wujinku", {"pm25": 12.0})
    d.hour += 2.01
    d.tick()
    with d.journal.transaction() as connection:
        outbox.mark_sent(connection, outbox.due_notifications(connection, "hook", d.now), d.now)
        outbox.forget_old(connection, d.now + timedelta(days=7305))
    d.reading("wujinku", {"pm25": 12.0})
    d.tick()
    d.hour += 12
    d.reading("wujinku", {"pm25": 12.0})
    d.tick()

    assert d.reasons("hook") == ["firing exceeded", "resolved clear"]


@pytest.mark.parametrize(
    ("known", "received", "then"),
    [
        pytest.param(0, 60, 60, id="newer"),
        pytest.param(60, 0, 60, id="older, given back by the quarantine"),
        pytest.param(7200, 60, 120, id="what was known lies ahead of the clock"),
        pytest.param(0, 7200, 120, id="it lies ahead itself"),
        pytest.param(7200, 3600, 120, id="both"),
    ],
)
def test_the_newest_receipt_counts(known: int, received: int, then: int, tmp_path: Path) -> None:
    """Seconds; the clock shows 120."""
    d = harness(tmp_path)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    at: Callable[[int], datetime] = lambda s: start + timedelta(seconds=s)  # noqa: E731 - a table's unit

    with d.journal.transaction() as connection:
        check_state.record_last_seen(connection, {"wujinku": at(known)}, at(max(known, 120)))
        check_state.record_last_seen(connection, {"wujinku": at(received)}, at(120))
        found = check_state.last_seen(connection)["wujinku"]

    assert found == int(at(then).timestamp() * 1000)
