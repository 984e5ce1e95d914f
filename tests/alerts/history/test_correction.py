"""After `recompute` the register is that of the sorted stream, however the readings came."""

import random
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.model import Checked, Reading, Validity
from tests.support import rule_streams
from tests.support.alerting_harness import START, AlertingHarness
from tests.support.scale import scaled

MOMENT = timedelta(milliseconds=1)

Stream = list[tuple[int, float | None]]  # minute, value; None does not count
Row = tuple[datetime, datetime | None, float, int]

STREAM = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from([5.0, 20.0, 22.0, 26.0, 40.0, 80.0])), max_size=30
).map(lambda steps: [(sum(gap for gap, _ in steps[: i + 1]), value) for i, (_, value) in enumerate(steps)])


def rows(harness: AlertingHarness) -> list[Row]:
    return [(e.begun, e.ended, e.peak, e.n) for e in harness.register() if e.reason != "invalidated"]


def recompute(harness: AlertingHarness, stream: Sequence[tuple[int, float | None]]) -> None:
    checked = [
        Checked(
            Reading("taizicheng", "pm25", "rtd", START + timedelta(minutes=m), v or 0.0, "N", harness.now),
            (),
            "invalid" if v is None else "valid",
        )
        for m, v in sorted(stream, key=lambda each: each[0])
    ]
    with harness.journal.transaction() as connection:
        streams = harness.alerting.replays(connection, "taizicheng", ["pm25"], START)
        for each in streams:
            assert each.since < START  # it looks back as far as patience goes
            each.take(checked, (), max((c.reading.time for c in checked), default=START) + MOMENT)
        harness.alerting.correct(connection, streams, harness.now)


def feed(harness: AlertingHarness, stream: Sequence[tuple[int, float | None]]) -> None:
    """As the pipeline does: what is not newer than the newest is late, and left to recompute."""
    newest = -1
    for minute, value in stream:
        if minute > newest:
            newest = minute
            validity: Validity = "invalid" if value is None else "valid"
            harness.reading("taizicheng", {"pm25": value or 0.0}, hour=minute / 60, validity=validity)


@settings(max_examples=scaled(300))
@given(stream=STREAM, seed=st.integers(0, 10**6), patience=st.sampled_from(["0s", "30m"]))
def test_the_register_equals_the_sorted_streams(
    stream: list[tuple[int, float]], seed: int, patience: str
) -> None:
    own = [rule_streams.rule(for_=patience, clear_for=patience)]
    shuffled = list(stream)
    random.Random(seed).shuffle(shuffled)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        in_order, arrived = (
            AlertingHarness(Path(one), own=own, age=None),
            AlertingHarness(Path(other), own=own, age=None),
        )
        in_order.hour = arrived.hour = 100.0
        feed(in_order, stream)
        feed(arrived, shuffled)

        recompute(arrived, stream)

        assert rows(arrived) == rows(in_order)
        recompute(arrived, stream)
        assert rows(arrived) == rows(in_order)
        told_in_pairs(arrived)
        in_order.journal.close()
        arrived.journal.close()


@settings(max_examples=scaled(600))
@given(
    stream=STREAM,
    changed=st.lists(
        st.dictionaries(st.integers(0, 29), st.sampled_from([None, 5.0, 22.0, 26.0, 80.0])),
        min_size=1,
        max_size=3,
    ),
    patience=st.sampled_from(["0s", "30m"]),
    more=STREAM,
)
def test_revisions_marks_and_their_withdrawal_give_the_register_of_what_holds(
    stream: list[tuple[int, float]],
    changed: list[dict[int, float | None]],
    patience: str,
    more: list[tuple[int, float]],
) -> None:
    own = [rule_streams.rule(for_=patience, clear_for=patience)]
    last = stream[-1][0] if stream else 0
    further = [(last + minute, value) for minute, value in more]
    holds: Stream = []
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        in_order, arrived = (
            AlertingHarness(Path(one), own=own, age=None),
            AlertingHarness(Path(other), own=own, age=None),
        )
        in_order.hour = arrived.hour = 100.0
        feed(arrived, stream)
        for change in changed:
            holds = [(minute, change.get(at, value)) for at, (minute, value) in enumerate(stream)]
            recompute(arrived, holds)
            arrived.restart()
        feed(arrived, further)
        recompute(arrived, [*holds, *further])
        feed(in_order, [*holds, *further])

        assert rows(arrived) == rows(in_order)
        told_in_pairs(arrived)
        in_order.journal.close()
        arrived.journal.close()


def told_in_pairs(harness: AlertingHarness) -> None:
    """Every end has its firing before it, once; what fires and has no end is open; one at a time."""
    fires: set[str] = set()
    ended: set[str] = set()
    for event in harness.told("mqtt"):
        if event["state"] == "firing":
            assert event["episode"] not in ended
            fires.add(event["episode"])
            assert len(fires) == 1
        else:
            fires.remove(event["episode"])
            ended.add(event["episode"])
    assert fires == {e.id for e in harness.register() if e.ended is None}


def test_an_open_episode_whose_ground_is_gone_is_announced_as_invalidated(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule()], age=None)
    feed(harness, [(0, 10.0), (60, 40.0)])
    harness.hour = 2

    recompute(harness, [(0, 10.0), (60, 12.0)])
    harness.restart()

    assert harness.events()[-1] == "test taizicheng resolved watch invalidated"
    assert rows(harness) == []


def test_a_late_exceedance_moves_the_begin_and_keeps_id_and_acknowledgement(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule()], age=None)
    feed(harness, [(0, 10.0), (120, 40.0)])
    [before] = harness.register()
    harness.ask("ack", episode=before.id, by="li")
    harness.hour = 3

    recompute(harness, [(0, 10.0), (60, 33.0), (120, 40.0)])
    harness.restart()
    harness.reading("taizicheng", {"pm25": 5.0})

    [after] = harness.register()
    assert (after.id, after.acked_by) == (before.id, "li")
    assert (after.begun, after.ended) == (START + timedelta(hours=1), harness.now)
    assert harness.reasons("mqtt") == ["firing exceeded", "acknowledged acknowledged", "resolved clear"]


def test_a_stream_that_ends_within_an_episode_leaves_its_end(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule()], age=None)
    feed(harness, [(0, 10.0), (60, 40.0), (120, 45.0), (180, 5.0), (240, 50.0)])
    harness.hour = 2.5  # as if nothing behind this had been read

    recompute(harness, [(0, 10.0), (30, 33.0), (60, 40.0), (120, 45.0)])

    closed, still = harness.register()
    assert (closed.begun, closed.ended) == (START + timedelta(minutes=30), START + timedelta(minutes=180))
    assert (still.begun, still.ended) == (START + timedelta(minutes=240), None)
