"""`liangqu alerts test`: waits for what becomes of the test message on each channel."""

import sqlite3
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
from liangqu.terminal.words import CommandWords

POLL_S = 0.2
Verdict = Literal["sent", "failed", "waiting", "no_route"]


_ENGLISH = CommandWords("channel_test", "en")
_OURS = ("not_begun", "no_answer", "no_way", "again")


class ChannelVerdict(Struct, frozen=True):
    """What became of a test on one channel; `address` shows no secret, `why` is in English."""

    channel: str
    address: str
    result: Verdict
    why: str = ""

    def said(self, words: CommandWords) -> str:
        """One line for people."""
        why = self.why
        for key in _OURS:
            why = why.replace(_ENGLISH(key), words(key))
        return words(self.result, channel=self.channel, address=self.address, why=why)


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
            verdicts, is_over = read_verdicts(connection, episode, channels)
        if is_over or time.monotonic() >= deadline:
            return verdicts
        sleep(POLL_S)


def read_verdicts(
    connection: sqlite3.Connection, episode: str, channels: Mapping[str, ChannelRow]
) -> tuple[list[ChannelVerdict], bool]:
    """A verdict for each channel as of now, and whether all are final."""
    is_taken = all(request.text.find(episode) < 0 for request in requests.pending(connection))
    found = results.channel_progress(connection, episode)
    verdicts = [_verdict(row, found.get(row.id), is_taken=is_taken) for row in channels.values()]
    return verdicts, is_taken and all(progress.is_final for progress in found.values())


def _verdict(row: ChannelRow, progress: ChannelProgress | None, *, is_taken: bool) -> ChannelVerdict:
    if not is_taken:
        return ChannelVerdict(row.id, row.masked, "waiting", _ENGLISH("not_begun"))
    if progress is None:
        return ChannelVerdict(row.id, row.masked, "no_route", _ENGLISH("no_way"))
    if progress.failure:
        again = "" if progress.is_final else _ENGLISH("again")
        return ChannelVerdict(row.id, row.masked, "failed", f"{progress.failure}{again}")
    if not progress.is_final:
        return ChannelVerdict(row.id, row.masked, "waiting", _ENGLISH("no_answer"))
    return ChannelVerdict(row.id, row.masked, "sent")
