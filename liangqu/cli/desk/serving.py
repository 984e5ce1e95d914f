"""`liangqu desk`: the console in the browser, until it is stopped."""

import os
import sys
from contextlib import suppress
from datetime import UTC, datetime
from threading import Thread
from typing import TYPE_CHECKING

import typer

from liangqu.cli.options import Config, read_settings, settings_of
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from liangqu.desk.serving import OpenDesk

NICENESS = 10
"""Beside a service: alerts go before pages where there is too little of the processor for both."""


def serve(context: typer.Context, config: Config = None) -> None:
    """Serve the desk, a console in the browser, until it is stopped.

    It listens on `[desk] listen`; `run` starts it too where `[desk]` is set. It reads the journal and the
    store, and writes what commands write. The first administrator is made by a link that is printed once.
    """
    if context.invoked_subcommand is not None:
        context.find_root().obj = config or context.find_root().obj
        return
    from liangqu.desk.access.opening import first_link
    from liangqu.desk.serving import OpenDesk
    from liangqu.service.desk_process import BESIDE
    from liangqu.service.wording import logs

    settings = settings_of(context, config)
    os.umask(0o077)  # it may be the first to make the journal
    logs.configure(settings.language)
    found = OpenDesk(lambda: read_settings(context, config), lambda: datetime.now(UTC))
    words, address = CommandWords("desk", language_of(context)), found.address
    say(words("listening", address=address))
    if link := first_link(found.gate, address):
        # A link in a log would let in whoever reads the log.
        say(words("first", link=link) if sys.stdout.isatty() else words("first_command"))
    if os.environ.get(BESIDE):
        with suppress(OSError):  # our unit for systemd allows no such call
            os.nice(NICENESS)
        Thread(target=_stop_at_end_of_input, args=(found,), daemon=True).start()
    found.run()


def _stop_at_end_of_input(desk: "OpenDesk") -> None:
    """A service that was killed can stop nobody: what it holds open ends with it."""
    while sys.stdin is not None and os.read(sys.stdin.fileno(), 1024):
        pass
    desk.stop()
