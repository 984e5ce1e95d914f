"""The commands of `liangqu alerts`, in the order of its help."""

from liangqu.cli.alerts import acknowledgement, channel_test, history, listing, metrics, silence
from liangqu.cli.options import CheckedCommand
from liangqu.terminal.help import command_group

app = command_group("Alerts: list, history, ack, silence, unsilence, metrics, test.")
app.command("list", cls=CheckedCommand)(listing.list_)
app.command("history", cls=CheckedCommand)(history.history)
app.command("ack", cls=CheckedCommand)(acknowledgement.ack)
app.command("silence", cls=CheckedCommand)(silence.silence)
app.command("unsilence", cls=CheckedCommand)(silence.unsilence)
app.command("metrics", cls=CheckedCommand)(metrics.metrics)
app.command("test", cls=CheckedCommand)(channel_test.send_test)
