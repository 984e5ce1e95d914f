"""Rules, watches and streams of values in minutes, for the tests of the deciding core."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from alerts.episodes.machine import decide, due_event
from alerts.episodes.states import IDLE, Announcement, Decision, Event, Observed, State
from alerts.rules.definition import Rule, RuleLevel
from alerts.rules.evaluation import evaluate
from alerts.rules.index import RuleIndex, Watch
from sensors.catalogue import loader
from sensors.model import Name, Severity

SHIPPED_CATALOGUE = loader.load()
CATALOGUE = structs.replace(  # its examples are stations of the tests: people are notified of them
    SHIPPED_CATALOGUE,
    sites={id_: structs.replace(site, status="confirmed") for id_, site in SHIPPED_CATALOGUE.sites.items()},
)
START = datetime(2026, 3, 1, tzinfo=UTC)
SITE = "taizicheng"


def at(minutes: float) -> datetime:
    """That many minutes after the start."""
    return START + timedelta(minutes=minutes)


def rule(**changed: Any) -> Rule:
    """PM2.5 readings: watch above 25 and critical above 75, over below 20, without patience."""
    levels = changed.pop("levels", (RuleLevel("watch", 25.0, 20.0), RuleLevel("critical", 75.0)))
    return Rule(
        id=changed.pop("id", "test"),
        category="exceedance",
        statistic=changed.pop("statistic", "reading"),
        levels=levels,
        name=Name("测试", "test"),
        **changed,
    )


def watch(of: Rule | None = None, site: str = SITE, parameter: str = "pm25") -> Watch:
    """The rule on one series of the shipped catalogue."""
    chosen = of or rule()
    return RuleIndex([chosen], CATALOGUE).watch(chosen, site, parameter)


def observed(on: Watch, minutes: float, value: float, *, old: bool = False, period: str = "") -> Observed:
    """A value as the rule judges it."""
    judged = evaluate(on, value, at(minutes))
    assert judged is not None
    return Observed(at(minutes), judged.compared, judged.limit, judged.severity, judged.clear, period, old)


def run(on: Watch, events: Iterable[Event], state: State = IDLE) -> tuple[State, list[Decision]]:
    """All events through one machine; the last state, and every decision."""
    decisions = []
    for event in events:
        for each in due_event(state, event):
            decision = decide(on, state, each)
            state = decision.state
            decisions.append(decision)
    return state, decisions


def changes(decisions: Iterable[Decision]) -> list[Announcement]:
    """What was told."""
    return [each.announcement for each in decisions if each.announcement is not None]


def short(told: Iterable[Announcement]) -> list[str]:
    """`+7 firing watch exceeded` and so on: minutes after the start, state, severity, reason."""
    return [
        f"+{(change.time - START) / timedelta(minutes=1):g} {change.state} {change.severity} {change.reason}"
        for change in told
    ]


def levels(severity: Severity) -> tuple[RuleLevel, ...]:
    """One level of this severity above 25."""
    return (RuleLevel(severity, 25.0),)
