"""A store that refuses a whole measurement or field: that waits in order, everything else goes on."""

import json
import urllib.parse
import urllib.request
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from ingest.journal import accounting, outgoing
from ingest.journal.entries import Entry, PointEntry
from ingest.journal.held import slot_of
from ingest.stores import held_retry
from sensors.model import Point
from tests.support.choosy_store import TODAY, reading
from tests.support.queue_entries import NOW
from tests.support.servers import Influxd, wait_until
from tests.support.stepped_sender import STATISTIC, SteppedSender, statistic


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_retry, "RETRY_S", 0.0)


def write(influxd: Influxd, database: str, line: str) -> None:
    urllib.request.urlopen(f"{influxd.url}/write?db={database}&precision=ms", line.encode()).close()


def ask(influxd: Influxd, statement: str, database: str) -> dict[str, Any]:
    body = urllib.parse.urlencode({"q": statement, "db": database}).encode()
    with urllib.request.urlopen(f"{influxd.url}/query", body) as answer:
        result: dict[str, Any] = json.load(answer)["results"][0]
    return result


def drop_all(influxd: Influxd, database: str) -> None:
    """Everything that the database holds, with the types of its fields."""
    for shards in ask(influxd, "SHOW SHARDS", database)["series"]:
        for shard in shards.get("values", ()) if shards["name"] == database else ():
            ask(influxd, f"DROP SHARD {shard[0]}", database)


def keep(influxd: Influxd, database: str, how_long: str) -> None:
    """Set the retention of all that the database will hold; a shard of the week would take what is older."""
    drop_all(influxd, database)
    ask(influxd, f'ALTER RETENTION POLICY autogen ON "{database}" DURATION {how_long}', database)


def stored(harness: SteppedSender, parameter: str) -> list[float]:
    frame = harness.store.readings("wujinku", parameter, TODAY - timedelta(days=9), TODAY + timedelta(days=9))
    return [float(value) for value in frame["value"]]


def step_all(harness: SteppedSender) -> dict[str, int]:
    """Step until the queue is empty, whatever is held; the accounts then."""
    while outgoing.is_waiting(harness.journal.connection()):
        harness.sender.step(TODAY)
    harness.sender.step(TODAY)
    accounts = accounting.read_counts(harness.journal.connection())
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
    return accounts


def go_on(harness: SteppedSender) -> dict[str, int]:
    """Step until nothing is held; a server may take a moment to forget a measurement."""

    def is_over() -> bool:
        harness.sender.step(TODAY)
        return not harness.sender.trouble

    wait_until(is_over)
    return step_all(harness)


@pytest.mark.server
def test_a_field_of_another_type_is_held_and_everything_else_is_written(
    harness: SteppedSender, influxd: Influxd
) -> None:
    """Somebody has written text into it; once that is gone, all is written in order, a revision too."""
    write(influxd, harness.database, f'air,site=old pm25="x" {int(TODAY.timestamp() * 1000)}')
    harness.queue(reading("pm25", 1.0), reading("pm10", 2.0), statistic(1.0))
    harness.queue(reading("pm25", 3.0, minute=1), reading("pm10", 4.0, minute=1))
    harness.queue(reading("pm25", 7.0, "late"))  # revises the first

    waiting = step_all(harness)

    assert stored(harness, "pm10") == [2.0, 4.0]
    assert {name: waiting[name] for name in ("outgoing", "stored", "quarantined")} == {
        "outgoing": 3, "stored": 2, "quarantined": 0
    }  # fmt: skip
    assert harness.sender.trouble.startswith("it takes nothing of air pm25: 400 partial write: field type")
    assert "3 entries wait, all others are written" in harness.sender.trouble
    assert waiting["store_error:refuses"] >= 1

    drop_all(influxd, harness.database)
    done = go_on(harness)

    assert stored(harness, "pm25") == [7.0, 3.0]
    assert {name: done[name] for name in ("outgoing", "stored", "revised", "quarantined")} == {
        "outgoing": 0, "stored": 4, "revised": 1, "quarantined": 0
    }  # fmt: skip
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_what_is_behind_a_batch_in_flight_is_held_without_touching_it(
    harness: SteppedSender, influxd: Influxd
) -> None:
    write(influxd, harness.database, f'air,site=old pm25="x" {int(TODAY.timestamp() * 1000)}')
    harness.queue(reading("pm25", 1.0))
    step_all(harness)
    harness.queue(reading("pm10", 1.0))
    harness.queue(reading("pm25", 2.0, minute=1), reading("pm10", 2.0, minute=1))
    harness.queue(reading("pm10", 3.0, minute=2))

    waiting = step_all(harness)

    assert stored(harness, "pm10") == [1.0, 2.0, 3.0]
    assert (waiting["stored"], waiting["outgoing"]) == (3, 2)
    drop_all(influxd, harness.database)
    done = go_on(harness)
    assert stored(harness, "pm25") == [1.0, 2.0]
    assert (done["stored"], done["outgoing"]) == (5, 0)


@pytest.mark.server
def test_a_measurement_of_another_type_keeps_no_reading_waiting(
    harness: SteppedSender, influxd: Influxd
) -> None:
    write(influxd, harness.database, f'statistic,site=old value="x" {int(NOW.timestamp() * 1000)}')
    for number in range(3):
        harness.queue(reading("pm25", float(number), minute=number), statistic(float(number)))

    while outgoing.is_waiting(harness.journal.connection()):
        harness.sender.step(NOW)

    assert stored(harness, "pm25") == [0.0, 1.0, 2.0]
    assert "nothing of statistic: 400" in harness.sender.trouble
    drop_all(influxd, harness.database)
    go_on(harness)
    assert harness.statistic() == 2.0


@pytest.mark.server
def test_a_retention_too_short_for_everything_is_a_store_that_refuses(
    harness: SteppedSender, influxd: Influxd
) -> None:
    keep(influxd, harness.database, "1h SHARD DURATION 1h")
    two_hours = TODAY - timedelta(hours=2)
    for number, parameter in enumerate(("pm25", "pm10", "so2", "no2", "co", "o3")):
        entry = reading(parameter, float(number), at=two_hours)
        harness.queue(entry)

    waiting = step_all(harness)

    assert (waiting["outgoing"], waiting["quarantined"]) == (6, 0)
    assert "points beyond retention policy" in harness.sender.trouble
    assert ", 1 more: " in harness.sender.trouble
    keep(influxd, harness.database, "INF SHARD DURATION 7d")
    done = go_on(harness)
    assert (done["outgoing"], done["stored"]) == (0, 6)


@pytest.mark.server
def test_one_point_among_others_of_its_field_goes_to_the_quarantine(
    harness: SteppedSender, influxd: Influxd
) -> None:
    keep(influxd, harness.database, "1d SHARD DURATION 1h")
    harness.queue(reading("pm25", 1.0, at=TODAY - timedelta(days=3)), reading("pm25", 2.0))

    done = step_all(harness)

    assert (done["stored"], done["quarantined"], done["outgoing"]) == (1, 1, 0)
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_a_bad_point_that_came_alone_goes_there_with_the_next_good_one(
    harness: SteppedSender, influxd: Influxd
) -> None:
    keep(influxd, harness.database, "1d SHARD DURATION 1h")
    harness.queue(reading("pm25", 1.0, at=TODAY - timedelta(days=3)))
    alone = step_all(harness)
    harness.queue(reading("pm25", 2.0))

    done = step_all(harness)

    assert (alone["outgoing"], alone["quarantined"]) == (1, 0)
    assert (done["stored"], done["quarantined"], done["outgoing"]) == (1, 1, 0)
    assert harness.sender.trouble == ""


@pytest.mark.server
def test_an_old_point_alone_is_no_store_that_refuses(harness: SteppedSender, influxd: Influxd) -> None:
    keep(influxd, harness.database, "1d SHARD DURATION 1h")
    old = reading("pm25", 1.0, at=TODAY - timedelta(days=30))
    received = replace(old.checked.reading, received=TODAY)
    harness.queue(replace(old, checked=replace(old.checked, reading=received)))

    done = step_all(harness)

    assert (done["quarantined"], done["outgoing"]) == (1, 0)


@pytest.mark.parametrize(
    ("entry", "slot"),
    [
        pytest.param(reading("pm25", 1.0), "air pm25", id="a reading"),
        pytest.param(statistic(1.0), "statistic", id="a statistic"),
        pytest.param(
            PointEntry(Point("exceedance", STATISTIC, {"value": 1.0}, NOW)), "exceedance", id="a point"
        ),
    ],
)
def test_where_an_entry_is_kept(entry: Entry, slot: str) -> None:
    assert str(slot_of(entry)) == slot
