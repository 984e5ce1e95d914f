"""Killed at any moment while a scripted day is replayed: each change goes out, each event is told whole."""

import json
import random
import sqlite3
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.end_to_end.alerts.test_notification import alerting
from tests.support.liangqu_process import StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.scale import FULL, scaled
from tests.support.servers import Mosquitto

DAY = datetime(2026, 3, 1, tzinfo=UTC)
SITES = ("wujinku", "chongli-qingshaonian", "beibengfang")  # one of them is alone in its zone
EVERY = timedelta(minutes=5)
LIMIT, SEVERE, CLEAR = 25.0, 75.0, 20.0  # as in `RULES` of alerts/test_notification.py

Told = tuple[str, str, str, float]  # site, state, reason, value


def script() -> Iterator[tuple[datetime, str, float]]:
    """A day in which each site exceeds several times, once severely, and is clean at the end."""
    levels = random.Random(7)
    courses = {
        site: [levels.choice([10.0, 15.0, 22.0, 31.0, 48.0, 90.0]) for _ in range(23)] for site in SITES
    }
    for number in range(288):
        for site in SITES:
            hour = number // 12
            yield DAY + number * EVERY, site, courses[site][hour] + number % 3 if hour < 23 else 5.0


def expected() -> Counter[Told]:
    """The changes of all episodes, by the plainest of loops."""
    told: Counter[Told] = Counter()
    severe: dict[str, bool] = {}
    milder_since: dict[str, datetime] = {}
    for moment, site, value in script():
        if site not in severe:
            if value > LIMIT:
                severe[site] = value > SEVERE
                told[site, "firing", "exceeded", value] += 1
        elif value <= CLEAR:
            del severe[site]
            milder_since.pop(site, None)
            told[site, "resolved", "clear", value] += 1
        elif value > SEVERE:
            milder_since.pop(site, None)
            if not severe[site]:
                severe[site] = True
                told[site, "firing", "worse", value] += 1
        elif value > LIMIT and severe[site]:
            since = milder_since.setdefault(site, moment)
            # Between clear and limit time runs on: the level there is no more severe.
            if moment - since >= timedelta(hours=1):
                severe[site] = False
                milder_since.pop(site)
    return told


def publish(broker: int, done: threading.Event) -> None:
    with Publisher(Broker(port=broker), patience=None, rate=20 if FULL else 150) as publisher:
        for moment, site, value in script():
            body = json.dumps({"time": moment.isoformat(), "values": {"pm25": value}}).encode()
            publisher.publish(f"liangqu/air/{site}", body)
    done.set()


def changes(documents: list[dict[str, Any]]) -> Counter[Told]:
    """What goes out over MQTT, but for the severity that falls."""
    told = [each for each in documents if each["reason"] in {"exceeded", "worse", "clear"}]
    return Counter((e["site"], e["state"], e["reason"], e["value"]) for e in told)


def rows(journal: Path, channel: str) -> dict[str, dict[str, Any]]:
    """What was to go out by a channel, by key."""
    with closing(sqlite3.connect(journal)) as connection:
        found = connection.execute("SELECT key, document FROM notification WHERE channel = ?", (channel,))
        return {key: json.loads(document) for key, document in found}


def assert_each_event_is_told_whole(documents: Iterable[dict[str, Any]]) -> None:
    """It begins once, becomes graver at most once, and is over once."""
    by_event: dict[str, list[str]] = defaultdict(list)
    for document in documents:
        by_event[document["event"]].append(document["told"])
    for reasons in by_event.values():
        assert reasons in (["first", "over"], ["first", "graver", "over"])
    assert len(by_event) > 1


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_kill_9_at_random_tells_everything_and_repeats_only_with_the_same_key(
    start_mosquitto: Callable[..., Mosquitto], start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(10**6) if FULL else 20261122
    print(f"seed {seed}")
    order = random.Random(seed)
    broker = start_mosquitto("max_queued_messages 0\nmax_inflight_messages 500\n")
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(broker.port, more=alerting(tmp_path, hook, mail))
        done = threading.Event()
        publishing = threading.Thread(target=publish, args=(broker.port, done))
        publishing.start()
        kills = 0
        while kills < scaled(50) or not done.is_set():
            time.sleep(order.uniform(0.0, 0.8))
            service.kill()
            service.start(ready=False)
            kills += 1
        publishing.join()
        service.wait_until_settled(288 * len(SITES))
        journal, want = service.folder / "journal.db", expected()
        service.wait_until(lambda: changes([*rows(journal, "mqtt").values()]) == want, "all changes")
        service.wait_until(lambda: not open_events(journal), "all over")
        to_hook, to_mail = rows(journal, "hook"), rows(journal, "mail")
        service.wait_until(lambda: {each["key"] for each in hook.events()} == {*to_hook}, "all told")
        service.wait_until(lambda: len(set(mail.keys())) == len(to_mail), "all mailed")
        time.sleep(1)

        assert {each["key"]: each["episode"] for each in hook.events()} == {
            key: document["episode"] for key, document in to_hook.items()
        }
        assert_each_event_is_told_whole(to_hook.values())
        assert len(set(mail.keys())) == len(to_mail) == len(to_hook)
        print(f"{kills} kills, {want.total()} changes, {len(to_hook)} messages, {len(hook.events())} posted")


def open_events(journal: Path) -> int:
    with closing(sqlite3.connect(journal)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM event WHERE ended_ms IS NULL").fetchone()
        return int(count)
