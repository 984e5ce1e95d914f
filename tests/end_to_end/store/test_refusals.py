"""One reading among thousands that the real InfluxDB refuses: found, kept with its words, replayed."""

import json
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.servers import Influxd, Mosquitto, StartInfluxd

START = datetime(2026, 1, 1, tzinfo=UTC)
ODD = datetime(2019, 5, 6, 7, tzinfo=UTC)
COUNT = 5000
EACH = 100

ODD_READINGS = [["shiji-haoyuan", "pm10", 3.25, "M"], ["shiji-haoyuan", "pm25", 1.25, "N"]]

Change = Callable[[Influxd], None]


def ask(influxd: Influxd, statement: str) -> dict[str, Any]:
    body = urllib.parse.urlencode({"q": statement, "db": "liangqu"}).encode()
    with urllib.request.urlopen(f"{influxd.url}/query", body) as answer:
        result: dict[str, Any] = json.load(answer)["results"][0]
    return result


def write(influxd: Influxd, line: str) -> None:
    urllib.request.urlopen(f"{influxd.url}/write?db=liangqu&precision=ms", line.encode()).close()


def text_in_its_week(influxd: Influxd) -> None:
    """Somebody else has written text into our field; InfluxDB holds the type by measurement and week."""
    write(influxd, f'air,site=other pm25="1.0" {int(ODD.timestamp() * 1000)}')


def without_its_week(influxd: Influxd) -> None:
    """What else it held goes with it."""
    shards = [s for s in ask(influxd, "SHOW SHARDS")["series"] if s["name"] == "liangqu"]
    (number,) = [row[0] for row in shards[0]["values"] if row[4] <= ODD.isoformat() < row[5]]
    ask(influxd, f"DROP SHARD {number}")


def kept_for_a_while(influxd: Influxd) -> None:
    ask(influxd, "ALTER RETENTION POLICY autogen ON liangqu DURATION 1200d")


def kept_for_ever(influxd: Influxd) -> None:
    ask(influxd, "ALTER RETENTION POLICY autogen ON liangqu DURATION INF")


def publish(broker: Mosquitto) -> None:
    """5,000 readings of one station, and amid them two of another, of a time of its own."""
    with Publisher(Broker(port=broker.port)) as publisher:
        for first in range(0, COUNT, EACH):
            payload = [
                {"time": (START + timedelta(minutes=n)).isoformat(), "values": {"pm25": float(n % 300)}}
                for n in range(first, first + EACH)
            ]
            publisher.publish("liangqu/air/wujinku", json.dumps(payload).encode())
            if first == COUNT // 2:
                odd = {
                    "time": ODD.isoformat(),
                    "values": {"pm10": 3.25, "pm25": 1.25},
                    "flags": {"pm10": "M"},
                }
                publisher.publish("liangqu/air/shiji-haoyuan", json.dumps(odd).encode())


def odd_readings(influxd: Influxd) -> list[list[Any]]:
    """What the store has of the other station."""
    with closing(InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))) as store:
        frame = store.points("air", ODD, ODD + timedelta(days=1))
    rows: list[list[Any]] = frame[["site", "parameter", "value", "flag"]].to_numpy().tolist()
    return rows


@pytest.mark.server
@pytest.mark.parametrize(
    ("spoil", "mend", "words", "lost"),
    [
        pytest.param(
            text_in_its_week,
            without_its_week,
            '400 partial write: field type conflict: input field "pm25" on measurement "air" is type float,'
            " already exists as type string dropped=1",
            ["pm25"],
            id="a field of another type",
        ),
        pytest.param(
            kept_for_a_while,
            kept_for_ever,
            "400 partial write: points beyond retention policy dropped=1",
            ["pm10", "pm25"],
            id="older than what is kept",
        ),
    ],
)
def test_a_bad_line_among_5000_is_quarantined(
    spoil: Change,
    mend: Change,
    words: str,
    lost: list[str],
    mosquitto: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    """No other of its message is, nor of its time; it comes in when the cause is gone."""
    influxd = start_influxd()
    service = start_liangqu(mosquitto.port, influxdb=influxd.url)
    service.wait_until(lambda: bool(ask(influxd, "SHOW MEASUREMENTS").get("series")), "the database is made")
    spoil(influxd)
    influxd.kill()
    publish(mosquitto)
    service.wait_until(lambda: service.metrics()["liangqu_items_outgoing"] == COUNT + 2, "all wait")

    influxd.start()
    figures = service.wait_until_settled(COUNT // EACH + 1)
    listed = json.loads(service.command("quarantine", "list", "--json"))
    told = service.command("quarantine", "list")

    assert items(figures) == {
        "stored": COUNT + 2 - len(lost),
        "duplicate": 0,
        "revised": 0,
        "quarantined": len(lost),
        "dropped": 0,
        "missing": 0,
    }
    assert refused(figures) == {"refused_by_store": len(lost)}
    assert sorted((row["topic"], row["position"], row["detail"]) for row in listed) == [
        ("liangqu/air/shiji-haoyuan", f"values.{parameter}", words) for parameter in lost
    ]
    assert f"{len(lost)}  refused_by_store  rejected by the store  Shiji Haoyuan\n" in told
    assert service.gaps() == {"messages": 0, "items": 0}
    assert service.readyz()["ready"] is True

    assert odd_readings(influxd) == [row for row in ODD_READINGS if row[1] not in lost]

    mend(influxd)
    service.command("quarantine", "replay", "--reason", "refused_by_store")
    figures = service.wait_until_settled(COUNT // EACH + 1 + len(lost))

    assert items(figures) == {
        "stored": COUNT + 2,
        "duplicate": 0,
        "revised": 0,
        "quarantined": 0,
        "dropped": 0,
        "missing": 0,
    }
    assert service.gaps() == {"messages": 0, "items": 0}
    assert service.command("quarantine", "list") == "the quarantine is empty\n"
    assert odd_readings(influxd) == [row for row in ODD_READINGS if row[1] in lost]
    with closing(InfluxDBStore(InfluxOptions(influxd.url, "liangqu"))) as store:
        assert len(store.points("air", START, START + timedelta(days=10))) == COUNT


def text_in_a_field_of_today(influxd: Influxd) -> None:
    write(influxd, f'air,site=other pm25="1.0" {int(datetime.now(UTC).timestamp() * 1000)}')


def without_what_it_holds(influxd: Influxd) -> None:
    for shards in ask(influxd, "SHOW SHARDS")["series"]:
        for shard in shards["values"] if shards["name"] == "liangqu" else ():
            ask(influxd, f"DROP SHARD {shard[0]}")


def kept_for_an_hour(influxd: Influxd) -> None:
    without_what_it_holds(influxd)  # the shard of this week would take what is older
    ask(influxd, "ALTER RETENTION POLICY autogen ON liangqu DURATION 1h SHARD DURATION 1h")


@pytest.mark.server
@pytest.mark.parametrize(
    ("spoil", "mend", "named", "words", "stored"),
    [
        pytest.param(
            text_in_a_field_of_today,
            without_what_it_holds,
            "air pm25",
            'field type conflict: input field "pm25" on measurement "air" is type float',
            40,
            id="a field of another type",
        ),
        pytest.param(
            kept_for_an_hour,
            kept_for_ever,
            "water ph",
            "points beyond retention policy",
            0,
            id="kept too short",
        ),
    ],
)
def test_a_store_that_refuses_a_whole_field_keeps_it_waiting_and_says_so(
    spoil: Change,
    mend: Change,
    named: str,
    words: str,
    stored: int,
    mosquitto: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    """Nothing of it is in the quarantine, all others are written, and it comes in when the cause is gone."""
    influxd = start_influxd()
    service = start_liangqu(mosquitto.port, influxdb=influxd.url)
    service.wait_until(lambda: bool(ask(influxd, "SHOW MEASUREMENTS").get("series")), "the database is made")
    spoil(influxd)
    start = datetime.now(UTC) - timedelta(hours=3)
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for minute in range(20):
            stamp = (start + timedelta(minutes=minute)).isoformat()
            air = {"time": stamp, "values": {"pm25": float(minute), "pm10": float(minute)}}
            publisher.publish("liangqu/air/wujinku", json.dumps(air).encode())
            water = {"time": stamp, "values": {"ph": 7.0 + minute / 100}}
            publisher.publish("liangqu/water/houcheng", json.dumps(water).encode())

    service.wait_until(lambda: service.metrics()["liangqu_items_outgoing"] == 60 - stored, "the rest waits")
    service.wait_until(lambda: named in service.readyz().get("store", ""), "said")
    ready, figures = service.readyz(), service.metrics()
    service.kill()
    service.start(ready=False)
    service.wait_until(lambda: named in service.readyz().get("store", ""), "said again after a restart")

    assert ready["ready"] is False
    assert words in ready["store"]
    assert items(figures)["stored"] == stored
    assert items(figures)["quarantined"] == 0
    assert figures["liangqu_items_held"] == figures["liangqu_items_outgoing"] == 60 - stored
    assert figures['liangqu_store_errors_total{kind="refuses"}'] >= 1

    mend(influxd)
    service.wait_until(lambda: service.metrics()["liangqu_items_outgoing"] == 0, "all is written")
    service.wait_until(lambda: service.readyz()["ready"], "ready")

    done = items(service.metrics())
    assert {name: count for name, count in done.items() if count} == {"stored": 60}
    assert service.gaps() == {"messages": 0, "items": 0}
