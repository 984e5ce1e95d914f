"""A custom robot of a Feishu or Lark group (飞书自定义机器人).

Source: "自定义机器人使用指南", https://open.feishu.cn/document/ukTMukTMukTM/ucTM5YjL3ETO24yNxkjN:
100 messages a minute and 5 a second, a request of 20 KB, the signature, the codes 9499, 11232 and 19001 to
19024; 99991400 is the platform's general "too many requests".
"""

import hashlib
import hmac
from base64 import b64encode

from alerts.notify.channels import Channel, Limits
from alerts.notify.channels.robot import Robot, RobotCodes, parse_other_form
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://open.feishu.cn/open-apis/bot/v2/hook/"
LARK_ADDRESS = "https://open.larksuite.com/open-apis/bot/v2/hook/"
CODES = RobotCodes(
    robot="Feishu",
    fields=("code", "StatusCode"),
    texts=("msg", "StatusMessage"),
    final={
        9499: "the form of the request",
        19001: "the robot's token is not known; copy its address again",
        19002: "the form of the message",
        19007: "the robot is not enabled",
        19021: "the signature does not fit, or this clock is more than an hour off",
        19022: "this IP address is not on the robot's list",
        19024: "the message has none of the robot's keywords",
    },
    wait=frozenset({11232, 99991400}),
    content=frozenset({9499, 19002}),
)


def signature(secret: str, now_s: int) -> str:
    """HMAC-SHA256 of nothing under time, line feed, secret, in base64."""
    digest = hmac.new(f"{now_s}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return b64encode(digest).decode()


class Feishu(Robot):
    """One robot, signed by 签名校验."""

    # A few fewer than allowed, over a little longer: messages in transit count when they arrive.
    limits = Limits(message_bytes=18_000, rates=((4, 1.1), (90, 61.0)))
    codes = CODES

    def to_request(self, text: str, now: float) -> tuple[str, object]:
        """See `Robot.to_request`."""
        payload: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
        if self.secret:
            signed = {"timestamp": str(int(now)), "sign": signature(self.secret, int(now))}
            payload = signed | payload
        return self.url, payload


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row, by its own address or apprise's `feishu://`, `lark://`; `timeout` in seconds.

    Raises:
        ValueError: apprise does not understand it; the text does not show it.
    """
    plugin = parse_other_form(address)
    if plugin is not None:
        is_lark = address.lower().startswith("lark:")
        address = f"{LARK_ADDRESS if is_lark else ADDRESS}{plugin.token}"
    return Feishu(address, row.secret, timeout=timeout)
