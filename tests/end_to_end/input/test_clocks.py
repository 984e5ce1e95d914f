"""Loggers whose clocks are wrong, at the real service with its shipped limits."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.servers import Mosquitto

NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AFTER_RESET = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.mark.server
@pytest.mark.parametrize(
    ("times", "reason", "words"),
    [
        pytest.param(
            [AFTER_RESET + k * MINUTE for k in range(3)], "time_too_old", "is of 2000-01-01", id="reset"
        ),
        pytest.param(
            [NOW - 365 * DAY + k * HOUR for k in range(24)],
            "time_too_old",
            "days old; import or",
            id="last year",
        ),
        pytest.param([NOW - 61 * DAY], "time_too_old", "61 days old", id="two months"),
        pytest.param(
            [NOW + 8 * HOUR + k * MINUTE for k in range(3)], "time_in_future", "is after", id="ahead"
        ),
    ],
)
def test_what_a_wrong_clock_stamps_changes_nothing_and_is_told(
    times: list[datetime], reason: str, words: str, mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port, max_age="60d")
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for moment in times:
            body = json.dumps({"time": moment.isoformat(), "values": {"pm25": 310}}).encode()
            publisher.publish("liangqu/air/wujinku", body)

    service.wait_until(lambda: items(service.metrics()).get("quarantined") == len(times), "refused")

    assert refused(service.metrics()) == {reason: len(times)}
    assert words in service.command("quarantine", "list", "--site", "wujinku", "--reason", reason)
    assert service.command("alerts", "list") == "no open events\n"
    assert items(service.metrics())["stored"] == 0


@pytest.mark.server
def test_a_backlog_of_weeks_is_taken(mosquitto: Mosquitto, start_liangqu: StartLiangqu) -> None:
    service = start_liangqu(mosquitto.port, max_age="60d")
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for hours in range(24 * 40, 0, -24):
            body = json.dumps({"time": (NOW - hours * HOUR).isoformat(), "values": {"pm25": 31}}).encode()
            publisher.publish("liangqu/air/wujinku", body)

    service.wait_until(lambda: items(service.metrics()).get("stored") == 40, "stored")
    assert refused(service.metrics()) == {}
