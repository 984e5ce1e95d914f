"""Garbage at ten times the flow: nothing stalls, everything is accounted for by item and reason."""

import json
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.scale import scaled
from tests.support.servers import Mosquitto

SEED = 20261122
NOW = datetime.now(UTC).replace(microsecond=0)
GOOD = {"pm25": 31.25, "pm10": 54.0, "so2": 6.0, "no2": 22.5, "co": 0.7, "o3": 88.0, "air_temp": -3.5}
LATE = NOW - timedelta(days=1)


def garbage(time: datetime) -> list[tuple[str, bytes, Counter[str]]]:
    """One of each kind: topic's end, payload, and what it must be refused for."""
    stamp = time.isoformat()

    def payload(**changes: object) -> bytes:
        return json.dumps({"time": stamp, "values": {"pm25": 1.0}} | changes).encode()

    text_among_nine = GOOD | {"pm25": "broken", "humidity": 40.0, "pressure": 93.1}
    not_numbers = {"pm25": float("nan"), "dust": 3}
    a_second_before = (time - timedelta(seconds=1)).isoformat()
    return [
        ("air/wujinku", b"x" * 500_000, Counter(oversize=1)),
        ("air/wujinku", b'{"time": "\xff\xfe"}', Counter(not_utf8=1)),
        ("air/wujinku", b"{", Counter(not_json=1)),
        ("air/wujinku", b"17", Counter(bad_envelope=1)),
        ("air/wujinku", payload(vaules={}), Counter(bad_envelope=1)),
        ("air/wujinku", b'[{"time": 1}, {"time": 2}]', Counter(bad_envelope=2)),
        ("air/nobody", payload(), Counter(unknown_site=1)),
        ("water/wujinku", payload(), Counter(wrong_medium=1)),
        (
            "air/wujinku",
            payload(values=not_numbers),
            Counter(not_a_number=1, unknown_parameter=1),
        ),
        ("air/wujinku", payload(time=None), Counter(no_time=1)),
        ("air/wujinku", payload(time="yesterday"), Counter(bad_time=1)),
        ("air/wujinku", payload(time=stamp[:19]), Counter(time_without_zone=1)),
        ("air/wujinku", payload(time=0), Counter(time_too_old=1)),
        ("air/wujinku", payload(time="2100-01-01T00:00:00+08:00"), Counter(time_in_future=1)),
        ("air/wujinku", payload(kind="week"), Counter(unknown_kind=1)),
        ("air/wujinku", payload(flags={"pm25": "Q"}), Counter(unknown_flag=1)),
        (
            "air/wujinku",
            payload(values=text_among_nine, time=a_second_before),
            Counter(wrong_type=1),
        ),
        ("hj212/010000A8900016F000169DC0", b"##0000garbage", Counter(bad_frame=1)),
    ]


@pytest.mark.server
def test_garbage_at_ten_times_the_flow(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    rounds = scaled(400)
    order = random.Random(SEED)
    messages: list[tuple[str, bytes]] = []
    expected: Counter[str] = Counter()
    good = 0
    for number in range(rounds):
        time = LATE + timedelta(minutes=number)
        kinds = garbage(time)
        messages.append(
            ("air/renmin-gongyuan", json.dumps({"time": time.isoformat(), "values": GOOD}).encode())
        )
        good += len(GOOD)
        for topic, payload, reasons in [*kinds, *order.sample(kinds, k=2)][: 10 + number % len(kinds)]:
            messages.append((topic, payload))
            expected += reasons
    texts = sum(b"broken" in payload for _, payload in messages)
    service = start_liangqu(broker.port)

    with Publisher(Broker(port=broker.port)) as publisher:
        for topic, payload in messages:
            publisher.publish(f"liangqu/{topic}", payload)
    figures = service.wait_until_settled(len(messages))

    assert refused(figures) == expected
    # Nine values, one of them text: eight are kept, once; sent again they are duplicates.
    kept_beside_text = items(figures)["stored"] - good
    assert kept_beside_text + items(figures)["duplicate"] == 8 * texts
    assert items(figures)["quarantined"] == sum(expected.values())
    assert figures["liangqu_messages_received_total"] == len(messages)
    assert '"ready":true' in service._get("/readyz")[1]
    assert service.stop() == 0
