"""`operation` and `site_state`: what the service says of itself, through the journal like everything else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ingest.journal import accounting, check_state, inbox, outgoing, quarantine
from ingest.journal.entries import PointEntry, ReadingEntry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.sites.activity import SiteActivity
from ingest.sites.clock import ClockLimits
from ingest.sites.unused import Unused
from ingest.stores.base import STORE_ERRORS, StoreAway
from ingest.stores.sqlite.store import SqliteStore
from liangqu.service.monitoring.state_metrics import state_metrics
from liangqu.service.self_monitoring import SelfMonitoring, state_of
from sensors.calendar import to_ms
from sensors.catalogue import loader
from sensors.model import Checked, Point, Reading, Refused
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.servers import Mosquitto

NOW = datetime(2026, 11, 22, 4, 0, 17, 500_000, tzinfo=UTC)
CATALOGUE = loader.load()
SITE = CATALOGUE.sites["houcheng"]  # every 4 h, so late after 8 h
CLOCK_LIMITS = ClockLimits(timedelta(hours=6))
LIMIT = 4 * 1024**3
SECOND = timedelta(seconds=1)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.db")
    yield made
    made.close()


def queued(journal: Journal) -> list[Point]:
    """What waits for the store, taken out."""
    batch = outgoing.fetch(journal.connection(), 10_000)
    if batch is None:
        return []
    with journal.transaction() as connection:
        outgoing.remove(connection, batch)
    return [entry.point for entry in outgoing.decode_entries(batch.rows) if isinstance(entry, PointEntry)]


def figures(journal: Journal, now: datetime = NOW) -> dict[str, object]:
    SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS).step(now)
    (point,) = (point for point in queued(journal) if point.measurement == "operation")
    return dict(point.fields)


def test_what_feeds_nothing_is_a_figure_by_its_reason_and_in_the_log_once(
    journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    unused = [
        Unused("wujinku", "cycle", "rtd", timedelta(hours=1), "pm25"),
        Unused("wujinku", "cycle", "rtd", timedelta(hours=1), "pm10"),
        Unused("wujinku", "other_kind", "hour", timedelta(), "pm25"),
    ]
    monitoring = SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS, lambda: unused)

    monitoring.step(NOW)
    monitoring.step(NOW + timedelta(minutes=1))

    points = [dict(point.fields) for point in queued(journal) if point.measurement == "operation"]
    names = ("unused_cycle", "unused_other_kind", "unused_basis")
    assert [[point[name] for name in names] for point in points] == [[2.0, 1.0, 0.0]] * 2
    logged = capsys.readouterr().out.count("stored and used by nothing")
    assert logged == 1

    monitoring.go_by(CATALOGUE, CLOCK_LIMITS, lambda: unused)
    monitoring.step(NOW + timedelta(minutes=1))
    assert [point.measurement for point in queued(journal)].count("operation") == 1
    assert "stored and used by nothing" not in capsys.readouterr().out


def test_each_is_written_once_in_its_time_and_stamped_with_its_beginning(journal: Journal) -> None:
    operation = SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS)
    seen: dict[str, set[datetime]] = {"operation": set(), "site_state": set()}

    for second in range(120):
        operation.step(NOW + second * SECOND)
        for point in queued(journal):
            seen[point.measurement].add(point.time)

    minute = NOW.replace(second=0, microsecond=0)
    assert seen["operation"] == {minute + n * 30 * SECOND for n in range(5)}
    assert seen["site_state"] == {minute + n * 60 * SECOND for n in range(3)}


def test_a_restart_within_the_half_minute_writes_the_same_point_again(journal: Journal) -> None:
    stamps = []
    for later in (0, 3):
        SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS).step(NOW + later * SECOND)
        stamps.append([(p.measurement, p.tags, p.time) for p in queued(journal)])

    assert stamps[0] == stamps[1]


def test_the_figures_are_those_of_metrics_and_what_never_happened_is_0(journal: Journal) -> None:
    with journal.transaction() as connection:
        accounting.add(connection, {"stored": 5, "items": 5, "store_error:away": 2})
        message = InboxMessage("liangqu/air/nobody", b"{}", NOW)
        quarantine.add(connection, message, [Refused("unknown_site", "nobody")], 10**6)

    found = figures(journal)

    expected = {"items_stored": 5, "quarantine_unknown_site": 1, "store_errors_away": 2}
    assert {name: found[name] for name in expected} == expected
    assert found["quarantine_bad_frame"] == found["store_errors_broken"] == found["messages_inbox"] == 0
    assert found["journal_limit_bytes"] == LIMIT
    assert 0 < float(str(found["journal_bytes"])) < LIMIT


def test_every_reason_and_kind_that_occurs_in_the_program_has_its_zero() -> None:
    files = (file for room in ("sensors", "ingest", "liangqu") for file in (ROOT / room).rglob("*.py"))
    text = "".join(file.read_text(encoding="utf-8") for file in files)

    reasons = set(re.findall(r'Refused\(\s*"(\w+)"', text))
    kinds = set(re.findall(r'(?:kind(?:: str)? ?= ?|words, )"(away|throttled|refuses|broken|\w*ed)"', text))

    assert len(reasons) >= 10
    assert reasons <= set(accounting.REASONS)
    assert {"away", "throttled", "broken"} <= kinds <= set(STORE_ERRORS)


def test_lag_is_the_age_of_what_has_waited_longest(journal: Journal) -> None:
    reading = Reading("houcheng", "ph", "rtd", NOW, 7.0, "N", NOW - 90 * SECOND)
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage("liangqu/air/x", b"", NOW - n * SECOND) for n in (40, 10)])
        outgoing.add(connection, [PointEntry(Point("site_state", {"site": "x"}, {}, NOW))])
        outgoing.add(connection, [ReadingEntry("water", Checked(reading), "new")])

    found = figures(journal)

    assert (found["lag_inbox_seconds"], found["lag_outgoing_seconds"]) == (40, 90)


def test_nothing_waits_no_lag(journal: Journal) -> None:
    found = figures(journal)

    assert (found["lag_inbox_seconds"], found["lag_outgoing_seconds"]) == (0, 0)


@pytest.mark.parametrize(
    ("ago", "state"),
    [
        pytest.param(None, "never_heard", id="never"),
        pytest.param(timedelta(0), "heard", id="just now"),
        pytest.param(timedelta(hours=8), "heard", id="exactly two cycles"),
        pytest.param(timedelta(hours=8, milliseconds=1), "silent", id="a millisecond more"),
    ],
)
def test_a_site_is_silent_when_it_is_late(ago: timedelta | None, state: str) -> None:
    moment = None if ago is None else NOW - ago

    assert state_of(SITE, SiteActivity(SITE, moment, moment), NOW) == state


def test_every_site_has_its_state_with_place_and_both_names(journal: Journal) -> None:
    with journal.transaction() as connection:
        check_state.record_last_seen(connection, {"wujinku": NOW - 60 * SECOND}, NOW)

    SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS).step(NOW)

    states = {p.tags["site"]: p.fields for p in queued(journal) if p.measurement == "site_state"}
    assert states.keys() == CATALOGUE.sites.keys()
    assert states["wujinku"] == {
        "state": "heard", "level": 0, "last_seen": to_ms(NOW - 60 * SECOND), "silent_seconds": 60,
        "lon": 114.8814, "lat": 40.8115, "name_zh": "五金库", "name_en": "Wujinku", "medium": "air",
        "clock_behind_seconds": 0,
    }  # fmt: skip
    assert (states["houcheng"]["state"], states["houcheng"]["level"]) == ("never_heard", 2)


def test_sites_that_are_not_switched_off_are_counted_by_state(journal: Journal) -> None:
    """In the store as in /metrics."""
    with journal.transaction() as connection:
        check_state.record_last_seen(connection, {"wujinku": NOW, "houcheng": NOW - timedelta(days=1)}, NOW)

    found = figures(journal)

    others = sum(site.active for site in CATALOGUE.sites.values()) - 2
    assert [found[f"sites_{state}"] for state in ("heard", "silent", "never_heard")] == [1, 1, others]
    [metric] = [
        family
        for family in state_metrics(journal, CATALOGUE, CLOCK_LIMITS, NOW)
        if family.name == "liangqu_sites"
    ]
    counts = {sample.labels["state"]: sample.value for sample in metric.samples}
    assert counts == {"heard": 1, "silent": 1, "never_heard": others}


@pytest.mark.parametrize("step", [timedelta(hours=-8), timedelta(days=-7305), timedelta(hours=8)], ids=str)
def test_a_clock_that_is_set_stops_neither(step: timedelta, journal: Journal) -> None:
    operation = SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS)
    assert operation.step(NOW)
    assert not operation.step(NOW + SECOND)

    assert operation.step(NOW + step)
    assert not operation.step(NOW + step + SECOND)

    points = [(p.measurement, p.time) for p in queued(journal)]
    for measurement in ("operation", "site_state"):
        assert len({time for name, time in points if name == measurement}) == 2


def test_stores_keep_both(journal: Journal, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.prepare()
    SelfMonitoring(journal, CATALOGUE, LIMIT, CLOCK_LIMITS).step(NOW)

    store.write(queued(journal))

    for measurement, rows in (("operation", 1), ("site_state", len(CATALOGUE.sites))):
        assert len(store.points(measurement, NOW - timedelta(minutes=1), NOW)) == rows
    store.close()


@pytest.mark.server
def test_the_running_service_writes_both(mosquitto: Mosquitto, tmp_path: Path) -> None:
    service = LiangquRun(tmp_path, mosquitto.port).start()
    store = SqliteStore(tmp_path / "liangqu.db")

    end = datetime.now(UTC) + timedelta(days=1)

    def there(measurement: str) -> bool:
        try:
            return len(store.points(measurement, end - timedelta(days=2), end)) > 0
        except StoreAway as away:
            if away.kind != "away":
                raise
            return False  # ready comes before the store's file is made

    try:
        for measurement in ("operation", "site_state"):
            service.wait_until(partial(there, measurement), f"{measurement} in the store")
    finally:
        service.stop()
        store.close()
