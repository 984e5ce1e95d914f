"""`liangqu status`: what runs now, on one screen."""

import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import AsJson, Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json

if TYPE_CHECKING:
    from rich.text import Text

    from alerts.texts.event_reader import EventReader
    from liangqu.config.settings import Settings
    from liangqu.status.content import Status

WATCH_S = 2.0
EVERY = 1_000_000
FEWER = (10, 6, 3)
"""Stations of a medium where the terminal is too low for all that are usually listed."""
WIDE = 200
"""Columns of output that is no terminal."""


def status(
    context: typer.Context,
    every: Annotated[bool, typer.Option("--all", help="Every station, not only the first 15.")] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay and show it anew every 2 s, until Ctrl-C.")
    ] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show what runs now, on one screen.

    Service, broker, store and journal; each station; open events; what was refused in 24 h; channels. It
    reads the journal alone and changes nothing, so it works while the service is stopped or the store away.
    Stations that are silent come first, then the worst air and water; values are the newest hourly AQI and
    the class of the newest sample. Names and words are in the language of the settings, times Shanghai's.
    """
    from msgspec.structs import replace

    from liangqu.config.factories import open_event_reader

    settings = replace(settings_of(context, config), language=language_of(context))
    if watch and (as_json or not sys.stdout.isatty()):
        raise ProblemError("--watch: needs a terminal, and no --json")
    reader = open_event_reader(settings)
    if as_json:
        from liangqu.status.document import to_document

        say_json(to_document(_read(settings, reader)))
    elif watch:
        _watch(settings, reader, every=every)
    else:
        _print(_lines(settings, reader, _width(), EVERY if every else None))


def _read(settings: "Settings", reader: "EventReader") -> "Status":
    import sqlite3

    from ingest.journal.database.reading import JournalTooOldError
    from ingest.journal.database.schema import ForeignFileError, JournalTooNewError
    from liangqu.status.reading import read_status
    from sensors.section import parse_size

    path, limit = Path(settings.journal.path), parse_size(settings.journal.limit)
    if not path.exists():
        raise ProblemError(f"{path}: there is no journal yet; has liangqu run been started?")
    try:
        return read_status(path, reader, settings.clock_limits(), limit, datetime.now(UTC))
    except (JournalTooNewError, JournalTooOldError, ForeignFileError) as error:
        raise ProblemError(str(error)) from None
    except sqlite3.Error as error:
        raise ProblemError(f"{path}: {error}", exit_code=1) from None


def _lines(
    settings: "Settings",
    reader: "EventReader",
    width: int,
    most: int | None = None,
    height: int | None = None,
) -> "Sequence[Text]":
    """With `most` stations of a medium; if `height` is given, with fewer if there is no room for so many."""
    from liangqu.status.screen import MOST_STATIONS, status_lines
    from liangqu.status.words import StatusWords

    words, found = StatusWords(settings.language, reader.catalogue), _read(settings, reader)
    lines: Sequence[Text] = []
    for tried in (most or MOST_STATIONS, *(FEWER if height is not None and most is None else ())):
        lines = list(status_lines(found, words, width, most_stations=tried))
        if height is None or len(lines) <= height:
            break
    return lines


def _width() -> int:
    from rich.console import Console

    return Console().width if sys.stdout.isatty() else WIDE


def _print(lines: "Sequence[Text]") -> None:
    """On a terminal in colours, each line cut where it ends; elsewhere as plain lines."""
    if not sys.stdout.isatty():
        for line in lines:
            say(line.plain.rstrip())
        return
    from rich.console import Console

    console = Console(highlight=False)
    for line in lines:
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)


def _watch(settings: "Settings", reader: "EventReader", *, every: bool) -> None:
    from rich.console import Console, Group
    from rich.live import Live

    console = Console(highlight=False)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            lines = _lines(settings, reader, console.width, EVERY if every else None, console.height)
            for line in lines:
                line.no_wrap, line.overflow = True, "ellipsis"
            live.update(Group(*lines), refresh=True)
            time.sleep(WATCH_S)
