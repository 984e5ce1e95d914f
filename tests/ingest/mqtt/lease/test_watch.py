"""Runs of one shard at a real mosquitto, in this process: who serves, and what each says."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from ingest.mqtt import network
from ingest.mqtt.broker import Broker
from ingest.mqtt.lease import lease, watch
from ingest.mqtt.lease.claim import Claim, to_payload
from ingest.mqtt.lease.watch import LeaseWatch, ShardIdentity
from ingest.mqtt.publisher import Publisher
from tests.support.servers import Mosquitto, StartMosquitto, wait_until

pytestmark = pytest.mark.server

TOPICS = ("liangqu/north/service/north", "liangqu/south/service/north")
Watch = Callable[..., LeaseWatch]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A twentieth of each."""
    monkeypatch.setattr(network, "TICK_S", 0.05)
    monkeypatch.setattr(watch, "LOOK_S", 0.2)
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.5)
    for name in ("SETTLE_S", "GRACE_S", "SAY_EVERY_S", "RETRY_S", "STALE_S", "LEAVE_S"):
        monkeypatch.setattr(lease, name, getattr(lease, name) / 20)


@pytest.fixture
def start_watch() -> Iterator[Watch]:
    with ExitStack() as started:

        def start(broker: Mosquitto, run: str, protocol: str = "5") -> LeaseWatch:
            made = LeaseWatch(
                Broker(port=broker.port, client_id="liangqu-north", protocol=protocol),  # type: ignore[arg-type]
                TOPICS,
                ShardIdentity("north", run, f"host-{run}"),
                partial(datetime.now, UTC),
            )
            started.callback(made.stop)
            made.start()
            return made

        yield start


def retain(broker: Mosquitto, topic: str, payload: bytes) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish(topic, payload, retain=True)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_second_waits_until_the_first_has_ended_orderly(
    protocol: str, mosquitto: Mosquitto, start_watch: Watch
) -> None:
    first = start_watch(mosquitto, "a", protocol)
    wait_until(lambda: first.is_held)
    second = start_watch(mosquitto, "b", protocol)
    wait_until(lambda: "is served by host-a since " in second.refusal())
    wait_until(lambda: first.refusal() == "")
    assert first.refusal() != ""  # a look for each connection
    time.sleep(3 * lease.SAY_EVERY_S / 2)
    assert (first.is_held, second.is_held, first.eviction()) == (True, False, "")

    first.stop()
    wait_until(lambda: second.is_held)
    assert second.take_others_served()
    assert not second.take_others_served()


def test_what_the_broker_forgets_is_said_again_and_nobody_else_takes_it(
    start_mosquitto: StartMosquitto, start_watch: Watch
) -> None:
    """Without persistence, as it is killed: one that waits leaves the other the time to come back."""
    broker = start_mosquitto("autosave_interval 0\n")
    first = start_watch(broker, "a")
    wait_until(lambda: first.is_held)
    second = start_watch(broker, "b")
    wait_until(lambda: "host-a" in second.refusal())
    broker.kill()
    for file in broker.folder.glob("*.db"):
        file.unlink()
    wait_until(lambda: "no connection to" in second.refusal())
    broker.start()

    wait_until(lambda: first.refusal() == "")
    wait_until(lambda: "host-a" in second.refusal())
    assert not second.take_others_served()
    assert not first.take_others_served()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_dead_one_whose_word_the_broker_keeps_for_ever_has_its_place_taken(
    topic: str, mosquitto: Mosquitto, start_watch: Watch
) -> None:
    """As when broker and service went down together; it may have another prefix first."""
    retain(mosquitto, topic, to_payload(Claim("dead", "host-dead", datetime(2026, 11, 28, tzinfo=UTC))))
    late = start_watch(mosquitto, "late")

    wait_until(lambda: "host-dead since 2026-11-28 08:00 (run dead)" in late.refusal())
    wait_until(lambda: late.is_held)
    assert late.take_others_served()


DENIALS = [
    pytest.param(
        "retain_available false", "5", "the broker does not keep what is published", id="nothing is retained"
    ),
    pytest.param("acl", "5", "the broker refuses what we publish on liangqu/north/service", id="no right"),
    pytest.param("acl", "3.1.1", "the broker does not keep what is published", id="no right and no word"),
]


@pytest.mark.parametrize(("line", "protocol", "words"), DENIALS)
def test_a_broker_that_does_not_keep_it_is_named(
    line: str, protocol: str, words: str, start_mosquitto: StartMosquitto, start_watch: Watch, tmp_path: Path
) -> None:
    if line == "acl":
        (tmp_path / "acl").write_text("topic read liangqu/#\n", "utf-8")
        line = f"acl_file {tmp_path / 'acl'}"
    denied = start_watch(start_mosquitto(f"{line}\n"), "a", protocol)

    wait_until(lambda: words in denied.refusal())
    assert not denied.is_held
