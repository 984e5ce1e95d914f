"""`liangqu alerts test`: a message to every channel."""

import typer

from liangqu.cli.alerts.options import By, submit, user_name
from liangqu.cli.options import AsJson, Config, existing_journal, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import say, say_result


def send_test(context: typer.Context, by: By = "", as_json: AsJson = False, config: Config = None) -> None:
    """Send a test message to every channel.

    The running service sends it.
    """
    from liangqu.config.factories import channel_doubts, open_channels, open_notify

    notify = open_notify(settings_of(context, config))
    open_channels(notify)
    if not notify.channels:
        raise ProblemError("alerts.notify_file: there is no channel to test")
    submit(existing_journal(context, config), "alerts_test", {"by": by or user_name()})
    channels = [f"{row.id} ({row.masked})" for row in notify.channels.values()]
    for doubt in channel_doubts(notify):
        say(f"warning: {doubt}", err=True)
    say_result(
        {"channels": list(notify.channels)},
        f"a test message goes out: {', '.join(channels)}",
        as_json=as_json,
    )
