"""A message too large to be worked on at once, piece by piece: whole objects, a message of their own."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec.structs import replace

from ingest.journal import inbox
from ingest.journal.inbox import MOST_BYTES, InboxMessage, PieceStart
from sensors.catalogue.model import Catalogue
from sensors.decoding.decoder import find_site
from sensors.decoding.json_objects import LARGEST_PIECE, close_piece, cut_piece, find_objects
from sensors.decoding.topics import prefix_of
from sensors.model import Refused

REDUCED_FROM = 64 * 1024  # bytes; below that a refused message is kept as it came
_POSITION = re.compile(r"\[([0-9]{1,9})\]")
LOOKED_AT = LARGEST_PIECE - len(b"[]")  # bytes of a piece; an array's brackets may be added


def read_next(
    connection: sqlite3.Connection, message: InboxMessage, catalogue: Catalogue, prefixes: Sequence[str]
) -> InboxMessage:
    """The next piece of a message that `inbox.fetch` returned without its payload.

    Never more is held than a piece, unless one object is larger: then that alone. What is no JSON of a site,
    and what a replay asks for only some items of, is one piece.
    """
    return _next_piece(message, partial(inbox.read_payload, connection, message.id), catalogue, prefixes)


def to_pieces(message: InboxMessage, catalogue: Catalogue, prefixes: Sequence[str]) -> Iterator[InboxMessage]:
    """A whole message as the pieces that it would be worked on in; one that is not too large as it is."""
    if len(message.payload) <= MOST_BYTES:
        yield message
        return

    def read(offset: int, size: int) -> bytes:
        return message.payload[offset : offset + size]

    left: PieceStart | None = PieceStart()
    while left is not None:
        whole = replace(message, length=len(message.payload), rest=left)
        piece = _next_piece(whole, read, catalogue, prefixes)
        yield piece
        left = piece.rest


def _next_piece(
    message: InboxMessage, read: Callable[[int, int], bytes], catalogue: Catalogue, prefixes: Sequence[str]
) -> InboxMessage:
    progress, length = message.rest or PieceStart(), message.length or 0
    if message.positions or find_site(message.topic, prefix_of(message.topic, prefixes), catalogue) is None:
        return _to_piece(message, read(0, length), None)
    offset, in_array = progress.offset, progress.in_array
    size = LOOKED_AT
    while True:
        looked_at = read(offset, size)
        is_all = offset + size >= length
        if not (is_all and size == LOOKED_AT):
            cut = cut_piece(looked_at, in_array=in_array, most=None if size == LOOKED_AT else 1)
            if cut is not None:
                return _to_piece(message, cut.payload, PieceStart(offset + cut.size, cut.in_array))
        if is_all:
            return _to_piece(message, close_piece(looked_at, in_array=in_array, more=offset > 0), None)
        size *= 2


def _to_piece(message: InboxMessage, payload: bytes, rest: PieceStart | None) -> InboxMessage:
    return replace(message, payload=payload, length=None, rest=rest)


def keep_refused_objects(
    message: InboxMessage, refused: Sequence[Refused]
) -> tuple[InboxMessage, Sequence[Refused]]:
    """A large message with the objects alone of which something was refused, named by their places there.

    Any other message as it is: a small one, and one of which more than objects was refused.
    """
    found = [_POSITION.match(each.where) for each in refused]
    if len(message.payload) < REDUCED_FROM or None in found:
        return message, refused
    numbers = [int(each[1]) for each in found if each]
    spans = find_objects(message.payload).spans
    kept = sorted(set(numbers))
    if kept[-1] >= len(spans):
        return message, refused
    places = {number: place for place, number in enumerate(kept)}
    objects = b",".join([message.payload[slice(*spans[number])] for number in kept])
    moved = [
        Refused(each.reason, each.detail, f"[{places[number]}]{each.where.partition(']')[2]}")
        for each, number in zip(refused, numbers, strict=True)
    ]
    return replace(message, payload=b"[%b]" % objects), moved
