"""What is new in the journal, as lines of the log: what was refused, events that begin, grow and are over."""

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

import structlog
from msgspec import Struct

from alerts.events import register
from alerts.events.event import Event
from alerts.notify.words import SEVERITIES
from alerts.rules.definition import RANK
from alerts.texts.event_reader import EventReader
from alerts.texts.event_view import EventView
from alerts.texts.headline import headline
from ingest.journal import refusals
from ingest.journal.file import Journal
from ingest.journal.refusals import NewRefusals
from liangqu.service.wording.reasons import describe_reason
from sensors.calendar import SHANGHAI
from sensors.model import Language

MOST_LINES = 10
"""Lines of refusals, and of events, that one step writes; the rest is counted in one more."""
AGAIN_S = 3600.0
EventChange = Literal["begins", "grows", "over", "again"]
_LOUD = RANK["warning"]

log = structlog.get_logger()


class _Told(Struct):
    """What of a sender and reason was refused last, when its last line was written, how many came since."""

    newest: NewRefusals
    at: float = -math.inf
    items: int = 0


class RefusalNews:
    """Writes a line for what is refused, at most one an hour for each reason and sender.

    Args:
        name_of: What people call the last level of a topic.
        language: Of the lines.
        steady: Seconds of a clock that only goes on.
    """

    def __init__(
        self,
        name_of: Callable[[str], str],
        language: Language,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name_of = name_of
        self._language: Language = language
        self._steady = steady
        self._told: dict[tuple[str, str], _Told] = {}

    def go_by(self, name_of: Callable[[str], str], language: Language) -> None:
        """From now on say these names, in this language."""
        self._name_of, self._language = name_of, language

    def tell(self, found: Sequence[NewRefusals]) -> None:
        """Write what is due of these, and of what was held back for an hour; exactly an hour is due."""
        for one in found:
            told = self._told.setdefault((one.reason, one.site), _Told(one))
            told.newest, told.items = one, told.items + one.items
        due = self._take_due(self._steady())
        for one, items in due[:MOST_LINES]:
            self._write(one, items)
        if rest := due[MOST_LINES:]:
            items = sum(items for _, items in rest)
            log.warning("quarantined by others too", senders=len(rest), items=items)

    def _take_due(self, now: float) -> list[tuple[NewRefusals, int]]:
        """What nothing was said of for an hour; who sent nothing more in it is forgotten."""
        due = {key: told for key, told in self._told.items() if now - told.at >= AGAIN_S}
        taken = []
        for key, told in due.items():
            if told.items:
                taken.append((told.newest, told.items))
                told.at, told.items = now, 0
            else:
                del self._told[key]
        return taken

    def _write(self, one: NewRefusals, items: int) -> None:
        log.warning(
            "quarantined",
            reason=one.reason,
            site=one.site,
            place=self._name_of(one.site),
            items=items,
            meaning=getattr(describe_reason(one.reason), self._language),
            detail=one.detail,
        )


class EventNews:
    """Writes a line when an event begins, becomes more severe, recovers, and happens again after that.

    Those that are open at the first step are one line.

    Args:
        language: Of the lines.
        view_of: An event as people see it; None where nothing of it was announced.
        clock: The time of day.
    """

    def __init__(
        self,
        language: Language,
        view_of: Callable[[str], EventView | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._language: Language = language
        self._clock = clock
        self._view_of = view_of
        self._known: dict[str, Event] | None = None

    def speak(self, language: Language) -> None:
        """From now on in this language."""
        self._language = language

    def tell(self, open_: Sequence[Event]) -> None:
        """Write what has changed since the last call, the most severe first."""
        found = {event.id: event for event in open_}
        if self._known is None:
            if found:
                log.info("events open", events=len(found), what=self._counts(open_))
        else:
            by_severity = lambda change: -RANK[change[1].severity]  # noqa: E731 - a line
            changes = sorted(self._changes(self._known, found), key=by_severity)
            for change, event in changes[:MOST_LINES]:
                self._write(change, event)
            if len(changes) > MOST_LINES:
                log.warning("events begin", events=len(changes) - MOST_LINES)
        self._known = found

    @staticmethod
    def _changes(
        before: Mapping[str, Event], now: Mapping[str, Event]
    ) -> Iterator[tuple[EventChange, Event]]:
        for id_, event in now.items():
            known = before.get(id_)
            if known is None:
                yield "begins", event
            elif event.calm is not None and known.calm is None:
                yield "over", event
            elif event.calm is None and known.calm is not None:
                yield "again", event
            elif RANK[event.severity] > RANK[known.severity]:
                yield "grows", event
        for id_, event in before.items():
            if id_ not in now and event.calm is None:
                yield "over", event

    def _write(self, change: EventChange, event: Event) -> None:
        view, language = self._view_of(event.id), self._language
        words = headline(view, language) if view is not None else f"{event.area} {event.cause}"
        severity = getattr(SEVERITIES[event.severity], language)
        at = self._clock() if view is None else view.now
        if change == "begins":
            at = event.begun
        elif change == "over" and view is not None:
            at = view.ended or view.calm or at
        what = f"{at.astimezone(SHANGHAI):%m-%d %H:%M} {severity} {words}"
        fields = {"event_id": event.id, "severity": event.severity, "area": event.area, "cause": event.cause}
        is_loud = RANK[event.severity] >= _LOUD
        say = log.warning if is_loud and change != "over" else log.info
        match change:
            case "begins":
                say("event begins", what=what, **fields)
            case "grows":
                say("event grows", what=what, **fields)
            case "again":
                say("event again", what=what, **fields)
            case "over":
                say("event over", what=what, **fields)

    def _counts(self, open_: Sequence[Event]) -> str:
        counts = Counter(event.severity for event in open_)
        ranked = sorted(counts.items(), key=lambda each: -RANK[each[0]])
        return ", ".join(f"{getattr(SEVERITIES[each], self._language)} {n}" for each, n in ranked)


class JournalNews:
    """Reads what is new in the journal; one thread uses it.

    Args:
        journal: Of the service.
        reader: Of events.
        language: Of the lines.
        clock: The time of day.
    """

    def __init__(
        self, journal: Journal, reader: EventReader, language: Language, clock: Callable[[], datetime]
    ) -> None:
        self._journal = journal
        self._reader = reader
        self._clock = clock
        self._last: int | None = None
        self._refusals = RefusalNews(self._name_of(language), language)
        self._events = EventNews(language, self._view_of, clock)

    def go_by(self, reader: EventReader, language: Language) -> None:
        """From now on say the names of this reader, in this language; what was told is not told again."""
        self._reader = reader
        self._refusals.go_by(self._name_of(language), language)
        self._events.speak(language)

    def step(self) -> int:
        """Write what is new; 0: there is no hurry for the next look."""
        connection = self._journal.connection()
        if self._last is None:
            self._last = refusals.last_id(connection)
        # The numbers start over once the newest items are gone: dropped, or replayed.
        self._last = min(self._last, refusals.last_id(connection))
        found = refusals.new_refusals(connection, self._last)
        self._last = max([self._last, *(one.last for one in found)])
        self._refusals.tell(found)
        self._events.tell(register.open_events(connection))
        return 0

    def _view_of(self, id_: str) -> EventView | None:
        return self._reader.read(self._journal.connection(), id_, self._clock())

    def _name_of(self, language: Language) -> Callable[[str], str]:
        sites = self._reader.catalogue.sites

        def name(site: str) -> str:
            known = sites.get(site)
            return site if known is None else str(getattr(known.name, language))

        return name
