"""The commands of `liangqu alerts`, in the order of its help."""

import typer

from liangqu.cli.alerts import acknowledgement, channel_test, history, listing, silence
from liangqu.cli.options import CheckedCommand

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Alerts: list, history, ack, silence, unsilence, test.",
)
app.command("list", cls=CheckedCommand)(listing.list_)
app.command("history", cls=CheckedCommand)(history.history)
app.command("ack", cls=CheckedCommand)(acknowledgement.ack)
app.command("silence", cls=CheckedCommand)(silence.silence)
app.command("unsilence", cls=CheckedCommand)(silence.unsilence)
app.command("test", cls=CheckedCommand)(channel_test.send_test)
