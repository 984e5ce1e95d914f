"""What is in quarantine as lines and rows."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from liangqu.cli.options import local_time
from liangqu.terminal.table import lines
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from ingest.journal.quarantine import QuarantinedItem
    from sensors.calendar import EpochMs


def counted_lines(
    groups: "list[tuple[str, str, int, EpochMs]]",
    words: CommandWords,
    names: "Mapping[str, str]",
    *,
    with_head: bool,
) -> "Iterator[str]":
    """How many for each reason, by its id and in words, and site."""
    from liangqu.service.wording.reasons import reason_words

    known = reason_words()
    rows = [
        (
            f"{number:>5}",
            reason,
            str(getattr(known[reason], words.language)) if reason in known else "",
            names.get(site, site),
        )
        for reason, site, number, _ in groups
    ]
    return islice(lines([words("head_counted").split("|"), *rows]), int(not with_head), None)


def item_lines(items: "list[QuarantinedItem]", words: CommandWords, *, with_head: bool) -> "Iterator[str]":
    """The newest in two lines each, as wide as a terminal."""
    rows = [
        (f"{item.id:>5}", local_time(item.received, seconds=True), item.reason, item.topic) for item in items
    ]
    table = lines([words.headings(), *rows])
    head = next(table)
    if with_head:
        yield head
    from ingest.processing.details import describe_detail

    for item, line in zip(items, table, strict=True):
        row = item_row(item)
        yield line
        said = describe_detail(row["detail"], words.language)
        yield f"{'':>5}  {': '.join(part for part in (row['position'], said) if part)}"


def item_row(item: "QuarantinedItem") -> dict[str, Any]:
    """An item for programs: ids, and times with their offset; passwords of data loggers masked."""
    from sensors.calendar import SHANGHAI
    from sensors.decoding.hj212.masking import mask_passwords

    return {
        "id": item.id,
        "reason": item.reason,
        "detail": mask_passwords(item.detail),
        "position": mask_passwords(item.position),
        "topic": item.topic,
        "site": item.site,
        "received": item.received.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
        "length": item.length,
        "cut": item.cut,
        "sha256": item.sha256,
    }
