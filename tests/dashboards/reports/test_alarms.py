"""What a report has of alarms: as far as the journal goes back, and as long as messages are kept."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.notify import outbox
from dashboards.reports.content import journal_facts
from dashboards.reports.content.alarms import MonthAlarms
from dashboards.reports.month import Month
from sensors.calendar import to_ms
from sensors.model import Name
from tests.alerts.test_engine import PEOPLE
from tests.support.alerting_harness import START, AlertingHarness, critical_standard

MARCH = Month.parse("2026-03")
HOUR, DAY, MILLISECOND = timedelta(hours=1), timedelta(days=1), timedelta(milliseconds=1)
LONG_BEFORE = datetime(2025, 1, 1, tzinfo=UTC)
APRIL = datetime(2026, 4, 5, tzinfo=UTC)
NAMES = {"pm25-24h-standard": Name("细颗粒物日均值", "PM2.5, a day")}


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> AlertingHarness:
    """One message at 10:00 on 1 March, of a standard exceeded."""
    d = AlertingHarness(tmp_path_factory.mktemp("alarms"), own=[critical_standard()], notify=PEOPLE)
    d.statistic("wujinku", "pm25", "24h", 66.0)
    with d.journal.transaction() as connection:
        connection.execute("UPDATE notification SET sent_ms = due_ms, result = 'sent' WHERE channel = 'hook'")
    return d


def alarms(harness: AlertingHarness, month: Month, made: datetime, now: datetime) -> MonthAlarms:
    with harness.journal.transaction() as connection:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'late_since'", (str(to_ms(made)),))
        assert connection.execute("SELECT changes()").fetchone() == (1,)
    with harness.journal.snapshot() as connection:
        facts = journal_facts.read_facts(
            connection, month.start, month.end, now, people={"wang": "王"}, rules=NAMES
        )
    return facts.alarms


@pytest.mark.parametrize(
    ("month", "made", "now", "state"),
    [
        pytest.param(MARCH, LONG_BEFORE, APRIL, "measured", id="a journal of the whole month"),
        pytest.param(MARCH, START, APRIL, "measured", id="made at the moment of the message"),
        pytest.param(MARCH, START + MILLISECOND, APRIL, "nothing", id="made after it"),
        pytest.param(MARCH, APRIL, APRIL, "nothing", id="made after the month"),
        pytest.param(MARCH.back(1), LONG_BEFORE, APRIL, "nothing", id="the month before"),
        pytest.param(MARCH, LONG_BEFORE, START + HOUR, "measured", id="a month still open"),
        pytest.param(MARCH, LONG_BEFORE, MARCH.start + outbox.KEPT, "measured", id="exactly 90 days old"),
        pytest.param(
            MARCH, LONG_BEFORE, MARCH.start + outbox.KEPT + MILLISECOND, "too_old", id="a moment older"
        ),
    ],
)
def test_alarms_are_measured_as_far_as_the_journal_has_them(
    harness: AlertingHarness, month: Month, made: datetime, now: datetime, state: str
) -> None:
    found = alarms(harness, month, made, now)

    assert found.state == state
    assert (found.quality is not None) == (state == "measured")


def test_a_month_is_measured_from_its_begin_until_its_end_whenever_it_is_asked_for(
    harness: AlertingHarness,
) -> None:
    found = alarms(harness, MARCH, LONG_BEFORE, APRIL)

    assert found == alarms(harness, MARCH, LONG_BEFORE, APRIL + 20 * DAY)
    assert found.quality is not None
    assert (found.quality.start, found.quality.end) == (MARCH.start, MARCH.end)
    assert [(each.channel, each.messages, each.a_day) for each in found.quality.people] == [
        ("hook", 1, 1 / 31)
    ]
    assert [(each.area, each.cause) for each in found.quality.stale] == [("zone-city", "particles")]
    assert (found.people, found.rules) == ({"wang": "王"}, NAMES)


def test_an_open_month_and_a_journal_made_in_it_are_measured_over_what_there_was(
    harness: AlertingHarness, tmp_path: Path
) -> None:
    open_month = alarms(harness, MARCH, LONG_BEFORE, START + DAY).quality
    made_in_it = alarms(harness, MARCH, START - HOUR, APRIL).quality

    assert open_month is not None
    assert made_in_it is not None
    assert (open_month.start, open_month.end) == (MARCH.start, START + DAY)
    assert (made_in_it.start, made_in_it.end) == (START - HOUR, MARCH.end)
