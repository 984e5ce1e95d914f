"""Where the objects of a JSON payload begin and end, found in one pass and without reading them.

What stands between objects is passed over as long as nothing can be lost by it: blanks, NULs and other
control characters, byte order marks, commas too many or too few, one object or array behind the other.
"""

import re
from typing import NamedTuple

from sensors.excerpt import excerpt
from sensors.model import Refused

LARGEST_PIECE = 384 * 1024
"""Bytes of the largest object or frame; a longer payload is read in pieces of at most so many."""

_BETWEEN = re.compile(rb"(?:[\x00-\x20,]|\xef\xbb\xbf)*+")
_TEXT = rb'"(?:[^"\\]++|\\.)*+"'
_BRACES = re.compile(_TEXT + rb'|["{}]', re.DOTALL)
_BRACKETS = re.compile(_TEXT + rb'|["\[\]]', re.DOTALL)
_SCALAR = re.compile(_TEXT + rb'|[^\x00-\x20,:{}\[\]"]++', re.DOTALL)
_QUOTE = ord('"')
_LOOKS = [
    (name, re.compile(pattern))
    for name, pattern in (
        ("UTF-16", rb"\xff\xfe|\xfe\xff|[\[{]\x00"),
        ("gzip or zlib: send it uncompressed", rb"\x1f\x8b|\x78[\x01\x5e\x9c\xda]"),
        ("base64: send the JSON itself", rb"(?:eyJ|W3si)[A-Za-z0-9+/=_-]*+\s*+$"),
        ("Python's text of a dict: JSON has double quotes (json.dumps)", rb"\{\s*+'"),
        ("a frame of HJ 212: its topic has hj212 in it", rb"##[0-9]{4}"),
        ("XML", rb"<[?a-zA-Z]"),
    )
]
_BLANKS = b" \t\r\n"
_PADDING = bytes(range(33)) + b","


class ObjectSpans(NamedTuple):
    """The objects, or whatever else stands as an element of an array, as (begin, end).

    From `stop` on nothing more can be told apart; that is the end of what was given, or something that is
    no whole object: then `in_array` says where it stands. `plain` is whether JSON, read strictly, would
    allow what stands between the objects up to there.
    """

    spans: list[tuple[int, int]]
    stop: int
    in_array: bool
    plain: bool


class Piece(NamedTuple):
    """Whole objects off the head of a long payload, as a payload of their own.

    The next piece begins `size` bytes later; `in_array` says whether inside an array.
    """

    payload: bytes
    size: int
    in_array: bool


def find_objects(data: bytes, *, in_array: bool = False, most: int | None = None) -> ObjectSpans:
    """The objects one after the other, up to the first that has no end; linear in the length of `data`.

    Args:
        data: Any bytes.
        in_array: Whether an array has begun before them.
        most: How many are enough; None = all.
    """
    spans: list[tuple[int, int]] = []
    position, plain, expected, documents = 0, True, b"", 0
    while True:
        begin = _end_of_blanks(data, position)
        sign = data[begin : begin + 1]
        between = data[position:begin].strip(_BLANKS)
        plain = plain and between == (b"" if sign in (b"]", b"") else expected)
        if sign == (b"]" if in_array else b"["):
            documents += not in_array
            in_array, position, expected = not in_array, begin + 1, b""
            continue
        end = _end_of_element(data, begin, sign, in_array=in_array)
        if end is None:
            return ObjectSpans(spans, begin, in_array, plain and documents <= 1)
        documents += not in_array
        spans.append((begin, end))
        position, expected = end, b"," if in_array else b""
        if len(spans) == most:
            return ObjectSpans(spans, end, in_array, plain)


def cut_piece(data: bytes, *, in_array: bool, most: int | None = None) -> Piece | None:
    """The objects that are whole in `data`, which goes on; None if there is none.

    Args:
        data: From the end of the piece before.
        in_array: Whether that was inside an array.
        most: How many objects at most; None = all.
    """
    spans, stop, goes_on_in_array, _ = find_objects(data, in_array=in_array, most=most)
    if spans and spans[-1][1] == len(data) and data[-1:] not in b'}]"':
        stop = spans.pop()[0]  # a number or word that may go on
    if not spans:
        return None
    payload = close_piece(data[:stop].rstrip(_PADDING), in_array=in_array)
    return Piece(payload + b"]" * goes_on_in_array, stop, goes_on_in_array)


def close_piece(data: bytes, *, in_array: bool, more: bool = False) -> bytes:
    """The bytes as a payload of their own: the array that they stand in begins with them.

    `more`: there were pieces before, so that these may hold nothing.
    """
    if in_array:
        return b"[" + data.lstrip(_PADDING)
    return data if not more or data.strip(_PADDING) else b"[]"


def describe_rest(payload: bytes, stop: int) -> Refused:
    """Why nothing of a payload can be told apart from `stop` on."""
    rest = payload[stop:]
    guess = likely(payload) or likely(rest)
    try:
        text = rest.decode()
    except UnicodeDecodeError as error:
        return Refused("not_utf8", f"byte {stop + error.start} is not UTF-8{guess}")
    if not text:
        return Refused("not_json", "the array is not closed: the payload was cut, perhaps")
    wrong = "no end of what begins with" if text[0] in "{[" else "no object begins with"
    return Refused("not_json", f"{wrong} {excerpt(text)} (byte {stop}){guess}")


def likely(text: bytes) -> str:
    """What bytes that are not JSON seem to be, to be added to words; "" if they look like nothing known."""
    seems = next((name for name, looks in _LOOKS if looks.match(text)), "")
    return seems and f"; it looks like {seems}"


def _end_of_blanks(data: bytes, position: int) -> int:
    found = _BETWEEN.match(data, position)
    return found.end() if found else position


def _end_of_element(data: bytes, begin: int, sign: bytes, *, in_array: bool) -> int | None:
    """Where the object, or the array or scalar within an array, ends; None: it does not, or is none."""
    if not sign:
        return None
    if sign == b"{" or (sign == b"[" and in_array):
        return _end_of_brackets(data, begin, sign)
    if not in_array:
        return None
    found = _SCALAR.match(data, begin)
    return found and found.end()


def _end_of_brackets(data: bytes, begin: int, opening: bytes) -> int | None:
    """Of one kind only: a bracket of the other that does not fit spoils this element and no other."""
    depth = 0
    for found in (_BRACES if opening == b"{" else _BRACKETS).finditer(data, begin):
        sign = found[0]
        if sign == opening:
            depth += 1
        elif sign == b'"':
            return None
        elif sign[0] != _QUOTE:
            depth -= 1
            if not depth:
                return found.end()
    return None
