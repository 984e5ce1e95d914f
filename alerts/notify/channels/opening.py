"""From a row of the notify file to its channel, by the registry."""

from importlib import import_module

from alerts.notify.channels import Channel
from alerts.notify.channels.row import ChannelRow
from sensors.durations import parse_duration


def open_channel(row: ChannelRow) -> Channel:
    """The channel that a row describes; nothing is sent yet.

    Raises:
        ValueError: the address is not valid; the text does not show it.
    """
    kind = row.channel_kind
    timeout = parse_duration(row.timeout).total_seconds() if row.timeout else kind.timeout
    module = import_module(f"alerts.notify.channels.{kind.module}")
    channel: Channel = module.open_channel(row.address, row, timeout)
    return channel
