"""A row of the journal as points of the store, and back. Pure."""

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from sensors.model import FieldValue, Point

MEASUREMENT = "journal"
PIECE = 20_000
"""Characters of a row in one point: InfluxDB keeps at most 64 KiB in a field."""

Cell = float | str | bytes | None

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, float | int | str | None]).decode


class HandedRow(NamedTuple):
    """A row as the store has it: `body` is "" where it was deleted."""

    key: str
    stamp: datetime
    body: str


def row_points(table: str, row: HandedRow) -> Iterator[Point]:
    """The points of a row, each with a piece of it; writing them again replaces the former row."""
    parts = max(1, -(-len(row.body) // PIECE))
    for part in range(parts):
        piece = row.body[part * PIECE : (part + 1) * PIECE]
        fields: dict[str, FieldValue | None] = {"key": row.key, "body": piece, "parts": float(parts)}
        yield Point(MEASUREMENT, {"table": table, "part": str(part)}, fields, row.stamp)


def rows_of(records: Iterable[Mapping[str, Any]]) -> Iterator[HandedRow]:
    """The rows of points of one table, in the order of their stamps; one of which a piece lacks is left out.

    Each record has `time`, `part`, `key`, `body` and `parts`.
    """
    pieces: dict[tuple[datetime, str], dict[int, str]] = {}
    counts: dict[tuple[datetime, str], int] = {}
    for one in sorted(records, key=lambda record: (record["time"], int(record["part"]))):
        id_ = one["time"], one["key"]
        pieces.setdefault(id_, {})[int(one["part"])] = one["body"]
        if one["part"] == "0":
            counts[id_] = int(one["parts"])
    for (stamp, key), found in pieces.items():
        wanted = range(counts.get((stamp, key), 0))
        if wanted and all(part in found for part in wanted):
            yield HandedRow(key, stamp, "".join(found[part] for part in wanted))


def encode_cells(cells: Mapping[str, Cell]) -> str:
    """The cells of a row by column, as JSON; bytes as Base64."""
    return _encode(cells).decode()


def decode_cells(body: str, blobs: Iterable[str]) -> dict[str, Cell]:
    """The inverse; `blobs` are the columns that hold bytes.

    Raises:
        ValueError: it is no such row.
    """
    cells: dict[str, Cell] = dict(_decode(body))
    for name in blobs:
        if isinstance(text := cells.get(name), str):
            cells[name] = base64.b64decode(text, validate=True)
    return cells
