"""*Now*: what `liangqu status` shows, as a page that stays up to date."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from alerts.notify.words import SEVERITIES
from alerts.rules.definition import RANK
from alerts.texts.event_view import EpisodeView, EventView
from alerts.texts.headline import condition, headline
from liangqu.desk.page import Answer, Page, Visit
from liangqu.desk.site_map import RADIUS, SIZE, MapMark, draw_maps
from liangqu.status import statements
from liangqu.status.content import CurrentValue, HearingState, StationFacts, Status
from liangqu.status.reading import read_status
from liangqu.status.words import StatusWords
from sensors.calendar import SHANGHAI
from sensors.catalogue.places import area_names, area_of
from sensors.model import MEDIA, Medium, Severity
from sensors.section import parse_size
from sensors.standards.aqi import level_of, levels

MOST_STATIONS = 60
"""Stations of a medium that are listed unless all are asked for; the rest is counted."""
MOST_EVENTS = 10
_CLASSES = ("", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", ">Ⅴ")
SMALL = 20
"""So many stations need no filter."""


class ShownValue(Struct, frozen=True):
    """A value as the page writes it, and where there is little room; `look` is its standard's colour."""

    short: str
    words: str
    look: str


class OpenMatter(Struct, frozen=True):
    """An open episode at a station, in a few words, and the event that it belongs to."""

    event: str
    severity: Severity
    words: str


class StationRow(Struct, frozen=True):
    """A station as the page lists it; `board` is the address of its board, "" where none is known."""

    facts: StationFacts
    name: str
    board: str
    age: str
    figure: ShownValue | None
    remarks: Sequence[str]
    matters: Sequence[OpenMatter]


class StationTable(Struct, frozen=True):
    """Stations of a medium: those that are listed, the counts of all that the filter leaves."""

    medium: Medium
    rows: Sequence[StationRow]
    counts: Mapping[HearingState, int]
    more: int


class MarkOnMap(Struct, frozen=True):
    """A mark with what it says and its look."""

    mark: MapMark
    text: str
    title: str
    look: str


def show(visit: Visit) -> Answer:
    """Service, events and stations as they are."""
    files = visit.desk.files
    settings = files.settings
    path, limit = Path(settings.journal.path), parse_size(settings.journal.limit)
    status = read_status(path, files.reader, settings.clock_limits(), limit, visit.now)
    say = StatusWords(visit.language, files.catalogue)
    running = statements.state_running(status, say)
    service = [running, *statements.state_service(status, say)]
    channels = [statements.state_channel(one, say) for one in status.channels]
    return {
        "status": status,
        "say": say,
        "service": statements.worst_first(service),
        "troubles": [
            each
            for each in [*service, *channels]
            if each.mood == "bad" or (each is running and status.state != "running")
        ],
        "channels": statements.worst_first(channels),
        "refused": [statements.state_refused(one, say) for one in status.quarantine],
        "month": f"{status.now.astimezone(SHANGHAI):%Y-%m}",
        "board": files.reader.boards.get(visit.language, _no_board)(""),
        "tables": list(_tables(status, visit, say)),
        "zones": [
            (each.place.id, say.name(each.place.short), _figure(each.value, "air", say))
            for each in status.areas
        ],
        "maps": list(_maps(status, visit, say)),
        "map_size": SIZE,
        "radius": RADIUS,
        **_events(status, visit),
        **_filter(status, visit, say),
    }


def _events(status: Status, visit: Visit) -> Mapping[str, Any]:
    return {
        "events": status.events[:MOST_EVENTS],
        "more_events": max(len(status.events) - MOST_EVENTS, 0),
        "counts": statements.count_severities(status),
        "severities": SEVERITIES,
        "headline": lambda view: headline(view, visit.language),
    }


def _filter(status: Status, visit: Visit, say: StatusWords) -> Mapping[str, Any]:
    """What the stations can be picked by; nothing of a few."""
    names = area_names(visit.desk.files.catalogue) if len(status.stations) > SMALL else {}
    return {
        "areas": {id_: visit.words.name(name) for id_, name in names.items()},
        "states": [(state, say(state, n="").strip()) for state in statements.STATES],
        "picked": {key: visit.query.get(key, "") for key in ("area", "state", "name", "all")},
    }


def _tables(status: Status, visit: Visit, say: StatusWords) -> Iterator[StationTable]:
    matters = _matters(status.events, visit)
    board = visit.desk.files.reader.boards.get(visit.language, _no_board)
    picked = [one for one in status.stations if _is_picked(one, visit)]
    for medium in MEDIA:
        found = [one for one in picked if one.site.medium == medium]
        listed = statements.ranked(found)[: None if visit.query.get("all") else MOST_STATIONS]
        if found:
            yield StationTable(
                medium,
                [_row(one, status, say, matters.get(one.site.id, ()), board(one.site.id)) for one in listed],
                statements.count_states(found),
                len(found) - len(listed),
            )


def _is_picked(one: StationFacts, visit: Visit) -> bool:
    area, state, name = (visit.query.get(key, "") for key in ("area", "state", "name"))
    names = (one.site.id, one.site.name.zh, one.site.name.en)
    return (
        (not area or area == area_of(one.site))
        and (not state or state == one.state)
        and (not name or any(name.casefold() in each.casefold() for each in names))
    )


def _no_board(_site: str) -> str:
    return ""


def _row(
    one: StationFacts, status: Status, say: StatusWords, matters: Sequence[OpenMatter], board: str
) -> StationRow:
    return StationRow(
        one,
        say.name(one.site.name),
        board,
        statements.describe_age(one, status, say),
        None if one.value is None else _figure(one.value, one.site.medium, say),
        statements.remarks(one, say),
        matters,
    )


def _figure(value: CurrentValue, medium: Medium, say: StatusWords) -> ShownValue:
    words, _ = say.value(value, medium)
    if medium == "water":
        return ShownValue(_CLASSES[value.number], words, f"class-{value.number}")
    level = level_of(min(value.number, levels()[-1].up_to)).level
    return ShownValue(str(value.number), words, f"aqi-{level}")


def _matters(events: Sequence[EventView], visit: Visit) -> dict[str, list[OpenMatter]]:
    """What is open at each station, the gravest first."""
    found: dict[str, list[OpenMatter]] = {}
    open_ = [(view, each) for view in events for each in view.episodes if each.ended is None]
    for view, each in sorted(open_, key=lambda pair: -RANK[pair[1].severity]):
        if not each.is_area and each.statistic != "silence":
            matter = OpenMatter(view.id, each.severity, _in_short(each, visit))
            found.setdefault(each.site, []).append(matter)
    return found


def _in_short(each: EpisodeView, visit: Visit) -> str:
    if each.statistic == "check":
        return f"{visit.words.name(each.measured.short)} {visit.words.name(each.rule_name)}".strip()
    return condition(each, visit.language)


def _maps(status: Status, visit: Visit, say: StatusWords) -> Iterator[tuple[str, list[MarkOnMap]]]:
    values = {one.site.id: one.value for one in status.stations}
    values |= {each.place.id: each.value for each in status.areas}
    states = {one.site.id: one.state for one in status.stations}
    for drawn in draw_maps(visit.desk.files.catalogue, visit.language):
        title = visit.words("map_of", name=drawn.name) if drawn.name else visit.words("map")
        yield title, [_on_map(mark, values, states, say) for mark in drawn.marks]


def _on_map(
    mark: MapMark,
    values: Mapping[str, CurrentValue | None],
    states: Mapping[str, HearingState],
    say: StatusWords,
) -> MarkOnMap:
    """A station, or the zone that stands for its stations, coloured by its value."""
    value, state = values.get(mark.place.id), states.get(mark.place.id, "heard")
    if value is None:
        remark = "" if state == "heard" else say(f"is_{state}")
        return MarkOnMap(mark, "–", f"{mark.name} {remark}".strip(), state)
    figure = _figure(value, mark.place.medium, say)
    return MarkOnMap(mark, figure.short, f"{mark.name} {figure.words}", figure.look)


PAGES = (Page(path="/", name="now", show=show, live="now.html"),)
