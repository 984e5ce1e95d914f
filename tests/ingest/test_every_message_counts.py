"""Whatever arrives, on whatever topic: every message ends with a count, each item under one outcome."""

import json
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.journal import accounting, inbox
from ingest.journal.accounting import OUTCOMES
from ingest.journal.inbox import InboxMessage
from sensors.catalogue import loader
from sensors.decoding.hj212.crc import crc16
from tests.support.pipeline_harness import NOW, SITES, PipelineHarness
from tests.support.scale import scaled


def framed(segment: str) -> bytes:
    """A frame of HJ 212 with its length and sum."""
    return f"##{len(segment):04d}{segment}{crc16(segment.encode()):04X}\r\n".encode()


TOPICS = st.sampled_from(
    [
        "liangqu/air/quick", "liangqu/air/hourly", "liangqu/water/upper", "liangqu/air/nobody",
        "liangqu/Air/quick", "liangqu/air/quick/", "liangqu/quick", "liangqu/x/y/z", "liangqu/hj212/quick",
    ]
)  # fmt: skip
TIMES = st.sampled_from(
    ["2026-11-22T08:00:00+08:00", "2026-11-22 08:00:00", "2012-01-01T00:00:00Z", "soon", 1, None]
)
VALUES: st.SearchStrategy[object] = st.sampled_from(
    [31.2, -1, 1e9, None, "31.5", "<0.025", "ND", "x", True, [1], {}]
)
NAMES = st.sampled_from(["pm25", "PM10", "a34004", "w21003", "nh3n", "ph", "nothing", ""])
OBJECTS = st.fixed_dictionaries(
    {"time": TIMES, "values": st.dictionaries(NAMES, VALUES, max_size=4)},
    optional={
        "flags": st.dictionaries(NAMES, st.sampled_from(["N", "D", "?"])),
        "kind": NAMES,
        "rssi": VALUES,
    },
)
JSON = st.one_of(OBJECTS, st.lists(OBJECTS, max_size=3), VALUES).map(lambda body: json.dumps(body).encode())
FRAMES = st.sampled_from(
    [
        framed("QN=20261122140000000;CN=2011;CP=&&DataTime=20261122140000;a34004-Rtd=31.2,a34004-Flag=N&&"),
        framed("CN=2061;CP=&&DataTime=20261122140000;w21003-Avg=0.5&&"),
        framed("CN=9999;CP=&&&&"),
        b"##0010garbage\r\n",
    ]
)
PAYLOADS = st.one_of(JSON, JSON.map(lambda body: body[: len(body) // 2]), FRAMES, st.binary(max_size=40))
MESSAGES = st.lists(st.tuples(TOPICS, PAYLOADS), min_size=1, max_size=8)


@settings(max_examples=scaled(600), deadline=None, suppress_health_check=[*HealthCheck])
@given(MESSAGES)
def test_no_message_ends_without_a_count(messages: list[tuple[str, bytes]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "sites.toml"
        file.write_text(SITES, encoding="utf-8")
        with closing(PipelineHarness(Path(name), loader.load([file]))) as harness:
            for topic, payload in messages:
                before = counts(harness)
                with harness.journal.transaction() as connection:
                    inbox.add(connection, [InboxMessage(topic, payload, NOW)])
                harness.settle()
                after = counts(harness)

                assert accounting.imbalances(after) == {"messages": 0, "items": 0}
                assert after["processed"] == before["processed"] + 1
                assert sum(after[each] - before[each] for each in OUTCOMES) > 0, (topic, payload)


def counts(harness: PipelineHarness) -> dict[str, int]:
    return accounting.read_counts(harness.journal.connection())
