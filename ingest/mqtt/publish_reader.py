"""Reads the PUBLISH packets of one connection out of its buffer; every other packet stays paho's.

paho takes 20 µs for a packet, this takes two: docs/decisions/0094.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from ingest.journal.inbox import HEAD
from ingest.mqtt.publish_frame import PublishFrame, PublishHead, find_packet, is_readable, parse_head

MOST_AT_ONCE = 64  # then acknowledgements have their turn
LONGEST_HEAD = 128 * 1024  # topic and properties of a packet that is not read as a whole
COMPARE_S = 1.0
LOWEST_FIRST_BYTE = 0x10  # a CONNECT: 2.1.2


class ReadProgress(NamedTuple):
    """How far reading has come: `position` is where the next packet begins.

    `for_paho` is the length of that packet if it is paho's; `missing` is how many bytes must come before
    anything more can be read, 0 if something can.
    """

    position: int
    for_paho: int = 0
    missing: int = 0


class PublishReader:
    """A reader for one connection.

    One PUBLISH a second is left to paho, which keeps its own account of when the broker spoke; whoever hears
    of it there compares it with `shared`.

    Args:
        deliver: Called with what was read, in order, before whatever follows it in the stream is.
        five: MQTT 5; otherwise 3.1.1.
        max_payload: Bytes above which only the head of a payload is kept, with its length and SHA-256.

    Attributes:
        shared: What paho is about to deliver, as it was read here; None otherwise.
    """

    def __init__(
        self, deliver: Callable[[list[PublishFrame]], None], *, five: bool, max_payload: int
    ) -> None:
        self.shared: PublishFrame | None = None
        self._deliver = deliver
        self._five = five
        self._max_payload = max_payload
        self._compare_at = 0.0
        self._oversize: _Oversize | None = None
        self._off = False

    def turn_off(self) -> None:
        """Leave every packet from the next on to paho."""
        self._off = True

    def read(self, data: bytes, position: int, now: float) -> ReadProgress:
        """Deliver the PUBLISH packets that begin at `position`, at most `MOST_AT_ONCE`.

        Args:
            data: What has come; at `position` begins a packet, or a payload that is too large goes on.
            position: Before the end of `data`.
            now: By a monotonic clock, in seconds.

        Raises:
            ConnectionAbortedError: a packet of the forbidden type 0; paho would take it for none, and what
                follows for its beginning.
        """
        frames: list[PublishFrame] = []
        try:
            return self._read(data, position, now, frames)
        finally:
            if frames:
                self._deliver(frames)

    def _read(self, data: bytes, position: int, now: float, frames: list[PublishFrame]) -> ReadProgress:
        if self._oversize is not None:
            position = self._skim(self._oversize, data, position, frames)
        size = len(data)
        while position < size and len(frames) < MOST_AT_ONCE:
            found = find_packet(data, position)
            if found is None:
                return ReadProgress(position, missing=1)
            body, end = found
            if self._off or not is_readable(data[position]):
                return _leave_to_paho(data[position], position, end)
            if end > size and (missing := self._missing(position, body, end, size)):
                return ReadProgress(position, missing=missing)
            head = parse_head(data, position, body, min(end, size), five=self._five)
            if head is None:
                return ReadProgress(position, for_paho=end - position)
            if end - head.payload_start > self._max_payload:
                self._oversize = _Oversize(head, data[position], end - head.payload_start)
                position = self._skim(self._oversize, data, head.payload_start, frames)
                continue
            if end > size:
                return ReadProgress(position, missing=end - size)
            frame = to_frame(head, data[position], data[head.payload_start : end])
            if now >= self._compare_at:
                self._compare_at = now + COMPARE_S
                self.shared = frame
                return ReadProgress(position, for_paho=end - position)
            frames.append(frame)
            position = end
        return ReadProgress(position)

    def _missing(self, position: int, body: int, end: int, size: int) -> int:
        """Bytes that must come first: the whole packet, of one that may be too large its head."""
        wanted = end if end - body <= self._max_payload else min(end, position + LONGEST_HEAD)
        return max(0, wanted - size)

    def _skim(self, oversize: "_Oversize", data: bytes, position: int, frames: list[PublishFrame]) -> int:
        position = oversize.take(data, position)
        if not oversize.left:
            frames.append(oversize.to_frame())
            self._oversize = None
        return position


class _Oversize:
    """A payload that is too large, as it streams by."""

    def __init__(self, head: PublishHead, first: int, length: int) -> None:
        self.left = length
        self._length = length
        self._head = head
        self._first = first
        self._kept = b""
        self._digest = hashlib.sha256()

    def take(self, data: bytes, position: int) -> int:
        """Take what is there of it; returns where it ends in `data`."""
        piece = data[position : position + self.left]
        self._digest.update(piece)
        if len(self._kept) < HEAD:
            self._kept = (self._kept + piece)[:HEAD]
        self.left -= len(piece)
        return position + len(piece)

    def to_frame(self) -> PublishFrame:
        """The frame with the head of the payload, its length and sum."""
        frame = to_frame(self._head, self._first, self._kept)
        return frame._replace(length=self._length, sha256=self._digest.hexdigest())


def _leave_to_paho(first: int, position: int, end: int) -> ReadProgress:
    if first < LOWEST_FIRST_BYTE:
        raise ConnectionAbortedError("a packet of type 0")
    return ReadProgress(position, for_paho=end - position)


def to_frame(head: PublishHead, first: int, payload: bytes) -> PublishFrame:
    """The frame; `first` is the packet's first byte, which has the flags (MQTT 5 and 3.1.1, 3.3.1)."""
    return PublishFrame(
        head.topic, payload, head.packet, (first >> 1) & 3, retain=bool(first & 1), dup=bool(first & 8)
    )
