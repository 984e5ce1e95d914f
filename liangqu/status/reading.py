"""Reads what runs now out of a journal; the one place for the command and for pages. It changes nothing."""

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from alerts.notify import outbox, silences
from alerts.notify.sending import results
from alerts.texts.event_reader import EventReader
from ingest.journal import accounting, held, inbox, outgoing, refusals, requests, statistics_state
from ingest.journal.database.holder import is_locked, read_holder, standby_of
from ingest.journal.database.reading import is_owned, reading
from ingest.journal.file import used_bytes
from ingest.journal.review.days import count_changed
from ingest.journal.statistics_state import NewestAssessment
from ingest.marks import journal_marks
from ingest.sites.activity import SiteActivity, read_activities
from ingest.sites.clock import ClockLimits
from liangqu.service.monitoring.self_report import SelfReport, now_of, read_report
from liangqu.service.self_monitoring import state_of
from liangqu.status.content import (
    AreaFacts,
    ChannelFacts,
    CurrentValue,
    HearingState,
    JournalLoad,
    QuarantineFacts,
    ServiceState,
    StationFacts,
    Status,
)
from sensors.calendar import from_ms
from sensors.catalogue.model import Site
from sensors.marks import Mark, effective_marks

QUARANTINE_SPAN = timedelta(hours=24)
AIR_VALUE_AGE = timedelta(hours=3)
"""An index that is older is no value of now; exactly as old is."""
WATER_CYCLES = 3
"""A sample is the value of now for so many cycles of its section, at least `AIR_VALUE_AGE`."""


def read_status(path: Path, reader: EventReader, limits: ClockLimits, limit: int, now: datetime) -> Status:
    """What is so at `now`.

    Args:
        path: Of the journal.
        reader: Of events, with catalogue and channels.
        limits: From which age on a site's readings are no sign of life.
        limit: The journal's bytes above which nothing is acknowledged.
        now: The wall's clock; a demonstration's journal is read as of its own.

    Raises:
        ForeignFileError, JournalTooNewError, JournalTooOldError, sqlite3.Error: as `reading`.
    """
    is_running = is_owned(path)
    catalogue = reader.catalogue
    with reading(path) as connection:
        report = read_report(connection)
        now = now_of(connection, now)
        newest = statistics_state.newest_assessments(connection)
        active = {one.site.id: one for one in read_activities(connection, catalogue, limits)}
        marks = _marks_in_force(connection, now)
        return Status(
            now=now,
            state=_service_state(report, is_running=is_running),
            report=report,
            journal=_journal(connection, path, limit),
            stations=tuple(
                _station(site, active.get(site.id), newest.get(site.id), marks.get(site.id, ()), now)
                for site in catalogue.sites.values()
            ),
            areas=tuple(_areas(reader, newest, now)),
            events=tuple(reader.read_open(connection, now)),
            silences=len(silences.in_force(connection, now)),
            quarantine=tuple(
                QuarantineFacts(reason, items, from_ms(at))
                for reason, (items, at) in refusals.count_since(connection, now - QUARANTINE_SPAN).items()
            ),
            channels=tuple(_channels(connection, reader)),
            changed_days=count_changed(connection),
            standby=read_holder(standby_of(path)) if is_locked(standby_of(path)) else None,
        )


def hearing_state(site: Site, one: SiteActivity | None, now: datetime) -> HearingState:
    """As `state_of`, but nobody waits for a site that is switched off; what it sends counts all the same."""
    found = state_of(site, one, now)
    return found if found == "heard" or site.active else "switched_off"


def _service_state(report: SelfReport | None, *, is_running: bool) -> ServiceState:
    if is_running:
        return "running"
    if report is None:
        return "never_started"
    return "ended" if report.stopped is None else "stopped"


def _journal(connection: sqlite3.Connection, path: Path, limit: int) -> JournalLoad:
    accounts = accounting.read_counts(connection)
    waiting = [inbox.oldest_received_ms(connection), outgoing.oldest_received_ms(connection)]
    oldest = min((ms for ms in waiting if ms is not None), default=None)
    return JournalLoad(
        path=str(path),
        inbox=accounts.get("inbox", 0),
        outgoing=accounts.get("outgoing", 0),
        held=held.count_held_items(connection),
        oldest=None if oldest is None else from_ms(oldest),
        recompute=requests.count_recompute_rows(connection),
        used=used_bytes(connection),
        limit=limit,
        late=accounts.get("late", 0),
        received=accounts.get("received", 0),
    )


def _marks_in_force(connection: sqlite3.Connection, now: datetime) -> dict[str, tuple[Mark, ...]]:
    found: dict[str, tuple[Mark, ...]] = {}
    for mark in effective_marks(journal_marks(connection)):
        if mark.start <= now < mark.end:
            found[mark.site] = (*found.get(mark.site, ()), mark)
    return found


def _station(
    site: Site,
    one: SiteActivity | None,
    newest: NewestAssessment | None,
    marks: tuple[Mark, ...],
    now: datetime,
) -> StationFacts:
    cycle_age = WATER_CYCLES * site.cycle if site.medium == "water" else AIR_VALUE_AGE
    return StationFacts(
        site=site,
        state=hearing_state(site, one, now),
        heard=None if one is None else one.received,
        value=_value(newest, now - max(cycle_age, AIR_VALUE_AGE)),
        fault=one.fault if one is not None and one.lasting else None,
        marks=marks,
    )


def _value(newest: NewestAssessment | None, since: datetime) -> CurrentValue | None:
    if newest is None or newest.value is None or from_ms(newest.stamp_ms) < since:
        return None
    grounds = tuple(newest.grounds.split(";")) if newest.grounds else ()
    return CurrentValue(newest.value, from_ms(newest.stamp_ms), grounds, newest.target)


def _areas(reader: EventReader, newest: Mapping[str, NewestAssessment], now: datetime) -> Iterator[AreaFacts]:
    for place in reader.catalogue.places.values():
        value = _value(newest.get(place.id), now - AIR_VALUE_AGE)
        if place.is_area and place.medium == "air" and value is not None:
            yield AreaFacts(place, value)


def _channels(connection: sqlite3.Connection, reader: EventReader) -> Iterator[ChannelFacts]:
    """Those of the notify file, and MQTT."""
    standings = results.channel_standings(connection)
    addresses = {outbox.MQTT: "", **{id_: row.masked for id_, row in reader.notify.channels.items()}}
    for id_, address in addresses.items():
        one = standings.get(id_)
        yield ChannelFacts(
            id=id_,
            address=address,
            sent=None if one is None else one.sent,
            waiting=0 if one is None else one.waiting,
            failed=None if one is None else one.failed,
            failure="" if one is None else one.failure,
        )
