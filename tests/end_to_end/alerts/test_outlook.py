"""The shipped rule on the outlook: at risk, and out of reach on the day that decides the year."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from tests.end_to_end.crash.test_statistics import in_peace
from tests.support.liangqu_process import StartLiangqu
from tests.support.servers import Mosquitto

JANUARY = datetime(2023, 1, 1, tzinfo=SHANGHAI)


def publish(broker: Mosquitto, first: int, past: int, mean: float) -> None:
    """Whole days of hourly readings around a mean, a message a day."""
    with Publisher(Broker(port=broker.port)) as publisher:
        for day in range(first, past):
            items = [
                {
                    "time": (JANUARY + timedelta(days=day, hours=hour)).isoformat(),
                    "values": {"pm25": mean + 1.5 * (-1) ** hour},
                }
                for hour in range(24)
            ]
            publisher.publish("liangqu/air/taizicheng", json.dumps(items).encode())


@pytest.mark.server
def test_the_target_is_at_risk_and_then_out_of_reach_on_the_day_that_decides(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    service = start_liangqu(mosquitto.port, more='[alerts]\npage_max_age = "none"\n')

    def told() -> list[tuple[str, str, datetime, str | None]]:
        rows = json.loads(service.command("alerts", "history", "--rule", "pm25-outlook", "--json"))
        return [(r["site"], r["severity"], datetime.fromisoformat(r["begin"]), r["end"]) for r in rows]

    # 25.5 x 365 = 9307.5 is what the year may come to. After 71 days of 80 the other 294 may average 12.3,
    # less than half of 25; 116 days leave 27.5 in all, the 117th decides.
    risk = JANUARY + timedelta(days=71)
    publish(mosquitto, 0, 71, 80.0)
    service.wait_until_settled(71)
    assert told() == []
    publish(mosquitto, 71, 117, 80.0)
    service.wait_until_settled(117)
    assert told() == [("zone-competition", "warning", risk, None)]
    publish(mosquitto, 117, 119, 80.0)
    service.wait_until_settled(119)
    in_peace(service)

    assert told() == [("zone-competition", "critical", risk, None)]
    service.stop()
    store = SqliteStore(service.folder / "liangqu.db")
    frame = store.statistics(
        "zone-competition", "pm25", "outlook", JANUARY - timedelta(days=1), JANUARY + timedelta(days=1)
    )
    store.close()
    [value], [target] = frame["value"], frame["target"]
    assert value == pytest.approx((9307.5 - 118 * 80) / (365 - 118))
    assert (list(frame["n"]), list(frame["valid"]), target) == ([118], [True], 25)
