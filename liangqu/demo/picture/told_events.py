"""The events of the demonstration as lines: one where an event begins, becomes graver, or is over."""

from collections.abc import Iterable, Iterator

from alerts.notify.event import AlertEvent
from alerts.notify.words import KINDS, SEVERITIES, describe_measured, format_value
from alerts.rules.definition import RANK
from alerts.texts.causes import short_place_name
from alerts.texts.quantity import limit_text, number_text
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords
from sensors.catalogue.model import Catalogue


def event_lines(
    documents: Iterable[AlertEvent], catalogue: Catalogue, words: DemoWords
) -> Iterator[StoryLine]:
    """A line each, its number before anything that may be cut: `CRITICAL  Park  PM2.5 24 h 68 > 60`."""
    for one in _told(documents):
        over = one.state == "resolved"
        severity = words("over") if over else words.name(SEVERITIES[one.severity]).upper()
        place = words.name(short_place_name(one.site, catalogue))
        yield StoryLine(
            one.time, f"{severity}  {place}  {_what(one, catalogue, words)}", "over" if over else one.severity
        )


def _told(documents: Iterable[AlertEvent]) -> Iterator[AlertEvent]:
    """Of all changes of episodes those that are news of their event; what only old values show is none."""
    told: dict[str, int] = {}
    still_open: dict[str, set[str]] = {}
    for one in documents:
        event = one.event or one.episode
        if one.historical or one.state == "acknowledged":
            continue
        if one.state == "resolved":
            left = still_open.get(event, set())
            left.discard(one.episode)
            if event in told and not left:
                del told[event]
                yield one
            continue
        still_open.setdefault(event, set()).add(one.episode)
        if RANK[one.severity] > told.get(event, -1):
            told[event] = RANK[one.severity]
            yield one


def _what(one: AlertEvent, catalogue: Catalogue, words: DemoWords) -> str:
    """`PM2.5 24 h 68 > 60`, `water IV > III`, `NO2 fails a check`."""
    language = words.language
    measured = describe_measured(one.parameter, one.statistic, catalogue)
    short = words.name(measured.short)
    if one.statistic in KINDS or one.value is None:
        kind = KINDS.get(one.statistic)
        said = words.name((kind.clear if one.state == "resolved" else kind.firing) if kind else one.name)
        return f"{short} {said.format(format_value(one.value, one.unit, language))}".strip()
    limit = limit_text(one.limit, measured, language, unit=False)
    if measured.unit == "class":
        value = format_value(one.value, one.unit, language)
    else:
        value = number_text(one.value, measured, limit=one.limit)
    sign = ">" if one.value > one.limit else "<" if one.value < one.limit else "="
    if one.state == "resolved":
        sign = "≤" if one.value <= one.limit else "≥"
    return f"{short} {value} {sign} {limit}"
