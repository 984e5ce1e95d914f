"""Rubbish from every side at once, all the while: nothing is lost, whoever can be told is told, nobody ends.

Channels, heartbeat, store, broker and those who ask for pages: each is a real server or socket that answers,
now and then or always, with chosen and random bytes.
"""

import contextlib
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from sensors.catalogue import loader
from sensors.catalogue.places import area_of
from tests.end_to_end.alerts.test_notification import RULES, now, only
from tests.support.fault_proxy import FaultProxy, PassOn, Trouble
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.peers.malformed import (
    ANSWERS,
    malformed_answer,
    malformed_answers,
    malformed_packet,
    malformed_requests,
)
from tests.support.peers.receivers import HttpReceiver
from tests.support.peers.scripted_peer import ScriptedPeer
from tests.support.peers.tcp_proxy import TcpProxy
from tests.support.scale import scaled
from tests.support.servers import Mosquitto, StartInfluxd
from tests.support.stored_readings import count_readings

SECONDS = scaled(150)
SEED = random.SystemRandom().randrange(2**32)  # printed: give it here to see the same again
CATALOGUE = loader.load()
SITES = sorted(site.id for site in CATALOGUE.sites.values() if site.medium == "air")[:8]
AREAS = {area_of(CATALOGUE.sites[site]) for site in SITES}

NOTIFY = """\
[[channel]]
id = "hook"
webhook = "{hook}"
[[channel]]
id = "webhook"
webhook = "http://{peer}/"
timeout = "2s"
[[channel]]
id = "dingtalk"
dingtalk = "http://{peer}/"
secret = "SEC"
timeout = "2s"
[[channel]]
id = "feishu"
feishu = "http://{peer}/"
timeout = "2s"
[[channel]]
id = "apprise"
url = "json://{peer}"
[[channel]]
id = "mail"
url = "mailto://{peer}?from=a@example.org&to=b@example.org&mode=insecure&format=text"
timeout = "2s"
[heartbeat]
url = "http://{peer}/"
every = "1s"
[wait]
group = "0s"
digest = "0s"
"""


@contextmanager
def meanwhile(step: Callable[[], None]) -> Iterator[None]:
    """Take the step again and again in a thread of its own; what it fails by comes out at the end."""
    ended, failures = threading.Event(), list[BaseException]()

    def run() -> None:
        try:
            while not ended.is_set():
                step()
        except BaseException as failure:
            failures.append(failure)
            raise

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
    assert failures == []


def beating(service: LiangquRun, order: random.Random) -> Callable[[], None]:
    """Send something to the page, and read a little or nothing of what comes."""
    sent = malformed_requests(order)

    def step() -> None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", service.http), timeout=0.2) as connection,
        ):
            connection.sendall(next(sent))
            if order.random() < 0.5:
                connection.recv(1000)
        time.sleep(0.02)

    return step


def going_mad(proxy: TcpProxy, order: random.Random) -> Callable[[], None]:
    """The broker says malformed_answer and hangs up, or only hangs up."""

    def step() -> None:
        time.sleep(order.uniform(0.5, 2.5))
        if order.random() < 0.7:
            proxy.go_mad(malformed_packet(order))
            time.sleep(0.1)
        proxy.cut()

    return step


def answering_rubbish(order: random.Random) -> Callable[[PassOn], bytes]:
    """A store that carries out what it is asked, or not, and then says so, or anything."""

    def answer(pass_on: PassOn) -> bytes:
        turn = order.random()
        if turn < 0.4:
            return pass_on()
        if turn < 0.6:
            pass_on()
        elif turn < 0.7:
            return order.choice(ANSWERS[:-1])  # to what is written it would be no answer either
        return malformed_answer(order)

    return answer


def readings(order: random.Random) -> Iterator[tuple[str, bytes]]:
    """Five minutes apart, of all sites in turn; the last is beyond every limit."""
    begun = now() - timedelta(days=20)
    for number in range(1_000_000):
        moment = begun + timedelta(minutes=5) * number
        for site in SITES:
            value = round(order.uniform(1, 20), 1) if number < 20 else 80.0 + number % 7
            body = json.dumps({"time": moment.isoformat(), "values": {"pm25": value}})
            yield f"liangqu/air/{site}", body.encode()


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_rubbish_from_every_side(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    print(f"seed {SEED}")
    order = random.Random(SEED)
    influxd = start_influxd()
    sent = Counter[str]()
    with ExitStack() as around:
        proxy = around.enter_context(TcpProxy(broker.port))
        database = around.enter_context(FaultProxy(influxd.port))
        hook = around.enter_context(HttpReceiver())
        peer = around.enter_context(ScriptedPeer(malformed_answers(order)))
        rules = tmp_path / "rules.toml"
        rules.write_text(only(RULES), encoding="utf-8")
        notify = tmp_path / "notify.toml"
        notify.write_text(NOTIFY.format(hook=hook.url, peer=peer.place), encoding="utf-8")
        service = start_liangqu(
            proxy.port,
            ready=False,
            influxdb=database.url,
            timeout="2s",
            keepalive="5s",
            more=f'[alerts]\nrules = ["{rules}"]\nnotify_file = "{notify}"\npage_max_age = "none"\n',
        )
        service.wait_until_subscribed()
        process = service.pid
        database.misbehave(Trouble("", answering_rubbish(order)))
        with (
            meanwhile(beating(service, order)),
            meanwhile(beating(service, order)),
            meanwhile(going_mad(proxy, order)),
            Publisher(Broker(port=broker.port), rate=200) as publisher,
        ):
            until = time.monotonic() + SECONDS
            for topic, payload in readings(order):
                publisher.publish(topic, payload)
                sent[topic] += 1
                if time.monotonic() > until and len(set(sent.values())) == 1 and sent[topic] > 30:
                    break
            service.wait_until(lambda: told(hook) == AREAS, "told", 120)
        database.behave()
        # What is received counts copies too, and the last ones may still wait at the broker.
        service.wait_until(lambda: items(service.metrics())["stored"] >= sent.total(), "stored")
        figures = service.wait_until_settled(sent.total())

        assert peer.met > 0
        assert items(figures)["stored"] == sent.total() == count_readings(influxd.url)
        assert service.gaps() == {"messages": 0, "items": 0}
        assert [name for name, value in figures.items() if "part_restarts" in name and value] == []
        assert service.pid == process
        assert service.stop() == 0
    log = service.log.read_text(encoding="utf-8")
    events = Counter(json.loads(line)["event"] for line in log.splitlines())  # nothing but lines of JSON
    print(events, figures)
    assert "Traceback" not in log
    assert not events.keys() & {
        "part fails",
        "part failed",
        "page failed",
        "channel broken",
        "request failed",
    }


def told(hook: HttpReceiver) -> set[str | None]:
    """The zones whose critical alarm has come out by the channel that works."""
    return {
        area_of(CATALOGUE.sites[event["site"]])
        for event in hook.events()
        if event["state"] == "firing" and event["severity"] == "critical"
    }
