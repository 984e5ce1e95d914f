"""A custom robot of a DingTalk group (钉钉自定义机器人).

Sources: "自定义机器人接入" and "自定义机器人安全设置" at https://open.dingtalk.com/document/robots/custom-robot-access:
20 messages a minute, a message of 20,000 bytes, the signature, the codes 400013 to 430104. Codes 130101,
300001 and 310000 as in Aliyun's list of DingTalk's error codes; 300005 is what the server answers to an
unknown token.
"""

import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from alerts.notify.channels import Channel, ChannelMessage, Limits, mark
from alerts.notify.channels.robot import A_WHILE, Codes, hand_over, text_of
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token="
_UNKNOWN = "the robot's token is not known; copy its address again"
CODES = Codes(
    robot="DingTalk",
    fields=("errcode",),
    words=("errmsg",),
    final={
        310000: "keyword, signature or IP address of the robot's security settings do not fit",
        300001: _UNKNOWN,
        300005: _UNKNOWN,
        400101: _UNKNOWN,
        40035: "its address lacks the token",
        43004: "the kind of content",
        400013: "the group was dissolved",
        400102: "the robot was stopped",
        400105: "the kind of message",
        400106: "the robot is gone",
        430101: "an unsafe link in the message",
        430102: "the words of the message",
        430103: "a picture in the message",
        430104: "the content of the message",
    },
    wait={130101: A_WHILE, 410100: A_WHILE, 90030: A_WHILE},
    content=frozenset({430101, 430102, 430103, 430104}),
)


def signed(url: str, secret: str, now_ms: int) -> str:
    """The address with time and signature: base64 of HMAC-SHA256 over time, line feed, secret."""
    digest = hmac.new(secret.encode(), f"{now_ms}\n{secret}".encode(), hashlib.sha256).digest()
    added = urlencode({"timestamp": now_ms, "sign": b64encode(digest).decode()})
    return f"{url}{'&' if '?' in url else '?'}{added}"


class DingTalk(Channel):
    """One robot.

    Args:
        url: Its address, with the token.
        secret: Its signing secret (加签); "" when it has none.
        mobiles: The telephone numbers to mention.
        timeout: Seconds for one message.
        clock: Seconds since 1970, for the signature.
    """

    # Two fewer than allowed, and a second more: messages in transit count when they arrive.
    limits = Limits(message_bytes=18_000, rates=((18, 61.0),))

    def __init__(
        self,
        url: str,
        secret: str = "",
        mobiles: Sequence[str] = (),
        *,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self.side = mark(url)
        self._secret = secret
        self._mobiles = list(mobiles)
        self._timeout = timeout
        self._clock = clock

    def send(self, message: ChannelMessage) -> None:
        """Hand over."""
        url = signed(self._url, self._secret, round(self._clock() * 1000)) if self._secret else self._url
        payload = {
            "msgtype": "text",
            "text": {"content": text_of(message)},
            "at": {"atMobiles": self._mobiles, "isAtAll": False},
        }
        hand_over(url, payload, CODES, self._timeout)

    def close(self) -> None:
        """Nothing is held."""


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row; `timeout` in seconds."""
    return DingTalk(address, row.secret, timeout=timeout)
