"""What people read, whatever stands in the names of rules and places."""

from datetime import datetime

from msgspec import structs

from alerts.notify.channels import ChannelMessage
from alerts.notify.duty import Recipient
from alerts.notify.event import to_event
from alerts.notify.messages import to_message
from alerts.notify.outbox import Notification
from sensors.model import Name
from tests.support.rule_streams import CATALOGUE, START, changes, observed, rule, run, watch

HOSTILE = "\x1b[31m\x9b\u202e\u2066\r\n\x00"
SHOWN = r"\x1b[31m\x9b\u202e\u2066\r\n\x00"


def message(name: str, made: datetime = START) -> ChannelMessage:
    """The first alert of a rule and a site of this name."""
    on = watch(structs.replace(rule(), name=Name(name, name)))
    (announcement,) = changes(run(on, [observed(on, 0, 90.0)])[1])
    event = structs.replace(to_event(announcement, CATALOGUE, "zh"), site_name=Name(name, name))
    return to_message([Notification(1, "k", Recipient("hook"), event, made, 0)], "zh", lambda *_: "")


def test_control_signs_of_a_name_are_escaped() -> None:
    """Those of both ranges, and those that turn the direction of the line."""
    found = message(f"五金库{HOSTILE}")

    assert found.title == rf"[两区] 五金库{SHOWN} 严重"
    assert rf"五金库{SHOWN}，细颗粒物" in found.body
    assert all(line.isprintable() for line in (found.title, *found.body.split("\n")))


def test_an_emoji_of_several_signs_stays_whole() -> None:
    assert message("👨‍👩‍👧站").title == "[两区] 👨‍👩‍👧站 严重"
