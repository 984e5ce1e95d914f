"""`liangqu export`: what the store holds, as CSV or a workbook."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from liangqu.cli.options import Config, parse_time_of, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import EVERY, check_name, check_place
from liangqu.terminal.help import language_of
from liangqu.terminal.output import OUTPUT, MachineOutput, say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from datetime import datetime

    from sensors.catalogue.model import Catalogue


def export(
    context: typer.Context,
    site: Annotated[str, typer.Argument(help="Id of a site, zone or river, or all.", metavar="SITE")],
    *,
    start: Annotated[str, typer.Option("--from", help="ISO 8601; Shanghai time if it has no offset.")],
    end: Annotated[str, typer.Option("--to", help="End of the interval, exclusive.")],
    statistic: Annotated[
        str | None, typer.Option(help="A statistic such as day or 24h; by default the readings.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option("--as-of", help="Readings and marks as they were known at this time.")
    ] = None,
    form: Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="Output format.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="Output file; by default CSV goes to standard output.", dir_okay=False)
    ] = None,
    config: Config = None,
) -> None:
    """Write readings or statistics as CSV or a workbook.

    Times are Shanghai's, with offset. The validity of readings is what counts under the marks in force, which
    stand beside them with reason and name. `import` takes the readings and brings the marks back. With
    --as-of late readings, revisions, verdicts and marks that came after that time are left out.
    """
    from liangqu.config.factories import open_catalogue, reading_store
    from liangqu.tasks.export import exported_rows, heading

    catalogue = open_catalogue(settings := settings_of(context, config))
    site = catalogue.by_former.get(site, site)
    span, then = _checked(catalogue, site, statistic, (start, end), as_of)
    if form == "xlsx" and out is None:
        raise ProblemError("--format xlsx needs --out FILE")
    try:
        with reading_store(settings) as store:
            rows, known = exported_rows(settings, store, site, statistic, span, then)
            written = _write(form, out, heading(statistic), rows)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ProblemError(f"{out or OUTPUT}: {error.strerror}", exit_code=1) from None
    if not written:
        what = "reading" if statistic is None else f"`{statistic}`"
        raise ProblemError(f"no {what} of {site} is stored in that interval", exit_code=1)
    words = CommandWords("export", language_of(context))
    say(words("rows", n=written), err=True)
    if known is not None and known.uncertain:
        say(words("uncertain", n=known.uncertain), err=True)


def _checked(
    catalogue: "Catalogue", site: str, statistic: str | None, between: tuple[str, str], as_of: str | None
) -> "tuple[tuple[datetime, datetime], datetime | None]":
    """The span, and the time as of which; ProblemError for what cannot be exported."""
    from sensors.catalogue.places import area_names
    from sensors.standards.statistics import STORED

    start, end = between
    span = parse_time_of("--from", start), parse_time_of("--to", end)
    if span[1] <= span[0]:
        raise ProblemError(f"--to {end} is not after --from {start}")
    check_place("SITE", site, catalogue, EVERY, *area_names(catalogue))
    if statistic is not None:
        check_name("--statistic", statistic, "statistic", STORED)
    then = parse_time_of("--as-of", as_of) if as_of else None
    if then is not None and statistic is not None:
        raise ProblemError("--as-of is of readings: of statistics only the present ones are kept")
    return span, then


def _write(form: str, out: Path | None, head: Sequence[str], rows: Iterable[list[Any]]) -> int:
    from liangqu.tasks.export import write_workbook

    return write_workbook(out, head, rows) if form == "xlsx" and out else _write_csv(out, head, rows)


def _write_csv(out: Path | None, head: Sequence[str], rows: Iterable[list[Any]]) -> int:
    from liangqu.tasks.export import write_csv

    if out is None:
        return write_csv(MachineOutput(), head, rows)
    with out.open("w", encoding="utf-8", newline="") as file:
        return write_csv(file, head, rows)
