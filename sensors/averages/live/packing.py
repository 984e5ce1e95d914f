"""The last readings of a series as bytes, short and quickly made: each batch writes them again.

    b"i" first step | totals          at an even step: 0.5 kB for two hours of readings a minute
    b"i" first 0    | times totals    at uneven times

Totals are 32-bit words (`i`) or, where one is larger, 64-bit words (`q`); times, first and step are
milliseconds in 64 bits. All have the lowest byte first.
"""

import sys
from array import array
from collections.abc import Iterator
from struct import Struct

from sensors.averages.exact_sum import Exact
from sensors.averages.live.state import StoredReadings, parse_total
from sensors.calendar import EpochMs

_HEADER = Struct("<cqq")
_TIME = 8


def pack(times: "array[int]", totals: "array[int]", step: int) -> bytes:
    """Times with as many sums; `step` is 0 where the times are not `step` apart throughout."""
    if not times:
        return b""
    header = _HEADER.pack(totals.typecode.encode(), times[0], step)
    return header + (b"" if step else _bytes(times)) + _bytes(totals)


def unpack(recent: bytes | tuple[StoredReadings, ...]) -> Iterator[tuple[EpochMs, Exact]]:
    """The pairs again, from any form."""
    if not isinstance(recent, bytes):
        return ((ms, parse_total(total)) for ms, total in recent)
    if len(recent) % 2 == 0:
        return _unpack_words(recent)
    typecode, first, step = _HEADER.unpack_from(recent)
    width = array(typecode.decode()).itemsize
    rest = memoryview(recent)[_HEADER.size :]
    if step:
        count = len(rest) // width
        return zip(
            map(EpochMs, range(first, first + count * step, step)),
            _words(typecode.decode(), rest),
            strict=True,
        )
    split = len(rest) // (_TIME + width) * _TIME
    return zip(map(EpochMs, _words("q", rest[:split])), _words(typecode.decode(), rest[split:]), strict=True)


def _unpack_words(recent: bytes) -> Iterator[tuple[EpochMs, int]]:
    """None, or as journals before version 6 hold them: all times and then all totals, 64 bits each."""
    words = _words("q", recent)
    half = len(words) // 2
    return zip(map(EpochMs, words[:half]), words[half:], strict=True)


def _words(typecode: str, raw: "bytes | memoryview") -> "array[int]":
    words: array[int] = array(typecode)
    words.frombytes(raw)
    return _lowest_first(words)


def _bytes(words: "array[int]") -> bytes:
    return _lowest_first(words).tobytes()


def _lowest_first(words: "array[int]") -> "array[int]":
    if sys.byteorder == "little":
        return words
    swapped = words[:]
    swapped.byteswap()
    return swapped
