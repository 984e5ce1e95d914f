"""Killed at each step of the way from broker to store: nothing acknowledged is lost, nothing stored twice."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from ingest.journal import accounting
from ingest.journal.database import schema
from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.calendar import to_ms
from tests.support.crash_points import STEPS
from tests.support.frames import times_of
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.servers import Influxd, Mosquitto

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOPIC = "liangqu/air/wujinku"
ROWS = count()  # each row has days of its own, later than those of the rows before
BALANCED = {"messages": 0, "items": 0}

Value = tuple[datetime, float]
Site = tuple[Mosquitto, Influxd, LiangquRun]

AT_THE_FIRST_START = ("database made", "newest times asked", "newest times raised, not committed")
WHILE_MIGRATING = ("in the middle of a migration", "between two migrations", "migrated")
ON_THE_WAY = [step for step in STEPS if step not in {*AT_THE_FIRST_START, *WHILE_MIGRATING}]


def payload(time: datetime, value: float) -> bytes:
    return json.dumps({"time": time.isoformat(), "values": {"pm25": value}}).encode()


def publish(broker: Mosquitto, values: list[Value], rate: float | None = None) -> None:
    with Publisher(Broker(port=broker.port), rate=rate) as publisher:
        for value in values:
            publisher.publish(TOPIC, payload(*value))


def stored(influxd: Influxd, database: str, start: datetime) -> dict[datetime, float]:
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        frame = store.points("air", start, start + timedelta(days=5))
    assert frame.index.is_unique
    return dict(zip(times_of(frame), frame["value"], strict=True))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, influxd: Influxd) -> Iterator[Site]:
    """One journal for all rows: it lives through every one of these deaths."""
    with ExitStack() as started:
        broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
        started.callback(broker.kill)
        broker.start()
        folder = tmp_path_factory.mktemp("liangqu")
        service = LiangquRun(folder, broker.port, influxdb=influxd.url, database="steps")
        started.callback(service.kill)
        service.start().stop()
        yield broker, influxd, service


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("step", ON_THE_WAY)
def test_killed_at_a_step_it_goes_on_as_if_nothing_had_been(step: str, site: Site) -> None:
    broker, influxd, service = site
    start = START + timedelta(days=5 * next(ROWS))
    new = [(start + 2 * MINUTE * n, 10.0 + n) for n in range(40)]
    late, again, revised = (start + MINUTE, 10.5), new[3], (new[5][0], 99.5)
    service.kill()
    before = service.accounts()

    service.start_dying(step)
    service.wait_until_subscribed()
    publish(broker, [*new[:20], late, again, *new[20:30]], rate=100)
    service.wait_until_dead()
    assert service.gaps() == BALANCED
    service.start()
    publish(broker, [*new[30:], revised])
    service.wait_until(lambda: service.accounts()["stored"] == before["stored"] + 41, "everything is stored")
    service.wait_until(
        lambda: not service.days_left() and not service.accounts()["outgoing"], "nothing is left to do"
    )
    assert service.stop() == 0

    after = service.accounts()
    gained = {name: after[name] - before[name] for name in ("received", *accounting.OUTCOMES)}
    # What was not acknowledged when it died comes again, and is known by its identity.
    came_again = gained.pop("received") - 43
    assert gained == {
        "stored": 41,
        "duplicate": 1 + came_again,
        "revised": 1,
        "quarantined": 0,
        "dropped": 0,
        "missing": 0,
    }
    assert service.gaps() == BALANCED
    assert stored(influxd, "steps", start) == dict([*new, late, revised])


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("step", AT_THE_FIRST_START)
def test_killed_at_the_first_start_over_an_old_store_nothing_old_is_new(
    step: str, mosquitto: Mosquitto, influxd: Influxd, start_liangqu: StartLiangqu
) -> None:
    database = f"first_{AT_THE_FIRST_START.index(step)}"
    service = start_liangqu(mosquitto.port, influxdb=influxd.url, database=database)
    old = [(START + MINUTE * n, 1.0 + n) for n in range(30)]
    publish(mosquitto, old)
    service.wait_until_settled(30)
    assert service.stop() == 0
    (service.folder / "journal.db").unlink()

    service.start_dying(step)
    service.wait_until_dead()
    new = (START + timedelta(hours=1), 50.0)
    publish(mosquitto, [*old, new])
    figures = service.start().wait_until_settled(31)

    assert (items(figures)["duplicate"], items(figures)["stored"]) == (30, 1)
    assert service.gaps() == BALANCED
    assert stored(influxd, database, START) == dict([*old, new])


def make_old_journal(path: Path, values: list[Value]) -> None:
    """A journal of the first version, with messages that were acknowledged and not worked on."""
    newest = schema.MIGRATIONS, schema.VERSION
    schema.MIGRATIONS, schema.VERSION = schema.MIGRATIONS[:1], 1
    try:
        journal = Journal(path)
    finally:
        schema.MIGRATIONS, schema.VERSION = newest
    with journal.transaction() as connection:
        connection.executemany(
            "INSERT INTO inbox (topic, payload, received) VALUES (?, ?, ?)",
            [(TOPIC, payload(*value), to_ms(START + timedelta(days=1))) for value in values],
        )
        accounting.add(connection, {"received": len(values), "inbox": len(values)})
        assert accounting.imbalances(accounting.read_counts(connection)) == BALANCED
    journal.close()


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("step", WHILE_MIGRATING)
def test_killed_while_an_old_journal_is_migrated_it_is_migrated_the_next_time(
    step: str, mosquitto: Mosquitto, influxd: Influxd, start_liangqu: StartLiangqu
) -> None:
    database = f"migrating_{WHILE_MIGRATING.index(step)}"
    service = start_liangqu(mosquitto.port, influxdb=influxd.url, database=database)
    assert service.stop() == 0
    old = [(START + MINUTE * n, 1.0 + n) for n in range(30)]
    for left in service.folder.glob("journal.db*"):
        left.unlink()
    make_old_journal(service.folder / "journal.db", old)

    service.start_dying(step)
    service.wait_until_dead()
    figures = service.start().wait_until_settled(30)

    assert items(figures)["stored"] == 30
    assert service.gaps() == BALANCED
    assert stored(influxd, database, START) == dict(old)
