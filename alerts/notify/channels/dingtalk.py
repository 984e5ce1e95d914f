"""A custom robot of a DingTalk group (钉钉自定义机器人).

Sources: "自定义机器人接入" and "自定义机器人安全设置" at https://open.dingtalk.com/document/robots/custom-robot-access:
20 messages a minute, a message of 20,000 bytes, the signature, the codes 400013 to 430104. Codes 130101,
300001 and 310000 as in Aliyun's list of DingTalk's error codes; 300005 is what the server answers to an
unknown token.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Sequence
from urllib.parse import urlencode

from alerts.notify.channels import Channel, Limits
from alerts.notify.channels.robot import Robot, RobotCodes, parse_other_form
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token="
_UNKNOWN = "the robot's token is not known; copy its address again"
CODES = RobotCodes(
    robot="DingTalk",
    fields=("errcode",),
    texts=("errmsg",),
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
    wait=frozenset({130101, 410100, 90030}),
    content=frozenset({430101, 430102, 430103, 430104}),
)


def sign_url(url: str, secret: str, now_ms: int) -> str:
    """The address with time and signature: base64 of HMAC-SHA256 over time, line feed, secret."""
    digest = hmac.new(secret.encode(), f"{now_ms}\n{secret}".encode(), hashlib.sha256).digest()
    added = urlencode({"timestamp": now_ms, "sign": b64encode(digest).decode()})
    return f"{url}{'&' if '?' in url else '?'}{added}"


class DingTalk(Robot):
    """One robot, signed by 加签; `mobiles` are the telephone numbers to mention."""

    # Two fewer than allowed, and a second more: messages in transit count when they arrive.
    limits = Limits(message_bytes=18_000, rates=((18, 61.0),))
    codes = CODES
    mobiles: Sequence[str] = ()

    def to_request(self, text: str, now: float) -> tuple[str, object]:
        """See `Robot.to_request`."""
        url = sign_url(self.url, self.secret, round(now * 1000)) if self.secret else self.url
        mentioned = {"atMobiles": list(self.mobiles), "isAtAll": False}
        return url, {"msgtype": "text", "text": {"content": text}, "at": mentioned}


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row, by its own address or apprise's `dingtalk://`; `timeout` in seconds.

    Raises:
        ValueError: apprise does not understand it; the text does not show it.
    """
    plugin = parse_other_form(address)
    if plugin is None:
        return DingTalk(address, row.secret, timeout=timeout)
    robot = DingTalk(f"{ADDRESS}{plugin.token}", plugin.secret or row.secret, timeout=timeout)
    robot.mobiles = plugin.targets
    return robot
