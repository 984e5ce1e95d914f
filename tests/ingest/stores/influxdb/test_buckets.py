"""InfluxDB 2.x: a missing bucket is made, a token limited to its bucket is enough, what it lacks is said."""

from contextlib import closing
from datetime import UTC, datetime

import pytest

from ingest.stores.base import StoreAway
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.support.peers.fake_influxdb2 import InfluxDB2, paths
from tests.support.peers.scripted_http import ScriptedServer, answer

START = datetime(2026, 11, 22, tzinfo=UTC)
POINT = reading_point("air", Checked(Reading("olympic", "pm25", "rtd", START, 31.2, "N", START)))
LINES = [
    b'flagged,kind=rtd,parameter=pm25,site=olympic value=31.2,sent="",qc=1i,flag="N",failed="" 1795305600000',
    b"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i 1795305600000",
]
BUCKET = ["read", "write"]


def store_of(server: InfluxDB2, org: str = "epb") -> InfluxDBStore:
    return InfluxDBStore(InfluxOptions(server.url, "liangqu", token="hush-hush", org=org, settle=0.0))


@pytest.mark.parametrize("version", ["v2.0.9", "v2.3.0", "v2.7.12"])
def test_a_missing_bucket_is_made_and_found_by_influxql(version: str) -> None:
    with InfluxDB2(["all"], version=version) as server, closing(store_of(server)) as store:
        store.prepare()
        store.write([POINT])

        assert store.latest() == {}
        assert server.buckets == {"liangqu": "00000000000000bb"}
        assert server.written == LINES


@pytest.mark.parametrize("version", ["v2.0.9", "v2.7.12"])
@pytest.mark.parametrize("may", [BUCKET, ["all"]], ids=["limited to its bucket", "all"])
def test_a_token_that_is_limited_to_its_bucket_is_enough(may: list[str], version: str) -> None:
    with InfluxDB2(may, ["liangqu"], version) as server, closing(store_of(server)) as store:
        store.prepare()
        store.write([POINT])

        assert store.latest() == {}
        assert "GET /api/v2/orgs?org" not in paths(server)
        assert not [asked for asked in server.asked if asked.startswith("POST /api/v2/buckets")]


def test_writing_needs_the_right_to_write_and_nothing_else() -> None:
    with InfluxDB2(["write"], ["liangqu"]) as server, closing(store_of(server)) as store:
        store.prepare()
        store.write([POINT])
        with pytest.raises(StoreAway, match="the token may not read it") as away:
            store.latest()

        assert away.value.kind == "refuses"
        assert server.written == LINES


@pytest.mark.parametrize(
    ("may", "buckets", "version", "org", "words"),
    [
        pytest.param(
            BUCKET,
            [],
            "v2.7.12",
            "epb",
            "there is no bucket 'liangqu' in 'epb', and the token may not read the organisation;"
            " make it by hand (influx bucket create -o epb -n liangqu)",
            id="no bucket, and none may be made",
        ),
        pytest.param(
            [*BUCKET, "organisations"],
            [],
            "v2.7.12",
            "epb",
            "and the token may not make it: 401 write:orgs/000000000000000a/buckets is unauthorized",
            id="no bucket, and only the organisation may be read",
        ),
        pytest.param(
            ["read"],
            ["liangqu"],
            "v2.3.0",
            "epb",
            "no DBRP mapping leads InfluxQL to bucket 'liangqu', and the token may not make one",
            id="no mapping, and none may be made",
        ),
        pytest.param(
            ["all"],
            [],
            "v2.7.12",
            "other",
            "404 organization name \"other\" not found ([influxdb] org is 'other')",
            id="another organisation",
        ),
        pytest.param(
            [], ["liangqu"], "v2.7.12", "epb", "401 unauthorized access", id="a token that is unknown"
        ),
        pytest.param(["all"], ["liangqu"], "v2.7.12", "", "InfluxDB 2 wants [influxdb] org", id="no org"),
    ],
)
def test_what_stands_in_the_way_is_said_with_its_cure(
    may: list[str], buckets: list[str], version: str, org: str, words: str
) -> None:
    with (
        InfluxDB2(may, buckets, version) as server,
        closing(store_of(server, org)) as store,
        pytest.raises(StoreAway) as away,
    ):
        store.prepare()

    assert away.value.kind == "refuses"
    assert words in str(away.value)
    assert "hush-hush" not in str(away.value)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        pytest.param(answer("200 OK", "[]"), "broken", id="no list of buckets"),
        pytest.param(answer("200 OK", '{"buckets":[{}]}'), "broken", id="a bucket of nothing"),
        pytest.param(answer("200 OK", '{"buckets":null}'), "broken", id="null"),
        pytest.param(answer("200 OK", '{"buckets":[{"id":7}]}'), "broken", id="a number for a name"),
        pytest.param(answer("200 OK", "<html>"), "broken", id="no JSON"),
        pytest.param(answer("200 OK", "[" * 60_000), "broken", id="60,000 brackets"),
        pytest.param(answer("400 Bad Request", "{" * 5_000), "broken", id="400 with braces"),
        pytest.param(answer("422 Unprocessable Entity", '{"message":"x"}'), "broken", id="422"),
        pytest.param(answer("404 Not Found", "<html>"), "refuses", id="404 of a proxy"),
        pytest.param(answer("302 Found", Location="/signin"), "refuses", id="a page to sign in"),
        pytest.param(answer("503 Busy", Retry_After="1e9"), "throttled", id="503"),
        pytest.param(b"", "away", id="hangs up"),
    ],
)
def test_an_answer_about_buckets_that_is_none_is_a_store_that_is_away(
    script: ScriptedServer, given: bytes, kind: str
) -> None:
    script.answers += [answer("204 No Content", X_Influxdb_Version="v2.7.1"), given]
    with (
        closing(InfluxDBStore(InfluxOptions(script.url, "liangqu", token="t", org="epb"))) as store,
        pytest.raises(StoreAway) as away,
    ):
        store.prepare()

    assert away.value.kind == kind
    assert str(away.value).isprintable()
    assert (away.value.retry_after or 0) <= 300
