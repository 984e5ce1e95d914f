"""Options that several commands share, and the settings they lead to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from liangqu.settings import Settings

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


def settings_of(context: typer.Context, config: Path | None) -> "Settings":
    """The settings that this call asks for; `-c` after the command's name wins over the one before it."""
    from liangqu.settings import load

    before = context.find_root().obj
    return load(config or before)
