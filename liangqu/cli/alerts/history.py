"""`liangqu alerts history`: the register of episodes, or of events."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.alerts import episodes as episode_table
from liangqu.cli.alerts.options import FromDay, RuleId, Site, ToDay, parse_day
from liangqu.cli.options import AsJson, Config, Ids, NoHeader, existing_journal, local_time, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_watched_names
from liangqu.terminal.help import language_of
from liangqu.terminal.output import MachineOutput, say, say_json
from liangqu.terminal.words import CommandWords
from sensors.excerpt import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.episodes.register import Episode
    from alerts.events.event import Event
    from sensors.catalogue.model import Catalogue

_EVENT_COLUMNS = (
    "event", "area", "cause", "category", "severity", "begin", "end", "hours", "notified_severity",
    "notified_at", "acknowledged_by", "acknowledged_at", "note",
)  # fmt: skip


def history(
    context: typer.Context,
    start: FromDay = None,
    end: ToDay = None,
    site: Site = None,
    rule: RuleId = None,
    events: Annotated[
        bool, typer.Option("--events", help="The events, of which people are notified.")
    ] = False,
    with_ids: Ids = False,
    no_header: NoHeader = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the register of episodes, or with --events that of events.

    Each with start, end, hours, peak and limit; CSV and JSON also have mean, acknowledgement and note.
    """
    span = (parse_day("--from", start), parse_day("--to", end))
    form = episode_table.TableForm(language_of(context), with_head=not no_header, with_ids=with_ids)
    if events:
        if site is not None or rule is not None:
            raise ProblemError("--events: events have no rule and several sites; no --site, no --rule")
        _say_events(context, config, span, form, as_csv=as_csv, as_json=as_json)
        return
    from alerts.episodes import register
    from liangqu.service.monitoring.self_report import now_of

    with existing_journal(context, config).snapshot() as connection:
        now = now_of(connection, datetime.now(UTC))
        found = list(register.history(connection, *span, site=site, rule=rule))
        former = found or list(register.history(connection))
    if not found:
        known = [(each.site, each.rule) for each in former]
        check_watched_names(settings_of(context, config), site=site, rule=rule, former=known)
    if as_json or as_csv:
        _say_rows([episode_table.row(one, now) for one in found], episode_table.COLUMNS, as_json=as_json)
        return
    _say_episodes(context, config, found, now, form)
    if not found:
        say(CommandWords("history", form.language)("none" if former else "empty"))


def _say_episodes(
    context: typer.Context,
    config: Path | None,
    found: "Sequence[Episode]",
    now: datetime,
    form: episode_table.TableForm,
) -> None:
    from liangqu.config.factories import open_catalogue

    for line in episode_table.lines(found, now, open_catalogue(settings_of(context, config)), form):
        say(line)


def _say_events(
    context: typer.Context,
    config: Config,
    span: tuple[datetime | None, datetime | None],
    form: episode_table.TableForm,
    *,
    as_csv: bool,
    as_json: bool,
) -> None:
    from alerts.events import register
    from liangqu.config.factories import open_catalogue
    from liangqu.service.monitoring.self_report import now_of

    settings = settings_of(context, config)
    with existing_journal(context, config).snapshot() as connection:
        now = now_of(connection, datetime.now(UTC))
        found = register.history(connection, *span)
    if as_json or as_csv:
        _say_rows([_event_row(event, now) for event in found], _EVENT_COLUMNS, as_json=as_json)
        return
    words = CommandWords("history", form.language)
    table = list(_event_lines(found, open_catalogue(settings), words, now, form))
    for line in table[0 if form.with_head else 1 :] if found else (words("no_event"),):
        say(line)


def _event_lines(
    events: "Sequence[Event]",
    catalogue: "Catalogue",
    words: CommandWords,
    now: datetime,
    form: episode_table.TableForm,
) -> "Iterator[str]":
    from liangqu.terminal.table import lines

    rows = [
        (
            event.id,
            local_time(event.begun),
            local_time(event.ended) if event.ended else words("open"),
            f"{_hours(event, now):.1f}",
            *episode_table.subject_cells(event.severity, event.area, event.cause, catalogue, form),
            event.acked_by or "–",
        )
        for event in events
    ]
    return lines([words.headings(), *rows])


def _event_row(event: "Event", now: datetime) -> dict[str, Any]:
    iso = episode_table.iso
    values = (
        event.id, event.area, event.cause, event.category, event.severity, iso(event.begun), iso(event.ended),
        round(_hours(event, now), 2), event.notified_severity, iso(event.notified_at), event.acked_by,
        iso(event.acked_at), event.note,
    )  # fmt: skip
    return dict(zip(_EVENT_COLUMNS, values, strict=True))


def _hours(event: "Event", now: datetime) -> float:
    return ((event.ended or event.calm or now) - event.begun).total_seconds() / 3600


def _say_rows(rows: "Sequence[dict[str, Any]]", columns: "Sequence[str]", *, as_json: bool) -> None:
    if as_json:
        say_json(rows)
        return
    import csv

    writer: csv.DictWriter[str] = csv.DictWriter(MachineOutput(), columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in rows)
