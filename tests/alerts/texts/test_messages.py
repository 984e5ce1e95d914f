"""What people read, whatever stands in the names of rules and places."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from alerts.notify.channels import ChannelMessage
from alerts.notify.duty import Recipient
from alerts.notify.event import AlertEvent, to_event
from alerts.notify.event import test_event as a_test
from alerts.notify.outbox import Notification
from alerts.texts.messages import fit, to_message
from sensors.model import Language, Name
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

    assert found.title == rf"[两区] 严重 五金库{SHOWN} 五金库{SHOWN}"
    assert rf"（五金库{SHOWN}）" in found.body
    assert all(line.isprintable() for line in (found.title, *found.body.split("\n")))


def test_an_emoji_of_several_signs_stays_whole() -> None:
    assert message("👨‍👩‍👧站").title == "[两区] 严重 👨‍👩‍👧站 👨‍👩‍👧站"


def event(**changed: Any) -> AlertEvent:
    """A critical one that fires, changed as said."""
    on = watch()
    (announcement,) = changes(run(on, [observed(on, 0, 90.0)])[1])
    made = structs.replace(to_event(announcement, CATALOGUE, "zh"), site_name=Name("五金库", "Wujinku"))
    return structs.replace(made, **changed)


def message_of(events: list[AlertEvent], language: Language) -> ChannelMessage:
    notifications = [
        Notification(number, f"k{number}", Recipient("hook"), each, START, 0)
        for number, each in enumerate(events)
    ]
    return to_message(notifications, language, lambda *_: "https://page.example")


def invitations(message: ChannelMessage) -> list[str]:
    """What stands before each link."""
    lines = message.body.splitlines()
    return [line.partition(" https://")[0] for line in lines if "https://" in line]


OVER = {"state": "resolved", "reason": "clear"}
ACKNOWLEDGED = {"state": "acknowledged", "reason": "acknowledged", "by": "王"}
OLD = {"historical": True}
OTHER = {"episode": "another"}


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        pytest.param([{}], "严重 五金库 测试", "critical: Wujinku test", id="it fires"),
        pytest.param([OVER], "已解除 五金库 测试", "over: Wujinku test", id="it is over"),
        pytest.param(
            [ACKNOWLEDGED], "已确认 五金库 测试", "acknowledged: Wujinku test", id="it is acknowledged"
        ),
        pytest.param([{}, OVER], "已解除 五金库 测试", "over: Wujinku test", id="it fired and is over"),
        pytest.param(
            [OVER | OTHER, {}],
            "严重 五金库 测试，等 2 起",
            "critical: Wujinku test, and 1 more",
            id="one of two still lasts",
        ),
        pytest.param(
            [OLD, OLD | OVER], "历史数据告警摘要（2）", "digest of alerts from old data (2)", id="old data"
        ),
    ],
)
def test_the_title_says_how_it_stands(changed: list[dict[str, Any]], zh: str, en: str) -> None:
    events = [event(**each) for each in changed]

    assert message_of(events, "zh").title == f"[两区] {zh}"
    assert message_of(events, "en").title == f"[liangqu] {en}"


@pytest.mark.parametrize(
    ("changed", "zh", "en"),
    [
        pytest.param([{}], ["查看并确认"], ["view and acknowledge"], id="it fires"),
        pytest.param([OVER], ["查看"], ["view"], id="it is over"),
        pytest.param([ACKNOWLEDGED], ["查看"], ["view"], id="it is acknowledged"),
        pytest.param([{"by": "王"}], ["查看"], ["view"], id="it lasts and is acknowledged"),
        pytest.param([OLD], ["查看"], ["view"], id="old data alone showed it"),
        pytest.param([{}, OVER], ["查看"], ["view"], id="it fired, and is over by now"),
        pytest.param(
            [{}, OVER | OTHER], ["查看并确认", "查看"], ["view and acknowledge", "view"], id="another is over"
        ),
    ],
)
def test_only_what_may_be_acknowledged_invites_to_it(
    changed: list[dict[str, Any]], zh: list[str], en: list[str]
) -> None:
    events = [event(**each) for each in changed]

    assert invitations(message_of(events, "zh")) == zh
    assert invitations(message_of(events, "en")) == en


def test_messages_that_are_parted_are_never_longer_than_allowed() -> None:
    notifications = [
        Notification(number, f"k{number}", Recipient("hook"), event(**each, episode=f"e{number}"), START, 0)
        for number, each in enumerate([{}, OVER] * 3)
    ]
    parted = list(fit(notifications, "en", lambda *_: "https://page.example", 500))

    assert [each for message in parted for each in message.notifications] == notifications
    assert len(parted) > 1
    assert all(len(f"{each.title}\n\n{each.body}".encode()) <= 500 for each in parted)


def test_a_test_message_tells_the_time_of_beijing() -> None:
    sent = a_test("王", datetime(2026, 3, 1, 20, 30, tzinfo=UTC))

    zh, en = (message_of([sent], language).body.splitlines()[1] for language in ("zh", "en"))
    assert zh == "开始 2026-03-02 04:30，数据时间 2026-03-02 04:30（北京时间）"
    assert en == "since 2026-03-02 04:30, data of 2026-03-02 04:30 (UTC+8)"
