"""What one message of HJ 212 holds: a frame, or several one behind the other, as a logger's backlog comes.

Over TCP the gateway cuts the stream; here frames are cut only where the whole is none, and one of them is.
"""

from datetime import datetime

from msgspec.structs import replace

from sensors.catalogue.model import Catalogue
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.hj212.frame import MARK
from sensors.decoding.hj212.stream import FrameReader
from sensors.decoding.types import Decoded, InputBounds
from sensors.excerpt import excerpt
from sensors.model import Refused

_BLANK = b"\r\n\0 \t"
_REST = "rest"


def decode_frames(
    mn: str,
    payload: bytes,
    received: datetime,
    catalogue: Catalogue,
    bounds: InputBounds,
    *,
    located: bool = False,
) -> Decoded:
    """Decode a message; never raises. Arguments as those of `decode_frame`.

    Of several frames each is decoded by itself, and a position names it first: `[1].a34004`. What stands
    around them is one refused item.
    """
    whole = decode_frame(mn, payload, received, catalogue, bounds, located=located)
    if whole.frame is not None or MARK not in payload:
        return whole.decoded
    reader = FrameReader()
    frames = [*reader.feed(payload), *reader.close()]
    answers = [decode_frame(mn, one, received, catalogue, bounds, located=located) for one in frames]
    if all(one.frame is None for one in answers):
        return whole.decoded
    found = Decoded([], [])
    for number, answer in enumerate(answers):
        _add(found, answer.decoded, f"[{number}]")
    rest = _rest(payload, frames)
    if rest:
        detail = f"{len(rest)} bytes beside frames: {excerpt(rest.decode(errors='replace'))}"
        found.refused.append(Refused("bad_frame", detail, _REST))
    return found


def _add(found: Decoded, one: Decoded, place: str) -> None:
    found.parts += one.parts
    found.positions += [f"{place}.{where}" for where in one.positions]
    found.missing += [f"{place}.{where}" for where in one.missing]
    found.refused += [
        replace(each, where=f"{place}.{each.where}" if each.where else place) for each in one.refused
    ]


def _rest(payload: bytes, frames: list[bytes]) -> bytes:
    """What of the payload belongs to no frame, without blanks."""
    rest, at = bytearray(), 0
    for frame in frames:
        begin = payload.index(frame, at)
        rest += payload[at:begin].strip(_BLANK)
        at = begin + len(frame)
    return bytes(rest + payload[at:].strip(_BLANK))
