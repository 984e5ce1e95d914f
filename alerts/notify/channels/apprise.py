"""A hundred more services through apprise, whose answers are read where apprise does not report them."""

import copy
import logging
from typing import Any

import apprise
import requests
from apprise.plugins import NotifyBase

from alerts.notify.channels import (
    KEY_HEADER,
    BusyError,
    Channel,
    ChannelError,
    ChannelMessage,
    Limits,
    RefusedError,
    address_hash,
)
from alerts.notify.channels.http_status import LONGEST_PAUSE_S, PAUSE_S, TOO_MANY_REQUESTS, status_error
from alerts.notify.channels.recorded_requests import Outcome, record_outcomes, record_requests
from alerts.notify.channels.row import ChannelRow
from alerts.notify.channels.services import AppriseService, find_service

logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its warnings may show addresses

_LEAST_WAIT_S = 0.1  # shorter ones pass while a message is on its way
_SUCCESS = range(200, 300)


def parse(url: str) -> NotifyBase:
    """What apprise makes of an address.

    Raises:
        ValueError: apprise does not understand it; the text does not show it.
    """
    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if not isinstance(plugin, NotifyBase):
        raise ValueError("no address that apprise understands")  # noqa: TRY004 - None, of a text
    return plugin


class AppriseChannel(Channel):
    """One address, with a plugin for each recipient that it names.

    Args:
        plugin: From `parse`.
        service: What is known of its answers; None when it was not tried.
        timeout: Seconds for the connection, and for each wait for an answer.

    Raises:
        ValueError: it names several recipients that cannot be told apart.
    """

    def __init__(self, plugin: NotifyBase, service: AppriseService | None, *, timeout: float = 10.0) -> None:
        plugin.socket_connect_timeout = plugin.socket_read_timeout = timeout
        plugin.redirects = False  # another page's answer proves nothing
        self.limits = _limits(plugin, service)
        plugin.request_rate_per_sec = 0  # it would sleep; the queue waits instead, the most severe in front
        self.service = address_hash(str(plugin.url(privacy=False)))  # type: ignore[no-untyped-call]
        self._service = service
        self._name = str(plugin.service_name)
        self._plugins = _split_by_recipient(plugin)
        self.addresses = tuple(self._plugins) if len(self._plugins) > 1 else ()
        record_requests(plugin)

    def send(self, message: ChannelMessage) -> None:
        """Send as plain text, which apprise escapes where the service expects HTML or Markdown."""
        address = message.notifications[0].to.address
        plugin = self._plugins.get(address) if address else next(iter(self._plugins.values()))
        if plugin is None:
            raise RefusedError("the notify file names the address no longer")
        sender = apprise.Apprise()
        sender.add(plugin)
        with record_outcomes({KEY_HEADER: message.key}) as answers:
            accepted = bool(sender.notify(body=message.body, title=message.title, body_format="text"))
        if not accepted:
            raise self._failure(answers)
        if self._service is not None and self._service.taken:
            self._check_answers(answers)

    def _failure(self, answers: list[Outcome]) -> ChannelError:
        last = answers[-1] if answers else None
        if isinstance(last, ChannelError):
            return last
        if isinstance(last, requests.Response):
            if last.status_code == TOO_MANY_REQUESTS and (pause := self._pause(last.content)):
                return BusyError(f"{self._name} takes nothing for now: too many requests (429)", pause)
            if last.status_code not in _SUCCESS:
                return status_error(self._name, last.status_code, last.headers)
            words = f"{self._name} answered {last.status_code}, and that it did not take it"
            return self._error_of(last.content, words)
        if last is not None:
            return ChannelError(f"{self._name} does not answer ({type(last).__name__})")
        return ChannelError(f"apprise could not deliver it to {self._name}")

    def _check_answers(self, answers: list[Outcome]) -> None:
        bodies = [answer.content for answer in answers if isinstance(answer, requests.Response)]
        if not bodies or self._service is None:
            raise ChannelError(f"what {self._name} answered was not heard")
        for body in bodies:
            if words := self._service.refusal(body):
                raise self._error_of(body, f"{self._name} did not take it: {words}")

    def _error_of(self, body: bytes, words: str) -> ChannelError:
        """By what the service's documents say of a body that refuses; what they do not is tried again."""
        if self._service is not None and self._service.is_final(body):
            return RefusedError(words)
        if self._service is not None and self._service.is_busy(body):
            return BusyError(words, self._pause(body) or PAUSE_S)
        return ChannelError(words)

    def _pause(self, body: bytes) -> float:
        pause = self._service.pause(body) if self._service is not None else 0.0
        return min(pause, LONGEST_PAUSE_S)


def _limits(plugin: NotifyBase, service: AppriseService | None) -> Limits:
    """The service's own, where they are known; else those that apprise has for it, without its caution."""
    if service is not None:
        return Limits(service.message_bytes, service.rates)
    seconds = float(plugin.request_rate_per_sec)
    is_own = seconds != NotifyBase.request_rate_per_sec and seconds >= _LEAST_WAIT_S
    return Limits(rates=((1, seconds),)) if is_own else Limits()


def _split_by_recipient(plugin: NotifyBase) -> dict[str, NotifyBase]:
    """A plugin for each recipient by hash: whoever has accepted a message does not get it again."""
    if len(plugin) <= 1:
        return {"": plugin}
    lists = [
        name
        for name, value in vars(plugin).items()
        if isinstance(value, list) and len(value) == len(plugin) and name != "from_addr"
    ]
    if len(lists) != 1:
        raise ValueError(f"names {len(plugin)} recipients: write a [[channel]] for each")
    found = {}
    for each in getattr(plugin, lists[0]):
        found[address_hash(str(each))] = copy.copy(plugin)
        setattr(found[address_hash(str(each))], lists[0], [each])
    return found


_UNTRIED = (
    "whether {schema}:// counts a refused message as sent was not tried;"
    " see whether the message of `liangqu alerts test` arrives, or use a channel that the guide lists"
)


def open_channel(address: str, _row: ChannelRow, timeout: float) -> Channel:
    """The service that an address leads to, in apprise's form or its own; `timeout` in seconds.

    Raises:
        ValueError: the address is none; the words do not show it.
    """
    plugin: Any = parse(address)
    schema = address.partition("://")[0].lower()
    known = find_service(next(iter(plugin.schemas())) if schema in {"http", "https"} else schema)
    channel = AppriseChannel(plugin, known, timeout=timeout)
    channel.doubt = "" if known is not None else _UNTRIED.format(schema=schema)
    return channel
