"""Reassembly of split messages: parts 1 to PNUM of one (MN, CN, DataTime, PNUM).

Readings need no reassembly, since each part carries its own DataTime and is answered separately; it is for
looking at whole messages and for reporting missing parts.
"""

import re

from msgspec import Struct
from msgspec.structs import replace

from sensors.decoding.hj212.segment import PACKET_NUMBERS, Hj212Frame

_DATA_TIME = re.compile(r"(?:^|;)DataTime=([^;,]*)[;,]?")


class SplitMessage(Struct, frozen=True):
    """What the parts of one message share."""

    mn: str
    cn: str
    data_time: str
    pnum: int


class Incomplete(Struct, frozen=True):
    """A split message, and the numbers of its missing parts."""

    split: SplitMessage
    missing: tuple[int, ...]


class Reassembly:
    """Collects parts until a message is whole."""

    def __init__(self) -> None:
        self._parts: dict[SplitMessage, dict[int, Hj212Frame]] = {}

    def add(self, frame: Hj212Frame) -> Hj212Frame | None:
        """Add a frame; the whole message when this was its last part, any frame that is no part at once.

        The whole has the fields of part 1, the data areas in the order of PNO with one DataTime, and no
        packet numbers. A part that comes again replaces the former.
        """
        if frame.pnum is None or frame.pno is None or frame.pnum == 1:
            return frame
        found = _DATA_TIME.search(frame.area)
        split = SplitMessage(frame.mn, frame.cn, found[1] if found else "", frame.pnum)
        parts = self._parts.setdefault(split, {})
        parts[frame.pno] = frame
        if len(parts) < frame.pnum:
            return None
        del self._parts[split]
        return _joined([parts[number] for number in sorted(parts)])

    def incomplete(self) -> list[Incomplete]:
        """The messages of which parts are missing, oldest first."""
        return [
            Incomplete(split, tuple(sorted(set(range(1, split.pnum + 1)) - parts.keys())))
            for split, parts in self._parts.items()
        ]


def _joined(parts: list[Hj212Frame]) -> Hj212Frame:
    first = parts[0]
    areas = [first.area, *(_DATA_TIME.sub("", part.area, count=1) for part in parts[1:])]
    flag = None if first.flag is None else first.flag & ~PACKET_NUMBERS
    area = ";".join(area.strip(";") for area in areas if area)
    return replace(first, pnum=None, pno=None, flag=flag, area=area)
