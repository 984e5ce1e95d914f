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
        pytest.param(
            Notify("over", "critical"), "exceedance", NIGHT, at("2026-03-03T08:00"), id="the end wakes nobody"
        ),
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
            Notify("over", "critical"), "exceedance", NOON, at("2026-03-03T08:00"), id="of critical ones too"
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


ONE_AT = "2026-03-02T11:00"  # another message to the same person, an hour before noon


@pytest.mark.parametrize(
    ("to", "notify", "category", "due"),
    [
        pytest.param(
            WANG, Notify("first", "warning"), "exceedance", at("2026-03-02T13:00"), id="two hours on"
        ),
        pytest.param(
            WANG, Notify("escalated", "warning"), "exceedance", at("2026-03-02T13:00"), id="passed on"
        ),
        pytest.param(WANG, Notify("graver", "critical"), "exceedance", at(NOON), id="critical: at once"),
        pytest.param(WANG, Notify("first", "warning"), "system", at(NOON) + GROUP, id="the system itself"),
        pytest.param(
            WANG, Notify("acknowledged", "warning"), "exceedance", at(NOON) + GROUP, id="somebody is on it"
        ),
        pytest.param(
            Recipient("centre"),
            Notify("first", "warning"),
            "exceedance",
            at(NOON) + GROUP,
            id="nobody's channel",
        ),
    ],
)
def test_a_person_who_was_just_notified(
    to: Recipient, notify: Notify, category: Category, due: datetime
) -> None:
    assert due_at(NOTIFY, to, notify, category, at(NOON), planned=[at(ONE_AT)]) == due


def test_a_distance_that_ends_at_night_ends_in_the_morning() -> None:
    planned = [at("2026-03-02T15:00"), at("2026-03-02T20:30")]
    found = due_at(
        NOTIFY, WANG, Notify("first", "warning"), "exceedance", at("2026-03-02T21:00"), planned=planned
    )
    assert found == at(MORNING)


def test_without_a_distance() -> None:
    near = NotifyConfig(people=NOTIFY.people, waits=Waits(group="30s", apart="0s"))
    found = due_at(near, WANG, Notify("first", "warning"), "exceedance", at(NOON), planned=[at(ONE_AT)])
    assert found == at(NOON) + GROUP


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
