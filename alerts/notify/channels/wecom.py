"""A robot of a WeCom group (企业微信群机器人).

Sources: "消息推送配置说明", https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute,
a text of 2,048 bytes of UTF-8; the codes as in "全局错误码", …/document/path/90313.
"""

from alerts.notify.channels import Channel, Limits
from alerts.notify.channels.robot import Robot, RobotCodes, parse_other_form
from alerts.notify.channels.row import ChannelRow

ADDRESS = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key="
CODES = RobotCodes(
    robot="WeCom",
    fields=("errcode",),
    texts=("errmsg",),
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
    wait=frozenset({45009, 45033}),
    content=frozenset({40058, 44004, 45002, 45008}),
)


class WeCom(Robot):
    """One robot; it has no signature."""

    # Two fewer than allowed, and a second more: messages in transit count when they arrive.
    limits = Limits(message_bytes=2048, rates=((18, 61.0),))
    codes = CODES

    def to_request(self, text: str, now: float) -> tuple[str, object]:  # noqa: ARG002 - nothing is signed
        """See `Robot.to_request`."""
        return self.url, {"msgtype": "text", "text": {"content": text}}


def open_channel(address: str, _row: ChannelRow, timeout: float) -> Channel:
    """The robot of a row, by its own address or apprise's `wecombot://`; `timeout` in seconds.

    Raises:
        ValueError: apprise does not understand it; the text does not show it.
    """
    plugin = parse_other_form(address)
    return WeCom(f"{ADDRESS}{plugin.key}" if plugin else address, timeout=timeout)
