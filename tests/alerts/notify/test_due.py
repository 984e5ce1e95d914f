"""When a notification may be sent."""

from datetime import datetime, timedelta

import pytest

from alerts.events.decision import Notify
from alerts.notify.config import NotifyConfig, Person, Waits
from alerts.notify.due import due_at, in_working_hours, is_working
from alerts.notify.duty import Recipient
from alerts.rules.definition import Category
from sensors.calendar import SHANGHAI

WANG = Recipient("mail", "wang")
NOTIFY = NotifyConfig(
    people={"wang": Person("wang", "王", ("mail",), quiet="22:00-07:00")}, waits=Waits(group="30s")
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


NIGHT, MORNING, NOON, FRIDAY = "2026-03-02T23:00", "2026-03-03T07:00", "2026-03-02T12:00", "2026-03-06T17:00"
GROUP = timedelta(seconds=30)


@pytest.mark.parametrize(
    ("notify", "category", "now", "due"),
    [
        pytest.param(Notify("first", "critical"), "exceedance", NIGHT, at(NIGHT), id="critical: at once"),
        pytest.param(
            Notify("first", "warning"), "exceedance", NOON, at(NOON) + GROUP, id="after the group's wait"
        ),
        pytest.param(Notify("graver", "warning"), "exceedance", NIGHT, at(MORNING), id="quiet hours"),
        pytest.param(Notify("escalated", "critical"), "exceedance", NIGHT, at(NIGHT), id="nobody answers"),
        pytest.param(
            Notify("still", "critical"), "exceedance", NIGHT, at(MORNING), id="that it lasts wakes nobody"
        ),
        pytest.param(Notify("wider", "critical"), "exceedance", NIGHT, at(MORNING), id="wider wakes nobody"),
        pytest.param(Notify("over", "critical"), "exceedance", NIGHT, at(MORNING), id="the end wakes nobody"),
        pytest.param(
            Notify("over", "warning"), "exceedance", NOON, at("2026-03-03T08:00"), id="ends are gathered"
        ),
        pytest.param(
            Notify("over", "warning"),
            "equipment",
            "2026-03-03T07:59:30",
            at("2026-03-03T08:00"),
            id="exactly at its turn",
        ),
        pytest.param(
            Notify("over", "critical"), "exceedance", NOON, at(NOON) + GROUP, id="the end of a critical one"
        ),
        pytest.param(Notify("over", "warning"), "system", NOON, at(NOON) + GROUP, id="of the system at once"),
        pytest.param(
            Notify("first", "critical"),
            "attainment",
            NIGHT,
            at("2026-03-03T09:00"),
            id="a target: in working hours",
        ),
        pytest.param(
            Notify("first", "critical"), "attainment", FRIDAY, at("2026-03-09T09:00"), id="not on the weekend"
        ),
    ],
)
def test_a_person_is_notified(notify: Notify, category: Category, now: str, due: datetime) -> None:
    assert due_at(NOTIFY, WANG, notify, category, at(now)) == due


@pytest.mark.parametrize(
    ("moment", "working"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T16:59:59", True),
        ("2026-03-02T17:00", False),
        ("2026-03-07T12:00", False),
    ],
)
def test_working_hours_are_from_monday_to_friday(moment: str, working: bool) -> None:
    assert is_working(at(moment), {}) is working
    assert is_working(in_working_hours(at(moment), {}), {})
    assert (in_working_hours(at(moment), {}) == at(moment)) is working
