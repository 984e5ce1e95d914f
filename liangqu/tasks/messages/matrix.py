"""How many items of the quarantine there are, by sender and reason."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from sensors.calendar import EpochMs, from_ms


class SenderCount(Struct, frozen=True):
    """The items of a sender: how many, the newest receipt, and both for each reason."""

    sender: str
    items: int
    newest: datetime
    reasons: Mapping[str, tuple[int, datetime]]


class RefusalMatrix(Struct, frozen=True):
    """Senders and reasons, each with the most items first; how many senders and items are not among them."""

    senders: Sequence[SenderCount]
    reasons: Sequence[str]
    items: int
    left_senders: int = 0
    left_items: int = 0


def to_matrix(groups: Iterable[tuple[str, str, int, EpochMs]], most: int) -> RefusalMatrix:
    """Of (reason, sender, items, newest receipt), with the `most` senders that have the most items."""
    found: dict[str, dict[str, tuple[int, EpochMs]]] = {}
    by_reason: dict[str, int] = {}
    for reason, sender, items, newest in groups:
        found.setdefault(sender, {})[reason] = (items, newest)
        by_reason[reason] = by_reason.get(reason, 0) + items
    rows = sorted(map(_to_row, found.items()), key=lambda row: (-row.items, row.sender))
    return RefusalMatrix(
        rows[:most],
        sorted(by_reason, key=lambda reason: (-by_reason[reason], reason)),
        sum(by_reason.values()),
        len(rows[most:]),
        sum(row.items for row in rows[most:]),
    )


def _to_row(found: tuple[str, Mapping[str, tuple[int, EpochMs]]]) -> SenderCount:
    sender, reasons = found
    return SenderCount(
        sender,
        sum(items for items, _ in reasons.values()),
        from_ms(max(newest for _, newest in reasons.values())),
        {reason: (items, from_ms(newest)) for reason, (items, newest) in reasons.items()},
    )
