"""The InfluxDB store before real servers that refuse, hang, die and come back."""

import urllib.parse
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ingest.journal.entries import ReadingEntry
from ingest.stores.base import FormerLayoutError, Rejected, StoreAway
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.calendar import to_ms
from sensors.model import Checked, Key, Point, Reading
from sensors.store_schema import reading_point
from tests.support.servers import Influxd, StartInfluxd

pytestmark = pytest.mark.server

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def readings(count: int, site: str = "olympic") -> list[Point]:
    return [
        reading_point("air", Checked(Reading(site, "pm25", "rtd", START + n * HOUR, float(n), "N", START)))
        for n in range(count)
    ]


def ask(server: Influxd, path: str, body: bytes = b"") -> bytes:
    request = urllib.request.Request(f"{server.url}{path}", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=10) as given:
        return bytes(given.read())


def test_a_field_of_another_type_in_the_database_costs_only_its_own_lines(influxd: Influxd) -> None:
    database = str(uuid4())
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        store.prepare()
        # A foreign hand wrote a text; a type holds for its shard, here the week of that one time.
        foreign = int((START + 2_000 * HOUR).timestamp() * 1000)
        ask(influxd, f"/write?db={database}&precision=ms", f'air pm25="31.2" {foreign}'.encode())

        with pytest.raises(Rejected) as rejected:
            store.write(readings(5_000))

        bad = [index for index, _ in rejected.value.lines]
        assert all("field type conflict" in words for _, words in rejected.value.lines)
        assert 2_000 in bad
        assert bad == [*range(bad[0], bad[-1] + 1)]
        assert len(bad) <= 7 * 24
        kept = [
            store.stored([Key("air", "olympic", "pm25", "rtd", START + n * HOUR)])
            for n in (bad[0] - 1, bad[-1] + 1)
        ]
        assert all(kept)
        found = ask(influxd, f"/query?db={database}&q=SELECT+count(pm25_qc)+FROM+air")
        assert f",{5_000 - len(bad)}]".encode() in found


def test_one_refused_field_costs_one_reading_of_its_point(influxd: Influxd) -> None:
    """InfluxDB 1.6 and 2.7 drop a whole point for one field of a wrong type."""
    database, parameters = str(uuid4()), ("pm25", "pm10", "so2")
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        store.prepare()
        ask(influxd, f"/write?db={database}&precision=ms", f'air pm10="54" {to_ms(START)}'.encode())
        entries = [
            ReadingEntry("air", Checked(Reading("olympic", p, "rtd", time, 31.2, "N", START)), "new")
            for time in (START, START + HOUR)
            for p in parameters
        ]
        with pytest.raises(Rejected) as rejected:
            store.write_entries(entries)

        assert [index for index, _ in rejected.value.lines] == [1, 4]
        assert all('input field "pm10"' in words for _, words in rejected.value.lines)
        found = {p: len(store.readings("olympic", p, START, START + 2 * HOUR)) for p in parameters}
        assert found == {"pm25": 2, "pm10": 0, "so2": 2}


def test_a_point_outside_the_times_a_server_can_hold_is_rejected_with_its_words(influxd: Influxd) -> None:
    with closing(InfluxDBStore(InfluxOptions(influxd.url, str(uuid4())))) as store:
        store.prepare()
        points = readings(3)
        points[1] = Point("air", points[1].tags, points[1].fields, datetime(2500, 1, 1, tzinfo=UTC))

        with pytest.raises(Rejected) as rejected:
            store.write(points)

    ((index, words),) = rejected.value.lines
    assert index == 1
    assert "time outside range" in words


def test_a_point_that_is_being_written_is_not_there_before_it_is_whole(influxd: Influxd) -> None:
    """A query that falls into a write sees some of its fields; once in some 200,000 messages it did."""
    end, stamp, database = START + HOUR, to_ms(START), "half_written"
    series = {
        "air": "kind=rtd,site=olympic",
        "statistic": "parameter=pm25,site=olympic,statistic=1h",
        "aqi": "site=olympic,statistic=1h",
    }
    halves = {
        "air": ["pm25_qc=1i", "pm25=31.2"],
        "statistic": [
            "value=31.2,n=60",
            "expected=60,valid=true,closed=true",
        ],  # limit and target may be missing
        "aqi": ["level=1", 'aqi=45,primary="",standard="HJ 633-2012"'],
    }
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        store.prepare()

        def rows() -> dict[str, int]:
            return {
                "air": len(store.readings("olympic", "pm25", START, end)),
                "statistic": len(store.statistics("olympic", "pm25", "1h", START, end)),
                "aqi": len(store.points("aqi", START, end)),
            }

        for half, expected in ((0, 0), (1, 1)):
            lines = [f"{name},{tags} {halves[name][half]} {stamp}" for name, tags in series.items()]
            ask(influxd, f"/write?db={database}&precision=ms", "\n".join(lines).encode())
            assert rows() == dict.fromkeys(series, expected)


def test_readings_in_the_layout_of_a_former_build_are_refused_with_the_way(influxd: Influxd) -> None:
    """A point a reading, with the parameter as a tag: the layout until 2026-11."""
    database = str(uuid4())
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        store.prepare()
        line = (
            f'air,kind=rtd,parameter=pm25,site=x value=1,flag="N",failed="",validity="valid" {to_ms(START)}'
        )
        ask(influxd, f"/write?db={database}&precision=ms", line.encode())

        with pytest.raises(FormerLayoutError, match="export all with the build that wrote them") as refused:
            store.prepare()

        assert refused.value.kind == "refuses"
        assert database in str(refused.value)


def test_a_missing_database_is_a_refusal_until_it_is_made(influxd: Influxd) -> None:
    with closing(InfluxDBStore(InfluxOptions(influxd.url, f"none {uuid4()}"))) as store:
        for work in (lambda: store.write(readings(1)), store.latest):
            with pytest.raises(StoreAway, match="database not found") as away:
                work()
            assert away.value.kind == "refuses"
        store.prepare()
        store.write(readings(1))

        assert len(store.latest()) == 1


def test_a_server_that_is_killed_is_away_and_its_return_is_enough(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    with closing(InfluxDBStore(InfluxOptions(server.url, "liangqu"))) as store:
        store.prepare()
        store.write(readings(10))
        server.kill()
        for work in (lambda: store.write(readings(20)), store.latest, store.prepare):
            with pytest.raises(StoreAway) as away:
                work()
            assert away.value.kind == "away"
        server.start()
        store.write(readings(20))

        assert len(store.readings("olympic", "pm25", START, START + 99 * HOUR)) == 20


def test_a_server_that_hangs_is_away(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    with closing(InfluxDBStore(InfluxOptions(server.url, "liangqu", timeout=0.3))) as store:
        store.prepare()
        server.pause()
        with pytest.raises(StoreAway) as away:
            store.write(readings(1))
        server.resume()

        assert away.value.kind == "away"
        store.write(readings(1))


def test_a_server_with_passwords_lets_in_who_knows_one(start_influxd: StartInfluxd) -> None:
    server = start_influxd("auth-enabled = true\n")
    ask(server, "/query?q=CREATE+USER+root+WITH+PASSWORD+%27top+secret%27+WITH+ALL+PRIVILEGES")
    with closing(
        InfluxDBStore(InfluxOptions(server.url, "liangqu", username="root", password="top secret"))
    ) as store:
        store.prepare()
        store.write(readings(1))
    login = urllib.parse.urlencode({"u": "root", "p": "top secret"})
    for statement in ("CREATE USER writer WITH PASSWORD 'w:ö'", "GRANT ALL ON liangqu TO writer"):
        ask(server, f"/query?{login}&q={urllib.parse.quote(statement)}")

    with closing(
        InfluxDBStore(InfluxOptions(server.url, "liangqu", username="writer", password="w:ö"))
    ) as store:
        store.prepare()
        store.write(readings(2))
        assert len(store.readings("olympic", "pm25", START, START + 9 * HOUR)) == 2
    with closing(
        InfluxDBStore(InfluxOptions(server.url, "liangqu", username="root", password="wrong secret"))
    ) as store:
        for work in (store.prepare, store.latest, lambda: store.write(readings(1))):
            with pytest.raises(StoreAway, match="401 authorization failed") as away:
                work()
            assert away.value.kind == "refuses"
    with (
        closing(InfluxDBStore(InfluxOptions(server.url, "liangqu"))) as store,
        pytest.raises(StoreAway, match="401 unable to parse authentication credentials"),
    ):
        store.write(readings(1))
