"""Who serves a shard: the machine alone, and several of it at a broker whose order is all that they share."""

from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.mqtt.lease.claim import UNREADABLE, Claim, parse_claim, to_payload
from ingest.mqtt.lease.lease import GRACE_S, LEAVE_S, RETRY_S, SAY_EVERY_S, SETTLE_S, STALE_S, Lease
from tests.support.scale import scaled

OURS, OTHER = Claim("ours"), Claim("other", "host-b", datetime(2026, 11, 28, tzinfo=UTC))
EMPTY = None


def looking(lease: Lease, claim: Claim | None, now: float) -> Lease:
    lease.record_seen(claim, now, looked=True)
    return lease


def holding(now: float = 0.0) -> Lease:
    """A lease that was free, was said at `now` - `SETTLE_S`, and stood there when looked for."""
    lease = looking(Lease("ours"), EMPTY, now - SETTLE_S)
    lease.record_said(now - SETTLE_S)
    return looking(lease, OURS, now)


def test_who_finds_nobody_says_so_and_serves_once_it_stands_there_after_a_while() -> None:
    lease = Lease("ours")
    assert not lease.is_word_due(0.0)  # nothing is known
    assert looking(lease, EMPTY, 1.0).is_word_due(1.0)

    lease.record_said(1.0)
    lease.record_seen(OURS, 1.1)  # the broker sends it to all who read; that it keeps it is not shown
    assert not lease.is_look_due(1.0 + SETTLE_S - 0.1)
    assert lease.is_look_due(1.0 + SETTLE_S)
    assert not lease.held

    assert looking(lease, OURS, 1.0 + SETTLE_S).held
    assert lease.may_connect(1.0 + SETTLE_S)
    assert not lease.is_word_due(1.0 + SAY_EVERY_S - 0.1)
    assert lease.is_word_due(1.0 + SAY_EVERY_S)


@pytest.mark.parametrize("claim", [OTHER, parse_claim(b"{}"), parse_claim(b"\xff")])
def test_who_finds_another_or_what_nobody_can_read_waits(claim: Claim) -> None:
    lease = looking(Lease("ours"), claim, 0.0)

    assert not lease.is_word_due(STALE_S - 0.1)
    assert lease.other == claim
    assert not lease.may_connect(0.0)


def test_who_waited_takes_over_when_nobody_has_been_there_for_a_while() -> None:
    """The other may only be reconnecting: what its connection left is there when it comes back."""
    lease = looking(Lease("ours"), OTHER, 0.0)
    lease.record_seen(Claim("other", gone=True), 50.0)
    assert not lease.is_word_due(50.0 + GRACE_S - 0.1)
    lease.record_seen(OTHER, 58.0)
    lease.record_seen(EMPTY, 60.0)
    assert not lease.is_word_due(60.0 + GRACE_S - 0.1)
    assert lease.is_word_due(60.0 + GRACE_S)

    lease.record_said(70.0)
    looking(lease, OURS, 70.0 + SETTLE_S)
    assert (lease.held, lease.others_served) == (True, True)


def test_another_that_says_nothing_any_more_is_gone_whatever_the_broker_keeps() -> None:
    """Every look shows the same word; a new one counts from its own time."""
    lease = Lease("ours")
    for now in range(0, 100, 10):
        looking(lease, OTHER, now)
    said_again = Claim("other", "host-b", OTHER.since, datetime(2026, 11, 28, 1, tzinfo=UTC))
    looking(lease, said_again, 100.0)

    assert not lease.is_word_due(100.0 + STALE_S - 0.1)
    assert lease.is_word_due(100.0 + STALE_S)


def test_the_earlier_of_two_that_cross_sees_the_later_and_waits() -> None:
    first = looking(Lease("ours"), EMPTY, 0.0)
    first.record_said(0.0)
    first.record_seen(OURS, 0.1)
    first.record_seen(OTHER, 0.2)  # the broker took it later

    assert not looking(first, OTHER, SETTLE_S).held
    assert not holding(9.0).is_word_due(9.5)
    late = holding(9.0)
    late.record_seen(OTHER, 10.0)
    assert not late.held


def test_who_is_cut_off_serves_on_but_leaves_the_session_before_others_may_take_it() -> None:
    lease = holding(0.0)
    lease.record_unseen(10.0)

    assert lease.held
    assert lease.may_connect(10.0 + LEAVE_S - 0.1)
    assert not lease.may_connect(10.0 + LEAVE_S)
    assert LEAVE_S + SAY_EVERY_S < STALE_S
    assert not looking(lease, OTHER, 80.0).held


def test_what_a_broker_forgets_is_said_again_at_once_and_what_it_never_keeps_is_counted() -> None:
    lease = holding(0.0)
    lease.record_seen(EMPTY, 20.0)  # our own last words: the session was connected anew
    assert lease.is_word_due(20.0)
    assert lease.held

    lease = looking(Lease("ours"), EMPTY, 0.0)
    for now in (0.0, RETRY_S, 2 * RETRY_S):
        assert lease.is_word_due(now)
        lease.record_said(now)
        lease.record_seen(OURS, now + 0.1)
        looking(lease, EMPTY, now + SETTLE_S)
    assert (lease.held, lease.denied) == (False, 3)


def test_a_run_that_starts_again_on_its_journal_finds_itself() -> None:
    lease = looking(Lease("ours"), OURS, 0.0)
    assert lease.is_word_due(0.0)
    lease.record_said(0.0)
    assert looking(lease, OURS, SETTLE_S).held
    assert not lease.others_served


@pytest.mark.parametrize(
    ("payload", "claim"),
    [
        pytest.param(b"", None, id="nobody"),
        pytest.param(to_payload(OTHER), OTHER, id="as it was said"),
        pytest.param(b'{"run": "x", "gone": true, "more": 1}', Claim("x", gone=True), id="of a later build"),
        pytest.param(b'{"run": ""}', Claim(UNREADABLE), id="no run"),
        pytest.param(b'{"run": "x", "since": "2026-11-28T00:00:00"}', Claim(UNREADABLE), id="no zone"),
        pytest.param(b"[]", Claim(UNREADABLE), id="something else"),
    ],
)
def test_what_stands_on_the_topic(payload: bytes, claim: Claim | None) -> None:
    assert parse_claim(payload) == claim


STEP, LATE, DETECTED, NOTICED = 0.5, 2, 30, 40
"""Seconds; then steps: how late a packet may be, and after how long broker and client find the other dead."""
Kind = st.sampled_from(["start", "kill", "stop", "cut", "heal", "forget"])


class Happening(NamedTuple):
    """What happens to which run after so many steps more."""

    after: int
    kind: str
    run: int


class Run:
    """A service with its watch and its session; what it sends and gets is late, in order."""

    def __init__(self, number: int) -> None:
        self.number, self.name, self.is_up, self.is_cut = number, f"run-{number}", False, False
        self.lease = Lease(self.name)
        self.to_broker = deque[tuple[int, str]]()
        self.to_run = deque[tuple[int, Claim | None, bool]]()
        self.is_connected = self.has_session = False
        self.noticed: int | None = None  # when it finds out that it is cut off
        self.dropped: int | None = None  # when the broker finds out that the session is dead
        self.looked = 0

    def claim(self, step: int, *, gone: bool = False) -> Claim:
        return Claim(self.name, said=datetime.fromtimestamp(step, UTC), gone=gone)


class Course:
    """Runs of one shard at one broker."""

    def __init__(self, delays: Iterator[int]) -> None:
        self.runs = [Run(number) for number in range(3)]
        self.kept: Claim | None = None
        self.step = self.together = self.longest = 0
        self._delays = delays

    def happen(self, kind: str, run: Run) -> None:
        if kind == "start" and not run.is_up:
            cut, run.is_up = run.is_cut, True
            run.lease, run.is_cut = Lease(run.name), cut
        elif kind in {"kill", "stop"} and run.is_up:
            if kind == "stop" and run.has_session and not run.is_cut:
                run.has_session = False
                self.keep(run.claim(self.step, gone=True))
            run.is_up = run.is_connected = False
            run.to_broker.clear()
            if run.has_session and run.dropped is None:
                run.dropped = self.step + (DETECTED if run.is_cut else 1)
        elif kind == "cut" and not run.is_cut:
            run.is_cut, run.noticed = True, self.step + NOTICED
            run.dropped = self.step + DETECTED if run.has_session else None
            run.to_broker.clear()
            run.to_run.clear()
        elif kind == "heal" and run.is_cut:
            run.is_cut = False
            run.is_connected = False  # the network was away for long enough to break both connections
            run.lease.record_unseen(self.step * STEP)
        elif kind == "forget":
            self.keep(None)

    def keep(self, claim: Claim | None) -> None:
        self.kept = claim
        for run in self.runs:
            if run.is_connected and not run.is_cut:
                run.to_run.append((self.step + next(self._delays), claim, False))

    def advance(self) -> None:
        self.step += 1
        for run in self.runs:
            self._at_broker(run)
        for run in self.runs:
            if run.is_up:
                self._at_run(run)
        holders = [run for run in self.runs if run.has_session and not run.is_cut]
        self.together = self.together + 1 if len(holders) > 1 else 0
        self.longest = max(self.longest, self.together)

    def _at_broker(self, run: Run) -> None:
        if run.dropped is not None and self.step >= run.dropped:
            run.dropped, run.has_session = None, False
            self.keep(run.claim(self.step, gone=True))
        while run.to_broker and run.to_broker[0][0] <= self.step and not run.is_cut:
            _, what = run.to_broker.popleft()
            if what == "say":
                self.keep(run.claim(self.step))
            else:
                run.to_run.append((self.step + next(self._delays), self.kept, True))

    def _at_run(self, run: Run) -> None:
        now = self.step * STEP
        if run.is_cut:
            if run.noticed is not None and self.step >= run.noticed:
                run.is_connected, run.noticed = False, None
                run.lease.record_unseen(now)
            return
        if not run.is_connected:
            run.is_connected, run.looked = True, -100
            run.to_run.clear()
        while run.to_run and run.to_run[0][0] <= self.step:
            _, claim, looked = run.to_run.popleft()
            run.lease.record_seen(claim, now, looked=looked)
        if self.step - run.looked >= (LATE * 2 if run.lease.is_look_due(now) else 20):
            run.looked = self.step
            run.to_broker.append((self.step + next(self._delays), "look"))
        if run.lease.is_word_due(now):
            run.lease.record_said(now)
            run.to_broker.append((self.step + next(self._delays), "say"))
        may = run.lease.may_connect(now)
        if may and not run.has_session:
            run.has_session, run.dropped = True, None
        elif not may and run.has_session and run.dropped is None:
            run.has_session = False


@settings(max_examples=scaled(300), deadline=None)
@given(
    st.lists(st.builds(Happening, st.integers(0, 120), Kind, st.integers(0, 2)), max_size=25),
    st.randoms(use_true_random=False),
)
def test_two_never_hold_it_for_longer_than_packets_are_late_and_one_does_in_the_end(
    happenings: list[Happening], random: object
) -> None:
    """Two whom the broker hears; of one that it does not hear any more it decides itself when it is dead."""
    delays = iter(lambda: random.randint(0, LATE // 2), None)  # type: ignore[attr-defined]
    course = Course(delays)
    for happening in happenings:
        for _ in range(happening.after):
            course.advance()
        course.happen(happening.kind, course.runs[happening.run])
    for run in course.runs:
        course.happen("heal", run)
    course.happen("start", course.runs[0])
    for _ in range(int((STALE_S + GRACE_S + 60) / STEP)):
        course.advance()

    assert course.longest <= LATE + 1
    assert sum(run.is_up and run.lease.held for run in course.runs) == 1
    assert sum(run.has_session for run in course.runs) == 1
