"""A service with real broker and database is backed up while it runs, and comes back on an empty machine."""

import gzip
import json
import shutil
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.copier import InfluxCopier
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import InfluxOptions
from liangqu.backup.manifest import read_manifest
from tests.end_to_end.store.test_broken_database import publish
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.servers import Influxd, Mosquitto, StartInfluxd, wait_until
from tests.support.stored_readings import count_readings

MESSAGES = 40
# A foreign hand's: what line protocol has to protect, numbers at their ends, a text with a line break.
WEIRD = [
    r'we\ ird\,x,a\,b\==c\ d\=\,,site=站 f=-0,g=1e-300,h=-9007199254740991i,i=true,j="a \"b\" \\ c,d=e" 0',
    'weird2 text="two\nlines",n=1i 1600000000001',
    'weird2 text="",n=2i -1',
]

pytestmark = pytest.mark.server


def lines_of(folder: Path) -> list[str]:
    found = []
    for file in sorted((folder / "store").glob("*.gz")):
        with gzip.open(file, "rb") as opened:
            found += [msgspec.json.decode(line, type=str) for line in opened]
    return sorted(found)


def empty(influxd: Influxd) -> None:
    """As a new machine's: the same address, nothing in it."""
    influxd.stop()
    for name in ("meta", "data", "wal"):
        shutil.rmtree(influxd.folder / name)
    influxd.start()


def counts(influxd: Influxd) -> dict[str, int]:
    with closing(InfluxCopier(InfluxOptions(influxd.url))) as copier:
        return dict(copier.count())


@pytest.fixture
def service(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> tuple[LiangquRun, Influxd]:
    """Running, with readings, refusals and points of a foreign hand."""
    influxd = start_influxd()
    run = start_liangqu(broker.port, influxdb=influxd.url)
    with closing(InfluxHTTP(InfluxOptions(influxd.url))) as server:
        server.write("liangqu", "\n".join(WEIRD))
    publish(broker, MESSAGES, parameters=("pm25", "pm10"))
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish("liangqu/air/nowhere", json.dumps({"values": {"pm25": 1}}).encode())
    wait_until(lambda: count_readings(influxd.url) == 2 * MESSAGES)
    return run, influxd


def test_it_comes_back_on_an_empty_machine(
    service: tuple[LiangquRun, Influxd], broker: Mosquitto, tmp_path: Path
) -> None:
    run, influxd = service
    kept, again = tmp_path / "kept", tmp_path / "again"

    run.command("backup", str(kept))

    made = read_manifest(kept)
    accounts = run.accounts()
    assert run.stop() == 0
    log = run.log.read_text("utf-8")
    shutil.rmtree(run.folder)
    empty(influxd)
    restored = run.command_without_settings("restore", str(kept))
    assert "restored, and counted" in restored
    assert counts(influxd) == made.store
    assert made.store["air"] == 4 * MESSAGES  # value and code of both
    assert (made.store["weird2"], made.store["we ird,x"]) == (4, 5)
    assert run.accounts() == accounts, log
    run.command("backup", str(again))
    assert lines_of(again) == lines_of(kept)
    assert read_manifest(again).journal == made.journal

    run.start()
    publish(broker, 1, first=MESSAGES)
    wait_until(lambda: count_readings(influxd.url) == 2 * MESSAGES + 1)
    assert run.gaps() == {"messages": 0, "items": 0}


def test_nothing_is_touched_where_a_database_holds_something(
    service: tuple[LiangquRun, Influxd], tmp_path: Path
) -> None:
    run, influxd = service
    kept = tmp_path / "kept"
    run.command("backup", str(kept))
    run.kill()
    shutil.rmtree(run.folder)

    code, said = run.fails_without_settings("restore", str(kept))

    assert code == 2
    assert f"{influxd.url}: the database liangqu holds " in said
    assert not run.folder.exists()
    before = counts(influxd)
    influxd.stop()
    code, said = run.fails_without_settings("restore", str(kept))
    assert (code, "nothing was touched" in said) == (1, True)
    assert not run.folder.exists()
    influxd.start()
    assert counts(influxd) == before


def test_a_database_that_is_away_or_empty_is_no_backup(
    start_influxd: StartInfluxd, broker: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    influxd = start_influxd()
    run = start_liangqu(broker.port, influxdb=influxd.url)

    run.stop()
    with closing(InfluxHTTP(InfluxOptions(influxd.url))) as server:
        [*server.query("DROP DATABASE liangqu", "", 1), *server.query("CREATE DATABASE liangqu", "", 1)]

    code, said = run.fails("backup", str(tmp_path / "kept"))
    assert (code, f"{influxd.url}: the database liangqu holds nothing; no backup was made" in said) == (
        1,
        True,
    )
    influxd.stop()
    code, said = run.fails("backup", str(tmp_path / "kept"))
    assert (code, influxd.url in said, "no backup was made" in said) == (1, True, True)
    assert [*tmp_path.glob("*kept*")] == []
