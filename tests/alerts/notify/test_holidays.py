"""Working hours, with holidays and the weekends that are worked for them; read from their file."""

from datetime import date
from pathlib import Path

import pytest

from alerts.events.decision import Notify
from alerts.notify.config import NotifyConfig, NotifyConfigError
from alerts.notify.due import Holidays, due_at, in_working_hours, is_working
from alerts.notify.duty import Recipient
from tests.alerts.notify.test_duty import FILE, loaded, local
from tests.support.paths import ROOT

NATIONAL_DAY: Holidays = {
    **{date(2026, 10, day): "off" for day in range(1, 8)},
    date(2026, 9, 20): "work",
    date(2026, 10, 10): "work",
}

HOURS = [
    pytest.param("2026-09-18 08:59", "2026-09-18 09:00", id="before work"),
    pytest.param("2026-09-18 09:00", "2026-09-18 09:00", id="it begins"),
    pytest.param("2026-09-18 16:59", "2026-09-18 16:59", id="its last minute"),
    pytest.param("2026-09-18 17:00", "2026-09-20 09:00", id="Friday evening, and the Sunday is worked"),
    pytest.param("2026-09-19 12:00", "2026-09-20 09:00", id="a Saturday off"),
    pytest.param("2026-09-20 12:00", "2026-09-20 12:00", id="the Sunday that is worked"),
    pytest.param("2026-09-30 17:00", "2026-10-08 09:00", id="the eve of a week off"),
    pytest.param("2026-10-05 10:00", "2026-10-08 09:00", id="a Monday off"),
    pytest.param("2026-10-09 18:00", "2026-10-10 09:00", id="the Saturday after it is worked"),
    pytest.param("2026-10-10 17:00", "2026-10-12 09:00", id="and the Sunday is not"),
]


@pytest.mark.parametrize(("moment", "then"), HOURS)
def test_working_hours_know_holidays(moment: str, then: str) -> None:
    assert in_working_hours(local(moment), NATIONAL_DAY) == local(then)
    assert is_working(local(moment), NATIONAL_DAY) is (moment == then)


def test_without_a_file_it_is_monday_to_friday() -> None:
    assert in_working_hours(local("2026-10-01 10:00"), {}) == local("2026-10-01 10:00")
    assert in_working_hours(local("2026-10-10 10:00"), {}) == local("2026-10-12 09:00")


def test_what_is_for_working_hours_waits_for_the_end_of_the_holidays(tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("date,kind\n2026-10-01,off\n2026-10-02,off\n", encoding="utf-8")
    notify = with_holidays(tmp_path)

    due = due_at(
        notify, Recipient("hook"), Notify("first", "critical"), "attainment", local("2026-10-01 10:00")
    )

    assert due == local("2026-10-05 09:00")


def with_holidays(folder: Path) -> NotifyConfig:
    return loaded(folder, FILE.replace("since = 2026-03-02", 'since = 2026-03-02\nholidays = "days.csv"'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-10-01,holiday\n", 'line 1: kind is "off" or "work"'),
        ("date,kind\n2026-10-01\n", "line 2: not date,kind"),
        ("2026-10-01,off\n2026-10-01,work\n", "line 2: 2026-10-01 is both off and worked"),
        ("10/1/2026,off\n", "line 1: not date,kind"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text(text, encoding="utf-8")

    with pytest.raises(NotifyConfigError, match=r"duty: holidays: ") as error:
        with_holidays(tmp_path)

    assert str(error.value).endswith(words)


def test_the_shipped_file_is_that_of_the_state_council(tmp_path: Path) -> None:
    """33 days off and 6 weekends worked: its notice of 4 November 2025."""
    (tmp_path / "days.csv").write_bytes((ROOT / "deploy" / "holidays.csv").read_bytes())
    holidays = with_holidays(tmp_path).holidays

    kinds = list(holidays.values())
    assert (kinds.count("off"), kinds.count("work")) == (33, 6)
    assert all(day.weekday() >= 5 for day, kind in holidays.items() if kind == "work")
