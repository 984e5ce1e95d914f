"""`liangqu alerts list`: the open events, gravest first; or the open episodes."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.alerts import episodes as episode_table
from liangqu.cli.alerts.options import NoHeader
from liangqu.cli.alerts.table import lines
from liangqu.cli.alerts.words import HEADINGS, WORDS, silence_line
from liangqu.cli.options import AsJson, Config, existing_journal, local_time, settings_of
from liangqu.terminal.output import say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.events.summary import EventSummary
    from sensors.catalogue.model import Catalogue
    from sensors.model import Language

SHORT = 6
"""Characters of an id as it is shown; more where several begin so."""


def list_(
    context: typer.Context,
    episodes: Annotated[
        bool, typer.Option("--episodes", help="Every open episode instead, by its ids.")
    ] = False,
    no_header: NoHeader = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show open events, the most severe first, and silences.

    Each with its place and cause, how many stations are affected, since when, who has acknowledged it, and
    below it the value now against its limit. Names are in the language of the settings. An open episode in
    no event, as a former build left it, stands by itself.
    """
    from alerts.episodes import register
    from alerts.events.summary import summaries
    from alerts.notify import silences
    from liangqu.config.factories import open_catalogue

    now, settings = datetime.now(UTC), settings_of(context, config)
    catalogue, language = open_catalogue(settings), settings.language
    with existing_journal(context, config).snapshot() as connection:
        open_ = register.open_episodes(connection)
        planned = silences.not_over(connection, now)
        in_force = [each for each in planned if each.starts is None or each.starts <= now]
        events = summaries(connection, catalogue, in_force, now)
    current = [episode for episode in open_ if not episode.historical]
    if as_json:
        say_json([episode_table.row(e, now) for e in current] if episodes else [event_row(e) for e in events])
        return
    for line in () if episodes else _lines(events, catalogue, language, with_head=not no_header):
        say(line)
    shown = current if episodes else [episode for episode in current if not episode.event_id]
    for line in episode_table.lines(shown, now):
        say(line)
    if len(open_) > len(current):
        say(WORDS[language]["old"].format(len(open_) - len(current)))
    for silence in planned:
        say(silence_line(silence, catalogue, language, now))
    if not shown and (episodes or not events):
        say("no open episodes" if episodes else WORDS[language]["nothing"])


def event_row(summary: "EventSummary") -> dict[str, Any]:
    """An event for programs: ids, and times with their offset."""
    from alerts.rules.index import NONE

    event, lead = summary.event, summary.lead
    return {
        "event": event.id,
        "area": event.area,
        "cause": event.cause,
        "category": event.category,
        "severity": summary.severity,
        "state": _state(summary),
        "begin": episode_table.iso(event.begun),
        "calm_since": episode_table.iso(event.calm),
        "value": summary.value,
        "value_at": episode_table.iso(summary.at),
        "limit": lead.limit,
        "unit": lead.unit,
        "episode": lead.id,
        "rule": lead.rule,
        "site": lead.site,
        "parameter": None if lead.parameter == NONE else lead.parameter,
        "statistic": lead.statistic,
        "stations": list(summary.stations),
        "stations_of": summary.of,
        "episodes": [each.id for each in summary.open_episodes],
        "acknowledged_by": event.acked_by,
        "acknowledged_at": episode_table.iso(event.acked_at),
        "note": event.note,
        "silences": [each.id for each in summary.silences],
    }


def _state(summary: "EventSummary") -> str:
    if summary.event.ended is not None:
        return "over"
    if summary.event.calm is not None:
        return "calm"
    return "acknowledged" if summary.event.acked_by else "firing"


def _lines(
    events: "Sequence[EventSummary]", catalogue: "Catalogue", language: "Language", *, with_head: bool
) -> "Iterator[str]":
    """Two lines each: what, where and who; below it how it stands, its note and its silences."""
    if not events:
        return
    rows = [_cells(summary, events, catalogue, language) for summary in events]
    table = lines([HEADINGS[language], *rows])
    head = next(table)
    if with_head:
        yield head
    for summary, line in zip(events, table, strict=True):
        yield line
        yield f"{' ' * (SHORT + 2)}{_standing(summary, catalogue, language)}"


def _cells(
    summary: "EventSummary", among: "Sequence[EventSummary]", catalogue: "Catalogue", language: "Language"
) -> tuple[str, ...]:
    from alerts.events.words import cause_name, short_place_name
    from alerts.notify.words import SEVERITIES

    event, ids = summary.event, [each.event.id for each in among]
    affected = f"{len(summary.stations)}/{summary.of}" if summary.of else str(len(summary.stations) or "–")
    return (
        short_id(event.id, ids),
        getattr(SEVERITIES[summary.severity], language),
        getattr(short_place_name(event.area, catalogue), language),
        getattr(cause_name(event.cause), language),
        affected,
        local_time(event.begun),
        event.acked_by or "–",
    )


def _standing(summary: "EventSummary", catalogue: "Catalogue", language: "Language") -> str:
    from alerts.events.words import to_standing_text

    words, event = WORDS[language], summary.event
    if event.calm is not None:
        first = words["calm"].format(local_time(event.calm))
    else:
        first = to_standing_text(summary, catalogue, language)
    parts = [first, words["note"].format(event.note) if event.note else ""]
    parts += [words["muted"].format(each.id) for each in summary.silences]
    return ("；" if language == "zh" else "; ").join(part for part in parts if part)


def short_id(id_: str, among: "Sequence[str]") -> str:
    """As many of its first characters as tell it from the others, at least `SHORT`."""
    length = SHORT
    while length < len(id_) and sum(other.startswith(id_[:length]) for other in among) > 1:
        length += 1
    return id_[:length]
