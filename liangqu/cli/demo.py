"""`liangqu demo`: the whole system in one process, for a newcomer's first minutes."""

from pathlib import Path
from typing import Annotated

import typer

from sensors.model import Language


def demo(
    minutes: Annotated[
        float, typer.Option(min=0.01, max=1440, help="How long the three simulated days take.")
    ] = 3.0,
    months: Annotated[
        int, typer.Option(min=1, max=36, help="Months of simulated history for the report.")
    ] = 24,
    out: Annotated[Path, typer.Option(help="Folder for its files; emptied and rebuilt each time.")] = Path(
        "liangqu-demo"
    ),
    language: Annotated[
        Language | None, typer.Option(help="Chinese or English; that of the locale by default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed makes the same stations.")] = 1,
    keep: Annotated[
        bool, typer.Option("--keep", help="Stay up afterwards, in real time, until Ctrl-C.")
    ] = False,
) -> None:
    """See the whole system at work; needs only Python.

    All in one process: an embedded MQTT broker, simulated stations going through three eventful days, the
    real service with SQLite, and a live table of what arrives; at the end the report for the last full month,
    from simulated history that is written in the background. Ctrl-C ends it early. A second terminal can look
    at the same files; the command to type is printed. Exit code 1 if a part has failed.
    """
    import os

    from rich.console import Console

    from liangqu.demo.demonstration import run_demonstration
    from liangqu.terminal.language import chosen_language

    console = Console(highlight=False)
    if not run_demonstration(
        out,
        minutes=minutes,
        months=months,
        language=language or chosen_language(None, os.environ),
        seed=seed,
        keep=keep,
        console=console,
    ):
        raise typer.Exit(1)
