"""`liangqu station`: stations added, removed, renamed, switched off and on, listed."""

from liangqu.cli.options import CheckedCommand
from liangqu.cli.station import change, listing
from liangqu.terminal.help import command_group

app = command_group("Stations: add, remove, rename, contact, list, and more.")
app.command("add", cls=CheckedCommand)(change.add)
app.command("remove", cls=CheckedCommand)(change.remove)
app.command("rename", cls=CheckedCommand)(change.rename)
app.command("rotate", cls=CheckedCommand)(change.rotate)
app.command("disable", cls=CheckedCommand)(change.disable)
app.command("enable", cls=CheckedCommand)(change.enable)
app.command("contact", cls=CheckedCommand)(change.contact)
app.command("list", cls=CheckedCommand)(listing.list_)
