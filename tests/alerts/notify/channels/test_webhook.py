"""A webhook's body: words for people beside the events for programs, signed, however its row is written."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.channels.webhook import SIGNATURE, signature
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from alerts.texts.messages import to_message
from tests.support.peers.receivers import HttpReceiver

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"webhook": "{url}"}, id="the key alone"),
        pytest.param({"kind": "webhook", "url": "{url}"}, id="kind and url"),
        pytest.param({"kind": "webhook", "webhook": "{url}"}, id="kind and key"),
    ],
)
def test_each_event_is_there_beside_the_text(row: dict[str, Any]) -> None:
    told = [
        structs.replace(document("x", NOW), rule=rule, site="wujinku", parameter="pm25", severity=severity,
                        state=state, episode=episode, test=False)
        for rule, severity, state, episode in [
            ("pm25-24h", "critical", "firing", "e1"), ("pm25-1h", "warning", "resolved", "e2"),
        ]
    ]  # fmt: skip
    notes = [Notification(n, f"k{n}", Recipient("hook"), each, NOW, 0) for n, each in enumerate(told)]
    with HttpReceiver() as hook:
        given = {key: text.format(url=hook.url) for key, text in row.items()}
        open_channel(ChannelRow("hook", secret="geheim", **given)).send(
            to_message(notes, "en", lambda *_: "")
        )

    [(headers, body)] = hook.posts
    said = json.loads(body)
    assert set(said) == {"title", "text", "event", "events"}
    assert [
        tuple(event[name] for name in ("key", "rule", "site", "parameter", "severity", "state", "episode"))
        for event in said["events"]
    ] == [
        ("k0", "pm25-24h", "wujinku", "pm25", "critical", "firing", "e1"),
        ("k1", "pm25-1h", "wujinku", "pm25", "warning", "resolved", "e2"),
    ]
    assert headers[SIGNATURE] == signature("geheim", body)
    assert "k0" not in said["text"]
