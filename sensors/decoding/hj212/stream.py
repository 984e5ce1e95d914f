"""Frames out of a byte stream, in whatever pieces it arrives.

A frame ends where its length says if the sum is right there, and otherwise at CR, LF or the next `##`. Both
depend on nothing but the bytes, so any chunking gives the same frames; every byte is looked at a bounded
number of times, and no more is kept than one longest frame.
"""

import re

from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.frame import BEGIN, CRC_DIGITS, LONGEST_FRAME, MARK

_MARKS = re.compile(rb"##+")
_DELIMITER = re.compile(rb"[\r\n]|##")
_UNDECIDED = -1


class FrameReader:
    """Cuts a stream into frames; give each connection its own.

    Attributes:
        noise: Bytes dropped because they belong to no frame; CR and LF are not counted.
    """

    def __init__(self, longest: int = LONGEST_FRAME) -> None:
        """Frames longer than `longest` bytes are noise."""
        self.noise = 0
        self._longest = longest
        self._buffer = bytearray()
        self._searched = 1
        self._sum_is_wrong = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next piece, of any length; returns the frames that it completes, oldest first.

        A frame is what stands between `##` and its end, not yet judged: `parse_frame` does that.
        """
        self._buffer += chunk
        return self._cut_frames()

    def close(self) -> list[bytes]:
        """The stream has ended: what is left, if it looks like the beginning of a frame."""
        self._buffer += b"\n"
        return self._cut_frames()

    def _cut_frames(self) -> list[bytes]:
        buffer, frames, at = self._buffer, [], 0
        while True:
            start = self._find_mark(at)
            self._count_noise(at, start)
            if start != at:
                self._reset_search()
            at = start
            if len(buffer) - at < len(MARK):
                break
            end = self._end(at)
            if end == _UNDECIDED:
                break
            if end - at <= self._longest and BEGIN.match(buffer, at, end):
                frames.append(bytes(buffer[at:end]))
            else:
                self._count_noise(at, end)
            self._reset_search()
            at = end
        del buffer[:at]
        return frames

    def _reset_search(self) -> None:
        self._searched = 1
        self._sum_is_wrong = False

    def _find_mark(self, at: int) -> int:
        """Where the next frame may begin; of `###` the last two count."""
        buffer = self._buffer
        if found := _MARKS.search(buffer, at):
            return found.end() - len(MARK)
        return max(at, len(buffer) - buffer.endswith(b"#"))

    def _end(self, at: int) -> int:
        """Where the frame that begins at `at` ends, or where searching goes on when it is too long."""
        buffer = self._buffer
        delimiter = _DELIMITER.search(buffer, at + self._searched)
        # A lone `#` at the end of the buffer may be half a delimiter, so it is searched again.
        self._searched = max(1, len(buffer) - at - 1)
        known = delimiter.start() if delimiter else len(buffer)
        whole = self._by_length(at, known)
        if whole != _UNDECIDED:
            return whole
        if delimiter and known - at <= self._longest:
            return known
        too_long = known - at > self._longest + (not delimiter)
        return at + self._longest + 1 if too_long else _UNDECIDED

    def _by_length(self, at: int, known: int) -> int:
        """Where the length says it ends, once, when no delimiter stands before and the sum holds there."""
        begin = None if self._sum_is_wrong else BEGIN.match(self._buffer, at)
        if not begin or begin.end() == len(self._buffer):
            return _UNDECIDED
        sum_at = begin.end() + int(begin[1])
        end = sum_at + CRC_DIGITS
        if end > known:
            return _UNDECIDED
        right = b"%04X" % crc16(bytes(self._buffer[begin.end() : sum_at]))
        self._sum_is_wrong = self._buffer[sum_at:end].upper() != right
        return _UNDECIDED if self._sum_is_wrong else end

    def _count_noise(self, start: int, end: int) -> None:
        gone = self._buffer[start:end]
        self.noise += len(gone) - gone.count(b"\r") - gone.count(b"\n")
