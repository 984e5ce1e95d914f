"""`liangqu alerts test`: waits for what becomes of the test message on each channel."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Literal

from msgspec import Struct

from alerts.notify.channels.row import ChannelRow
from alerts.notify.sending import results
from alerts.notify.sending.results import ChannelProgress
from ingest.journal import requests
from ingest.journal.file import Journal

POLL_S = 0.2
Verdict = Literal["sent", "failed", "waiting", "no_route"]


class ChannelVerdict(Struct, frozen=True):
    """What became of a test on one channel; `address` shows no secret."""

    channel: str
    address: str
    result: Verdict
    why: str = ""

    @property
    def words(self) -> str:
        """One line for people."""
        said = {
            "sent": "sent",
            "failed": f"failed: {self.why}",
            "waiting": f"still waiting: {self.why}",
            "no_route": f"not tried: {self.why}",
        }
        return f"{self.channel} ({self.address}): {said[self.result]}"


def await_test(
    journal: Journal,
    episode: str,
    channels: Mapping[str, ChannelRow],
    wait: timedelta,
    sleep: Callable[[float], None] = time.sleep,
) -> list[ChannelVerdict]:
    """A verdict for each channel, as soon as all are final, and after `wait` in any case.

    What failed and is tried again counts as failed at the end only.

    Args:
        journal: Where the service takes the request from, and writes what became of it.
        episode: Of the test message.
        channels: Those of the notify file, by id.
        wait: How long at most.
        sleep: Waits that many seconds.
    """
    deadline = time.monotonic() + wait.total_seconds()
    while True:
        with journal.snapshot() as connection:
            is_taken = all(request.text.find(episode) < 0 for request in requests.pending(connection))
            found = results.channel_progress(connection, episode)
        is_over = is_taken and all(progress.is_final for progress in found.values())
        if is_over or time.monotonic() >= deadline:
            return [_verdict(row, found.get(row.id), is_taken=is_taken) for row in channels.values()]
        sleep(POLL_S)


def _verdict(row: ChannelRow, progress: ChannelProgress | None, *, is_taken: bool) -> ChannelVerdict:
    if not is_taken:
        return ChannelVerdict(row.id, row.masked, "waiting", "the service has not begun; does liangqu run?")
    if progress is None:
        return ChannelVerdict(row.id, row.masked, "no_route", "no route leads to it now")
    if progress.failure:
        again = "" if progress.is_final else "; it is tried again"
        return ChannelVerdict(row.id, row.masked, "failed", f"{progress.failure}{again}")
    if not progress.is_final:
        return ChannelVerdict(row.id, row.masked, "waiting", "it has not answered, or takes nothing for now")
    return ChannelVerdict(row.id, row.masked, "sent")
