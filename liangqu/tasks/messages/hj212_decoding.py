"""What `liangqu hj212 decode` says of each frame: one plain dictionary a line."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.decoding.hj212.area import parse_area
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.hj212.frame import Received, parse_frame, stated_mn
from sensors.decoding.hj212.reassembly import Reassembly
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.stream import FrameReader
from sensors.decoding.hj212.tolerances import Deviations, Malformed
from sensors.decoding.hj212.vocabulary import COMMANDS
from sensors.decoding.types import InputBounds
from sensors.model import Reading, Refused

ALWAYS = datetime.max.replace(tzinfo=UTC)


class Decoding:
    """Frames out of bytes, one line each; afterwards a line for each split message with parts missing.

    Attributes:
        good: Frames that passed.
        bad: Frames that were refused.
        noise: Bytes that belong to no frame.
    """

    def __init__(self, catalogue: Catalogue, bounds: InputBounds) -> None:
        self._catalogue = catalogue
        # What is looked at by hand may lie anywhere in time: no "now" takes part.
        self._bounds = replace(bounds.of_any_age, max_ahead=timedelta())
        self.good = 0
        self.bad = 0
        self.noise = 0

    def lines(self, pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
        """The lines of a stream that comes in any pieces."""
        reader, parts = FrameReader(), Reassembly()
        for payload in _frames(reader, pieces):
            answer = parse_frame(payload, self._bounds.tolerated)
            line = _refused(payload, answer) if isinstance(answer, Refused) else self._passed(payload, answer)
            if isinstance(answer, Received):
                parts.add(answer.frame)
            self.good += line["ok"]
            self.bad += not line["ok"]
            yield line
        self.noise = reader.noise
        for incomplete in parts.incomplete():
            split = incomplete.split
            yield {
                "ok": False,
                "mn": split.mn,
                "cn": split.cn,
                "data_time": split.data_time,
                "pnum": split.pnum,
                "missing": incomplete.missing,
            }

    def _passed(self, payload: bytes, answer: Received) -> dict[str, Any]:
        frame = answer.frame
        seen = Deviations(self._bounds.tolerated, answer.deviations)
        try:
            area = parse_area(frame.area, seen)
        except Malformed as bad:
            return _refused(payload, Refused("bad_frame", str(bad), bad.where))
        line: dict[str, Any] = {"ok": True, **_fields(frame)}
        if frame.cn in COMMANDS:
            command = COMMANDS[frame.cn]
            line["command"] = {"zh": command.zh, "en": command.en}
        line |= {"fields": area.plain, "factors": area.factors, "contradicted": sorted(area.contradicted)}
        if frame.mn not in self._catalogue.by_mn:
            return line | {"deviations": seen.names}
        read = decode_frame("", payload, ALWAYS, self._catalogue, self._bounds)
        readings = [_reading(reading) for reading in read.decoded.readings]
        return line | {
            "deviations": read.deviations,
            "readings": readings,
            "refused": read.decoded.refused,
        }


def _frames(reader: FrameReader, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.close()


def _fields(frame: Hj212Frame) -> dict[str, Any]:
    """The fields that are there."""
    named = {name: getattr(frame, name) for name in frame.__struct_fields__}
    return {name: value for name, value in named.items() if value not in ("", None, False)}


def _refused(payload: bytes, why: Refused) -> dict[str, Any]:
    text = payload.decode(errors="backslashreplace")
    return {
        "ok": False,
        "reason": why.reason,
        "where": why.where,
        "detail": why.detail,
        "mn": stated_mn(payload),
        "frame": text,
    }


def _reading(reading: Reading) -> dict[str, Any]:
    sent = {"sent": reading.sent} if reading.sent else {}
    return {
        "site": reading.site,
        "parameter": reading.parameter,
        "kind": reading.kind,
        "time": reading.time.astimezone(SHANGHAI).isoformat(),
        "value": reading.value,
        "flag": reading.flag,
        **sent,
    }
