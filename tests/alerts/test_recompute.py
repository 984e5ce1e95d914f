"""After `recompute` the register is that of the sorted stream, however the readings came."""

import random
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors.seams import Checked, Reading
from tests.alerts import streams
from tests.alerts.desk import START, Desk
from tests.proofs import scaled

MOMENT = timedelta(milliseconds=1)

Row = tuple[datetime, datetime | None, float, int]

STREAM = st.lists(
    st.tuples(st.integers(1, 90), st.sampled_from([5.0, 20.0, 22.0, 26.0, 40.0, 80.0])), max_size=30
).map(lambda steps: [(sum(gap for gap, _ in steps[: i + 1]), value) for i, (_, value) in enumerate(steps)])


def rows(desk: Desk) -> list[Row]:
    return [(e.begun, e.ended, e.peak, e.n) for e in desk.register() if e.reason != "invalidated"]


def recompute(desk: Desk, stream: list[tuple[int, float]]) -> None:
    checked = [
        Checked(Reading("taizicheng", "pm25", "rtd", START + timedelta(minutes=m), v, "N", desk.now))
        for m, v in sorted(stream)
    ]
    with desk.journal.transaction() as connection:
        streams = desk.alerting.again(connection, "taizicheng", ["pm25"], START)
        for each in streams:
            assert each.since < START  # it looks back as far as patience goes
            each.take(checked, (), max((c.reading.time for c in checked), default=START) + MOMENT)
        desk.alerting.recompute(connection, streams, desk.now)


def feed(desk: Desk, stream: list[tuple[int, float]]) -> None:
    """As the pipeline does: what is not newer than the newest is late, and left to recompute."""
    newest = -1
    for minute, value in stream:
        if minute > newest:
            newest = minute
            desk.reading("taizicheng", {"pm25": value}, hour=minute / 60)


@settings(max_examples=scaled(300))
@given(stream=STREAM, seed=st.integers(0, 10**6), patience=st.sampled_from(["0s", "30m"]))
def test_the_register_equals_the_sorted_streams(
    stream: list[tuple[int, float]], seed: int, patience: str
) -> None:
    own = [streams.rule(for_=patience, clear_for=patience)]
    shuffled = list(stream)
    random.Random(seed).shuffle(shuffled)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        in_order, arrived = Desk(Path(one), own=own, age=None), Desk(Path(other), own=own, age=None)
        in_order.hour = arrived.hour = 100.0
        feed(in_order, stream)
        feed(arrived, shuffled)

        recompute(arrived, stream)

        assert rows(arrived) == rows(in_order)
        recompute(arrived, stream)
        assert rows(arrived) == rows(in_order)
        fired = {e["episode"] for e in arrived.told("mqtt") if e["state"] == "firing"}
        ended = [e["episode"] for e in arrived.told("mqtt") if e["state"] == "resolved"]
        assert set(ended) <= fired
        assert len(ended) == len(set(ended))
        lasting = {e.id for e in arrived.register() if e.ended is None}
        assert fired - set(ended) == lasting
        in_order.journal.close()
        arrived.journal.close()


def test_an_open_episode_whose_ground_is_gone_is_told_to_be_void(tmp_path: Path) -> None:
    desk = Desk(tmp_path, own=[streams.rule()], age=None)
    feed(desk, [(0, 10.0), (60, 40.0)])
    desk.hour = 2

    recompute(desk, [(0, 10.0), (60, 12.0)])
    desk.restart()

    assert desk.events()[-1] == "test taizicheng resolved watch invalidated"
    assert rows(desk) == []


def test_a_late_exceedance_moves_the_begin_and_keeps_id_and_acknowledgement(tmp_path: Path) -> None:
    desk = Desk(tmp_path, own=[streams.rule()], age=None)
    feed(desk, [(0, 10.0), (120, 40.0)])
    [before] = desk.register()
    desk.ask("ack", episode=before.id, by="li")
    desk.hour = 3

    recompute(desk, [(0, 10.0), (60, 33.0), (120, 40.0)])
    desk.restart()
    desk.reading("taizicheng", {"pm25": 5.0})

    [after] = desk.register()
    assert (after.id, after.acked_by) == (before.id, "li")
    assert (after.begun, after.ended) == (START + timedelta(hours=1), desk.now)
    assert desk.reasons("mqtt") == ["firing exceeded", "acknowledged acknowledged", "resolved clear"]


def test_a_stream_that_ends_within_an_episode_leaves_its_end(tmp_path: Path) -> None:
    desk = Desk(tmp_path, own=[streams.rule()], age=None)
    feed(desk, [(0, 10.0), (60, 40.0), (120, 45.0), (180, 5.0), (240, 50.0)])
    desk.hour = 2.5  # as if nothing behind this had been read

    recompute(desk, [(0, 10.0), (30, 33.0), (60, 40.0), (120, 45.0)])

    closed, still = desk.register()
    assert (closed.begun, closed.ended) == (START + timedelta(minutes=30), START + timedelta(minutes=180))
    assert (still.begun, still.ended) == (START + timedelta(minutes=240), None)
