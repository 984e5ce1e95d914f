"""A million mutated payloads: none raises, none is lost without a count, time and memory stay small."""

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sensors.decoding.decoder import decode_message
from sensors.decoding.json_payload import decode_json
from sensors.decoding.json_tolerances import TOLERANCES
from sensors.decoding.types import Decoded
from tests.sensors.decoding.test_json_payload import (
    BOUNDS,
    CATALOGUE,
    RECEIVED,
    SITE,
    TIME,
    items_expected,
    message,
)
from tests.support.scale import scaled

SEED = 20261127
GOOD = message('{"pm25": 31.2, "pm10": 54, "o3": null}', ', "flags": {"pm25": "M"}, "kind": "rtd"')
SEEDS = [
    each.encode()
    for each in (
        GOOD,
        f"[{GOOD}, {GOOD}]",
        f"{GOOD}\n{GOOD}\n",
        message('{"pm25": nan, "a34002": "31.5", "o3": .5}', ', "rssi": -71'),
        '{"time": 1795305600000, "values": {"pm25": 1e3}}',
    )
]
PIECES = [
    b"nan", b"-inf", b"1.#IND", b"None", b"NULL", b'""', b'"31.5"', b"+31", b"031", b".5", b"5.", b"1,5",
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"'", b"\0", b"\n", b"\xef\xbb\xbf", b"\xff", b"9" * 30,
    b"{}", b"[]", b"[[[[", b"null", b"true", b'"time"', b'"values"', b'"flag":{},', b'"pm25":1,', b"##0101",
]  # fmt: skip


def mutate(payload: bytes, chance: random.Random) -> bytes:
    """One to four changes: a byte, a piece put in, a stretch cut out, doubled or moved, the end cut off."""
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        at, to = sorted(chance.randrange(len(payload) + 1) for _ in range(2))
        match chance.randrange(7):
            case 0:
                payload = payload[:at] + bytes([chance.randrange(256)]) + payload[at + 1 :]
            case 1 | 2:
                payload = payload[:at] + chance.choice(PIECES) + payload[at:]
            case 3:
                payload = payload[:at] + payload[min(to, at + 12) :]
            case 4:
                payload = payload[:to] + payload[at:]
            case 5:
                payload = payload[at:to] + payload[:at] + payload[to:]
            case 6:
                payload = payload[:to]
        payload = payload[:2000]
    return payload


def is_plain(sent: Any) -> bool:
    """Whether `items_expected` can tell: its times are those of the seeds or none."""
    objects = sent if isinstance(sent, list) else [sent]
    return all(
        each.get("time") in (TIME, 1_795_305_600_000, None) for each in objects if isinstance(each, dict)
    )


def memory() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


@pytest.mark.heavy
def test_a_million_mutated_payloads_end_in_readings_and_refusals() -> None:
    chance, accepting = random.Random(SEED), replace(SITE, accept=("numeric_text", "extra_keys"))
    outcomes, before = Counter[str](), memory()
    for _ in range(scaled(1_000_000)):
        payload = mutate(chance.choice(SEEDS), chance)
        site = chance.choice((SITE, accepting))

        decoded = decode_json(site, payload, RECEIVED, CATALOGUE, BOUNDS, located=True)

        check_counted(decoded, payload)
        reasons: set[str] = {refused.reason for refused in decoded.refused}
        outcomes.update(reasons or {"read"})
        try:
            sent = json.loads(payload.decode())
        except (ValueError, RecursionError):
            continue
        outcomes["JSON"] += 1
        if site is SITE and is_plain(sent):
            assert len(decoded.readings) + len(decoded.refused) == items_expected(sent), payload
            assert not decoded.tolerated, payload

    print(dict(outcomes.most_common()))
    assert memory() < before + 64 * 1024**2
    assert outcomes.keys() >= {"read", "JSON", "not_json", "not_utf8", "bad_envelope", "not_a_number"}


def check_counted(decoded: Decoded, payload: bytes) -> None:
    """Each item at a place of its own, with words of one line; nothing only where there is nothing."""
    assert len(decoded.positions) == len(decoded.readings)
    assert decoded.tolerated <= TOLERANCES.keys()
    assert all(refused.detail.isprintable() and len(refused.detail) < 300 for refused in decoded.refused)
    if not decoded.readings and not decoded.refused:
        assert b"[" in payload or b"{" in payload, payload


@pytest.mark.heavy
def test_mutated_topics_end_in_readings_and_refusals() -> None:
    chance = random.Random(SEED)
    catalogue = replace(CATALOGUE, sites={SITE.id: SITE})
    for _ in range(scaled(100_000)):
        topic = mutate(b"liangqu/air/yanchang", chance).decode(errors="replace")

        decoded = decode_message(topic, SEEDS[0], RECEIVED, catalogue, BOUNDS)

        assert decoded.readings or decoded.refused
        assert bool(decoded.readings) == (topic == "liangqu/air/yanchang")
