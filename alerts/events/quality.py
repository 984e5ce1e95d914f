"""How good the alarms were: what people were sent, what lasted, what chattered, what it cost. Pure.

As ANSI/ISA-18.2 and EEMUA 191 measure them; the thresholds with their sources are in quality.toml.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from itertools import groupby
from statistics import median
from typing import Literal

from msgspec import Struct

from alerts.rules.index import WatchId
from sensors.calendar import shanghai_day
from sensors.model import Name
from sensors.toml_config import parse_toml, row_from_toml

ThresholdId = Literal[
    "messages_a_day", "flood", "stale_hours", "stale_at_once", "chattering_begins", "top_ten_share"
]
_FLOOD_SPAN = timedelta(minutes=10)
_CHATTERING_SPAN = timedelta(hours=24)
_DAY = timedelta(days=1)
MOST_RULES = 10


class Threshold(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[threshold]]`; `confirmed` says that the text of its source was read."""

    id: ThresholdId
    limit: float
    name: Name
    source: Name
    confirmed: bool


class SentMessage(Struct, frozen=True):
    """A message that reached a person (of a channel for nobody in particular, `channel`), of an event."""

    at: datetime
    person: str
    channel: str
    event: str
    rule: str


class EpisodeBegin(Struct, frozen=True):
    """That an episode of current values began."""

    watch: WatchId
    at: datetime


class NotifiedEvent(Struct, frozen=True):
    """An event that people were notified of; `until` is since when it is calm, None if it is not.

    `area` and `cause` say what it is about, as in `EventGroup`.
    """

    id: str
    first_sent: datetime
    acked_at: datetime | None
    begun: datetime
    until: datetime | None
    area: str = ""
    cause: str = ""


class AlarmRecord(Struct, frozen=True):
    """What happened from `start` until before `end`; `open_before` are events that lasted into it."""

    start: datetime
    end: datetime
    messages: Sequence[SentMessage]
    begins: Sequence[EpisodeBegin]
    events: Sequence[NotifiedEvent]
    open_before: Sequence[NotifiedEvent] = ()


class PersonLoad(Struct, frozen=True):
    """What one person was sent: on average a day, on the worst day, in the worst ten minutes, and when."""

    person: str
    channel: str
    messages: int
    a_day: float
    most_in_a_day: int
    most_in_ten_minutes: int
    flood_at: datetime | None


class ChatteringWatch(Struct, frozen=True):
    """A rule at a place that began too often: how many times in the worst 24 hours."""

    watch: WatchId
    begins: int


class RuleCost(Struct, frozen=True):
    """What a rule cost: messages, their share of all, how often it began, at how many places it chattered."""

    rule: str
    messages: int
    share: float
    begins: int
    chattering: int


class AlarmQuality(Struct, frozen=True):
    """The figures. `acknowledged` is of the events notified; times to it in seconds, None without any."""

    start: datetime
    end: datetime
    people: Sequence[PersonLoad]
    notified: int
    acknowledged: int
    median_s: float | None
    slowest_s: float | None
    stale: Sequence[NotifiedEvent]
    stale_at_once: int
    chattering: Sequence[ChatteringWatch]
    rules: Sequence[RuleCost]
    top_ten_share: float


@cache
def thresholds() -> Mapping[ThresholdId, Threshold]:
    """Every threshold by id."""
    file = resources.files("alerts.events") / "quality.toml"
    rows = parse_toml(file.read_bytes())["threshold"]
    return {row.id: row for row in (row_from_toml(each, Threshold) for each in rows)}


def measure(record: AlarmRecord) -> AlarmQuality:
    """The figures of a span; an event counts in it by its first message, a stale one if it was so then."""
    waits = sorted(
        (event.acked_at - event.first_sent).total_seconds()
        for event in record.events
        if event.acked_at is not None
    )
    chattering = _chattering(record.begins)
    rules = _costs(record, chattering)
    lasted = [*record.open_before, *record.events]
    stale = [event for event in lasted if _stale_span(event, record) is not None]
    return AlarmQuality(
        record.start,
        record.end,
        _loads(record),
        len(record.events),
        len(waits),
        median(waits) if waits else None,
        waits[-1] if waits else None,
        stale,
        _most_at_once(stale, record),
        chattering,
        rules,
        sum(rule.share for rule in rules[:MOST_RULES]),
    )


def most_within(moments: Iterable[datetime], span: timedelta) -> tuple[int, datetime | None]:
    """The most of the moments within less than `span`, and the first of these; two `span` apart are not."""
    best, when, window = 0, None, list[datetime]()
    for moment in sorted(moments):
        window = [each for each in window if moment - each < span] + [moment]
        if len(window) > best:
            best, when = len(window), window[0]
    return best, when


def _loads(record: AlarmRecord) -> list[PersonLoad]:
    """Who was sent most first."""
    days = max((record.end - record.start) / _DAY, 1.0)
    found = []
    ordered = sorted(record.messages, key=_recipient)
    for (person, channel), messages in groupby(ordered, _recipient):
        moments = [message.at for message in messages]
        by_day = Counter(shanghai_day(moment) for moment in moments)
        most, when = most_within(moments, _FLOOD_SPAN)
        is_flood = most > thresholds()["flood"].limit
        found.append(
            PersonLoad(
                person, channel, len(moments), len(moments) / days, max(by_day.values()), most,
                when if is_flood else None,
            )
        )  # fmt: skip
    return sorted(found, key=lambda load: -load.messages)


def _recipient(message: SentMessage) -> tuple[str, str]:
    return message.person, "" if message.person else message.channel


def _chattering(begins: Iterable[EpisodeBegin]) -> list[ChatteringWatch]:
    """The worst first; exactly at the threshold it chatters."""
    by_watch = defaultdict[WatchId, list[datetime]](list)
    for begin in begins:
        by_watch[begin.watch].append(begin.at)
    counted = [
        ChatteringWatch(watch, most_within(moments, _CHATTERING_SPAN)[0])
        for watch, moments in by_watch.items()
    ]
    fewest = thresholds()["chattering_begins"].limit
    return sorted((one for one in counted if one.begins >= fewest), key=lambda one: (-one.begins, one.watch))


def _costs(record: AlarmRecord, chattering: Iterable[ChatteringWatch]) -> list[RuleCost]:
    """Every rule that began or was told, the most expensive first."""
    messages = Counter(message.rule for message in record.messages)
    begins = Counter(begin.watch[0] for begin in record.begins)
    chatters = Counter(one.watch[0] for one in chattering)
    costs = [
        RuleCost(
            rule, messages[rule], messages[rule] / max(messages.total(), 1), begins[rule], chatters[rule]
        )
        for rule in messages | begins
    ]
    return sorted(costs, key=lambda cost: (-cost.messages, -cost.begins, cost.rule))


def _stale_span(event: NotifiedEvent, record: AlarmRecord) -> tuple[datetime, datetime] | None:
    """From when until when it was stale in the span; None if it was not, as exactly at the threshold."""
    since = max(event.begun + timedelta(hours=thresholds()["stale_hours"].limit), record.start)
    until = min(event.until or record.end, record.end)
    return (since, until) if until > since else None


def _most_at_once(stale: Iterable[NotifiedEvent], record: AlarmRecord) -> int:
    """How many were stale at the worst time; one that ends just as another becomes stale is no more."""
    turns = [span for event in stale if (span := _stale_span(event, record)) is not None]
    steps = sorted([(since, 1) for since, _ in turns] + [(until, -1) for _, until in turns])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most
