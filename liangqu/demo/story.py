"""The scenario's events in words, each when it begins and when it ends."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from liangqu.demo.words import DemoWords
from sensors.catalogue.model import Catalogue
from sensors.simulated import Scenario
from sensors.simulated.scenario import Gap, Garbage, LevelOverride, Maintenance, Rain, ScriptedEvent, Stuck


class StoryLine(Struct, frozen=True, order=True):
    """One sentence, and when it is true from; of an event of alerts also how severe it is, or `over`."""

    time: datetime
    text: str
    severity: str = ""


def story_lines(script: Scenario, catalogue: Catalogue, words: DemoWords) -> list[StoryLine]:
    """Everything that the script holds, in order; what began before its start is part of the scenery."""
    return sorted(
        StoryLine(script.start + moment, words(f"{kind}_{edge}", **values))
        for event in script.events
        for kind, values in _described(event, catalogue, words)
        for edge, moment in (("begins", event.begin), ("ends", event.end))
        if moment.total_seconds() >= 0
    )


def _described(
    event: ScriptedEvent, catalogue: Catalogue, words: DemoWords
) -> Iterator[tuple[str, dict[str, object]]]:
    """The kind of the event as words.py calls it, and what its sentences need."""
    sites = _sites(event.sites, words)
    match event:
        case Rain(depth=depth):
            yield "rain", {"depth": depth}
        case _ if not event.sites:
            return
        case LevelOverride(levels=levels, begin=begin) if begin.total_seconds() >= 0:
            written = ", ".join(f"{words.symbol(name)} {level:g}" for name, level in levels.items())
            medium = catalogue.sites[event.sites[0]].medium
            yield f"drive_{medium}", {"sites": sites, "levels": written}
        case Stuck(parameter=parameter):
            yield "stuck", {"sites": sites, "symbol": words.symbol(parameter)}
        case Gap():
            yield "gap", {"sites": sites}
        case Maintenance(parameters=parameters):
            yield "maintenance", {"sites": sites, "symbols": ", ".join(map(words.symbol, parameters))}
        case Garbage(every=every):
            yield "garbage", {"sites": sites, "every": every}


def _sites(ids: tuple[str, ...], words: DemoWords) -> str:
    if len(ids) < 2:  # noqa: PLR2004 - one is named, several are counted
        return "".join(map(words.site, ids))
    return words("more_sites", first=words.site(ids[0]), number=len(ids), others=len(ids) - 1)
