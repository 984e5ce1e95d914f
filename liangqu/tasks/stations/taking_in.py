"""What a running service has to hear of a change: new settings, and messages that were kept."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingest.journal import quarantine, requests
from ingest.journal.quarantine import QuarantineFilter
from ingest.journal.requests import ReloadAnswer
from liangqu.config.factories import open_journal
from liangqu.config.settings import Settings
from liangqu.tasks.stations.listing import is_journal_open, names_of
from sensors.catalogue.model import Site

if TYPE_CHECKING:
    from ingest.journal.file import Journal

POLL_S = 0.1
PATIENCE = timedelta(seconds=10)
"""A service answers within a second; a large catalogue takes some more."""


def await_reload(
    settings: Settings,
    wait: timedelta = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
    *,
    journal: "Journal | None" = None,
) -> ReloadAnswer | None:
    """Ask the running service to read its settings again, and wait for its answer.

    Args:
        settings: Where the journal is.
        wait: How long.
        sleep: Passes the time.
        journal: If it is open already.

    Returns:
        None where nobody answers in time, no service has ever run here, or its journal is another user's: the
        next start reads them anyway.
    """
    if not is_journal_open(settings):
        return None
    journal = journal or open_journal(settings)
    with journal.transaction() as connection:
        asked = requests.ask_reload(connection, datetime.now(UTC))
    deadline = time.monotonic() + wait.total_seconds()
    while time.monotonic() < deadline:
        with journal.snapshot() as connection:
            if (answer := requests.reload_answer(connection, asked)) is not None:
                return answer
        sleep(POLL_S)
    return None


def count_kept(settings: Settings, site: Site, journal: "Journal | None" = None) -> int:
    """How many items of a station are in the quarantine because nobody knew it when they came."""
    if not is_journal_open(settings):
        return 0
    with (journal or open_journal(settings)).snapshot() as connection:
        found = [row for each in _filters(site) for row in quarantine.summary(connection, each)]
    return sum(items for _, _, items, _ in found)


def bring_in_kept(settings: Settings, site: Site, journal: "Journal | None" = None) -> tuple[int, int]:
    """Give them back to the service; how many, and how many must stay as only their head was kept.

    The service reads its settings before it processes them.
    """
    with (journal or open_journal(settings)).transaction() as connection:
        requests.ask_reload(connection, datetime.now(UTC))
        found = [quarantine.replay(connection, each, "keep") for each in _filters(site)]
    return sum(moved for moved, _ in found), sum(cut for _, cut in found)


def _filters(site: Site) -> list[QuarantineFilter]:
    return [QuarantineFilter(reason="unknown_site", site=name) for name in sorted(names_of(site))]
