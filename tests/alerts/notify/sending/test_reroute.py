"""What a channel will never take goes to the person's next channel, or to the next person on duty."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from alerts.notify import outbox
from alerts.notify.channels import BusyError, ChannelError, RefusedError
from alerts.notify.config import DutyRow, NotifyConfig, Person, Route
from alerts.notify.duty import Recipient
from alerts.notify.event import AlertEvent
from alerts.notify.event import test_event as document
from alerts.notify.sending.delivery import ChannelDelivery
from ingest.journal import accounting
from ingest.journal.file import Journal
from tests.support.stub_channel import StubChannel

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)  # Monday, noon in Shanghai: wang has duty
PEOPLE = (
    Person("wang", "王", ("wang-mail", "wang-sms")),
    Person("li", "李", ("li-mail",)),
    Person("chen", "陈", ("chen-mail",), quiet="11:00-14:00"),
)


def notify_of(*routes: Route, people: Sequence[str] = ("wang", "li", "chen")) -> NotifyConfig:
    return NotifyConfig(
        people={person.id: person for person in PEOPLE},
        duty=DutyRow(tuple(people), since=NOW.date()),
        routes=routes or (Route(("duty",)),),
    )


class Office:
    """All channels over one journal."""

    def __init__(self, journal: Journal, notify: NotifyConfig) -> None:
        self.journal = journal
        names = [name for person in PEOPLE for name in person.channels]
        self.channels = {name: StubChannel() for name in [*names, "hook"]}
        self._deliveries = {
            name: ChannelDelivery(journal, name, channel, notify, link=lambda *_: "", language="zh")
            for name, channel in self.channels.items()
        }

    def refuse(self, *names: str, failure: ChannelError | None = None) -> None:
        for name in names:
            self.channels[name].failure = failure or RefusedError("wrong token")

    def tell(self, *to: Recipient, event: AlertEvent | None = None, occasion: str = "firing") -> None:
        with self.journal.transaction() as connection:
            for each in to:
                outbox.add(connection, event or firing(), each, occasion, now=NOW, due=NOW)

    def step(self, now: datetime = NOW) -> list[str]:
        """The channels that have taken something by now, after two rounds of all."""
        for delivery in [*self._deliveries.values()] * 2:
            delivery.step(now)
        return [name for name, channel in self.channels.items() if channel.sent]

    def warning(self, channel: str) -> str:
        return self._deliveries[channel].warning

    def count(self, channel: str, result: str) -> int:
        return accounting.read_counts(self.journal.connection()).get(f"{outbox.COUNT}{channel}:{result}", 0)


def firing(**changes: object) -> AlertEvent:
    made = structs.replace(document("x", NOW), severity="critical", category="exceedance", test=False)
    return structs.replace(made, **changes)


WANG = (Recipient("wang-mail", "wang"), Recipient("wang-sms", "wang"))


def test_the_other_channel_of_the_person_has_it_already(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail")
    office.tell(*WANG)

    assert office.step() == ["wang-sms"]
    assert (office.count("wang-mail", "refused"), office.count("wang-mail", "rerouted")) == (1, 0)


def test_the_other_channel_of_the_person_is_tried_if_it_was_not(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail")
    office.tell(WANG[0])

    assert office.step() == ["wang-sms"]
    assert office.count("wang-mail", "rerouted") == 1


def test_who_cannot_be_reached_at_all_is_followed_by_the_next_on_duty_once(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms")
    office.tell(*WANG)

    assert office.step() == ["li-mail"]
    assert len(office.channels["li-mail"].sent) == 1
    assert office.count("wang-mail", "rerouted") + office.count("wang-sms", "rerouted") == 1


def test_so_on_to_the_last_after_their_quiet_hours(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms", "li-mail")
    office.tell(*WANG, event=firing(severity="warning"))

    assert office.step() == []
    assert office.step(NOW + timedelta(hours=2)) == ["chen-mail"]


def test_nobody_is_left(journal: Journal) -> None:
    office = Office(journal, notify_of(people=("wang",)))
    office.refuse("wang-mail", "wang-sms")
    office.tell(*WANG)

    assert office.step() == []
    both = ("wang-mail", "wang-sms")
    assert sum(office.count(name, "rerouted") for name in both) == 0
    assert sum("1 reached nobody at all" in office.warning(name) for name in both) == 1


@pytest.mark.parametrize(
    "failure", [ChannelError("the hook answered 500"), BusyError("too many", 30)], ids=["perhaps", "a while"]
)
def test_what_may_be_taken_later_stays_where_it_is(journal: Journal, failure: ChannelError) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms", failure=failure)
    office.tell(*WANG)

    assert office.step() == []
    office.channels["wang-sms"].failure = None
    assert office.step(NOW + timedelta(seconds=40)) in ([], ["wang-sms"])
    assert office.channels["li-mail"].sent == []


NOT_HANDED_OVER = [
    pytest.param({"state": "resolved"}, id="the end of what they were not told"),
    pytest.param({"historical": True}, id="old data"),
    pytest.param({"test": True}, id="a test"),
]


@pytest.mark.parametrize("changes", NOT_HANDED_OVER)
def test_what_nobody_else_needs(journal: Journal, changes: dict[str, object]) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms")
    office.tell(*WANG, event=firing(**changes))

    assert office.step() == []


def test_a_route_without_duty_names_nobody_else(journal: Journal) -> None:
    office = Office(journal, notify_of(Route(("hook", "wang"))))
    office.refuse("hook", "wang-mail", "wang-sms")
    office.tell(Recipient("hook"), *WANG)

    assert office.step() == []


def test_what_a_channel_of_nobody_refuses_reaches_whoever_is_on_duty(journal: Journal) -> None:
    office = Office(journal, notify_of(Route(("hook",)), Route(("duty",))))
    office.refuse("hook")
    office.tell(Recipient("hook"))

    assert office.step() == ["wang-mail", "wang-sms"]


def test_what_is_given_up_after_three_days_is_rerouted_too(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms", failure=ChannelError("away"))
    office.tell(*WANG)
    for hours in range(100):
        office.step(NOW + timedelta(hours=hours))

    assert len(office.channels["li-mail"].sent) == 1


def test_its_end_is_told_to_whom_it_was_rerouted(journal: Journal) -> None:
    office = Office(journal, notify_of())
    office.refuse("wang-mail", "wang-sms")
    office.tell(*WANG)
    office.step()

    with journal.transaction() as connection:
        assert outbox.recipients(connection, firing().episode, reached=True) == (Recipient("li-mail", "li"),)


CHANNELS = [name for person in PEOPLE for name in person.channels]


@given(st.sets(st.sampled_from(CHANNELS)))
def test_whoever_refuses_the_first_who_can_be_reached_has_it_and_nobody_behind(refusing: set[str]) -> None:
    with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "journal.db")) as journal:
        office = Office(journal, notify_of())
        office.refuse(*refusing)
        office.tell(*WANG)
        for _ in range(2):
            office.step()
        reached = office.step(NOW + timedelta(hours=3))

        working = [[name for name in person.channels if name not in refusing] for person in PEOPLE]
        assert reached == next((names for names in working if names), [])
        assert all(len(office.channels[name].sent) == 1 for name in reached)
        assert sum("1 reached nobody" in office.warning(name) for name in CHANNELS) == (not reached)
