"""Events in the store: one point each at its begin, written again with each change, never for nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from alerts.rules.definition import Rule
from ingest.sites import expected_sites
from sensors.model import Checked, Point, Reading, Validity
from tests.support import rule_streams
from tests.support.alerting_harness import SHIPPED, START, AlertingHarness

MakeHarness = Callable[..., AlertingHarness]
MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def harness(tmp_path: Path) -> MakeHarness:
    return lambda **options: AlertingHarness(tmp_path, **options)


def shipped(*ids: str) -> list[Rule]:
    """These, at stations of every cycle."""
    return [structs.replace(rule, cycle_below=None) for rule in SHIPPED if rule.id in ids]


def take(harness: AlertingHarness) -> list[Point]:
    """The points of events since this was called last."""
    found = [point for point in harness.points if point.measurement == "event"]
    harness.points = []
    return found


def recompute(harness: AlertingHarness, values: dict[float, tuple[float, Validity]]) -> None:
    checked = [
        Checked(
            Reading("taizicheng", "pm25", "rtd", START + timedelta(hours=h), value, "N", harness.now),
            (),
            valid,
        )
        for h, (value, valid) in sorted(values.items())
    ]
    with harness.journal.transaction() as connection:
        replays = harness.alerting.replays(connection, "taizicheng", ["pm25"], START)
        for replay in replays:
            replay.take(checked, (), checked[-1].reading.time + MOMENT)
        harness.points += [each.point for each in harness.alerting.correct(connection, replays, harness.now)]


def test_from_its_begin_to_its_end_an_event_is_one_point_that_changes(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()])
    d.reading("taizicheng", {"pm25": 40.0})
    (begun,) = take(d)
    assert begun.time == START
    assert begun.tags == {"area": "zone-competition", "cause": "particles", "event": begun.tags["event"]}
    assert begun.fields == {
        "state": "open",
        "severity": "watch",
        "title_zh": "赛区：颗粒物",
        "title_en": "Competition zone: particles",
        "message_zh": begun.fields["message_zh"],
        "message_en": begun.fields["message_en"],
        "peak": 40.0,
        "limit": 25.0,
        "stations": 1.0,
        "by": "",
        "begun": START.timestamp() * 1000,
        "ended": None,
        "until": "now",
        "site": "taizicheng",
        "board": "air",
    }
    assert "25" in str(begun.fields["message_en"])

    d.hour = 0.5
    d.reading("guyangshu", {"pm25": 60.0})
    (wider,) = take(d)
    d.ask("ack", episode=begun.tags["event"], by="Li", note="")
    acknowledged = take(d)[-1]
    d.hour = 1
    for site in ("taizicheng", "guyangshu"):
        d.reading(site, {"pm25": 5.0})
    calm = take(d)[-1]
    d.hour = 14
    d.tick()
    (over,) = take(d)

    all_ = [begun, wider, acknowledged, calm, over]
    assert len({(point.time, *point.tags.items()) for point in all_}) == 1
    assert [point.fields["state"] for point in all_] == ["open", "open", "acknowledged", "calm", "over"]
    assert [point.fields["stations"] for point in all_] == [1, 2, 2, 2, 2]
    assert [point.fields["peak"] for point in all_] == [40, 60, 60, 60, 60]
    assert [point.fields["by"] for point in all_] == ["", "", "Li", "Li", "Li"]
    ended = (START + timedelta(hours=1)).timestamp() * 1000
    assert [point.fields["ended"] for point in all_] == [None] * 4 + [ended]
    assert over.fields["until"] == str(int(ended))


def test_what_has_not_changed_is_not_written_again_but_after_a_restart_once(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(), *shipped("station-silent")])
    d.reading("taizicheng", {"pm25": 40.0})
    with d.journal.transaction() as connection:
        expected_sites.register(connection, ["wujinku"], START)
    for d.hour in (29, 30):
        d.reading("taizicheng", {"pm25": 40.0})
        d.tick()
    written = take(d)
    assert {point.tags["cause"] for point in written} == {"particles", "silence"}

    for minute in range(1, 6):
        d.hour = 30 + minute / 60
        d.tick()
    assert take(d) == []

    d.restart()
    d.tick()
    assert {point.tags["event"] for point in take(d)} == {point.tags["event"] for point in written}
    d.tick()
    assert take(d) == []


def test_an_end_right_after_a_start_is_written_too(harness: MakeHarness) -> None:
    """A restart, or a command that lets memory be read again: nothing has been seen open since."""
    d = harness(own=[rule_streams.rule()])
    d.reading("taizicheng", {"pm25": 40.0})
    d.hour = 1
    d.reading("taizicheng", {"pm25": 5.0})
    take(d)

    d.restart()
    d.hour = 14
    d.tick()

    assert [point.fields["state"] for point in take(d)][-1] == "over"


def test_a_river_section_opens_its_own_board_and_a_part_of_the_system_the_operations(
    harness: MakeHarness,
) -> None:
    d = harness(own=shipped("water-sample", "broker-away"))
    d.reading("houcheng", {"ph": 7.6, "do": 9.0, "codmn": 2.1, "nh3n": 1.32, "tp": 0.25})
    (water,) = take(d)
    assert (water.fields["board"], water.fields["site"]) == ("river", "houcheng")
    assert (water.tags["area"], water.tags["cause"]) == ("river-baihe", "water")

    d.troubles = {"broker": 3600.0}
    d.tick()
    (broker,) = [point for point in take(d) if point.tags["cause"] == "broker"]
    assert (broker.fields["board"], broker.fields["site"], broker.tags["area"]) == ("operations", "", "_")


@pytest.mark.parametrize("later", [0, 24], ids=["open", "long over"])
def test_an_event_whose_values_did_not_hold_is_withdrawn(harness: MakeHarness, later: int) -> None:
    d = harness(own=[rule_streams.rule()], age=None)
    d.reading("taizicheng", {"pm25": 80.0})
    values: dict[float, tuple[float, Validity]] = {0: (80.0, "invalid")}
    if later:
        d.hour = 1
        d.reading("taizicheng", {"pm25": 5.0})
        values[1] = (5.0, "valid")
        d.hour = later
        d.tick()
    former = take(d)[-1]
    assert former.fields["state"] == ("over" if later else "open")
    d.hour += 1

    recompute(d, values)

    withdrawn = take(d)[-1]
    assert withdrawn.tags == former.tags
    assert withdrawn.time == former.time
    assert withdrawn.fields["state"] == "withdrawn"
    assert withdrawn.fields["stations"] == 0


def test_a_transaction_that_failed_costs_no_point(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()])
    with pytest.raises(RuntimeError), d.journal.transaction() as connection:
        checked = Checked(Reading("taizicheng", "pm25", "rtd", START, 40.0, "N", START), (), "valid")
        assert len(d.alerting.evaluate(connection, [checked], (), START)) > 1
        raise RuntimeError
    d.alerting.load(d.journal.connection())

    d.reading("taizicheng", {"pm25": 40.0})

    (point,) = take(d)
    assert point.fields["state"] == "open"


def test_a_batch_writes_the_events_that_it_announces_something_of_and_the_clock_the_others(
    harness: MakeHarness,
) -> None:
    d = harness(own=[rule_streams.rule()])
    d.reading("taizicheng", {"pm25": 40.0})
    take(d)
    d.hour = 1
    d.reading("taizicheng", {"pm25": 60.0})
    assert take(d) == []  # a higher peak is no announcement

    d.reading("wujinku", {"pm25": 40.0})
    (begun,) = take(d)
    assert begun.tags["area"] == "zone-city"
    d.tick()
    (grown,) = take(d)
    assert (grown.tags["area"], grown.fields["peak"]) == ("zone-competition", 60.0)
    d.tick()
    assert take(d) == []
