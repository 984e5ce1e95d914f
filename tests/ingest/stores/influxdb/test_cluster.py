"""A store of several servers: what they answer decides. Answers of openGemini are after its source."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ingest.stores.base import Rejected, StoreAway
from ingest.stores.influxdb.cluster import visibility
from ingest.stores.influxdb.cluster.asking import ask
from ingest.stores.influxdb.cluster.servers import InfluxServers
from ingest.stores.influxdb.cluster.visibility import TRUSTED_AFTER, Visibility
from ingest.stores.influxdb.lines import EntryLine
from ingest.stores.influxdb.section import Influxdb, InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.model import Checked, Reading
from sensors.section import SectionError
from sensors.store_schema import reading_point
from tests.deploy.deployment import DeploymentClient
from tests.support.liangqu_process import LiangquRun, items
from tests.support.peers.late_cluster import LateCluster
from tests.support.peers.scripted_http import ScriptedServer, answer
from tests.support.servers import Influxd, Mosquitto, free_port

START = datetime(2026, 11, 22, tzinfo=UTC)
POINT = reading_point("air", Checked(Reading("olympic", "pm25", "rtd", START, 31.2, "N", START)))
SEEN = {"series": [{"name": "air", "columns": ["time", "pm25"], "values": [[1, 31.2]]}]}
NOT_THERE = {"error": "measurement not found"}
WRITTEN = answer("204 No Content")


def results(*found: Mapping[str, object]) -> bytes:
    """Answers to one request, a line each."""
    lines = (json.dumps({"results": [{"statement_id": k, **each}]}) for k, each in enumerate(found))
    return answer("200 OK", "\n".join(lines))


def databases(columns: list[str], *rows: list[object]) -> dict[str, object]:
    return {"series": [{"name": "databases", "columns": columns, "values": [*rows]}]}


def asked(script: ScriptedServer) -> list[str]:
    """The statements of each query."""
    bodies = [parse_qs(request.body.decode()) for request in script.requests if "/query" in request.line]
    return [body["q"][0] for body in bodies]


def cluster_of(*scripts: ScriptedServer) -> InfluxOptions:
    urls = tuple(script.url for script in scripts)
    return InfluxOptions(urls[0], urls=urls, timeout=5.0)


@pytest.fixture
def other() -> Iterator[ScriptedServer]:
    with ScriptedServer() as scripted:
        yield scripted


class TestWhatIsNotThere:
    def test_a_missing_measurement_is_empty_and_the_rest_is_asked_again(self, script: ScriptedServer) -> None:
        """InfluxDB's executor, which openGemini has too, ends at the first error."""
        script.answers += [results(SEEN, NOT_THERE, {"error": "not executed"}), results(SEEN)]
        with closing(InfluxServers(cluster_of(script))) as server:
            found = [*ask(server, "liangqu", ["first", "missing", "last"])]

        assert [series.rows for series in found] == [[[1, 31.2]], [[1, 31.2]]]
        assert asked(script) == ["first;missing;last", "last"]

    def test_another_error_is_none(self, script: ScriptedServer) -> None:
        script.answers.append(results({"error": "shard not found 7"}))
        with closing(InfluxDBStore(cluster_of(script))) as store, pytest.raises(StoreAway, match="shard"):
            store.readings("olympic", "pm25", START, START + timedelta(hours=1))


class TestServers:
    def test_a_write_goes_to_the_first_that_answers_and_stays_there(
        self, script: ScriptedServer, other: ScriptedServer
    ) -> None:
        script.answers.append(answer("500 Internal Server Error", '{"error":"shard group not found"}'))
        other.always = WRITTEN
        with closing(InfluxServers(cluster_of(script, other))) as server:
            server.write("liangqu", "a v=1 1")
            server.write("liangqu", "a v=2 2")

        assert [len(script.requests), len(other.requests)] == [1, 2]

    def test_a_server_that_is_gone_is_passed_over_by_whatever_asks(self, other: ScriptedServer) -> None:
        gone = f"http://127.0.0.1:{free_port()}"
        other.answers += [WRITTEN, results(SEEN)]
        with closing(InfluxServers(InfluxOptions(gone, urls=(gone, other.url)))) as server:
            server.version()
            assert [series.rows for series in ask(server, "liangqu", ["one"])] == [[[1, 31.2]]]

    def test_what_one_refuses_no_other_is_asked(self, script: ScriptedServer, other: ScriptedServer) -> None:
        script.answers.append(answer("403 Forbidden", '{"error":"not authorized"}'))
        with closing(InfluxServers(cluster_of(script, other))) as server, pytest.raises(StoreAway) as away:
            server.write("liangqu", "a v=1 1")

        assert away.value.kind == "refuses"
        assert other.requests == []

    def test_if_none_answers_each_is_named(self) -> None:
        urls = tuple(f"http://127.0.0.1:{free_port()}" for _ in range(2))
        with (
            closing(InfluxServers(InfluxOptions(urls[0], urls=urls))) as server,
            pytest.raises(StoreAway) as away,
        ):
            server.write("liangqu", "a v=1 1")

        assert all(url in str(away.value) for url in urls)
        assert away.value.kind == "away"

    def test_an_address_that_is_none_is_named(self) -> None:
        with pytest.raises(SectionError, match="urls: "):
            Influxdb(urls=("http://a:8086", "b c"))
        assert Influxdb(urls=("http://a:8086", "http://b:8086")).options.url == "http://a:8086"


class TestVisibility:
    def line(self, number: int) -> EntryLine:
        return EntryLine((0,), f"air,kind=rtd,site=s{number} pm25=31.2 1795305600000")

    def waiting(self, script: ScriptedServer) -> tuple[Visibility, list[float]]:
        slept: list[float] = []
        return Visibility(InfluxServers(cluster_of(script)), "liangqu", slept.append), slept

    def test_a_new_series_is_waited_for_until_it_is_seen(self, script: ScriptedServer) -> None:
        seen, slept = self.waiting(script)
        script.answers += [results(NOT_THERE), results({}), results(SEEN)]

        seen.wait([self.line(1)])
        seen.wait([self.line(1)])  # known by now

        assert len(slept) == 2
        assert len(script.requests) == 3

    def test_a_server_that_shows_at_once_is_trusted(self, script: ScriptedServer) -> None:
        seen, slept = self.waiting(script)
        script.always = results(SEEN)

        for number in range(10):
            seen.wait([self.line(number)])

        assert slept == []
        assert len(script.requests) == TRUSTED_AFTER

    def test_one_that_was_late_once_stays_watched(self, script: ScriptedServer) -> None:
        seen, slept = self.waiting(script)
        script.answers.append(results({}))
        script.always = results(SEEN)

        for number in range(10):
            seen.wait([self.line(number)])

        assert len(slept) == 1
        assert len(script.requests) == 11

    def test_what_is_never_shown_is_to_be_sent_again(
        self, script: ScriptedServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(visibility, "PATIENCE_S", 0.3)
        seen, _ = self.waiting(script)
        script.always = results({})

        with pytest.raises(StoreAway, match="not shown"):
            seen.wait([self.line(1)])

    def test_a_series_is_asked_for_as_it_was_written(self, script: ScriptedServer) -> None:
        """What line protocol protects is plain in a query; see `name_text`."""
        seen, _ = self.waiting(script)
        script.always = results(SEEN)
        key = "mark,parameter=a\\,b\\ c\\=d,site=it's"

        seen.wait([EntryLine((0,), f'{key} reason="a b, c" 1795305600000')])

        [statement] = asked(script)
        assert statement.startswith(
            'SELECT * FROM "mark" WHERE time >= 1795305600000ms AND time < 1795305600001ms'
        )
        assert statement.endswith(" AND \"parameter\" = 'a,b c=d' AND \"site\" = 'it\\'s'")


class TestDatabase:
    DETAIL = ("name", "ReplicaN", "Tag Attribute")
    NO_STATEMENT = answer("400 Bad Request", '{"error":"error parsing query: found DETAIL, expected ;"}')

    def test_a_cluster_with_copies_leaves_it_to_an_administrator(self, script: ScriptedServer) -> None:
        script.answers += [WRITTEN, results(databases(["name"])), results(databases([*self.DETAIL]))]
        with closing(InfluxDBStore(cluster_of(script))) as store, pytest.raises(StoreAway) as away:
            store.prepare()

        assert away.value.kind == "refuses"
        assert 'CREATE DATABASE "liangqu" REPLICAS 3' in str(away.value)

    def test_servers_that_know_of_no_copies_get_it_made(self, script: ScriptedServer) -> None:
        script.answers += [
            WRITTEN,
            results(databases(["name"])),
            self.NO_STATEMENT,
            results({}),
            results({}, {}),
        ]
        with closing(InfluxDBStore(cluster_of(script))) as store:
            store.prepare()

        assert asked(script)[2] == 'CREATE DATABASE "liangqu"'

    def test_while_it_is_not_known_whether_there_are_copies_none_is_made(
        self, script: ScriptedServer
    ) -> None:
        script.answers += [WRITTEN, results(databases(["name"])), answer("500 Internal Server Error", "{}")]
        with closing(InfluxDBStore(cluster_of(script))) as store, pytest.raises(StoreAway):
            store.prepare()

        assert not [statement for statement in asked(script) if statement.startswith("CREATE")]

    @pytest.mark.parametrize(
        ("said", "doubts"),
        [
            pytest.param(results(databases([*DETAIL], ["liangqu", 1, "default"])), 1, id="one copy"),
            pytest.param(results(databases([*DETAIL], ["liangqu", 3, "default"])), 0, id="three copies"),
            pytest.param(results(databases([*DETAIL], ["other", 1, "default"])), 0, id="of another"),
            pytest.param(NO_STATEMENT, 0, id="InfluxDB 1.x, which knows no such statement"),
            pytest.param(answer("404 Not Found", '{"code":"not found","message":"x"}'), 0, id="InfluxDB 2.x"),
            pytest.param(
                answer("403 Forbidden", '{"error":"not authorized"}'), 0, id="an account that may not ask"
            ),
        ],
    )
    def test_one_copy_is_a_doubt(self, said: bytes, doubts: int, script: ScriptedServer) -> None:
        script.answers.append(said)
        with closing(InfluxDBStore(InfluxOptions(script.url))) as store:
            told = store.doubts()

        assert len(told) == doubts
        assert all("counts are short" in one for one in told)


@pytest.mark.parametrize(
    "words",
    [
        "parse fail, point without fields is unsupported",
        'missing tag value for "site"',
        'cannot parse timestamp "x": invalid syntax',
        "conflict field type: pm25",
        "point time is expired, compared with rp duration",
    ],
)
def test_a_line_that_a_cluster_will_never_take_is_rejected_and_holds_up_nobody(
    words: str, script: ScriptedServer
) -> None:
    """`lib/errno/message.go`, `protoparser/influx/parser.go`."""
    script.always = answer("400 Bad Request", json.dumps({"error": words}))
    with closing(InfluxDBStore(InfluxOptions(script.url))) as store, pytest.raises(Rejected) as rejected:
        store.write([POINT])

    assert words[:12] in str(rejected.value)


@pytest.mark.server
def test_the_service_gets_ready_on_an_empty_cluster_and_loses_no_reading(
    influxd: Influxd, mosquitto: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never did: the first look at what is stored is of measurements that are not there."""
    with LateCluster(urlsplit(influxd.url).netloc, late=1.0) as cluster:
        cluster.fails = {2, 3}
        cluster.pass_on("POST", "/query", b"q=CREATE+DATABASE+%22on_a_cluster%22")
        gone = f"http://127.0.0.1:{free_port()}"
        monkeypatch.setenv("LIANGQU_INFLUXDB__URLS", json.dumps([gone, cluster.url]))
        service = LiangquRun(tmp_path, mosquitto.port, influxdb=cluster.url, database="on_a_cluster").start()
        sender = DeploymentClient(mosquitto.port)
        for minute in (0, 1, 1):
            body = {"time": (START + timedelta(minutes=minute)).isoformat(), "values": {"pm25": 12 + minute}}
            sender.publish("liangqu/air/renmin-gongyuan", json.dumps(body))
        service.wait_until_settled(3)
        figures = items(service.metrics())
        sender.stop()
        service.stop()

    assert (figures["stored"], figures["duplicate"]) == (2, 1)
