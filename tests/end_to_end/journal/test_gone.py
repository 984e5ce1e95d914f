"""The journal's file is deleted, replaced, moved while the service runs: it stops taking and says so."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.servers import Mosquitto

COUNT = 50
START = datetime(2026, 1, 1, tzinfo=UTC)


def publish(broker: Mosquitto, first: int) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for minute in range(first, first + COUNT):
            reading = {"time": (START + timedelta(minutes=minute)).isoformat(), "values": {"pm25": minute}}
            publisher.publish("liangqu/air/wujinku", json.dumps(reading).encode())


def delete(folder: Path) -> None:
    for file in folder.glob("journal.db*"):
        file.unlink()


def delete_only_the_log(folder: Path) -> None:
    (folder / "journal.db-wal").unlink()


def replace_by_an_empty_one(folder: Path) -> None:
    (folder / "new").touch()
    (folder / "new").rename(folder / "journal.db")


def replace_by_another_journal(folder: Path) -> None:
    delete(folder)
    Journal(folder / "journal.db").close()


def restore_a_copy(folder: Path) -> None:
    shutil.copy(folder / "journal.db", folder / "copy")
    (folder / "copy").rename(folder / "journal.db")


HARMS = [delete, delete_only_the_log, replace_by_an_empty_one, replace_by_another_journal, restore_a_copy]


@pytest.mark.server
@pytest.mark.parametrize("harm", HARMS)
def test_nothing_is_acknowledged_into_a_file_that_nobody_will_find(
    harm: Callable[[Path], None], broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port)
    publish(broker, 0)
    service.wait_until_settled(COUNT)
    harm(service.folder)
    service.wait_until(lambda: "journal.db" in service.readyz()["journal"], "noticed")
    publish(broker, COUNT)

    assert service.readyz()["ready"] is False
    assert "nothing more is acknowledged" in service.readyz()["journal"]
    assert service.metrics()["liangqu_journal_gone"] == 1
    assert service.metrics()["liangqu_messages_received_total"] == COUNT
    assert '"journal gone"' in service.log.read_text(encoding="utf-8")

    service.kill()
    delete(service.folder)
    service.start()
    assert service.wait_until_settled(COUNT)["liangqu_messages_received_total"] == COUNT


@pytest.mark.server
def test_what_was_moved_away_and_comes_back_is_taken_up_again(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port)
    away = service.folder / "away"
    away.mkdir()
    for file in service.folder.glob("journal.db*"):
        file.rename(away / file.name)
    service.wait_until(lambda: "is gone" in service.readyz()["journal"], "noticed")
    publish(broker, 0)
    for file in away.glob("journal.db*"):
        file.rename(service.folder / file.name)

    service.wait_until_settled(COUNT)

    assert service.readyz()["journal"] == "ok"
    assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.server
def test_what_was_acknowledged_before_still_finds_its_way_to_the_store(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """As long as it runs, what lies in the deleted file is worked off."""
    service = start_liangqu(broker.port)
    publish(broker, 0)
    delete(service.folder)

    service.wait_until(lambda: "is gone" in service.readyz()["journal"], "noticed")
    service.wait_until(
        lambda: (
            service.metrics()["liangqu_items_outgoing"] == service.metrics()["liangqu_messages_inbox"] == 0
        ),
        "worked off",
    )
    figures = service.metrics()
    assert figures['liangqu_items_total{outcome="stored"}'] == figures["liangqu_messages_received_total"]


@pytest.mark.server
def test_the_files_of_a_run_are_nobody_elses(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    former = os.umask(0o022)
    try:
        service: LiangquRun = start_liangqu(broker.port)
        publish(broker, 0)
        service.wait_until_settled(COUNT)
    finally:
        os.umask(former)

    made = {f.name: stat.S_IMODE(f.stat().st_mode) for f in service.folder.iterdir() if ".db" in f.name}
    assert {"journal.db", "journal.db-wal", "journal.db-shm", "liangqu.db"} <= made.keys()
    assert set(made.values()) == {0o600}, made


def test_a_journal_that_a_command_makes_is_nobody_elses(tmp_path: Path) -> None:
    former = os.umask(0o022)
    try:
        journal = Journal(tmp_path / "journal.db", reserve=1 << 20)
        journal.own()
        with journal.transaction() as connection:
            requests.submit(connection, "ack", {}, START)
        made = {f.name: stat.S_IMODE(f.stat().st_mode) for f in tmp_path.iterdir()}
        journal.close()
    finally:
        os.umask(former)

    assert made.keys() == {f"journal.db{end}" for end in ("", "-wal", "-shm", ".lock", ".reserve")}
    assert set(made.values()) == {0o600}, made
