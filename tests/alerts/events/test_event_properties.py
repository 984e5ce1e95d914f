"""Events of any stream: no end without a beginning, nothing is told twice, nothing goes missing."""

import json
import tempfile
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from alerts.events import register
from alerts.notify.config import DutyRow, NotifyConfig, Person, Route, Waits
from alerts.rules.definition import RuleLevel
from tests.support import rule_streams
from tests.support.alerting_harness import AlertingHarness

NOTIFY = NotifyConfig(
    people={
        "wang": Person("wang", "王", ("wang",), quiet="22:00-07:00"),
        "li": Person("li", "李", ("li",)),
    },
    duty=DutyRow(people=("wang", "li")),
    routes=(Route(("duty",)), Route(("centre",), severity="critical")),
    waits=Waits(recovery="3h"),
)
LEVELS = (RuleLevel("watch", 30.0), RuleLevel("warning", 60.0), RuleLevel("critical", 90.0))
RULES = [
    rule_streams.rule(levels=LEVELS, parameters=("pm25", "o3")),
    rule_streams.rule(id="other", levels=LEVELS, parameters=("pm25",), hold="0s", clear_for="1h"),
]
STATIONS = st.sampled_from(["taizicheng", "guyangshu", "wujinku"])
VALUES = st.sampled_from([10.0, 20.0, 31.0, 61.0, 62.0, 91.0, 120.0])
BEGINNING = ("exceeded", "worse", "still_exceeded")


class AnyStream(RuleBasedStateMachine):
    """Readings of three stations in two zones, acknowledgements, silences, restarts, time."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.harness = AlertingHarness(Path(self.folder.name), notify=NOTIFY, own=RULES)

    @rule(site=STATIONS, parameter=st.sampled_from(["pm25", "pm25", "o3"]), value=VALUES)
    def read(self, site: str, parameter: str, value: float) -> None:
        self.harness.hour += 0.01
        self.harness.reading(site, {parameter: value})

    @rule(hours=st.sampled_from([0.02, 0.3, 1.1, 3.5, 24.0]))
    def wait(self, hours: float) -> None:
        self.harness.hour += hours
        self.harness.tick()

    @rule(number=st.integers(0, 5), by=st.sampled_from(["li", "王"]))
    def acknowledge(self, number: int, by: str) -> None:
        episodes = self.harness.register()
        if episodes:
            self.harness.ask("ack", episode=episodes[number % len(episodes)].id, by=by, note="")

    @rule(site=STATIONS, hours=st.sampled_from([1, 5]))
    def silence(self, site: str, hours: int) -> None:
        until = (self.harness.now + timedelta(hours=hours)).isoformat()
        self.harness.ask(
            "silence", id=0, site=site, rule=None, parameter=None, until=until, reason="", by="li"
        )

    @rule()
    def restart(self) -> None:
        for _ in range(6):  # what is due at once comes one by one
            self.harness.hour += 0.001
            self.harness.tick()
        before = self._sent()
        self.harness.restart()
        self.harness.tick()
        assert self._sent() == before

    @invariant()
    def every_open_episode_belongs_to_an_open_event(self) -> None:
        connection = self.harness.journal.connection()
        open_ = {event.id: event for event in register.open_events(connection)}
        assert len({event.group for event in open_.values()}) == len(open_)
        for episode in self.harness.register():
            if episode.ended is None:
                assert open_[episode.event_id].calm is None

    @invariant()
    def every_announcement_has_a_message_or_a_reason(self) -> None:
        connection = self.harness.journal.connection()
        decided = set(connection.execute("SELECT episode || '/' || occasion || '/mqtt' FROM decision"))
        rows = connection.execute("SELECT key, document FROM notification WHERE channel = 'mqtt'")
        for key, document in rows:
            change = json.loads(document)
            if change["state"] == "firing" and change["reason"] in BEGINNING:
                assert (key,) in decided

    @invariant()
    def nobody_hears_of_an_end_without_a_beginning(self) -> None:
        known: dict[tuple[str, str], str] = defaultdict(str)
        for row in self._sent():
            to = (row["event"], row["to"])
            if row["told"] in {"over", "acknowledged", "still"}:
                assert known[to] not in {"", "over"}, row
            if row["told"] == "first":
                assert known[to] == "", row
            known[to] = row["told"]

    def _sent(self) -> list[dict[str, Any]]:
        rows = self.harness.journal.connection().execute(
            "SELECT channel, document FROM notification WHERE channel <> 'mqtt' ORDER BY id"
        )
        return [{**json.loads(document), "to": channel} for channel, document in rows]

    def teardown(self) -> None:
        if hasattr(self, "harness"):
            self.harness.journal.close()
            self.folder.cleanup()


class TestAnyStream(AnyStream.TestCase):  # type: ignore[misc, valid-type]  # hypothesis makes it
    settings = settings(
        max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck]
    )
