"""`liangqu station list`: all stations, accounts without one, and senders that nobody knows."""

import sys
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

import typer

from liangqu.cli.options import AsJson, Config, local_time, settings_of
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.words import CommandWords
from sensors.catalogue.places import area_of

_WIDE = 112
_LESS = (1, 7)
"""Columns without which a list fits 80: names and files, which `check` has too."""

if TYPE_CHECKING:
    from collections.abc import Mapping

    from liangqu.tasks.stations.listing import ListedStation
    from sensors.catalogue.places import Place


def list_(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """List the stations: zone or river, on or off, account, last heard.

    Below them accounts of no station, and senders that the catalogue does not know.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.stations.listing import list_stations
    from liangqu.terminal.table import lines

    words = CommandWords("station", language_of(context))
    settings = settings_of(context, config)
    found = list_stations(settings)
    if as_json:
        stations = [_row(one) for one in found.stations]
        say_json({"stations": stations, "orphans": found.orphans, "unknown": found.unknown})
        return
    places = open_catalogue(settings).places
    never = words("never") if found.is_known else "–"
    rows = [words.headings(), *(_cells(one, places, words, never) for one in found.stations)]
    if sys.stdout.isatty() and get_terminal_size().columns < _WIDE:
        rows = [[cell for column, cell in enumerate(row) if column not in _LESS] for row in rows]
    for line in lines(rows):
        say(line)
    for user in found.orphans:
        say(words("orphan", user=user))
    for name, items in found.unknown.items():
        say(words("unknown", name=name, n=items))


def _cells(one: "ListedStation", places: "Mapping[str, Place]", words: CommandWords, never: str) -> list[str]:
    site = one.site
    area = places.get(area_of(site) or "")
    state = "off_state" if not site.active else "example" if site.status == "example" else "on_state"
    former = words("former", names=", ".join(site.renamed_from)) if site.renamed_from else ""
    return [
        site.id,
        getattr(site.name, words.language),
        getattr(area.short, words.language) if area is not None else "–",
        words(state),
        "–" if one.has_account is None else words("yes" if one.has_account else "no"),
        local_time(one.heard) if one.heard else never,
        str(one.kept or "–"),
        "  ".join(filter(None, (one.file.name if one.file else words("shipped"), former))),
    ]


def _row(one: "ListedStation") -> dict[str, Any]:
    from sensors.calendar import SHANGHAI

    site = one.site
    return {
        "id": site.id, "name": {"zh": site.name.zh, "en": site.name.en}, "medium": site.medium,
        "zone": site.zone, "river": site.river, "active": site.active, "status": site.status,
        "renamed_from": site.renamed_from, "account": one.has_account,
        "heard": one.heard.astimezone(SHANGHAI).isoformat() if one.heard else None, "kept": one.kept,
        "file": str(one.file) if one.file else None,
    }  # fmt: skip
