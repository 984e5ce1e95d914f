"""Whether a channel's other side answers: it is connected to as for a message, and gets none."""

from pathlib import Path
from typing import Any

import pytest

from alerts.notify import config
from alerts.notify.channels import ChannelError, apprise
from alerts.notify.channels.row import ChannelRow
from alerts.notify.sending.reach import _service_of, reach
from liangqu.tasks.checking.connections import _channels
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import free_port


def row(**keys: Any) -> ChannelRow:
    return ChannelRow(id="x", timeout="2s", **keys)


@pytest.mark.parametrize("scheme", ["http", "json"])
def test_a_receiver_answers_and_gets_nothing(scheme: str) -> None:
    with HttpReceiver() as hook:
        url = hook.url.replace("http", scheme, 1)

        assert reach(row(webhook=url) if scheme == "http" else row(url=url))

        assert hook.posts == []


def test_a_mail_server_answers_and_gets_nothing() -> None:
    with SmtpReceiver() as mail:
        assert reach(
            row(url=f"mailto://127.0.0.1:{mail.port}?from=a@example.org&to=b@example.org&mode=insecure")
        )

        assert mail.mails == []


@pytest.mark.parametrize(
    ("address", "words"),
    [
        pytest.param("webhook=http://127.0.0.1:{closed}/s3cret", "onnection refused", id="nobody"),
        pytest.param("webhook=https://127.0.0.1:{open}/s3cret", "no TLS with it", id="TLS to plain HTTP"),
        pytest.param("webhook=http://nowhere.invalid/s3cret", "name of its host is not known", id="no name"),
        pytest.param(
            "url=mailto://127.0.0.1:{closed}?from=a@example.org&to=s3cret@example.org&mode=insecure",
            "the mail server cannot be reached: connection refused",
            id="no mail server",
        ),
    ],
)
def test_who_does_not_answer_is_said_without_the_address(address: str, words: str) -> None:
    key, _, url = address.partition("=")
    with HttpReceiver() as hook:
        port = hook.url.rpartition(":")[2].partition("/")[0]
        url = url.format(closed=free_port(), open=port)
        with pytest.raises(ChannelError) as failed:
            reach(row(**{key: url}))

    assert words in str(failed.value)
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("tgram://123456789:abcdefg_hijklmnop/12315544/", "https://api.telegram.org"),
        ("ntfy://topic", "https://ntfy.sh"),
        ("gotify://host.example.org:8080/token1234567890A", "http://host.example.org:8080"),
    ],
)
def test_where_a_service_of_apprise_is(url: str, service: str) -> None:
    assert _service_of(apprise.parse(url), row(url=url)) == service


def test_each_is_tried_whatever_became_of_the_others(tmp_path: Path) -> None:
    with HttpReceiver() as hook:
        (tmp_path / "notify.toml").write_text(
            f'[[channel]]\nid = "gone"\nwebhook = "http://127.0.0.1:{free_port()}/"\n'
            f'[[channel]]\nid = "hook"\nwebhook = "{hook.url}"\n'
            f'[heartbeat]\nurl = "http://127.0.0.1:{free_port()}/"\n',
            encoding="utf-8",
        )
        found = [*_channels(config.load(tmp_path / "notify.toml"))]

    assert [one.kind for one in found] == ["away", "answers", "away"]
    assert found[0].text.startswith("channel gone (http://127.0.0.1): ")
    assert found[1].text == "channel     hook (http://127.0.0.1) answers; nothing was sent"
    assert found[2].text.startswith("heartbeat.url: http://127.0.0.1: ")
    assert hook.posts == []
