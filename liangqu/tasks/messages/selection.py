"""Which items of the quarantine are meant: mistyped names are refused, and topics that nobody has."""

import sqlite3
from collections.abc import Sequence
from typing import get_args

from ingest.journal import quarantine
from ingest.journal.quarantine import QuarantineFilter
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_name, check_place
from sensors.catalogue.model import Catalogue
from sensors.decoding.topics import OF_TOPIC, meant_topic, prefix_of, reading_topics
from sensors.excerpt import excerpt
from sensors.model import RefusalReason


def check_selection(connection: sqlite3.Connection, which: QuarantineFilter, catalogue: Catalogue) -> None:
    """Refuse a reason or site that is neither in the quarantine nor known, and numbers that are not there.

    Raises:
        ProblemError: a name is mistyped, most likely; the line names the nearest. Code 1: an item is gone.
    """
    gone = set(which.ids or ()) - quarantine.numbers(connection, which.ids or ())
    if gone:
        raise ProblemError(f"not in the quarantine: {', '.join(map(str, sorted(gone)))}", exit_code=1)
    there = quarantine.summary(connection)
    if which.reason is not None:
        check_name("--reason", which.reason, "reason", [*get_args(RefusalReason), *(row[0] for row in there)])
    if which.site is not None and which.site not in {row[1] for row in there}:
        check_place("--site", which.site, catalogue, *catalogue.by_mn, *(row[1] for row in there))


def unknown_senders(
    connection: sqlite3.Connection, which: QuarantineFilter, catalogue: Catalogue
) -> Sequence[str]:
    """The senders of items that would be refused again: no site of the catalogue is called so."""
    groups = quarantine.summary(connection, which)
    names = {sender for reason, sender, *_ in groups if reason == "unknown_site"}
    return sorted(name for name in names if not (catalogue.sender(name) or name in catalogue.by_mn))


def check_topic(
    connection: sqlite3.Connection,
    which: QuarantineFilter,
    topic: str,
    prefixes: Sequence[str],
    catalogue: Catalogue,
) -> None:
    """Refuse a topic of nobody, items that were not refused for theirs, and those that mean another.

    Raises:
        ProblemError: one of these; nothing has been given back.
    """
    check_name("--topic", topic, "topic of readings", reading_topics(prefixes, catalogue))
    came_on = quarantine.reasons_by_topic(connection, which)
    if others := sorted(set().union(*came_on.values()) - OF_TOPIC):
        raise ProblemError(
            f"--topic: items refused as {', '.join(others)} came on their own topic; narrow with"
            f" {' or '.join(f'--reason {reason}' for reason in sorted(OF_TOPIC))}"
        )
    if len(came_on) > 1 and (
        strange := [
            each for each in came_on if meant_topic(each, prefix_of(topic, prefixes), catalogue) != topic
        ]
    ):
        raise ProblemError(
            f"--topic: {excerpt(strange[0])} need not mean {topic}, and the items came on"
            f" {len(came_on)} topics; give those of one topic back, by number or --site"
        )
