"""Alerting with people who read: every message that goes out is kept, as its receiver has it."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from alerts.notify.channels import Channel, ChannelMessage
from alerts.notify.channels.row import ChannelRow
from alerts.notify.config import DutyRow, NotifyConfig, Person, Route, Waits
from alerts.notify.sending.delivery import ChannelDelivery
from alerts.rules.definition import Rule
from alerts.texts.boards import board_links
from alerts.texts.event_reader import EventReader
from sensors.catalogue.model import Catalogue
from sensors.model import Language
from tests.support.alerting_harness import CATALOGUE, SHIPPED, AlertingHarness

PEOPLE = NotifyConfig(
    channels={id_: ChannelRow(id_, url="json://127.0.0.1") for id_ in ("hook", "wang", "li")},
    people={
        "wang": Person("wang", "王", ("wang",), quiet="22:00-07:00"),
        "li": Person("li", "李", ("li",)),
    },
    duty=DutyRow(people=("wang", "li"), since=date(2026, 2, 23)),
    routes=(Route(("duty",), severity="watch"),),
    waits=Waits(group="0s", digest="0s", escalate="15m"),
)


class KeptMessages(Channel):
    """Takes everything."""

    def __init__(self) -> None:
        self.messages: list[ChannelMessage] = []

    def send(self, message: ChannelMessage) -> None:
        self.messages.append(message)


class PeoplesInbox(AlertingHarness):
    """The harness with a delivery for each channel; `read` gives what arrived since it was last asked."""

    def __init__(
        self,
        folder: Path,
        *,
        own: Sequence[Rule] | None = None,
        notify: NotifyConfig = PEOPLE,
        language: Language = "zh",
        catalogue: Catalogue = CATALOGUE,
        board_url: str = "",
    ) -> None:
        super().__init__(folder, own=own, notify=notify)
        reader = EventReader(
            catalogue=catalogue,
            rules={rule.id: rule for rule in own or SHIPPED},
            notify=notify,
            boards=board_links(board_url, catalogue),
        )
        self.kept = {id_: KeptMessages() for id_ in notify.channels}
        self.deliveries: Mapping[str, ChannelDelivery] = {
            id_: ChannelDelivery(
                self.journal, id_, channel, notify, link=_link, language=language, reader=reader
            )
            for id_, channel in self.kept.items()
        }

    def read(self, channel: str) -> list[ChannelMessage]:
        """Deliver what is due; the messages of a channel since the last time."""
        for delivery in self.deliveries.values():
            delivery.step(self.now)
        found = self.kept[channel].messages[:]
        self.kept[channel].messages.clear()
        return found


def _link(id_: str, person: str, language: Language) -> str:
    return f"https://alerts.example.org/alerts/{id_}?by={person}&lang={language}"
