"""A standby waits for whoever has the journal, opens nothing meanwhile, and takes over when it dies."""

import json
import time
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.end_to_end.crash.test_random_kills import numbered
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.servers import Mosquitto

pytestmark = pytest.mark.server

TAKE_OVER_S = 30.0  # issue: a standby takes over within them


def open_files(pid: int) -> set[str]:
    links = Path(f"/proc/{pid}/fd").iterdir()
    return {str(link.readlink()) for link in links}


def waiting(service: LiangquRun) -> int | None:
    """Who waits for the journal, as its status says."""
    one = json.loads(service.command("status", "--json"))["service"]["standby"]
    return None if one is None else int(one["pid"])


def test_a_standby_waits_for_the_holder_and_takes_over_when_it_dies(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    holder = start_liangqu(broker.port)
    journal = holder.folder / "journal.db"
    more = f'[journal]\npath = "{journal}"\n[sqlite]\npath = "{holder.folder / "liangqu.db"}"\n'
    standby = start_liangqu(broker.port, ready=False, more=more, flags=("--standby",))
    assert holder.pid is not None
    assert standby.pid is not None
    assert f"pid {holder.pid}, since " in standby.readyz()["journal"]
    assert standby.readyz()["ready"] is False
    assert not {file for file in open_files(standby.pid) if file.endswith((".db", ".db-wal"))}
    assert waiting(holder) == standby.pid

    assert standby.stop() == 0
    assert '"started"' not in standby.log.read_text(encoding="utf-8")
    assert waiting(holder) is None
    standby.start(ready=False)
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(20):
            publisher.publish(*numbered(number))
        holder.wait_until_settled(10)
        holder.kill()
        killed = time.monotonic()
        for number in range(20, 40):
            publisher.publish(*numbered(number))
    standby.wait_until(lambda: standby.readyz().get("ready") is True, "ready", TAKE_OVER_S)
    assert time.monotonic() - killed < TAKE_OVER_S
    standby.wait_until(lambda: items(standby.metrics())["stored"] == 40, "all stored")
    assert standby.stop() == 0
