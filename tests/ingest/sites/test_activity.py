"""When sites were heard and whether their clocks are right, through the pipeline and the journal's file."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import inbox, site_clocks
from ingest.journal.file import Journal
from ingest.journal.inbox import Conflict, InboxMessage
from ingest.pipeline import Pipeline
from ingest.sites.activity import SiteActivity, read_activities
from ingest.sites.clock import ClockFault, ClockLimits
from sensors.catalogue import loader
from sensors.decoding.types import InputBounds

START = datetime(2026, 11, 22, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), 5 * MINUTE, max_age=60 * DAY)
CATALOGUE = loader.load()
SITE = CATALOGUE.sites["wujinku"]  # hourly
LIMITS = ClockLimits(6 * HOUR)


class Station:
    """One station whose messages arrive when they are told to, with the times they are told."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.db")
        self._pipeline = Pipeline(self.journal, CATALOGUE, BOUNDS, prefix="liangqu", quarantine_limit=10**6)

    def send(self, at: timedelta, behind: timedelta, conflict: Conflict | None = None) -> None:
        received = START + at
        payload = {"time": (received - behind).isoformat(), "values": {"pm25": 31, "pm10": 40}}
        message = InboxMessage(
            "liangqu/air/wujinku", json.dumps(payload).encode(), received, conflict=conflict
        )
        with self.journal.transaction() as connection:
            inbox.add(connection, [message])
        self._pipeline.step()

    def activity(self) -> SiteActivity | None:
        found = list(read_activities(self.journal.connection(), CATALOGUE, LIMITS))
        return found[0] if found else None


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made = Station(tmp_path)
    with closing(made.journal):
        yield made


def test_current_readings_are_a_sign_of_life(station: Station) -> None:
    assert station.activity() is None
    station.send(HOUR, 2 * MINUTE)

    assert station.activity() == SiteActivity(SITE, START + HOUR, START + HOUR, None, START + HOUR)


def test_old_readings_are_none_from_the_first_on(station: Station) -> None:
    for hour in range(5):
        station.send(hour * HOUR, 30 * DAY)
    one = station.activity()

    assert one is not None
    assert one.received == START + 4 * HOUR
    assert one.current == START + 4 * HOUR - 30 * DAY + 6 * HOUR
    assert (one.fault, one.lasting) == (ClockFault(30 * DAY), True)


def test_a_clock_that_was_reset_is_known_by_what_was_refused(station: Station) -> None:
    station.send(timedelta(0), MINUTE)
    for hour in range(1, 5):
        station.send(hour * HOUR, 2517 * DAY)
    one = station.activity()

    assert one is not None
    assert one.received == one.current == START
    assert (one.fault, one.seen, one.lasting) == (ClockFault(2517 * DAY), START + 4 * HOUR, True)


def test_a_site_of_which_all_was_refused_was_never_heard_but_its_clock_is_told(station: Station) -> None:
    for hour in range(5):
        station.send(hour * HOUR, -8 * HOUR)
    one = station.activity()

    assert one is not None
    assert (one.received, one.current) == (None, None)
    assert (one.fault, one.lasting) == (ClockFault(-8 * HOUR, is_zone=True), True)


def test_a_backlog_is_no_wrong_clock(station: Station) -> None:
    for number in range(100):  # four days of hours in 100 seconds
        station.send(number * timedelta(seconds=1), (99 - number) * HOUR)
        one = station.activity()
        assert one is not None
        assert not (one.fault and one.lasting)
    assert one is not None
    assert (one.fault, one.current) == (None, one.received)


def test_a_clock_that_was_mended_is_right_at_once(station: Station) -> None:
    for hour in range(5):
        station.send(hour * HOUR, 8 * HOUR)
    station.send(5 * HOUR, MINUTE)
    one = station.activity()

    assert one is not None
    assert (one.fault, one.lasting, one.current) == (None, False, START + 5 * HOUR)


def test_what_comes_out_of_the_quarantine_says_nothing_of_now(station: Station) -> None:
    station.send(HOUR, MINUTE)
    station.send(HOUR, 2517 * DAY, conflict="keep")

    one = station.activity()

    assert one is not None
    assert one.fault is None


def test_our_own_clock_that_was_set_is_not_the_stations_fault(station: Station) -> None:
    station.send(timedelta(0), MINUTE)
    with station.journal.transaction() as connection:
        site_clocks.shift_times(connection, 8 * HOUR)
    station.send(9 * HOUR, MINUTE)
    one = station.activity()

    assert one is not None
    assert (one.fault, one.lasting) == (None, False)


def test_a_newest_time_ahead_of_the_clock_does_not_stay(station: Station) -> None:
    station.send(2 * HOUR, -4 * MINUTE)
    station.send(3 * HOUR, 40 * DAY)
    one = station.activity()

    assert one is not None
    assert one.current == START + 3 * HOUR  # what was taken an hour ago is not yet old
    assert one.fault == ClockFault(40 * DAY)
