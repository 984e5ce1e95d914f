"""The stores under test: SQLite, a real InfluxDB 1.6, and any server that the environment names.

`LIANGQU_TEST_INFLUXDB_URL` names a further server, 2.x for instance, with `…_TOKEN` and `…_ORG`, or
`…_USERNAME` and `…_PASSWORD`, and `…_DATABASE` (default `liangqu_test`; points are left in it).
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest

from ingest.stores import sender
from ingest.stores.base import Store
from ingest.stores.influxdb import ahead_writer
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from tests.support.peers.late_cluster import LateCluster
from tests.support.peers.scripted_http import ScriptedServer
from tests.support.servers import free_port
from tests.support.stepped_sender import SteppedSender

if TYPE_CHECKING:
    from tests.support.servers import Influxd

NAMED = "LIANGQU_TEST_INFLUXDB"
LATE_S = 2.0 if os.environ.get("LIANGQU_PROVE") == "full" else 0.1
KINDS = [
    "sqlite",
    pytest.param("influxdb", marks=pytest.mark.server),
    pytest.param("cluster", marks=pytest.mark.server),
]
if f"{NAMED}_URL" in os.environ:
    KINDS.append(pytest.param("named", marks=pytest.mark.server))


@pytest.fixture(scope="module", params=KINDS)
def new_store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Store]:
    """Makes an object for the module's database; each call one more for the same."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("sqlite") / "store.db"
        return lambda: SqliteStore(path)
    if request.param == "influxdb":
        server: Influxd = request.getfixturevalue("influxd")
        database = f'test "{uuid4()}"'
        return lambda: InfluxDBStore(InfluxOptions(server.url, database, settle=0.001))
    if request.param == "cluster":
        return _in_cluster(request)
    given: dict[str, Any] = {
        name: os.environ.get(f"{NAMED}_{name.upper()}", "")
        for name in ("token", "org", "username", "password")
    }
    database = os.environ.get(f"{NAMED}_DATABASE", "liangqu_test")
    return lambda: InfluxDBStore(InfluxOptions(os.environ[f"{NAMED}_URL"], database, **given))


def _in_cluster(request: pytest.FixtureRequest) -> Callable[[], Store]:
    """Behind a server that answers as a cluster does; the first of two addresses is nobody's."""
    behind: Influxd = request.getfixturevalue("influxd")
    cluster = LateCluster(urlsplit(behind.url).netloc, LATE_S)
    cluster.__enter__()
    request.addfinalizer(lambda: cluster.__exit__(None, None, None))
    database = f"cluster {uuid4()}"
    cluster.pass_on("POST", "/query", urlencode({"q": f'CREATE DATABASE "{database}"'}).encode())
    urls = (f"http://127.0.0.1:{free_port()}", cluster.url)
    return lambda: InfluxDBStore(InfluxOptions(urls[0], database, urls=urls, settle=0.001))


@pytest.fixture(scope="module")
def store(new_store: Callable[[], Store]) -> Iterator[Store]:
    """A prepared store for all tests of the module; each test uses a site of its own."""
    made = new_store()
    made.prepare()
    yield made
    made.close()


@pytest.fixture
def site() -> str:
    """A site nobody else writes to."""
    return f"site-{uuid4()}"


@pytest.fixture
def nothing_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line ahead would take the first answer of a server that is told its answers."""
    monkeypatch.setattr(ahead_writer, "first_of_each_day", lambda _: {})


@pytest.fixture
def script(nothing_ahead: None) -> Iterator[ScriptedServer]:
    """An HTTP server that gives the answers it is told."""
    with ScriptedServer() as scripted:
        yield scripted


@pytest.fixture
def harness(tmp_path: Path, influxd: "Influxd", monkeypatch: pytest.MonkeyPatch) -> Iterator[SteppedSender]:
    """A sender to a real InfluxDB, a row of the queue a batch."""
    monkeypatch.setattr(sender, "BATCH", 1)
    made = SteppedSender(tmp_path, influxd)
    yield made
    made.writer.close()
    made.store.close()
    made.journal.close()
