"""`liangqu simulate`: stations where there are none, for trying out a broker, a database, a board."""

import typer


def simulate() -> None:
    """Publish simulated stations."""
    raise typer.Exit(1)
