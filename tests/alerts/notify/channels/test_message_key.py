"""The key of a message: the same for the same notifications, and what every header can hold."""

from datetime import UTC, datetime

import pytest

from alerts.notify.channels import ChannelMessage
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from tests.support.peers.chat_robot import ChatRobot
from tests.support.peers.receivers import HttpReceiver

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


def message(*keys: str) -> ChannelMessage:
    notes = [Notification(n, key, Recipient("c"), document("x", NOW), NOW, 0) for n, key in enumerate(keys)]
    return ChannelMessage("title", "body", notes)


def test_of_one_notification_it_is_its_own() -> None:
    assert message("e-1/firing/hook").key == "e-1/firing/hook"


def test_of_several_it_tells_which() -> None:
    """A receiver that has the first alone must not drop it with another one."""
    keys = {message(*given).key for given in (("a",), ("a", "b"), ("a", "c"), ("a", "b", "c"), ("b", "a"))}

    assert len(keys) == 5
    assert message("a", "b").key == message("a", "b").key
    assert message("a", "b").key.startswith("a+")


@pytest.mark.parametrize("key", ["e-1/firing/值班/王", "e-1/firing/hook/ж", "e-1/firing/a b"])
def test_it_arrives_whatever_a_channel_is_called(key: str) -> None:
    with HttpReceiver() as hook, ChatRobot("dingtalk") as robot:
        open_channel(ChannelRow("值班", webhook=hook.url)).send(message(key))
        open_channel(ChannelRow("群", dingtalk=robot.url)).send(message(key))

    [(headers, _)] = hook.posts
    assert headers["Idempotency-Key"] == robot.keys[0] == message(key).key
    assert message(key).key.isascii()
    assert hook.events()[0]["key"] == key
