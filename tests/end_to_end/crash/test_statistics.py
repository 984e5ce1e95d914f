"""Killed during a replayed week, fed late, revised and imported: statistics equal the bulk form over raw."""

import json
import random
import sqlite3
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from tests.ingest.statistics.test_live import START, Message, week
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.pipeline_harness import SITES, Row, Value, at, expected, same, statistics
from tests.support.scale import scaled
from tests.support.servers import Influxd, Mosquitto, StartInfluxd


def payload(catalogue: Catalogue, message: Message) -> tuple[str, bytes]:
    site, stamp, values, flags = message
    known = catalogue.sites[site]
    body = {"time": stamp.isoformat(), "values": values, "flags": flags, "kind": known.basis}
    return f"liangqu/{known.medium}/{site}", json.dumps(body).encode()


def in_peace(service: LiangquRun) -> None:
    """Wait until nothing is on its way and no day is left to recompute."""

    def idle() -> bool:
        figures = service.metrics()
        path = f"file:{service.folder / 'journal.db'}?mode=ro"
        with closing(sqlite3.connect(path, uri=True, timeout=10)) as journal:
            queued = journal.execute(
                "SELECT (SELECT count(*) FROM recompute) + (SELECT count(*) FROM outgoing)"
            ).fetchone()[0]
        return figures["liangqu_messages_inbox"] == 0 and queued == 0

    service.wait_until(idle, "nothing is left to compute")


def held(influxd: Influxd) -> dict[Row, Value]:
    with closing(InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))) as store:
        return statistics(store)


def proven(influxd: Influxd, service: LiangquRun, catalogue: Catalogue) -> dict[Row, Value]:
    """What InfluxDB holds, having been found equal to the bulk form over its raw readings."""
    found = held(influxd)
    with (
        closing(InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))) as store,
        closing(Journal(service.folder / "journal.db")) as journal,
    ):
        same(found, expected(store, journal, catalogue))
    return found


def send(broker: Mosquitto, catalogue: Catalogue, *messages: Message) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for message in messages:
            publisher.publish(*payload(catalogue, message))


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(1800)
def test_statistics_survive_kill_9_and_follow_what_changes_later(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    sites = tmp_path / "sites.toml"
    sites.write_text(SITES, encoding="utf-8")
    catalogue = loader.load([sites])
    influxd = start_influxd()
    service = start_liangqu(broker.port, influxdb=influxd.url, sites=sites)
    late = at("2023-12-30T09:00")
    messages = list(week(7))
    held_back = [m for m in messages if m[0] == "hourly" and m[1] == late]
    assert held_back

    def publish() -> None:
        with Publisher(Broker(port=broker.port), patience=None, rate=300) as publisher:
            for message in messages:
                if message not in held_back:
                    publisher.publish(*payload(catalogue, message))

    publishing = threading.Thread(target=publish)
    publishing.start()
    order = random.Random(7)
    for _ in range(scaled(60)):
        time.sleep(order.uniform(0.1, 0.6))
        service.kill()
        service.start(ready=False)
    publishing.join()
    service.wait_until(
        lambda: service.metrics()["liangqu_messages_received_total"] >= len(messages) - 1, "all is received"
    )
    in_peace(service)
    before = proven(influxd, service, catalogue)

    send(broker, catalogue, *held_back)
    service.wait_until(lambda: service.metrics()["liangqu_items_late_total"] > 0, "the late hour is settled")
    in_peace(service)
    after_late = proven(influxd, service, catalogue)
    moved(before, after_late, ("hourly", "zone-quarter"), "pm25", at("2023-12-30T00:00"))

    _, stamp, *_ = next(m for m in messages if m[0] == "upper" and m[1] >= at("2024-01-02T00:00"))
    send(broker, catalogue, ("upper", stamp, {"nh3n": 4.44}, {}))
    service.wait_until(
        lambda: service.metrics()['liangqu_items_total{outcome="revised"}'] > 0, "the revision is settled"
    )
    in_peace(service)
    after_revision = proven(influxd, service, catalogue)
    moved(after_late, after_revision, ("upper", "river-brook"), "nh3n", at("2024-01-02T00:00"))

    rows = ["site,time,pm25,kind"]
    rows += [f"hourly,{(START - timedelta(hours=h)).isoformat()},{20 + h % 7},hour" for h in range(24 * 40)]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    service.command("import", str(tmp_path / "rows.csv"))
    in_peace(service)
    after_import = proven(influxd, service, catalogue)
    moved(after_revision, after_import, ("hourly", "zone-quarter"), "pm25", at("2023-12-20T00:00"))


def moved(
    before: dict[Row, Value], after: dict[Row, Value], places: tuple[str, str], parameter: str, day: datetime
) -> None:
    """The day, its month and its year to date have another value, of the site and of its zone or river."""
    stamps = {"day": day, "month": day.replace(day=1), "year_to_date": day.replace(month=1, day=1)}
    for place in places:
        for name, stamp in stamps.items():
            row = place, parameter, name, stamp
            assert after[row] != before.get(row), row
