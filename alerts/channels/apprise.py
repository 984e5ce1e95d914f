"""Mail, DingTalk, WeCom, Feishu, SMS gateways and a hundred more, through apprise: one address each."""

import logging

import apprise

from alerts.channels import ChannelError, Message

logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its warnings may show addresses


class AppriseChannel:
    """One address.

    Raises:
        ValueError: apprise does not understand it; the words do not show it.
    """

    def __init__(self, url: str) -> None:
        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise ValueError("no address that apprise understands")

    def send(self, message: Message) -> None:
        """Hand over; apprise answers false for any failure and never says which."""
        if not self._apprise.notify(body=message.body, title=message.title):
            raise ChannelError("apprise could not deliver it")

    def close(self) -> None:
        """Nothing is held."""
