"""What a silence covers, and from when until when: a site, a rule, an event; now or planned ahead."""

from datetime import timedelta
from pathlib import Path

import pytest

from alerts.notify import silences
from alerts.notify.silences import Silence
from alerts.rules.index import WatchId
from tests.alerts.test_engine import PEOPLE
from tests.support.alerting_harness import START, AlertingHarness, critical_standard

KEY: WatchId = ("pm25-1h", "yunding", "pm25")
HOUR = timedelta(hours=1)


def made(site: str = "yunding", rule: str | None = None, event: str | None = None) -> Silence:
    return Silence(0, site, rule, None, START + HOUR, "r", "b", event)


@pytest.mark.parametrize(
    ("silence", "event", "covers"),
    [
        pytest.param(made(), "", True, id="its site, in no event"),
        pytest.param(made(), "e1", True, id="its site, in an event"),
        pytest.param(made("taizicheng"), "e1", False, id="another site"),
        pytest.param(made("all"), "e1", True, id="every site"),
        pytest.param(made("zone-competition"), "e1", True, id="its zone"),
        pytest.param(made("zone-city"), "e1", False, id="another zone"),
        pytest.param(made(rule="aqi"), "e1", False, id="another rule"),
        pytest.param(made("zone-competition", event="e1"), "e1", True, id="its event"),
        pytest.param(made("yunding", event="e2"), "e1", False, id="another event at the same place"),
        pytest.param(made("yunding", event="e2"), "", False, id="an event, and it is in none"),
    ],
)
def test_what_a_silence_covers(silence: Silence, event: str, *, covers: bool) -> None:
    assert silence.covers(KEY, event, "zone-competition") is covers


@pytest.mark.parametrize(
    ("after", "in_force", "listed"),
    [(-0.001, False, True), (0.0, True, True), (1.999, True, True), (2.0, False, False)],
    ids=["just before", "at its start", "just before its end", "at its end"],
)
def test_a_planned_silence_holds_from_its_start_until_before_its_end(
    after: float, in_force: bool, listed: bool, tmp_path: Path
) -> None:
    d = AlertingHarness(tmp_path)
    starts = START + 24 * HOUR
    d.ask(
        "silence", id=0, site="yunding", rule=None, parameter=None, reason="", by="b",
        starts=starts.isoformat(), until=(starts + 2 * HOUR).isoformat(),
    )  # fmt: skip
    connection, now = d.journal.connection(), starts + after * HOUR

    assert bool(silences.in_force(connection, now)) is in_force
    assert bool(silences.not_over(connection, now)) is listed


def test_a_silenced_event_notifies_nobody_and_its_neighbour_does(tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[critical_standard()], notify=PEOPLE)
    d.statistic("wujinku", "pm25", "24h", 66.0)
    [before] = d.told("hook")
    d.ask(
        "silence", id=0, site="zone-city", rule=None, parameter=None, reason="", by="b",
        event=before["event"], until=(START + 100 * HOUR).isoformat(),
    )  # fmt: skip
    for _ in range(8):
        d.hour += 4
        d.statistic("wujinku", "pm25", "24h", 88.0)
        d.statistic("renmin-gongyuan", "pm25", "24h", 90.0)
        d.tick()
    assert [each["told"] for each in d.told("hook")] == ["first"]

    d.statistic("zone-competition", "pm25", "24h", 88.0)

    assert [each["site"] for each in d.told("hook")] == ["wujinku", "zone-competition"]
