"""From a row of the notify file to its channel, by the registry."""

from importlib import import_module
from urllib.parse import urlsplit

from alerts.notify.channels import Channel
from alerts.notify.channels.registry import CHANNEL_KINDS, KIND_OF_HOST
from alerts.notify.channels.row import ChannelRow
from sensors.durations import parse_duration

TIMEOUT_S = 10.0


def open_channel(row: ChannelRow) -> Channel:
    """The channel that a row describes; nothing is sent yet.

    A robot is used as a robot whether its address is given under its own key, as `webhook` or in apprise's
    form; a mail address uses our own SMTP.

    Raises:
        ValueError: the address is not valid; the text does not show it.
    """
    timeout = parse_duration(row.timeout).total_seconds() if row.timeout else TIMEOUT_S
    key, address = next(iter(row.addresses.items()), ("url", ""))
    kind = CHANNEL_KINDS[key]
    if not kind.hosts and "://" in address and (parts := urlsplit(address)).scheme == "https":
        kind = KIND_OF_HOST.get(parts.hostname or "", kind)
    module = import_module(f"alerts.notify.channels.{kind.module}")
    channel: Channel = module.open_channel(address, row, timeout)
    return channel
