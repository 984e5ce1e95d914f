"""*Stations*: unknown senders and what they send, all stations, and the form that adds one."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from ingest.journal.requests import ReloadAnswer
from ingest.sites.activity import read_activities
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue
from liangqu.desk.foreign_text import payload_text, short_text
from liangqu.desk.page import Answer, NotDone, Outcome, Page, SentForm, Visit
from liangqu.status.content import HearingState
from liangqu.status.reading import hearing_state
from liangqu.status.words import StatusWords
from liangqu.tasks.stations.changes import StationChange, add_station
from liangqu.tasks.stations.listing import ListedStation, StationList, is_journal_open, list_stations
from liangqu.tasks.stations.senders import UnknownSender, read_unknown_senders
from liangqu.tasks.stations.taking_in import (
    await_reload,
    bring_in_kept,
    count_kept,
)
from liangqu.terminal.words import CommandWords
from sensors.catalogue.model import Site
from sensors.model import MEDIA, Name

MOST_SENDERS = 25
"""Unknown ones that are shown."""
HEAD = 1024
"""Bytes of a payload."""
_FIELDS = "id|medium|name|zone|river|cycle|lon|lat|mn|contact"
_FIELD = re.compile(rf"(?:^|: )({_FIELDS})\b[^:]*:")
_BEFORE_FAULT = re.compile(rf"^.*?(?:^|: |：)({_FIELDS})[.\w]*(?:: |：)")
"""All before what is wrong: file and site, which the form's reader knows."""
_NUMBERS = ("lon", "lat")
_TEXTS = ("id", "medium", "zone", "river", "cycle", "mn", "contact")


class ShownStation(Struct, frozen=True):
    """A station with how it is heard."""

    listed: ListedStation
    state: HearingState

    @property
    def site(self) -> Site:
        """Its row."""
        return self.listed.site


def show(visit: Visit) -> Answer:
    """Unknown senders, accounts of no station, and the stations by zone and river."""
    found = _list(visit)
    return {
        "senders": _senders(visit),
        "orphans": found.orphans,
        "groups": _by_area(visit, found),
        **station_words(visit),
    }


def show_form(visit: Visit) -> Answer:
    """The form, filled in with what a sender shows."""
    catalogue = visit.desk.files.catalogue
    wanted = visit.query.get("sender", "")
    sender = next((each for each in _senders(visit) if each["name"] == wanted), None) if wanted else None
    rivers = {site.river: site.river for site in catalogue.sites.values() if site.river}
    zones = {id_: name for id_, name in catalogue.zones.items() if id_ not in catalogue.members}
    return {
        "sender": sender,
        "zones": [(id_, visit.words.name(name)) for id_, name in zones.items()],
        "rivers": rivers | {id_: visit.words.name(name) for id_, name in catalogue.rivers.items()},
        "result": None,
        **station_words(visit),
    }


def act_add(visit: Visit, form: SentForm) -> Outcome:
    """Add a station as `liangqu station add` does; what was kept of it comes in if that was ticked."""
    settings, journal = visit.desk.files.settings, visit.desk.journal
    try:
        row = _to_row(form, visit)
        change = add_station(settings, row)
    except ProblemError as error:
        return refusal(visit, error)
    answer = take_in(visit, change)
    site = open_catalogue(settings).sites[change.site]
    moved = cut = 0
    kept = count_kept(settings, site, journal)
    if kept and "bring_in" in form and not (answer and answer.problems):
        moved, cut = bring_in_kept(settings, site, journal)
    lines = answer_lines(visit, "added", change, answer)
    words = CommandWords("quarantine", visit.language)
    if moved:
        lines.append(words("given_back", n=moved))
    if cut:
        lines.append(words("not_given_back", n=cut))
    left = kept - moved - cut if not moved else 0
    return {"result": change, "lines": lines, "kept": left}


def take_in(visit: Visit, change: StationChange) -> ReloadAnswer | None:
    """What a running service answers to a change; None if none does, or need not."""
    settings, journal = visit.desk.files.settings, visit.desk.journal
    visit.desk.read_again()
    return None if change.file is None else await_reload(settings, journal=journal)


def answer_lines(visit: Visit, what: str, change: StationChange, answer: ReloadAnswer | None) -> list[str]:
    """What was done and what came of it, as the command says it; not the password."""
    words, settings = CommandWords("station", visit.language), visit.desk.files.settings
    lines = [words(what, site=change.site, file=change.file and Path(change.file).name)]
    if settings.stations.passwords and what not in {"off", "on", "contact"}:
        lines.append(words("broker_told" if change.told else "broker_not_told"))
    if not change.password and what in {"added", "renamed"}:
        key = "kept_password" if change.user else "no_accounts"
        lines.append(words(key, user=change.user, site=change.site))
    lines += [words("warning", line=short_text(line)) for line in change.warnings]
    if change.file is None:
        return lines
    if answer is None:
        return [*lines, words("not_running" if is_journal_open(settings) else "not_asked")]
    said = [words("warning", line=_said(visit, line)) for line in answer.problems]
    return [*lines, words("refused" if answer.problems else "taken"), *said]


def refusal(visit: Visit, error: ProblemError, field: str = "") -> NotDone:
    """Why nothing was done, in one line, at its field."""
    first = error.lines[0]
    found = _FIELD.search(first)
    if found is None:
        taken = "id" if "there is a station of this id" in first else ""
        return NotDone(_said(visit, first), field or taken)
    key = "of_zone" if found[1] == "zone" else found[1]
    said = short_text(_BEFORE_FAULT.sub("", visit.problem(first), count=1))
    label = visit.words(key) if key in visit.words else found[1]
    return NotDone(f"{label}{'：' if visit.language == 'zh' else ': '}{said}", field or found[1])


def station_words(visit: Visit) -> Mapping[str, Any]:
    """What templates of stations ask for."""
    catalogue = visit.desk.files.catalogue
    parameters, names = catalogue.parameters, {**catalogue.zones, **catalogue.rivers}
    return {
        "say": CommandWords("station", visit.language),
        "label": lambda id_: parameters[id_].symbol or visit.words.name(parameters[id_].name),
        "span": StatusWords(visit.language, catalogue).span,
        "area_of": lambda site: _area_name(site.zone or site.river or "", names, visit),
        "media": MEDIA,
    }


def shown_station(visit: Visit, id_: str) -> ShownStation | None:
    """One of them; None if the catalogue has none of this id."""
    found = {one.site.id: one for one in _list(visit).stations}
    return ShownStation(found[id_], _states(visit).get(id_, "never_heard")) if id_ in found else None


def _said(visit: Visit, line: str) -> str:
    return short_text(visit.problem(line))


def _to_row(form: SentForm, visit: Visit) -> Mapping[str, object]:
    """As the command has it: what was left empty is not in the row.

    Raises:
        ProblemError: a place is no number.
    """
    row: dict[str, object] = {"id": form["id"], "medium": form["medium"]}
    row["name"] = {"zh": form["name"], "en": form["en"] or form["name"]}
    row |= {key: form[key] for key in _TEXTS[2:] if form[key]}
    for key in _NUMBERS:
        if form[key]:
            try:
                row[key] = float(form[key])
            except ValueError:
                raise ProblemError(f"{key}: {visit.words('no_number')}") from None
    order = ["id", "medium", "name", "zone", "river", "cycle", "lon", "lat", "mn", "contact"]
    return {key: row[key] for key in order if key in row}


def _list(visit: Visit) -> StationList:
    return list_stations(visit.desk.files.settings, visit.desk.journal)


def _states(visit: Visit) -> Mapping[str, HearingState]:
    files = visit.desk.files
    with visit.desk.snapshot() as connection:
        found = read_activities(connection, files.catalogue, files.settings.clock_limits())
        active = {one.site.id: one for one in found}
    return {
        id_: hearing_state(site, active.get(id_), visit.now) for id_, site in files.catalogue.sites.items()
    }


def _senders(visit: Visit) -> Sequence[Mapping[str, Any]]:
    files = visit.desk.files
    with visit.desk.snapshot() as connection:
        found = read_unknown_senders(connection, files.settings, files.catalogue, MOST_SENDERS)
    return [_shown_sender(each) for each in found]


def _shown_sender(sender: UnknownSender) -> Mapping[str, Any]:
    return {
        "name": sender.name,
        "count": sender.items,
        "since": sender.since,
        "newest": sender.newest,
        "topic": short_text(sender.topic),
        "medium": sender.medium,
        "mn": sender.mn,
        "parameters": sender.parameters,
        "id": sender.id,
        "payload": payload_text(sender.payload[:HEAD]),
    }


def _by_area(visit: Visit, found: StationList) -> Sequence[tuple[str, Sequence[ShownStation]]]:
    """Zones and rivers in the catalogue's order, by name; those of none last."""
    catalogue, states = visit.desk.files.catalogue, _states(visit)
    groups: dict[str, list[ShownStation]] = {id_: [] for id_ in (*catalogue.zones, *catalogue.rivers)}
    for one in found.stations:
        shown = ShownStation(one, states.get(one.site.id, "never_heard"))
        groups.setdefault(one.site.zone or one.site.river or "", []).append(shown)
    names = {**catalogue.zones, **catalogue.rivers}
    return [
        (_area_name(id_, names, visit) or visit.words("elsewhere"), rows)
        for id_, rows in groups.items()
        if rows
    ]


def _area_name(id_: str, names: Mapping[str, Name], visit: Visit) -> str:
    """A river without a row is called by its id."""
    return visit.words.name(names[id_]) if id_ in names else id_


PAGES = (
    Page(path="/stations", name="stations", show=show),
    Page(
        path="/add-station",
        name="add_station",
        show=show_form,
        act=act_add,
        look="admin",
        change="admin",
        in_menu=False,
    ),
)
