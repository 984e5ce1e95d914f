"""`liangqu alerts metrics`: how good the alarms were, by person and by rule."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.alerts.options import parse_day
from liangqu.cli.options import AsJson, Config, Ids, NoHeader, existing_journal, local_time, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.table import lines
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from alerts.events.quality import AlarmQuality, ThresholdId
    from alerts.notify.config import NotifyConfig
    from alerts.rules.index import RuleIndex, WatchId
    from sensors.model import Language

_BY_DEFAULT = timedelta(days=30)


def metrics(
    context: typer.Context,
    start: Annotated[
        str | None, typer.Option("--from", help="From this day on, YYYY-MM-DD; 30 days by default.")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until before this day; now by default.")] = None,
    ids: Ids = False,
    no_header: NoHeader = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Measure how good the alarms were.

    As ISA-18.2 and EEMUA 191 do: messages a person and day, the most in ten minutes, what stays open, what
    chatters, which rules cost most, what was acknowledged and how fast. Messages are kept for 90 days.
    """
    from alerts.events.quality import measure
    from alerts.events.quality_document import to_document
    from alerts.events.quality_rows import read_record
    from liangqu.config.factories import open_catalogue, open_notify, open_rules

    settings, now = settings_of(context, config), datetime.now(UTC)
    until = parse_day("--to", end) or now
    since = parse_day("--from", start) or _before(until)
    if since >= until:
        raise ProblemError(f"--to: {local_time(until)} is not after --from, {local_time(since)}")
    with existing_journal(context, config).snapshot() as connection:
        quality = measure(read_record(connection, since, min(until, now)))
    if as_json:
        say_json(to_document(quality))
        return
    words = CommandWords("metrics", language_of(context))
    rules = open_rules(settings, open_catalogue(settings))
    for line in _lines(quality, (open_notify(settings), rules), words, ids=ids, with_head=not no_header):
        say(line)


def _before(until: datetime) -> datetime:
    """The begin of what is counted if nothing is said; `until` itself where time has just begun."""
    try:
        return until - _BY_DEFAULT
    except OverflowError:
        return until


def _lines(
    quality: "AlarmQuality",
    named: "tuple[NotifyConfig, RuleIndex]",
    words: CommandWords,
    *,
    ids: bool,
    with_head: bool,
) -> Iterator[str]:
    notify, rules = named
    yield words("span", local_time(quality.start), local_time(quality.end))
    yield from _people_lines(quality, notify, words, with_head=with_head)
    yield from _event_lines(quality, rules, words)
    if not quality.rules:
        return
    from alerts.events.quality import MOST_RULES

    rows = [
        (
            each.rule if ids else _rule_name(each.rule, rules, words.language),
            str(each.messages),
            f"{each.share:.0%}",
            str(each.begins),
            str(each.chattering),
        )
        for each in quality.rules[:MOST_RULES]
    ]
    yield from _table(words("rules"), rows, with_head=with_head)
    yield words("share", quality.top_ten_share)


def _people_lines(
    quality: "AlarmQuality", notify: "NotifyConfig", words: CommandWords, *, with_head: bool
) -> Iterator[str]:
    rows = list[tuple[str, ...]]()
    for load in quality.people:
        person = notify.people.get(load.person)
        most = str(load.most_in_ten_minutes)
        if load.flood_at is not None:
            most = words("flood", most, local_time(load.flood_at))
        over = words("many", _limit("messages_a_day")) if load.a_day > _limit("messages_a_day") else ""
        called = person.name if person is not None else load.person or load.channel
        rows.append((called, str(load.messages), f"{load.a_day:.2g}{over}", str(load.most_in_a_day), most))
    if rows:
        yield from _table(words("people"), rows, with_head=with_head)
    else:
        yield words("nobody")


def _event_lines(quality: "AlarmQuality", rules: "RuleIndex", words: CommandWords) -> Iterator[str]:
    from alerts.notify.words import format_duration

    def waited(seconds: float | None) -> str:
        return "–" if seconds is None else format_duration(seconds, words.language)

    share = quality.acknowledged / max(quality.notified, 1)
    yield words("events", quality.notified, share, waited(quality.median_s), waited(quality.slowest_s))
    at_once = quality.stale_at_once
    yield words("stale", _limit("stale_hours"), len(quality.stale), at_once, _limit("stale_at_once"))
    for one in quality.chattering:
        yield words("chattering", _called(one.watch, rules, words.language), one.begins)
    if not quality.chattering:
        yield words("calm")


def _called(watch: "WatchId", rules: "RuleIndex", language: "Language") -> str:
    """Where, which rule, of what, by name; what the catalogue or the rules no longer have by its id."""
    from alerts.notify.event import place_name
    from alerts.rules.index import NONE

    rule, site, parameter = watch
    measured = rules.catalogue.parameters.get(parameter)
    of = "" if parameter == NONE else getattr(measured.name, language) if measured is not None else parameter
    where = getattr(place_name(site, rules.catalogue), language)
    return " ".join(filter(None, (where, of, _rule_name(rule, rules, language))))


def _rule_name(rule: str, rules: "RuleIndex", language: "Language") -> str:
    """Its name; the id of one that the rules no longer have."""
    known = rules.rules.get(rule)
    return str(getattr(known.name, language)) if known is not None else rule


def _table(head: str, rows: Sequence[tuple[str, ...]], *, with_head: bool) -> Iterator[str]:
    table = lines([head.split("|"), *rows])
    first = next(table)
    if with_head:
        yield first
    yield from table


def _limit(name: "ThresholdId") -> float:
    from alerts.events.quality import thresholds

    return thresholds()[name].limit
