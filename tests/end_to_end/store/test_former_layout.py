"""A database in the layout of a former build: the service and every command say so, and nothing is lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.end_to_end.store.test_refusals import ask, write
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.servers import Influxd, Mosquitto, StartInfluxd

START = datetime(2026, 1, 1, tzinfo=UTC)
FORMER = 'air,kind=rtd,parameter=pm25,site=wujinku value=31.2,flag="N",failed="",validity="valid"'
SAID = (
    ", liangqu: its readings are in the layout of an earlier liangqu, a point a reading. What to do:"
    " run liangqu export all with the build that wrote them, name another [influxdb] database, then"
    " run liangqu import"
)
SPAN = ("--from", "2025-12-31T00:00:00+08:00", "--to", "2026-02-01T00:00:00+08:00")

pytestmark = pytest.mark.server


@pytest.fixture
def former(start_influxd: StartInfluxd) -> Influxd:
    """One that a former build has written a reading into."""
    influxd = start_influxd()
    ask(influxd, "CREATE DATABASE liangqu")
    write(influxd, f"{FORMER} {int(START.timestamp() * 1000)}")
    return influxd


def publish(broker: Mosquitto, first: int, count: int) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(first, first + count):
            payload = {"time": (START + timedelta(minutes=number)).isoformat(), "values": {"pm25": 8.5}}
            publisher.publish("liangqu/air/wujinku", json.dumps(payload).encode())


def last_words(service: LiangquRun) -> str:
    return service.log.read_text(encoding="utf-8").splitlines()[-1]


def test_run_ends_with_2_and_what_was_acknowledged_is_stored_once_another_database_is_named(
    mosquitto: Mosquitto, former: Influxd, start_liangqu: StartLiangqu
) -> None:
    """20 messages are in the journal when the database comes; 40 more come when the service has gone."""
    former.stop()
    service = start_liangqu(mosquitto.port, influxdb=former.url, ready=False)
    service.wait_until_subscribed()
    publish(mosquitto, 0, 20)
    service.wait_until(lambda: service.accounts()["processed"] == 20, "worked on, the database away")
    former.start()
    ends = [service.wait_until_ended()]
    words = [last_words(service)]
    publish(mosquitto, 20, 40)
    service.launch()
    ends.append(service.wait_until_ended())
    words.append(last_words(service))
    kept = service.accounts()

    assert ends == [2, 2]
    assert words == [f"liangqu: {former.url}{SAID}"] * 2
    assert kept["outgoing"] + kept["inbox"] >= 20
    assert kept.get("stored", 0) == 0
    assert service.gaps() == {"messages": 0, "items": 0}
    assert ask(former, "SHOW FIELD KEYS FROM air")["series"][0]["values"] == [
        ["failed", "string"],
        ["flag", "string"],
        ["validity", "string"],
        ["value", "float"],
    ]

    settings = service.settings.read_text(encoding="utf-8")
    service.settings.write_text(
        settings.replace('database = "liangqu"', 'database = "anew"'), encoding="utf-8"
    )
    service.start()
    figures = service.wait_until_settled(60)

    assert (
        items(figures)["stored"] + items(figures)["duplicate"] == figures["liangqu_messages_received_total"]
    )
    assert items(figures)["stored"] == 60
    assert service.command("export", "wujinku", *SPAN).count("\n") == 1 + 60
    assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param(("check", "--connect"), "influxdb: ", id="check"),
        pytest.param(("export", "all", *SPAN), "store: ", id="export"),
        pytest.param(("report", "2026-01"), "store: ", id="report"),
        pytest.param(("import", "readings.csv"), "store: ", id="import"),
        pytest.param(
            ("recompute", "--site", "wujinku", "--from", "2026-01-01", "--to", "2026-01-01"),
            "store: ",
            id="recompute",
        ),
    ],
)
def test_a_command_that_would_find_nothing_there_says_so(
    words: tuple[str, ...],
    names: str,
    mosquitto: Mosquitto,
    former: Influxd,
    tmp_path: Path,
) -> None:
    """An export would be empty, a report would have no data, a recompute would withdraw statistics."""
    service = LiangquRun(tmp_path, mosquitto.port, influxdb=former.url)
    readings = tmp_path / "readings.csv"
    readings.write_text("site,parameter,time,value\nwujinku,pm25,2026-01-01T08:00:00+08:00,31.2\n", "utf-8")
    code, said = service.fails(*(str(readings) if word == readings.name else word for word in words))

    assert code == 2
    assert said.splitlines()[-1].startswith(f"liangqu: {names}{former.url}{SAID}")
