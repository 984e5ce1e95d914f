"""`liangqu run`: the service."""

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, read_settings, settings_of
from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from ingest.journal.file import Journal
    from liangqu.config.settings import Settings
    from liangqu.service.parts.shard import ServedShard

Standby = Annotated[
    bool, typer.Option("--standby", help="If another run has the journal, wait until it is free.")
]


def run(context: typer.Context, standby: Standby = False, config: Config = None) -> None:
    """Run the service: ingest readings and never lose one.

    Runs until stopped (Ctrl-C or SIGTERM). Without a settings file it connects to 127.0.0.1:1883 and
    keeps everything in two SQLite files in the working directory: journal.db (its own state) and liangqu.db
    (the readings). Health and metrics: http://127.0.0.1:9464/readyz and /metrics.

    Exit code 2 means that somebody has to change the settings; 1 that a restart may help, which the shipped
    systemd unit does.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.service.desk_process import DeskProcess, desk_command
    from liangqu.service.service import Service
    from liangqu.service.wording import logs

    # By hand a terminal that is closed ends it; what is kept running reads its settings again.
    by_hand = sys.stdin is not None and sys.stdin.isatty()
    if not by_hand:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = settings_of(context, config)
    found = read_settings(context, config)
    os.umask(0o077)  # the journal holds the secret that signs the links
    logs.configure(settings.language)
    catalogue, stopping = open_catalogue(settings), threading.Event()
    journal, shard = _take_journal(settings, stopping, standby=standby)
    if journal is None:
        return
    service = Service(
        settings,
        catalogue,
        read_settings=lambda: settings_of(context, config),
        beside=[DeskProcess(desk_command(found.file)).worker()] if found.is_desk_of_service else [],
        journal=journal,
        shard=shard,
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: service.stopping.set())
    if stopping.is_set():
        service.stopping.set()
    signal.signal(signal.SIGHUP, lambda *_: service.stopping.set() if by_hand else service.reload.ask())
    service.start()
    # The system may deliver the signal to any thread; this one has to wake to handle it.
    while not service.stopping.wait(1):
        pass
    service.stop()
    if service.refused:
        raise ProblemError(service.refused)
    if service.failed:
        raise typer.Exit(1)


def _take_journal(
    settings: "Settings", stopping: threading.Event, *, standby: bool
) -> "tuple[Journal | None, ServedShard | None]":
    """The journal, owned, None if it was stopped before; and the shard that was waited for."""
    from ingest.journal.file import JournalInUseError
    from liangqu.service.parts.succession import Succession

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    try:
        succession = Succession(settings, stopping)
        return succession.take(standby=standby), succession.shard
    except JournalInUseError as error:
        # By hand it is a mistake; a supervisor has to retry until the other service has ended.
        raise ProblemError(str(error), exit_code=1 if os.environ.get("INVOCATION_ID") else 2) from None
