"""From a row of the notify file to its way out."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from alerts.notify.channels import Channel
from alerts.notify.channels.apprise import AppriseChannel, parse
from alerts.notify.channels.dingtalk import ADDRESS as DINGTALK
from alerts.notify.channels.dingtalk import DingTalk
from alerts.notify.channels.feishu import ADDRESS as FEISHU
from alerts.notify.channels.feishu import LARK_ADDRESS, Feishu
from alerts.notify.channels.mail import Mail
from alerts.notify.channels.services import service
from alerts.notify.channels.webhook import Webhook
from alerts.notify.channels.wecom import ADDRESS as WECOM
from alerts.notify.channels.wecom import WeCom
from alerts.notify.config import ChannelRow
from sensors.durations import parse_duration

TIMEOUT_S = 10.0
MAIL_TIMEOUT_S = 30.0

Open = Callable[[str, ChannelRow, float], Channel]

_ROBOTS: dict[str, Open] = {
    "dingtalk": lambda url, row, timeout: DingTalk(url, row.secret, timeout=timeout),
    "wecom": lambda url, _row, timeout: WeCom(url, timeout=timeout),
    "feishu": lambda url, row, timeout: Feishu(url, row.secret, timeout=timeout),
}
_HOSTS = {
    "oapi.dingtalk.com": "dingtalk",
    "qyapi.weixin.qq.com": "wecom",
    "open.feishu.cn": "feishu",
    "open.larksuite.com": "feishu",
}


def open_channel(row: ChannelRow) -> Channel:
    """The way out that a row describes; nothing is sent yet.

    A robot is spoken to as a robot whether its address stands under its own name, as `webhook` or in
    apprise's form, and a mail address by SMTP of our own.

    Raises:
        ValueError: the address is none; the words do not show it.
    """
    timeout = parse_duration(row.timeout).total_seconds() if row.timeout else TIMEOUT_S
    for kind, open_robot in _ROBOTS.items():
        if address := getattr(row, kind):
            return open_robot(address, row, timeout)
    address = row.webhook or row.url
    robot = _HOSTS.get(urlsplit(address).hostname or "") if "://" in address else None
    if robot is not None and urlsplit(address).scheme == "https":
        return _ROBOTS[robot](address, row, timeout)
    if row.webhook:
        return Webhook(row.webhook, row.secret, timeout=timeout)
    return _of_apprise(row, timeout)


def doubts(row: ChannelRow) -> str:
    """Why "sent" may not mean "taken" on a channel that can be opened; "" when it does."""
    channel = open_channel(row)
    if not isinstance(channel, AppriseChannel) or channel.is_tried:
        return ""
    schema = row.url.partition("://")[0]
    return (
        f"whether {schema}:// counts a refused message as sent was not tried;"
        " see whether the message of `liangqu alerts test` arrives, or use a channel that the guide lists"
    )


def _of_apprise(row: ChannelRow, timeout: float) -> Channel:
    plugin: Any = parse(row.url)
    schema = row.url.partition("://")[0].lower()
    if schema in {"http", "https"}:  # the service's own form of its address
        schema = next(iter(plugin.schemas()))
    match schema:
        case "dingtalk":
            return DingTalk(
                f"{DINGTALK}{plugin.token}", plugin.secret or row.secret, plugin.targets, timeout=timeout
            )
        case "wecombot":
            return WeCom(f"{WECOM}{plugin.key}", timeout=timeout)
        case "feishu":
            return Feishu(f"{FEISHU}{plugin.token}", row.secret, timeout=timeout)
        case "lark":
            return Feishu(f"{LARK_ADDRESS}{plugin.token}", row.secret, timeout=timeout)
        case "mailto" | "mailtos" if plugin.pgp_mode == "no":
            # A server may let everybody wait before it greets; who sends junk hangs up then.
            return Mail(plugin, timeout=timeout if row.timeout else MAIL_TIMEOUT_S)
    return AppriseChannel(plugin, service(schema), timeout=timeout)
