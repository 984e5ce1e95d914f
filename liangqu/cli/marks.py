"""`liangqu marks`: what people have declared about readings, and what they took back."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.options import AsJson, Config, NoHeader, local_time, parse_time_of, settings_of
from liangqu.terminal.help import language_of
from liangqu.terminal.output import MachineOutput, say, say_json
from liangqu.terminal.words import CommandWords
from sensors.excerpt import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from liangqu.tasks.declared.marks import ListedMark
    from sensors.catalogue.model import Catalogue

COLUMNS = ("site", "parameter", "from", "to", "as", "reason", "by", "made", "state")


def command(
    context: typer.Context,
    *,
    site: Annotated[str | None, typer.Option(help="Only of this site.")] = None,
    start: Annotated[str | None, typer.Option("--from", help="Only what reaches beyond this time.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Only what begins before this time.")] = None,
    no_header: NoHeader = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List marks, and who took which back.

    The last made stands last. Each says whether it is in force, in force in part, or taken back.
    """
    from liangqu.config.factories import open_catalogue, reading_store
    from liangqu.config.names import check_site
    from liangqu.tasks.declared.marks import listed_marks, recorded_marks

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    if site is not None:
        check_site("--site", site, catalogue)
    first = parse_time_of("--from", start) if start else None
    past = parse_time_of("--to", end) if end else None
    with reading_store(settings) as store:
        record = listed_marks(recorded_marks(settings, store))
    found = [
        one
        for one in record
        if site in {None, one.mark.site}
        and (first is None or one.mark.end > first)
        and (past is None or one.mark.start < past)
    ]
    if as_csv or as_json:
        _say_rows(found, as_json=as_json)
        return
    words = CommandWords("marks", language_of(context))
    table = list(_lines(found, catalogue, words))
    for line in table[int(no_header) :] if found else (words("none"),):
        say(line)


def _lines(found: "Sequence[ListedMark]", catalogue: "Catalogue", words: CommandWords) -> "Iterator[str]":
    from liangqu.terminal.table import lines

    language = words.language
    rows = [words.headings()]
    for listed in found:
        mark = listed.mark
        place, parameter = catalogue.sites.get(mark.site), catalogue.parameters.get(mark.parameter)
        rows.append(
            [
                local_time(mark.made),
                getattr(place.name, language) if place else mark.site,
                getattr(parameter.name, language) if parameter else words("all"),
                local_time(mark.start),
                local_time(mark.end),
                words(mark.what),
                words(listed.state),
                mark.by,
                mark.reason,
            ]
        )
    return lines(rows)


def _say_rows(found: "Sequence[ListedMark]", *, as_json: bool) -> None:
    rows = [dict(zip(COLUMNS, _values(one), strict=True)) for one in found]
    if as_json:
        say_json(rows)
        return
    import csv

    writer: csv.DictWriter[str] = csv.DictWriter(MachineOutput(), COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in rows)


def _values(listed: "ListedMark") -> list[Any]:
    from liangqu.cli.alerts.episodes import iso

    mark = listed.mark
    return [
        mark.site, mark.parameter, iso(mark.start), iso(mark.end), mark.what, mark.reason, mark.by,
        iso(mark.made), listed.state,
    ]  # fmt: skip
