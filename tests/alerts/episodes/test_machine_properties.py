"""What holds for any stream: hypothesis drives whole machines and compares what was told."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs

from alerts.episodes.machine import decide, due_event
from alerts.episodes.states import (
    IDLE,
    Acknowledged,
    Announcement,
    Ended,
    Event,
    Frozen,
    Observed,
    State,
    Withdrawn,
)
from alerts.rules.definition import RANK
from alerts.rules.index import Watch
from tests.support import rule_streams
from tests.support.rule_streams import at, changes, observed, run, watch
from tests.support.scale import scaled

VALUES = st.sampled_from([5.0, 20.0, 22.0, 25.0, 25.1, 40.0, 75.0, 76.0, 200.0])
PATIENCE = st.sampled_from(["0s", "10m", "1h"])


@st.composite
def watches(draw: st.DrawFn) -> Watch:
    return watch(rule_streams.rule(for_=draw(PATIENCE), clear_for=draw(PATIENCE), hold=draw(PATIENCE)))


STREAM = st.lists(st.tuples(st.integers(1, 90), VALUES), max_size=40).map(
    lambda steps: [
        (sum(gap for gap, _ in steps[: index + 1]), value) for index, (_, value) in enumerate(steps)
    ]
)


class Episodes(RuleBasedStateMachine):
    """One machine fed with everything that can happen, in any order."""

    @initialize(on=watches())
    def begin(self, on: Watch) -> None:
        self.on = on
        self.state = IDLE
        self.minute = 0
        self.open: dict[str, Announcement] = {}
        self.closed: set[str] = set()

    def feed(self, event: Event, *, may_resolve: bool = True) -> None:
        for each in due_event(self.state, event):
            decision = decide(self.on, self.state, each)
            again = decide(self.on, self.state, each)
            assert decision == again
            self.state = decision.state
            if decision.announcement is not None:
                self.told(decision.announcement, may_resolve=may_resolve)

    def told(self, change: Announcement, *, may_resolve: bool) -> None:
        if change.state == "firing":
            assert change.subject.episode not in self.closed, "an episode that is over fires again"
            assert not (self.open.keys() - {change.subject.episode}), "two open episodes of one machine"
            self.open[change.subject.episode] = change
            return
        assert change.subject.episode in self.open, f"{change.state} without a firing"
        if change.state == "resolved":
            assert may_resolve, "resolved by silence"
            del self.open[change.subject.episode]
            self.closed.add(change.subject.episode)

    @rule(gap=st.integers(1, 400), value=VALUES, old=st.booleans())
    def value(self, gap: int, value: float, old: bool) -> None:
        self.minute += gap
        event = observed(self.on, self.minute, value, old=old)
        self.feed(event)
        self.is_announced(event)

    @rule(back=st.integers(0, 300), value=VALUES)
    def late_or_revised(self, back: int, value: float) -> None:
        minute = max(0, self.minute - back)
        event = observed(self.on, minute, value)
        self.feed(event, may_resolve=minute == self.minute)
        if minute == self.minute and self.state.steady == event.time:
            self.is_announced(event)

    def is_announced(self, event: Observed) -> None:
        """Whatever a current value comes to while an episode is open has been told."""
        if event.old or event.severity is None or not self.state.open:
            return
        told = self.open[self.state.episode]
        assert self.state.announced is not None
        assert RANK[self.state.announced] >= RANK[event.severity]
        assert RANK[told.severity] >= RANK[event.severity]

    @rule(gap=st.integers(1, 10_000))
    def silence_or_bad_quality(self, gap: int) -> None:
        self.minute += gap
        self.feed(Frozen(at(self.minute)), may_resolve=False)

    @rule()
    def withdraw(self) -> None:
        self.feed(Withdrawn(at(self.minute)))

    @rule()
    def acknowledge(self) -> None:
        self.feed(Acknowledged(at(self.minute), "wang"), may_resolve=False)

    @rule()
    def period_over(self) -> None:
        self.feed(Ended(at(self.minute), "period_end"))

    @invariant()
    def the_state_says_what_was_told(self) -> None:
        if hasattr(self, "state"):
            assert self.state.open == bool(self.open)
            assert not self.state.open or self.state.episode in self.open


TestEpisodes = Episodes.TestCase
TestEpisodes.settings = settings(max_examples=scaled(1000), stateful_step_count=40, deadline=None)


@settings(max_examples=scaled(2000))
@given(on=watches(), stream=STREAM)
def test_the_same_stream_twice_changes_nothing(on: Watch, stream: list[tuple[float, float]]) -> None:
    events = [observed(on, *each) for each in stream]
    state, _ = run(on, events)

    again, decisions = run(on, events, state)

    assert changes(decisions) == []
    assert again == state


@settings(max_examples=scaled(2000))
@given(on=watches(), stream=STREAM, order=st.randoms(use_true_random=False))
def test_dropping_the_late_ones_of_a_shuffled_stream_tells_the_same(
    on: Watch, stream: list[tuple[float, float]], order: object
) -> None:
    shuffled = list(stream)
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    newest = -1.0
    kept = []
    for each in shuffled:
        if each[0] > newest:
            kept.append(each)
            newest = each[0]

    with_late, told = run(on, [observed(on, *each) for each in shuffled])
    without, expected = run(on, [observed(on, *each) for each in kept])

    assert changes(told) == changes(expected)
    assert with_late == without


@settings(max_examples=scaled(2000))
@given(on=watches(), stream=STREAM, old=st.lists(st.booleans(), min_size=40, max_size=40))
def test_what_is_told_moves_nothing_else(
    on: Watch, stream: list[tuple[float, float]], old: list[bool]
) -> None:
    """What a machine comes to does not depend on what was announced: recompute gets the same."""
    some, _ = run(on, [observed(on, *each, old=is_old) for each, is_old in zip(stream, old, strict=False)])
    none, _ = run(on, [observed(on, *each, old=True) for each in stream])

    assert figures(some) == figures(none)


@settings(max_examples=scaled(2000))
@given(on=watches(), stream=STREAM, items=st.lists(st.integers(1, 3), min_size=40, max_size=40))
def test_a_value_in_steps_is_as_if_at_once(
    on: Watch, stream: list[tuple[float, float]], items: list[int]
) -> None:
    """Items of a sample, a mean that moves: the last at a time holds, frozen or not before."""
    steps: list[Event] = []
    for (minute, value), number in zip(stream, items, strict=False):
        if number > 1:
            steps.append(Frozen(at(minute)))
        if number > 2:
            steps += [observed(on, minute, value + 60), Frozen(at(minute))]
        steps.append(observed(on, minute, value))
    state, decisions = run(on, steps)
    at_once, _ = run(on, [observed(on, *each) for each in stream])

    missed = any(decision.missed for decision in decisions)
    assert missed or figures(state) == figures(at_once)


def figures(state: State) -> State:
    """All but what was told, under which name."""
    return structs.replace(state, announced=None, before=None, episode="", last="", last_begun=None)


@settings(max_examples=scaled(2000))
@given(on=watches(), stream=STREAM, gap=st.integers(1, 5000))
def test_silence_and_bad_quality_never_resolve(
    on: Watch, stream: list[tuple[float, float]], gap: int
) -> None:
    state, _ = run(on, [observed(on, *each) for each in stream])
    end = stream[-1][0] if stream else 0

    after, decisions = run(on, [Frozen(at(end) + timedelta(minutes=gap * k)) for k in range(1, 50)], state)

    assert changes(decisions) == []
    assert after.phase == state.phase


@settings(max_examples=scaled(1000))
@given(on=watches(), stream=STREAM)
def test_a_state_survives_its_encoding(on: Watch, stream: list[tuple[float, float]]) -> None:
    import msgspec

    state, _ = run(on, [observed(on, *each) for each in stream])

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=State) == state
