"""A machine burns in the middle of an event: the next one, with an empty journal, goes on where it was."""

import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alerts.notify.silences import Silence
from ingest import marks
from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.journal.handover.tables import TABLES
from ingest.journal.review import days
from ingest.journal.review.days import DayStep
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from sensors.marks import Mark
from tests.end_to_end.alerts.test_notification import alerting, now, publish
from tests.end_to_end.crash import test_notifications as day_of_events
from tests.end_to_end.journal.test_stored import STORED, burn
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.scale import FULL, scaled
from tests.support.servers import Mosquitto, StartInfluxd

pytestmark = pytest.mark.server

SILENCED = "beibengfang"
BROKEN = b'{"time": broken' + b"x" * 70_000
AT_ONCE = 4  # two zones, an hour of the script in a fifth of a second: each begins, or is graver, or over
STORES = [pytest.param("influxdb", id="influxdb"), pytest.param("", id="sqlite on another disk")]


@contextmanager
def journal_of(service: LiangquRun) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(service.folder / "journal.db", timeout=10)) as connection:
        yield connection


def handed_rows(service: LiangquRun) -> dict[str, list[Any]]:
    """All that is handed over, table by table, but for queues that the next machine fills anew."""
    with journal_of(service) as journal:
        return {
            each.name: journal.execute(
                f"SELECT * FROM {each.name} WHERE {each.chosen()} ORDER BY 1, 2"
            ).fetchall()
            for each in TABLES
            if each.name not in {"recompute", "request"}
        }


def wait_until_stored(service: LiangquRun) -> None:
    """Wait until nothing is on its way; what commands have written is sent within a second."""
    time.sleep(1.2)
    query = "SELECT (SELECT count(*) FROM outgoing) + (SELECT count(*) FROM handover_change)"

    def stored() -> bool:
        with journal_of(service) as journal:
            return [*journal.execute(query)] == [(0,)]

    service.wait_until(stored, "stored")


def act(service: LiangquRun, by: str) -> None:
    """What people do, as their commands write it."""
    at = now()
    silence = Silence(0, SILENCED, None, None, at + timedelta(hours=9), "维护", by)
    mark = Mark("wujinku", "pm10", at - timedelta(days=9), at - timedelta(days=8), "invalid", "校准", by, at)
    with closing(Journal(service.folder / "journal.db")) as journal, journal.transaction() as connection:
        requests.submit(connection, "silence", msgspec.to_builtins(silence), at)
        marks.submit(connection, mark, at)
        days.add_steps(connection, [DayStep("wujinku", "2026-03-01", "submitted", 0, 1, "", by, "", at)])


@pytest.mark.parametrize("store", STORES)
def test_the_next_machine_goes_on_in_the_middle_of_an_event(
    store: str, broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    url = start_influxd().url if store else ""
    begin = now() - timedelta(hours=4)
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(broker.port, influxdb=url, more=STORED + alerting(tmp_path, hook, mail))
        publish(broker, [(begin, 12.0), (begin + timedelta(hours=1), 41.0)])
        service.wait_until(lambda: len(hook.events()) == 1, "told")
        with Publisher(Broker(port=broker.port)) as publisher:
            ack = json.dumps({"action": "ack", "by": "李", "note": "去看", "key": "1"}).encode()
            publisher.publish(f"liangqu/handling/{hook.events()[0]['event']}", ack)
            publisher.publish("liangqu/air/wujinku", BROKEN)
        act(service, "李")
        service.wait_until(lambda: len(hook.events()) == 2, "that it is acknowledged too")
        wait_until_stored(service)
        before = handed_rows(service)

        burn(service)
        service.start()
        assert {name: rows for name, rows in handed_rows(service).items() if rows != before[name]} == {}
        assert all(before[name] for name in ("refusal", "mark", "silence", "event", "machine", "day_review"))
        publish(broker, [(begin + timedelta(hours=2), 42.0)])
        publish(broker, [(begin + timedelta(hours=2), 90.0)], SILENCED)
        service.wait_until_settled(2)
        time.sleep(1)
        assert [each["told"] for each in hook.events()] == ["first", "acknowledged"]
        publish(broker, [(begin + timedelta(hours=3), 80.5), (begin + timedelta(hours=3.5), 5.0)])
        publish(broker, [(begin + timedelta(hours=3.5), 5.0)], SILENCED)
        service.wait_until(lambda: len(hook.events()) >= 4, "graver, and over")

        assert [each["told"] for each in hook.events()] == ["first", "acknowledged", "graver", "over"]
        assert len({each["event"] for each in hook.events()}) == 1
        service.command("quarantine", "replay", "--reason", "not_json")
        service.wait_until_settled(6)
        assert [row[4:6] for row in handed_rows(service)["refused_message"]] == [(0, len(BROKEN))]
        assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_machines_burn_at_any_moment_of_a_day_of_events(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """A repeat with the same key is of the last moments before the disk went; nobody is told anew."""
    seed = random.SystemRandom().randrange(10**6) if FULL else 20261128
    print(f"seed {seed}")
    order = random.Random(seed)
    influxd = start_influxd()
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = STORED + alerting(tmp_path, hook, mail)
        service = start_liangqu(broker.port, influxdb=influxd.url, more=more)
        done = threading.Event()
        publishing = threading.Thread(target=day_of_events.publish, args=(broker.port, done))
        publishing.start()
        burnt = 0
        while burnt < scaled(30) or not done.is_set():
            time.sleep(order.uniform(0.0, 2.0))
            burn(service)
            service.start(ready=False)
            burnt += 1
        publishing.join()
        service.wait_until_settled(0)
        journal, want = service.folder / "journal.db", day_of_events.expected()
        told = day_of_events.changes
        rows = day_of_events.rows
        service.wait_until(lambda: told([*rows(journal, "mqtt").values()]) == want, "all changes")
        service.wait_until(lambda: not day_of_events.open_events(journal), "all over")
        to_hook = rows(journal, "hook")
        service.wait_until(lambda: {each["key"] for each in hook.events()} == {*to_hook}, "all told")
        time.sleep(1)

        day_of_events.assert_each_event_is_told_whole(to_hook.values())
        posts = Counter(each["key"] for each in hook.events())
        again = sum(posts.values()) - len(posts)
        assert again <= AT_ONCE * burnt
        print(
            f"{burnt} machines, {want.total()} changes, {len(to_hook)} messages, {again} again with their key"
        )
