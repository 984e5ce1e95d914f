"""`liangqu audit`: who changed what, when, by which door and why."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.options import AsJson, Config, NoHeader, existing_journal, local_time, parse_time_of
from liangqu.terminal.help import language_of
from liangqu.terminal.output import MachineOutput, say, say_json
from liangqu.terminal.words import CommandWords
from sensors.excerpt import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ingest.journal.audit import AuditRow

COLUMNS = ("time", "who", "door", "what", "objects", "why", "details")
SHOWN = 100


def command(
    context: typer.Context,
    *,
    start: Annotated[str | None, typer.Option("--from", help="Only changes from this time on.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Only changes before this time.")] = None,
    who: Annotated[str | None, typer.Option(help="Only those of this name.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many, the newest first; 100 in a table, else all.")
    ] = None,
    no_header: NoHeader = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """List who changed what, when, by which door and why.

    By desk, command line, link of a message or MQTT. Rows are added, never changed, and never removed.
    """
    from contextlib import closing

    first = parse_time_of("--from", start) if start else None
    past = parse_time_of("--to", end) if end else None
    most = limit or (None if as_csv or as_json else SHOWN)
    with closing(existing_journal(context, config)) as journal, journal.snapshot() as connection:
        from ingest.journal.audit import read_audit

        found = read_audit(connection, since=first, until=past, who=who, limit=most or -1)
    if as_json:
        say_json([dict(zip(COLUMNS, _cells(row), strict=True)) for row in found])
    elif as_csv:
        _say_csv(found)
    else:
        words = CommandWords("audit", language_of(context))
        for line in [*_lines(found, words)][int(no_header) :] if found else (words("none"),):
            say(line)


def _lines(found: "Sequence[AuditRow]", words: CommandWords) -> "Iterator[str]":
    from liangqu.desk.words import PageWords
    from liangqu.terminal.table import lines

    said = PageWords("audit", words.language)

    def of(kind: str, code: str) -> str:
        return said(f"{kind}_{code}") if f"{kind}_{code}" in said else code

    rows = [words.headings()]
    rows += [
        [
            local_time(row.at), row.who, of("door", row.door), of("what", row.what), ", ".join(row.objects),
            row.why,
        ]
        for row in found
    ]  # fmt: skip
    return lines(rows)


def _say_csv(found: "Sequence[AuditRow]") -> None:
    import csv

    import msgspec

    writer = csv.writer(MachineOutput(), lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in found:
        *cells, objects, why, details = _cells(row)
        said = msgspec.json.encode(details).decode() if details else ""
        writer.writerow([csv_cell(cell) for cell in (*cells, " ".join(objects), why, said)])


def _cells(row: "AuditRow") -> tuple[Any, ...]:
    from sensors.calendar import SHANGHAI

    at = row.at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    return at, row.who, row.door, row.what, list(row.objects), row.why, dict(row.details)
