"""`liangqu desk`: the console in the browser, and who may use it."""

import typer

from liangqu.cli.desk import serving, users
from liangqu.cli.options import CheckedCommand
from liangqu.terminal.help import SpokenGroup, command_group

app = typer.Typer(
    cls=SpokenGroup,
    rich_markup_mode=None,
    invoke_without_command=True,
    no_args_is_help=False,
)
app.callback()(serving.serve)
user = command_group("Users of the desk: add, list, remove, roles, password.")
user.command("add", cls=CheckedCommand)(users.add)
user.command("list", cls=CheckedCommand)(users.list_)
user.command("remove", cls=CheckedCommand)(users.remove)
user.command("roles", cls=CheckedCommand)(users.roles)
user.command("password", cls=CheckedCommand)(users.password)
app.add_typer(user, name="user")
