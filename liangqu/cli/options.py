"""What commands share: options, the settings they lead to, what no argument may be."""

from collections.abc import Iterable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from liangqu.config.errors import ProblemError
from sensors.excerpt import excerpt
from sensors.text import from_locale

if TYPE_CHECKING:
    from liangqu.config.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option(
        "-c",
        "--config",
        help="Settings file (TOML); also LIANGQU_CONFIG.",
        show_default=False,
        dir_okay=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]

LARGEST = 2**63 - 1  # what SQLite keeps, and InfluxDB


class CheckedCommand(TyperCommand):
    """A command whose texts are text and whose numbers are numbers that a file can hold."""

    def invoke(self, ctx: Any) -> Any:
        """Read texts as UTF-8 and refuse what no option of ours means, before anything is done."""
        for name, given in ctx.params.items():
            try:
                ctx.params[name] = [_read(v) for v in given] if isinstance(given, list) else _read(given)
            except ValueError as error:
                raise ProblemError(f"{self._called(name)}: {error}") from None
        return super().invoke(ctx)

    def _called(self, name: str) -> str:
        """As the person wrote it: `--by`, or an argument's name in capitals."""
        options: Iterable[str] = next((each.opts for each in self.params if each.name == name), ())
        return next((option for option in options if option.startswith("--")), name.upper())


def _read(value: Any) -> Any:
    if type(value) is str:
        return from_locale(value)
    if isinstance(value, Path) and "\0" in str(value):
        raise ValueError("no file has such a name")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError(f"{excerpt(value)} is too large")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is no number")
    return value


def settings_of(context: typer.Context, config: Path | None) -> "Settings":
    """The settings that this call asks for; `-c` after the command's name wins over the one before it."""
    from liangqu.config.settings import load

    before = context.find_root().obj
    return load(config or before)
