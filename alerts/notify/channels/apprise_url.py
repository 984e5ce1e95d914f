"""An address in apprise's form: to a channel of our own where there is one, else to apprise."""

from typing import Any

from alerts.notify.channels import Channel
from alerts.notify.channels.apprise import AppriseChannel, parse
from alerts.notify.channels.dingtalk import ADDRESS as DINGTALK
from alerts.notify.channels.dingtalk import DingTalk
from alerts.notify.channels.feishu import ADDRESS as FEISHU
from alerts.notify.channels.feishu import LARK_ADDRESS, Feishu
from alerts.notify.channels.mail import Mail
from alerts.notify.channels.row import ChannelRow
from alerts.notify.channels.services import find_service
from alerts.notify.channels.wecom import ADDRESS as WECOM
from alerts.notify.channels.wecom import WeCom

MAIL_TIMEOUT_S = 30.0
_UNTRIED = (
    "whether {schema}:// counts a refused message as sent was not tried;"
    " see whether the message of `liangqu alerts test` arrives, or use a channel that the guide lists"
)


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The channel that an address leads to; `timeout` in seconds.

    Raises:
        ValueError: the address is none; the words do not show it.
    """
    plugin: Any = parse(address)
    schema = address.partition("://")[0].lower()
    if schema in {"http", "https"}:  # the service's own form of its address
        schema = next(iter(plugin.schemas()))
    match schema:
        case "dingtalk":
            robot = DingTalk(f"{DINGTALK}{plugin.token}", plugin.secret or row.secret, timeout=timeout)
            robot.mobiles = plugin.targets
            return robot
        case "wecombot":
            return WeCom(f"{WECOM}{plugin.key}", timeout=timeout)
        case "feishu":
            return Feishu(f"{FEISHU}{plugin.token}", row.secret, timeout=timeout)
        case "lark":
            return Feishu(f"{LARK_ADDRESS}{plugin.token}", row.secret, timeout=timeout)
        case "mailto" | "mailtos" if plugin.pgp_mode == "no":
            # A server may let everybody wait before it greets; who sends junk hangs up then.
            return Mail(plugin, timeout=timeout if row.timeout else MAIL_TIMEOUT_S)
    known = find_service(schema)
    channel = AppriseChannel(plugin, known, timeout=timeout)
    channel.doubt = "" if known is not None else _UNTRIED.format(schema=address.partition("://")[0])
    return channel
