"""A robot of a WeCom group (企业微信群机器人).

Sources: "消息推送配置说明", https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute,
a text of 2,048 bytes of UTF-8; the codes as in "全局错误码", …/document/path/90313.
"""

from alerts.notify.channels import Channel, ChannelMessage, Limits, mark
from alerts.notify.channels.robot import A_WHILE, Codes, hand_over, text_of
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
CODES = Codes(
    robot="WeCom",
    fields=("errcode",),
    words=("errmsg",),
    final={
        93000: "the robot's key is not known, or it was removed from the group",
        93004: "the robot was stopped",
        93008: "the robot is not in the group",
        40008: "the kind of message",
        40058: "a parameter of the message",
        44004: "the message is empty",
        45002: "the message is too long",
        45008: "the message is too long",
    },
    wait={45009: A_WHILE, 45033: A_WHILE},
    content=frozenset({40058, 44004, 45002, 45008}),
)


class WeCom(Channel):
    """One robot.

    Args:
        url: Its address, with the key.
        timeout: Seconds for one message.
    """

    # Two fewer than allowed, and a second more: messages in transit count when they arrive.
    limits = Limits(message_bytes=2048, rates=((18, 61.0),))

    def __init__(self, url: str, *, timeout: float = 10.0) -> None:
        self._url = url
        self.side = mark(url)
        self._timeout = timeout

    def send(self, message: ChannelMessage) -> None:
        """Hand over."""
        payload = {"msgtype": "text", "text": {"content": text_of(message)}}
        hand_over(self._url, payload, CODES, self._timeout)

    def close(self) -> None:
        """Nothing is held."""


def open_channel(address: str, _row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row; `timeout` in seconds."""
    return WeCom(address, timeout=timeout)
