"""Commands beside the running service, with a large quarantine: they neither stop it nor spoil its sums."""

import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import StartLiangqu, items
from tests.support.paths import ROOT
from tests.support.scale import scaled
from tests.support.servers import Mosquitto

START = datetime(2026, 1, 1, tzinfo=UTC)


def publish(broker: int, site: str, count: int) -> None:
    with Publisher(Broker(port=broker)) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            payload = json.dumps({"time": stamp, "values": {"pm25": number % 300}}).encode()
            publisher.publish(f"liangqu/air/{site}", payload)


@pytest.mark.server
def test_a_large_quarantine_is_listed_and_replayed_while_readings_come(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    bad, good = scaled(50_000), scaled(20_000)
    service = start_liangqu(broker.port)
    publish(broker.port, "nobody", bad)
    service.wait_until_settled(bad)

    publishing = threading.Thread(target=publish, args=(broker.port, "wujinku", good))
    publishing.start()
    listed = json.loads(service.command("quarantine", "list", "--json"))
    replayed = json.loads(service.command("quarantine", "replay", "--reason", "unknown_site", "--json"))
    publishing.join()
    figures = service.wait_until_settled(2 * bad + good)

    # Unknown still: what was given back is received again, and refused again.
    assert len(listed) == replayed["replayed"] == bad
    assert items(figures)["quarantined"] == bad
    assert items(figures)["stored"] == good
    assert figures["liangqu_messages_received_total"] == 2 * bad + good
    assert service.readyz()["ready"] is True
    assert service.stop() == 0


@pytest.mark.server
def test_a_reader_that_does_not_end_holds_up_nothing(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    """It holds up nothing until the limit; then nothing is lost."""
    service = start_liangqu(broker.port, more='[journal]\nlimit = "2MB"\n')
    log = service.folder / "journal.db-wal"
    words = "full: its log grows as long as another process reads; nothing more is acknowledged"
    with closing(sqlite3.connect(service.folder / "journal.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM inbox").fetchone()
        publish(broker.port, "wujinku", 100)
        assert items(service.wait_until_settled(100))["stored"] == 100
        while service.readyz()["journal"] == "ok":
            publish(broker.port, "wujinku", 1000)  # the same hours: duplicates from now on
        service.wait_until(lambda: service.readyz()["journal"] == words, "said")
        publish(broker.port, "shiji-haoyuan", 1000)
        warned, held = service.readyz()["warnings"], log.stat().st_size

    service.wait_until(lambda: items(service.metrics())["stored"] == 2000, "it goes on by itself")
    service.wait_until(lambda: service.readyz()["ready"], "ready")

    assert warned[0].startswith("the journal is 1")
    assert held < 2 * 2 * 1024**2
    assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.server
def test_a_list_that_nobody_reads_on_leaves_the_log_bounded(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port)
    publish(broker.port, "nobody", 2000)
    service.wait_until_settled(2000)
    command = [sys.executable, "-m", "liangqu", "quarantine", "list", "--json", "-c", str(service.settings)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        assert listing.stdout.read(1) == b"["  # it prints, and then waits for us
        publish(broker.port, "wujinku", 500)
        service.wait_until_settled(2500)
        with closing(sqlite3.connect(service.folder / "journal.db", timeout=10)) as other:
            kept_back, _, _ = other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        assert len(json.loads(b"[" + listing.stdout.read())) == 2000

    assert kept_back == 0
