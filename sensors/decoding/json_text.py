"""JSON from outside into a strict type: whatever the bytes, how deep or how long, a value or a refusal."""

from typing import TypeVar

import msgspec

from sensors.excerpt import one_line
from sensors.model import Refused

_Shape = TypeVar("_Shape")
_BOM = b"\xef\xbb\xbf"


def parse_json(raw: bytes, shape: type[_Shape]) -> _Shape | Refused:
    """Decode a whole document, without a byte order mark at its head.

    Returns:
        The value; else Refused: `not_utf8`, `not_json` (deeper than the reader's stack too), or
        `bad_envelope` for JSON of another shape, with words of one line.
    """
    try:
        return msgspec.json.decode(raw.removeprefix(_BOM), type=shape)
    except msgspec.ValidationError as error:
        return Refused("bad_envelope", one_line(str(error).replace("`", "")))
    except UnicodeDecodeError:
        return Refused("not_utf8", _first_bad_byte(raw))
    except RecursionError:
        return Refused("not_json", "nested too deeply to be read")
    except ValueError as error:  # msgspec's own, and Python's of integers with very many digits
        return Refused("not_json", one_line(str(error)))


def _first_bad_byte(raw: bytes) -> str:
    """Counted from the document's begin; msgspec counts from that of the text that it was in."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not UTF-8"
    return "not UTF-8"
