"""Every transition of the episode machine, a named row each."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from alerts.episodes.machine import decide, episode_id
from alerts.episodes.states import IDLE, Acknowledged, Ended, Event, Frozen, State, Withdrawn
from tests.support.rule_streams import at, changes, observed, rule, run, short, watch


@dataclass
class Row:
    """A stream of minute: value (or what else happens), and what is told; patience in the rule."""

    id: str
    stream: list[tuple[float, float | str]]
    told: list[str]
    phase: str
    rule: dict[str, Any] = field(default_factory=dict)


PATIENT = {"for_": "1h", "clear_for": "1h"}

ROWS = [
    Row("exactly at the limit is within it", [(0, 25.0)], [], "normal"),
    Row("a little above fires at once without patience", [(0, 25.1)], ["+0 firing watch exceeded"], "firing"),
    Row("above the more severe limit fires as that", [(0, 75.1)], ["+0 firing critical exceeded"], "firing"),
    Row(
        "exactly at the more severe limit is the milder", [(0, 75.0)], ["+0 firing watch exceeded"], "firing"
    ),
    Row("patience begins with the first value", [(0, 30.0)], [], "pending", PATIENT),
    Row("patience not yet over", [(0, 30.0), (59, 30.0)], [], "pending", PATIENT),
    Row(
        "patience exactly over",
        [(0, 30.0), (60, 30.0)],
        ["+60 firing watch exceeded"],
        "firing",
        PATIENT,
    ),
    Row("back inside before that", [(0, 30.0), (30, 25.0), (60, 30.0)], [], "pending", PATIENT),
    Row("a gap begins patience anew", [(0, 30.0), (121, 30.0), (180, 30.0)], [], "pending", PATIENT),
    Row(
        "two cycles are no gap",
        [(0, 30.0), (120, 30.0)],
        ["+120 firing watch exceeded"],
        "firing",
        PATIENT,
    ),
    Row(
        "what does not count stops the clock",
        [(0, 30.0), (30, "frozen"), (60, 30.0), (90, 30.0)],
        [],
        "pending",
        PATIENT,
    ),
    Row(
        "and it runs on from the next good value",
        [(0, 30.0), (30, "frozen"), (60, 30.0), (120, 30.0)],
        ["+120 firing watch exceeded"],
        "firing",
        PATIENT,
    ),
    Row(
        "inside the limit but beyond clear does not end it",
        [(0, 30.0), (60, 21.0)],
        ["+0 firing watch exceeded"],
        "firing",
    ),
    Row(
        "exactly at clear ends it",
        [(0, 30.0), (60, 20.0)],
        ["+0 firing watch exceeded", "+60 resolved watch clear"],
        "normal",
    ),
    Row(
        "recovering until clear_for",
        [(0, 30.0), (60, 30.0), (120, 10.0), (179, 10.0)],
        ["+60 firing watch exceeded"],
        "recovering",
        PATIENT,
    ),
    Row(
        "clear_for exactly over",
        [(0, 30.0), (60, 30.0), (120, 10.0), (180, 10.0)],
        ["+60 firing watch exceeded", "+180 resolved watch clear"],
        "normal",
        PATIENT,
    ),
    Row(
        "beyond again while recovering is the same episode, told once",
        [(0, 30.0), (60, 30.0), (120, 10.0), (150, 30.0), (180, 10.0), (210, 10.0)],
        ["+60 firing watch exceeded"],
        "recovering",
        PATIENT,
    ),
    Row(
        "between clear and limit begins the recovery anew",
        [(0, 30.0), (60, 30.0), (120, 10.0), (150, 22.0), (180, 10.0), (210, 10.0)],
        ["+60 firing watch exceeded"],
        "recovering",
        PATIENT,
    ),
    Row(
        "silence never resolves: a gap does not count as inside",
        [(0, 30.0), (60, 30.0), (120, 10.0), (100_000, 10.0)],
        ["+60 firing watch exceeded"],
        "recovering",
        PATIENT,
    ),
    Row(
        "what does not count never resolves",
        [(0, 30.0), *((minute, "frozen") for minute in range(60, 6000, 60))],
        ["+0 firing watch exceeded"],
        "firing",
    ),
    Row(
        "more severe at once",
        [(0, 30.0), (1, 80.0)],
        ["+0 firing watch exceeded", "+1 firing critical worse"],
        "firing",
    ),
    Row(
        "milder not before the hold",
        [(0, 80.0), (1, 30.0), (60, 30.0)],
        ["+0 firing critical exceeded"],
        "firing",
    ),
    Row(
        "milder after the hold",
        [(0, 80.0), (1, 30.0), (61, 30.0)],
        ["+0 firing critical exceeded", "+61 firing watch milder"],
        "firing",
    ),
    Row(
        "more severe within the hold begins it anew",
        [(0, 80.0), (1, 30.0), (30, 80.0), (61, 30.0), (120, 30.0)],
        ["+0 firing critical exceeded"],
        "firing",
    ),
    Row(
        "a historical firing is told again when it is of today",
        [(0, "old 30"), (60, "old 40"), (120, 35.0)],
        ["+0 firing watch exceeded", "+120 firing watch still_exceeded"],
        "firing",
    ),
    Row(
        "acknowledged, and twice is once",
        [(0, 30.0), (1, "ack"), (2, "ack")],
        ["+0 firing watch exceeded", "+1 acknowledged watch acknowledged"],
        "firing",
    ),
    Row(
        "more severe drops the acknowledgement",
        [(0, 30.0), (1, "ack"), (2, 80.0), (3, "ack")],
        [
            "+0 firing watch exceeded",
            "+1 acknowledged watch acknowledged",
            "+2 firing critical worse",
            "+3 acknowledged critical acknowledged",
        ],
        "firing",
    ),
    Row("nothing to acknowledge", [(0, 3.0), (1, "ack")], [], "normal"),
    Row(
        "the only reading withdrawn invalidates it",
        [(0, 80.0), (0, "withdrawn"), (60, 12.0)],
        ["+0 firing critical exceeded", "+0 resolved critical invalidated"],
        "normal",
    ),
    Row("a pending one withdrawn was nothing", [(0, 80.0), (0, "withdrawn")], [], "normal", PATIENT),
    Row(
        "the spike withdrawn, the rest stands",
        [(0, 30.0), (60, 80.0), (60, "withdrawn"), (120, 30.0)],
        ["+0 firing watch exceeded", "+60 firing critical worse", "+60 firing watch revised"],
        "firing",
    ),
    Row(
        "a low spike withdrawn while recovering",
        [(0, 30.0), (60, 30.0), (120, 2.0), (120, "withdrawn"), (180, 30.0)],
        ["+60 firing watch exceeded"],
        "firing",
        PATIENT,
    ),
    Row(
        "an older one withdrawn is left to recompute",
        [(0, 30.0), (60, 40.0), (0, "withdrawn")],
        ["+0 firing watch exceeded"],
        "firing",
    ),
    Row(
        "late moves nothing",
        [(60, 30.0), (0, 10.0), (30, 80.0)],
        ["+60 firing watch exceeded"],
        "firing",
    ),
    Row(
        "the same again moves nothing",
        [(0, 30.0), (0, 30.0), (0, 30.0)],
        ["+0 firing watch exceeded"],
        "firing",
    ),
    Row(
        "the same time revised inside invalidates it",
        [(0, 30.0), (0, 10.0)],
        ["+0 firing watch exceeded", "+0 resolved watch invalidated"],
        "normal",
    ),
    Row(
        "the same time revised worse",
        [(0, 30.0), (0, 90.0)],
        ["+0 firing watch exceeded", "+0 firing critical worse"],
        "firing",
    ),
    Row(
        "a told resolution is not taken back: what follows is a new episode",
        [(0, 30.0), (60, 10.0), (60, 40.0)],
        ["+0 firing watch exceeded", "+60 resolved watch clear", "+60 firing watch exceeded"],
        "firing",
    ),
    Row(
        "its period over",
        [(0, 30.0), (60, "period_end")],
        ["+0 firing watch exceeded", "+60 resolved watch period_end"],
        "normal",
    ),
    Row(
        "its rule replaced while recovering",
        [(0, 30.0), (60, 30.0), (120, 10.0), (130, "rule_changed")],
        ["+60 firing watch exceeded", "+130 resolved watch rule_changed"],
        "normal",
        PATIENT,
    ),
    Row("nothing open, nothing ends", [(0, 30.0), (30, "period_end")], [], "normal", PATIENT),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_transition(row: Row) -> None:
    on = watch(rule(**row.rule))
    events: list[Event] = []
    for minute, what in row.stream:
        if isinstance(what, float):
            events.append(observed(on, minute, what))
        elif what.startswith("old "):
            events.append(observed(on, minute, float(what[4:]), old=True))
        elif what == "frozen":
            events.append(Frozen(at(minute)))
        elif what == "ack":
            events.append(Acknowledged(at(minute), "wang"))
        elif what == "withdrawn":
            events.append(Withdrawn(at(minute)))
        else:
            events.append(Ended(at(minute), what))  # type: ignore[arg-type]

    state, decisions = run(on, events)

    assert short(changes(decisions)) == row.told
    assert state.phase == row.phase
    assert all(decision.reason for decision in decisions)


def test_a_new_period_ends_the_episode_of_the_last_and_may_begin_its_own() -> None:
    on = watch(rule(statistic="year_to_date"), site="zone-competition")

    state, decisions = run(
        on,
        [
            observed(on, 0, 30.0, period="2026"),
            observed(on, 1440, 29.0, period="2026"),
            observed(on, 2880, 40.0, period="2027"),
        ],
    )

    told = changes(decisions)
    assert short(told) == [
        "+0 firing watch exceeded",
        "+2880 resolved watch period_end",
        "+2880 firing watch exceeded",
    ]
    assert told[0].subject.episode == told[1].subject.episode != told[2].subject.episode == state.episode


def test_an_episode_keeps_begin_peak_mean_and_end() -> None:
    on = watch(rule(clear_for="1h"))
    stream = [(0, 30.0), (60, 50.0), (120, 41.0), (180, 12.0), (240, 11.0)]

    _, decisions = run(on, [observed(on, *each) for each in stream])

    last = changes(decisions)[-1]
    assert (last.subject.begun, last.end) == (at(0), at(180))
    assert (last.subject.peak, last.subject.peak_at) == (50.0, at(60))
    assert last.subject.total / last.subject.n == pytest.approx(121 / 3)


def test_a_resolution_is_historical_when_nothing_else_was_told() -> None:
    on = watch()

    _, decisions = run(on, [observed(on, 0, 30.0, old=True), observed(on, 60, 10.0, old=True)])

    assert [each.historical for each in changes(decisions)] == [True, True]


def test_the_id_follows_from_rule_series_and_begin() -> None:
    first = episode_id(("rule", "site", "pm25"), at(0))

    assert first == episode_id(("rule", "site", "pm25"), at(0))
    assert first not in {
        episode_id(("rule", "site", "pm10"), at(0)),
        episode_id(("rule", "site", "pm25"), at(1)),
    }
    assert len(first) == 12
    assert decide(watch(), IDLE, Frozen(at(0))).state == State(latest=at(0))


def test_below_is_the_other_way_round() -> None:
    from alerts.rules.definition import RuleLevel

    on = watch(
        rule(direction="below", levels=(RuleLevel("warning", 5.0, 6.0),), parameters=("do",)),
        "houcheng",
        "do",
    )

    _, decisions = run(
        on,
        [observed(on, minute, value) for minute, value in ((0, 5.0), (1, 4.9), (2, 3.0), (3, 5.5), (4, 6.0))],
    )

    assert short(changes(decisions)) == ["+1 firing warning exceeded", "+4 resolved warning clear"]
    assert changes(decisions)[-1].subject.peak == 3.0
