"""`liangqu alerts list`: the open events, gravest first; or the open episodes."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.alerts import episodes as episode_table
from liangqu.cli.alerts.silence_lines import silence_line
from liangqu.cli.options import AsJson, Config, Ids, NoHeader, existing_journal, local_time, settings_of
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.table import lines
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.notify.silences import Silence
    from alerts.texts.event_view import EventView
    from sensors.catalogue.model import Catalogue

SHORT = 6
"""Characters of an id as it is shown; more where several begin so."""


def list_(
    context: typer.Context,
    episodes: Annotated[bool, typer.Option("--episodes", help="Every open episode instead.")] = False,
    with_ids: Ids = False,
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
    from alerts.notify import silences
    from liangqu.config.factories import open_event_reader
    from liangqu.service.monitoring.self_report import now_of

    now, settings = datetime.now(UTC), settings_of(context, config)
    reader, words = open_event_reader(settings), CommandWords("alerts", language_of(context))
    with existing_journal(context, config).snapshot() as connection:
        now = now_of(connection, now)
        open_ = register.open_episodes(connection)
        planned = silences.not_over(connection, now)
        events = reader.read_open(connection, now)
    catalogue = reader.catalogue
    in_force = [each for each in planned if each.starts is None or each.starts <= now]
    current = [episode for episode in open_ if not episode.historical]
    if as_json:
        rows = [episode_table.row(each, now) for each in current]
        say_json(rows if episodes else [event_row(each, in_force) for each in events])
        return
    form = episode_table.TableForm(words.language, with_head=not no_header, with_ids=with_ids)
    for line in () if episodes else _lines(events, catalogue, words, in_force, form):
        say(line)
    shown = current if episodes else [episode for episode in current if not episode.event_id]
    for line in episode_table.lines(shown, now, catalogue, form):
        say(line)
    if len(open_) > len(current):
        say(words("old", len(open_) - len(current)))
    for silence in planned:
        say(silence_line(silence, catalogue, words, now))
    if not shown and (episodes or not events):
        say(words("no_episodes" if episodes else "nothing"))


def event_row(view: "EventView", silenced: "Sequence[Silence]") -> dict[str, Any]:
    """An event for programs: ids, and times with their offset."""
    from alerts.rules.index import NONE

    lead, iso = view.lead, episode_table.iso
    return {
        "event": view.id,
        "area": view.area,
        "cause": view.cause,
        "severity": view.severity,
        "state": view.state,
        "begin": iso(view.begun),
        "calm_since": iso(view.calm),
        "value": lead.value,
        "value_at": iso(lead.at),
        "limit": lead.limit,
        "unit": lead.measured.unit,
        "peak": lead.peak,
        "episode": lead.id,
        "rule": lead.rule,
        "site": lead.site,
        "parameter": None if lead.parameter == NONE else lead.parameter,
        "statistic": lead.statistic,
        "stations": [each.site for each in view.affected()],
        "stations_of": view.members,
        "episodes": [each.id for each in view.episodes if each.ended is None],
        "acknowledged_by": view.acked_by,
        "acknowledged_at": iso(view.acked_at),
        "note": view.note,
        "silences": [each.id for each in _silences_of(view, silenced)],
    }


def _lines(
    events: "Sequence[EventView]",
    catalogue: "Catalogue",
    words: CommandWords,
    silenced: "Sequence[Silence]",
    form: episode_table.TableForm,
) -> "Iterator[str]":
    """Two lines each: what, where and who; below it how it stands, its note and its silences."""
    if not events:
        return
    among = [view.id for view in events]
    rows = [_cells(view, short_id(view.id, among), catalogue, form) for view in events]
    table = lines([words.headings(), *rows])
    head = next(table)
    if form.with_head:
        yield head
    for view, line in zip(events, table, strict=True):
        yield line
        yield f"{' ' * (SHORT + 2)}{_standing(view, words, _silences_of(view, silenced))}"


def _cells(
    view: "EventView", id_: str, catalogue: "Catalogue", form: episode_table.TableForm
) -> tuple[str, ...]:
    stations = len(view.affected())
    return (
        view.id if form.with_ids else id_,
        *episode_table.subject_cells(view.severity, view.area, view.cause, catalogue, form),
        f"{stations}/{max(view.members, stations)}" if view.members else str(stations or "–"),
        local_time(view.begun),
        view.acked_by or "–",
    )


def _standing(view: "EventView", words: CommandWords, silenced: "Sequence[Silence]") -> str:
    from alerts.texts.paragraph import standing_text
    from alerts.texts.phrases import claused

    language = words.language
    first = words("calm", local_time(view.calm)) if view.calm is not None else standing_text(view, language)
    note = words("note", view.note) if view.note else ""
    return claused((first, note, *(words("muted", each.id) for each in silenced)), language)


def _silences_of(view: "EventView", silenced: "Sequence[Silence]") -> "Sequence[Silence]":
    from alerts.notify.silences import covering

    keys = [(each.rule, each.site, each.parameter) for each in view.episodes if each.ended is None]
    return covering(silenced, keys, view.id, view.area)


def short_id(id_: str, among: "Sequence[str]") -> str:
    """As many of its first characters as tell it from the others, at least `SHORT`."""
    length = SHORT
    while length < len(id_) and sum(other.startswith(id_[:length]) for other in among) > 1:
        length += 1
    return id_[:length]
