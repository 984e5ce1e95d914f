"""One whole frame: `##`, the segment's length, the segment, its checksum; checked first, then read."""

import re
from collections.abc import Set as AbstractSet
from contextlib import suppress

from msgspec import Struct

from sensors.decoding.hj212.crc import crc16, modbus_crc16
from sensors.decoding.hj212.segment import Hj212Frame, build_segment, parse_segment, stated_fields
from sensors.decoding.hj212.tolerances import TOLERANCES, TOLERATED, Deviations, Malformed
from sensors.model import Refused

MARK = b"##"
END = b"\r\n"
CRC_DIGITS = 4
LENGTH_DIGITS = 4
LONGEST_SEGMENT = 9999
LONGEST_IN_STANDARD = 1024
LONGEST_FRAME = len(MARK) + LENGTH_DIGITS + LONGEST_SEGMENT + CRC_DIGITS

BEGIN = re.compile(rb"##( {0,3}[0-9]{1,4})")
_HEX_LENGTH = re.compile(rb"##([0-9A-Fa-f]{4}) {0,3}(?:QN|ST|CN|PW|MN|Flag) {0,3}=", re.IGNORECASE)
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_SHORT_SUM = re.compile(rb"&([0-9A-Fa-f]{1,3})\Z")
_AFTER = END + b"\0 \t"
_CLAIMED_MN = re.compile(rb"[;,] {0,3}[Mm][Nn] {0,3}= {0,3}([0-9A-Za-z_.-]{1,64}) {0,3}[;,]")
_ENCRYPTED = re.compile(rb"\{0[xX]")


class Received(Struct, frozen=True):
    """A frame that passed, and the names of the tolerances it needed."""

    frame: Hj212Frame
    deviations: tuple[str, ...] = ()


def build_frame(frame: Hj212Frame) -> bytes:
    """The bytes of a frame with CR LF, as they go on the wire.

    Raises:
        ValueError: The frame could not be read back as it is: too long, or a separator inside a field.
    """
    segment = build_segment(frame).encode()
    if len(segment) > LONGEST_SEGMENT:
        raise ValueError(f"a segment of {len(segment)} bytes; the length field ends at {LONGEST_SEGMENT}")
    payload = b"##%04d%b%04X\r\n" % (len(segment), segment, crc16(segment))
    answer = parse_frame(payload, TOLERANCES.keys())
    if isinstance(answer, Refused):
        raise ValueError(f"no frame: {answer.detail}")  # noqa: TRY004 - a value, not a type, is wrong
    if answer.frame != frame:
        raise ValueError("no frame: a field would be read back as another")
    return payload


def parse_frame(payload: bytes, tolerated: AbstractSet[str] = TOLERATED) -> Received | Refused:
    """Check one frame and read it.

    Args:
        payload: From `##` to the sum, with or without CR LF; nothing before or after.
        tolerated: Names from tolerances.toml that may pass.

    Returns:
        The frame, or Refused as `bad_frame`: what is wrong, and in which part of the frame.

    Source: HJ 212-2017 chapter 6 and annex A; for HJ 212-2025 public code that cites its clauses.
    """
    seen = Deviations(tolerated)
    try:
        length, segment = _checked_segment(payload, seen)
        text = _decode(segment, seen)
        _check_length(length, len(segment), len(text), seen)
        frame = parse_segment(text, seen)
    except Malformed as bad:
        return Refused("bad_frame", str(bad), bad.where)
    return Received(frame, tuple(seen.names))


def stated_frame(payload: bytes, tolerated: AbstractSet[str] = TOLERATED) -> Hj212Frame | None:
    """What a frame of a right sum says of itself though it is refused: enough to answer it.

    None if the sum is not right. A CN that cannot be read is empty; a Flag that cannot be asks for a reply.
    The data area is empty.
    """
    try:
        _, segment = _checked_segment(payload, Deviations(tolerated))
    except Malformed:
        return None
    return stated_fields(_to_text(segment))


def stated_mn(payload: bytes) -> str:
    """The MN that a frame states, however broken it is; empty if there is none. For counting only."""
    found = _CLAIMED_MN.search(payload[:LONGEST_FRAME])
    return found[1].decode() if found else ""


def _checked_segment(payload: bytes, seen: Deviations) -> tuple[bytes, bytes]:
    """The digits of the length, and the segment whose sum is right; raises Malformed."""
    payload = payload[: LONGEST_FRAME + len(END) + 1].rstrip(_AFTER)
    if len(payload) > LONGEST_FRAME:
        raise Malformed(f"longer than any frame ({LONGEST_FRAME} bytes)", "length")
    begin = BEGIN.match(payload)
    if not begin:
        raise Malformed("does not begin with ## and a length", "##")
    length, start = begin[1], begin.end()
    if (in_hex := _HEX_LENGTH.match(payload)) and not in_hex[1].isdigit():
        seen.note("length_hex", "length")
        length, start = in_hex[1], in_hex.end(1)
    end = max(start, len(payload) - CRC_DIGITS)
    if short := _SHORT_SUM.search(payload, start):
        seen.note("crc_digits", "CRC")
        end = short.start(1)
    segment = payload[start:end]
    _check_sum(segment, payload[end:].rjust(CRC_DIGITS if short else 0, b"0"), length, seen)
    return length, segment


def _check_sum(segment: bytes, given: bytes, length: bytes, seen: Deviations) -> None:
    if not _HEX.fullmatch(given):
        detail = f"does not end with a sum of four hex digits{_length_words(length, segment)}"
        raise Malformed(detail, "CRC")
    right = b"%04X" % crc16(segment)
    if given == right:
        return
    upper = given.upper()
    if upper != given:
        seen.note("crc_case", "CRC")
    if upper == right:
        return
    if upper == right[2:] + right[:2]:
        seen.note("crc_swapped", "CRC")
    elif int(given, 16) == modbus_crc16(segment):
        seen.note("crc_modbus", "CRC")
    elif _ENCRYPTED.search(segment):
        raise Malformed("an encrypted data area (SM4 of HJ 212-2025) is not read", "CP")
    else:
        detail = f"the sum says {upper.decode()}, the segment gives {right.decode()}"
        raise Malformed(f"{detail}{_length_words(length, segment)}", "CRC")


def _length_words(length: bytes, segment: bytes) -> str:
    """That a refused frame may have been cut: its length announces another number of bytes."""
    announced = int(length) if length.strip().isdigit() else int(length, 16)
    if announced == len(segment):
        return ""
    return f"; its length says {announced} bytes, {len(segment)} are there"


def _check_length(digits: bytes, size: int, characters: int, seen: Deviations) -> None:
    if len(digits.strip()) < LENGTH_DIGITS:
        seen.note("length_digits", "length")
    if not digits.strip().isdigit() or int(digits) not in (size, characters):
        seen.note("length_hex" if int(digits, 16) in (size, characters) else "length_wrong", "length")
    if size > LONGEST_IN_STANDARD:
        seen.note("long_segment", "length")


def _decode(segment: bytes, seen: Deviations) -> str:
    try:
        return segment.decode()
    except UnicodeDecodeError:
        seen.note("not_utf8", "segment")
        return _to_text(segment)


def _to_text(segment: bytes) -> str:
    r"""Text, whatever the bytes: UTF-8, else GBK, else with `\xb5` for each byte that is neither.

    No character of GBK holds a separator: a strange byte spoils the field it stands in and no other.
    """
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return segment.decode(encoding)
    return segment.decode(errors="backslashreplace")
