"""On disk and synced before PUBACK: read from the system calls of the running service."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.connection import READ_SIZE
from ingest.mqtt.publisher import Publisher
from tests.support.fake_broker import CONNACK, CONNECT, PUBACK, PUBLISH, head
from tests.support.liangqu_process import StartLiangqu
from tests.support.scale import scaled
from tests.support.servers import Mosquitto

START = datetime(2026, 1, 1, tzinfo=UTC)
TOPIC = b"liangqu/air/wujinku"
WRITES = {"pwrite64", "write"}
SYNCS = {"fdatasync", "fsync"}

# 17 fdatasync(9</a/journal.db-wal> <unfinished ...>   or   17 <... fdatasync resumed>) = 0
_BEGUN = re.compile(r'(\d+) +(\w+)\(\d+<([^>]*)>(?:, "((?:\\x..)*)")?')
_RESUMED = re.compile(r'(\d+) +<\.\.\. \w+ resumed>(?:"((?:\\x..)*)")?')


class Call(NamedTuple):
    """The beginning or the end of a system call, in the order in which they happened."""

    name: str
    done: bool
    file: str
    content: bytes


def calls(trace: Path) -> Iterator[Call]:
    """Every beginning and every end; what a read has read is known at its end."""
    open_: dict[str, Call] = {}
    for line in trace.read_text(encoding="ascii").splitlines():
        if begun := _BEGUN.match(line):
            thread, name, path, content = begun.groups()
            file = _bytes(path).decode()
            call = Call(name, False, file, _bytes(content))
            yield call
            if "<unfinished" in line:
                open_[thread] = call
            else:
                yield call._replace(done=True)
        elif (resumed := _RESUMED.match(line)) and resumed[1] in open_:
            call = open_.pop(resumed[1])
            yield call._replace(done=True, content=call.content or _bytes(resumed[2]))


def _bytes(text: str | None) -> bytes:
    return bytes.fromhex(text.replace("\\x", "")) if text else b""


class Stream:
    """One direction of a connection, cut into MQTT packets wherever the calls have cut it."""

    def __init__(self) -> None:
        self._rest = b""

    def packets(self, content: bytes) -> Iterator[tuple[int, bytes]]:
        """Each packet that is whole now: its kind and its body."""
        self._rest += content
        while (found := head(self._rest)) is not None and len(self._rest) >= sum(found):
            begin, size = found
            yield self._rest[0] >> 4, self._rest[begin : begin + size]
            self._rest = self._rest[begin + size :]


class Disk:
    """What has been received, written and synced so far, by packet id."""

    def __init__(self) -> None:
        self.received: dict[int, bytes] = {}
        self.written: set[bytes] = set()
        self.synced: set[bytes] = set()
        self.syncing: set[bytes] = set()
        self.acknowledged: list[int] = []
        self._streams: dict[tuple[str, str], Stream] = {}

    def see(self, call: Call) -> None:
        if call.name == "recvfrom" and call.done:
            self._came(self._packets(call, CONNACK))
        elif call.file.endswith("journal.db-wal") and call.name in WRITES and call.done:
            self.written |= {p for p in self.received.values() if p in call.content}
        elif call.file.endswith("journal.db-wal") and call.name in SYNCS:
            if call.done:
                self.synced |= self.syncing
            else:
                self.syncing = set(self.written)
        elif call.name == "sendto" and not call.done:
            self._left(self._packets(call, CONNECT))

    def _packets(self, call: Call, first: int) -> list[tuple[int, bytes]]:
        """Of the connection that begins with a packet of this kind; [] of any other socket."""
        way = call.name, call.file
        if way not in self._streams and call.content[:1] != bytes([first << 4]):
            return []
        return list(self._streams.setdefault(way, Stream()).packets(call.content))

    def _came(self, packets: list[tuple[int, bytes]]) -> None:
        for kind, body in packets:
            if kind == PUBLISH and body[2 : 2 + len(TOPIC)] == TOPIC:
                rest = body[2 + len(TOPIC) :]  # packet id, no properties, payload
                self.received[int.from_bytes(rest[:2])] = rest[3:]

    def _left(self, packets: list[tuple[int, bytes]]) -> None:
        for kind, body in packets:
            if kind == PUBACK:
                packet = int.from_bytes(body[:2])
                self.acknowledged.append(packet)
                words = f"packet {packet} was acknowledged before its sync"
                assert self.received[packet] in self.synced, words


@pytest.mark.server
def test_every_puback_follows_a_sync_of_its_message(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    trace, count = tmp_path / "trace", scaled(3000)
    traced = ",".join(sorted(WRITES | SYNCS | {"recvfrom", "sendto"}))
    strace = (
        "strace",
        "-D",
        "-f",
        "-y",
        "-xx",
        "-s",
        str(READ_SIZE),
        "-e",
        f"trace={traced}",
        "-o",
        str(trace),
    )
    service = start_liangqu(mosquitto.port, under=strace)
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            publisher.publish(TOPIC.decode(), json.dumps({"time": stamp, "values": {"pm25": 1}}).encode())
    service.wait_until_settled(count)
    assert service.stop() == 0

    disk = Disk()
    for call in calls(trace):
        disk.see(call)

    assert disk.acknowledged == list(range(1, count + 1))
    assert len(disk.synced) == count
