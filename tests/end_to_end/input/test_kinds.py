"""Stations that send means of five minutes only, to a real broker and service: all that moments make."""

import csv
import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from sensors.calendar import SHANGHAI
from sensors.decoding.hj212.frame import build_frame
from sensors.decoding.hj212.segment import Hj212Frame
from tests.end_to_end.crash.test_statistics import in_peace
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.servers import Mosquitto

MN = "31011500000002"
SITE = """
[[site]]
id = "{id}"
medium = "air"
name = {{ zh = "站", en = "Station" }}
zone = "competition"
cycle = "5m"
"""
BEGIN = datetime(2026, 11, 26, 21, 13, tzinfo=SHANGHAI)
READINGS = [(BEGIN + number * timedelta(minutes=5), 140 + number) for number in range(24)]


def publish(broker: Mosquitto, topic: str, payloads: list[bytes]) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for payload in payloads:
            publisher.publish(topic, payload)


def native(**beside: str) -> bytes:
    """All of it in one array."""
    return json.dumps(
        [{"time": time.isoformat(), "values": {"pm25": value}, **beside} for time, value in READINGS]
    ).encode()


def frame(time: datetime, value: float) -> bytes:
    """Minute data (CN=2051), with the mean and its mark only; HJ 212 has mg/m³."""
    stamp = f"{time:%Y%m%d%H%M%S}"
    area = f"DataTime={stamp};a34004-Avg={value / 1000:.3f},a34004-Flag=N"
    return build_frame(
        Hj212Frame(qn=f"{stamp}000", st="22", cn="2051", pw="123456", mn=MN, flag=5, area=area)
    )


def told(service: LiangquRun, place: str, statistic: str) -> dict[str, str]:
    """The values of a statistic by its stamp, in Beijing time."""
    span = ("--from", "2026-11-26", "--to", "2026-11-28")
    text = service.command("export", place, *span, "--statistic", statistic)
    rows = csv.DictReader(io.StringIO(text))
    return {row["time"][:16]: row["value"] for row in rows if row["parameter"] == "pm25"}


def episodes(service: LiangquRun, place: str) -> set[tuple[str, str, str]]:
    rows = json.loads(service.command("alerts", "history", "--json"))
    return {(row["rule"], row["parameter"], row["severity"]) for row in rows if row["site"] == place}


@pytest.mark.server
def test_means_of_minutes_make_and_raise_what_moments_do(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """22:00 to 23:00 are the twelve from 22:03 on, 150 to 161: 155.5; 21:00 to 22:00 are ten, 144.5."""
    sites = tmp_path / "sites.toml"
    rows = (SITE.format(id=id_) for id_ in ("moments", "means", "logger"))
    sites.write_text(f'{"".join(rows)}mn = "{MN}"\nunits = {{ a34004 = "mg/m3" }}\n', encoding="utf-8")
    service = start_liangqu(mosquitto.port, sites=sites)

    publish(mosquitto, "liangqu/air/moments", [native()])
    publish(mosquitto, "liangqu/air/means", [native(kind="min")])
    publish(mosquitto, f"liangqu/hj212/{MN}", [frame(*one) for one in READINGS])
    service.wait_until_settled(2 + len(READINGS))
    in_peace(service)

    for place in ("means", "logger"):
        assert told(service, place, "8h") == {"2026-11-26T22:00": "144.5", "2026-11-26T23:00": "150.0"}
        for statistic in ("8h", "24h", "day"):
            assert told(service, place, statistic) == told(service, "moments", statistic)
        assert episodes(service, place) == episodes(service, "moments")
    assert ("aqi", "aqi", "critical") in episodes(service, "means")  # 206 at 23:00
    assert told(service, "means", "1h") == told(service, "moments", "1h")
    assert told(service, "zone-competition", "1h")["2026-11-26T23:00"] == "155.5"
    assert service.metrics()['liangqu_items_total{outcome="stored"}'] == 3 * len(READINGS)


@pytest.mark.server
def test_what_feeds_nothing_is_warned_of_and_counted_by_site(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """Hours at a station of five minutes, and daily values at another."""
    sites = tmp_path / "sites.toml"
    sites.write_text("".join(SITE.format(id=id_) for id_ in ("hourly", "daily")), encoding="utf-8")
    service = start_liangqu(mosquitto.port, sites=sites)
    times = [BEGIN - k * timedelta(hours=1) for k in range(6, 0, -1)]
    hours = [{"time": time.isoformat(), "values": {"pm25": time.hour}} for time in times]
    day = {"time": "2026-11-26T00:00:00+08:00", "values": {"pm25": 20}, "kind": "day"}

    publish(mosquitto, "liangqu/air/hourly", [json.dumps(hours).encode()])
    publish(mosquitto, "liangqu/air/daily", [json.dumps(day).encode()])
    service.wait_until_settled(2)

    warnings = "\n".join(service.readyz()["warnings"])
    assert "Station (hourly): pm25: rtd readings come every 1h, but its cycle is 5m" in warnings
    assert "Station (daily): pm25: day readings are stored and feed nothing" in warnings
    figures = service.metrics()
    assert figures['liangqu_unused_series{reason="cycle",site="hourly"}'] == 1
    assert figures['liangqu_unused_series{reason="day",site="daily"}'] == 1
