"""`liangqu dashboards`: write the Grafana boards, or compare them with what is there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import CheckedCommand, Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import SpokenGroup
from liangqu.terminal.output import counted, say

if TYPE_CHECKING:
    from sensors.catalogue.model import Catalogue

app = typer.Typer(
    no_args_is_help=True, cls=SpokenGroup, rich_markup_mode=None, help="Build or check the Grafana boards."
)

Folder = Annotated[
    Path | None, typer.Option("--boards", help="Their folder; by default the one shipped with liangqu.")
]


@app.command(cls=CheckedCommand)
def build(context: typer.Context, *, boards: Folder = None, config: Config = None) -> None:
    """Write every board in both languages.

    They are built from the catalogue, with your own sites and zones.
    """
    folder = boards or _shipped()
    files, _ = _board_files(context, config)
    for name, text in files.items():
        file = folder / name
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise ProblemError(f"{file}: {error.strerror}", exit_code=1) from None
    say(f"{counted(len(files), 'board')} in {folder}")


@app.command(cls=CheckedCommand)
def check(context: typer.Context, *, boards: Folder = None, config: Config = None) -> None:
    """Compare the boards with what `build` would write.

    It also checks them for mistakes.
    """
    folder = boards or _shipped()
    files, catalogue = _board_files(context, config)
    from dashboards.grafana.lint import problems  # after _board_files, which says when the extra is missing

    found = [
        f"{folder / name}: {words}"
        for name, text in files.items()
        if (words := _differs(folder / name, text))
    ]
    found += problems({name: json.loads(text) for name, text in files.items()}, catalogue)
    if found:
        raise ProblemError(*found, exit_code=1)
    say(f"{len(files)} boards are as they should be")


def _differs(file: Path, text: str) -> str:
    try:
        there = file.read_bytes()
    except OSError as error:
        return error.strerror or "cannot be read"
    return "" if there == text.encode() else "not what liangqu dashboards build writes"


def _shipped() -> Path:
    import dashboards

    return Path(dashboards.__file__).parent / "boards"


def _board_files(context: typer.Context, config: Path | None) -> tuple[dict[str, str], "Catalogue"]:
    """The boards by their files, and the catalogue that they are of."""
    from liangqu.config.factories import open_catalogue

    try:
        from dashboards.grafana.build import to_files
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("dashboards"):
            raise
        raise ProblemError("the extra is missing: pip install 'liangqu[dashboards]'") from None
    catalogue = open_catalogue(settings_of(context, config))
    return to_files(catalogue), catalogue
