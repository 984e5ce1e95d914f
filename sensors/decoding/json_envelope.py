"""From bytes to the objects of a payload, each with time and values, or the reason it has none.

The common payload is decoded in one strict step; whatever that refuses is read again, slowly, to say which
part is bad, and to pass over what loggers do to JSON without a loss (json_tolerances.py).
"""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from sensors.decoding.json_objects import describe_rest, find_objects, likely
from sensors.decoding.lenient_json import parse_leniently
from sensors.excerpt import excerpt
from sensors.model import Acceptance, Refused


class Envelope(Struct, forbid_unknown_fields=True, gc=False):
    """One object of the payload. An unknown key is refused: `flag` for `flags` would lose a device mark."""

    values: dict[str, Any]
    time: Any = None
    flags: dict[str, Any] | None = None
    kind: Any = None


UNREADABLE = (ValueError, RecursionError)
"""What `decode_strictly` raises: msgspec's own, bytes that are no text, integers without end, any depth."""
Envelopes = Envelope | Refused | list[Envelope] | list[Envelope | Refused]
"""A lone object, or those of an array, or several one behind the other."""

decode_strictly = msgspec.json.Decoder(Envelope | list[Envelope]).decode

_KEYS = frozenset(Envelope.__struct_fields__)
_NEARLY_KEYS = frozenset(key.rstrip("s") for key in _KEYS)  # `flag`, `Flags`, `VALUES`
_KNOWN = "known are time, values, flags, kind"
_decode_one = msgspec.json.Decoder(Envelope).decode


def decode_leniently(payload: bytes, accept: Collection[Acceptance]) -> tuple[Envelopes, frozenset[str]]:
    """What `decode_strictly` refused, with each bad part on its own, and the tolerances that were needed.

    Never raises, whatever the bytes; in time and memory linear in their number.

    Args:
        payload: As it came.
        accept: What the site may send besides.
    """
    reader = _LenientReader(accept)
    return reader.read(payload), frozenset(reader.tolerated)


class _LenientReader:
    def __init__(self, accept: Collection[Acceptance]) -> None:
        self._accept = accept
        self.tolerated = set[str]()

    def read(self, payload: bytes) -> Envelopes:
        try:
            sent = msgspec.json.decode(payload)
        except UNREADABLE:
            return self._read_objects(payload)
        if isinstance(sent, list):
            return [self._to_envelope(each) for each in sent]
        return self._to_envelope(sent)

    def _read_objects(self, payload: bytes) -> Envelopes:
        """Object by object what is not JSON as a whole; what cannot be told apart at the end is one item."""
        spans, stop, in_array, plain = find_objects(payload)
        objects = [self._read_object(payload[begin:end]) for begin, end in spans]
        if stop < len(payload) or in_array:
            objects.append(describe_rest(payload, stop))
        elif not spans and b"[" not in payload:
            return Refused("not_json", "there is nothing in it")
        if spans and not plain:
            self.tolerated.add("framing")
        if len(objects) == 1 and not (spans and b"[" in payload[: spans[0][0]]):
            return objects[0]
        return objects

    def _read_object(self, text: bytes) -> Envelope | Refused:
        try:
            return _decode_one(text)
        except UNREADABLE:
            sent = parse_leniently(text, self.tolerated)
        if isinstance(sent, Refused):
            return Refused(sent.reason, sent.detail + likely(text))
        return self._to_envelope(sent)

    def _to_envelope(self, sent: Any) -> Envelope | Refused:
        if type(sent) is not dict:
            return Refused("bad_envelope", f"not an object with time and values: {excerpt(sent)}")
        unknown = [key for key in sent if key not in _KEYS]
        if unknown:
            refused = self._refuse_keys(unknown)
            if refused is not None:
                return refused
            sent = {key: value for key, value in sent.items() if key in _KEYS}
        if type(sent.get("values")) is not dict:
            return Refused("bad_envelope", f"values is missing or no object: {excerpt(sent.get('values'))}")
        if type(sent.get("flags")) not in (dict, type(None)):
            return Refused("bad_envelope", f"flags is not an object: {excerpt(sent['flags'])}")
        return Envelope(**sent)

    def _refuse_keys(self, unknown: list[str]) -> Refused | None:
        """Why these keys refuse their object; None if the site may send such: they are passed over."""
        if "extra_keys" not in self._accept:
            cure = 'accept = ["extra_keys"] at the site passes over others'
            return Refused("bad_envelope", f"unknown key {excerpt(unknown[0])}; {_KNOWN}; {cure}")
        for key in unknown:
            if key.strip().casefold().rstrip("s") in _NEARLY_KEYS:
                return Refused("bad_envelope", f"unknown key {excerpt(key)}, nearly a known one; {_KNOWN}")
        self.tolerated.add("extra_keys")
        return None
