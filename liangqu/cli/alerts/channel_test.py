"""`liangqu alerts test`: a test message down every route, and a line for each channel."""

from typing import Annotated
from uuid import uuid4

import typer

from liangqu.cli.options import (
    AsJson,
    By,
    Config,
    existing_journal,
    login_name,
    parse_length,
    settings_of,
    submit_request,
)
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.words import CommandWords


def send_test(
    context: typer.Context,
    by: By = "",
    wait: Annotated[str, typer.Option(help="How long to wait for what becomes of it, such as 30s.")] = "30s",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Send a test message down every route; say what becomes of it.

    The running service sends it. Exit code 1 if a channel failed or still waits.
    """
    from liangqu.config.factories import channel_doubts, open_channels, open_notify
    from liangqu.tasks.channel_test import await_test

    notify, longest = open_notify(settings_of(context, config)), parse_length("--wait", wait)
    open_channels(notify)
    if not notify.channels:
        raise ProblemError("alerts.notify_file: there is no channel to test")
    for doubt in channel_doubts(notify):
        say(CommandWords("alerts", language_of(context))("doubt", doubt=doubt), err=True)
    journal, episode = existing_journal(context, config), f"test-{uuid4().hex[:12]}"
    submit_request(journal, "alerts_test", {"by": by or login_name(), "episode": episode})
    found = await_test(journal, episode, notify.channels, longest)
    if as_json:
        say_json({"channels": found})
    else:
        for each in found:
            say(each.said(CommandWords("channel_test", language_of(context))))
    if any(each.result in {"failed", "waiting"} for each in found):
        raise typer.Exit(1)
