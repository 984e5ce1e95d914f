"""A custom robot of a Feishu or Lark group (飞书自定义机器人).

Source: "自定义机器人使用指南", https://open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN:
100 messages a minute and 5 a second, a request of 20 KB, the signature, the codes 9499, 11232 and 19001 to
19024; 99991400 is the platform's general "too many requests".
"""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable

from alerts.notify.channels import Channel, ChannelMessage, Limits, mark
from alerts.notify.channels.robot import A_WHILE, Codes, hand_over, text_of
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://open.feishu.cn/open-apis/bot/v2/hook/"
LARK_ADDRESS = "https://open.larksuite.com/open-apis/bot/v2/hook/"
CODES = Codes(
    robot="Feishu",
    fields=("code", "StatusCode"),
    words=("msg", "StatusMessage"),
    final={
        9499: "the form of the request",
        19001: "the robot's token is not known; copy its address again",
        19002: "the form of the message",
        19007: "the robot is not enabled",
        19021: "the signature does not fit, or this clock is more than an hour off",
        19022: "this IP address is not on the robot's list",
        19024: "the message has none of the robot's keywords",
    },
    wait={11232: A_WHILE, 99991400: A_WHILE},
    content=frozenset({9499, 19002}),
)


def signature(secret: str, now_s: int) -> str:
    """HMAC-SHA256 of nothing under time, line feed, secret, in base64."""
    digest = hmac.new(f"{now_s}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return b64encode(digest).decode()


class Feishu(Channel):
    """One robot.

    Args:
        url: Its address, with the token.
        secret: Its signing secret (签名校验); "" when it has none.
        timeout: Seconds for one message.
        clock: Seconds since 1970, for the signature.
    """

    # A few fewer than allowed, over a little longer: messages in transit count when they arrive.
    limits = Limits(message_bytes=18_000, rates=((4, 1.1), (90, 61.0)))

    def __init__(
        self, url: str, secret: str = "", *, timeout: float = 10.0, clock: Callable[[], float] = time.time
    ) -> None:
        self._url = url
        self.side = mark(url)
        self._secret = secret
        self._timeout = timeout
        self._clock = clock

    def send(self, message: ChannelMessage) -> None:
        """Hand over."""
        payload: dict[str, object] = {"msg_type": "text", "content": {"text": text_of(message)}}
        if self._secret:
            now = int(self._clock())
            payload = {"timestamp": str(now), "sign": signature(self._secret, now), **payload}
        hand_over(self._url, payload, CODES, self._timeout)

    def close(self) -> None:
        """Nothing is held."""


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row; `timeout` in seconds."""
    return Feishu(address, row.secret, timeout=timeout)
