"""A hundred more services through apprise, whose answers are read where apprise does not report them."""

import copy
import io
import logging
import sys
from collections.abc import Mapping
from contextlib import closing
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import apprise
import requests
from apprise.plugins import NotifyBase
from requests.adapters import HTTPAdapter

from alerts.notify.channels import Channel, ChannelError, ChannelMessage, RefusedError, address_hash
from alerts.notify.channels.http import MAX_BODY, is_loopback
from alerts.notify.channels.services import AppriseService
from ingest.http.deadline import bound_responses

logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its warnings may show addresses

_TOO_MANY = 429
_WAIT_S = 30.0
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
        if plugin.request_rate_per_sec == NotifyBase.request_rate_per_sec:
            plugin.request_rate_per_sec = 0  # apprise's own caution, not a limit of the service
        self._service = service
        self._name = str(plugin.service_name)
        self._plugins = _split_by_recipient(plugin)
        self.addresses = tuple(self._plugins) if len(self._plugins) > 1 else ()
        _record_requests(plugin)

    def send(self, message: ChannelMessage) -> None:
        """Send as plain text, which apprise escapes where the service expects HTML or Markdown."""
        address = message.notifications[0].to.address
        plugin = self._plugins.get(address) if address else next(iter(self._plugins.values()))
        if plugin is None:
            raise RefusedError("the notify file names the address no longer")
        sender = apprise.Apprise()
        sender.add(plugin)
        answers: list[requests.Response | Exception] = []
        token = _answers.set(answers)
        try:
            accepted = bool(sender.notify(body=message.body, title=message.title, body_format="text"))
        finally:
            _answers.reset(token)
        if not accepted:
            raise self._failure(answers)
        if self._service is not None and self._service.taken:
            self._check_answers(answers)

    def _failure(self, answers: list[requests.Response | Exception]) -> ChannelError:
        last = answers[-1] if answers else None
        if isinstance(last, requests.Response) and last.status_code == _TOO_MANY:
            return ChannelError(f"{self._name} takes nothing for now: too many requests (429)", _WAIT_S)
        if isinstance(last, requests.Response) and last.status_code not in _SUCCESS:
            return ChannelError(f"{self._name} answered {last.status_code}")
        if isinstance(last, requests.Response):
            return ChannelError(f"{self._name} answered {last.status_code}, and that it did not take it")
        if last is not None:
            return ChannelError(f"{self._name} does not answer ({type(last).__name__})")
        return ChannelError(f"apprise could not deliver it to {self._name}")

    def _check_answers(self, answers: list[requests.Response | Exception]) -> None:
        bodies = [answer.content for answer in answers if isinstance(answer, requests.Response)]
        if not bodies or self._service is None:
            raise ChannelError(f"what {self._name} answered was not heard")
        for body in bodies:
            if words := self._service.refusal(body):
                raise ChannelError(f"{self._name} did not take it: {words}")


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


# --- what apprise does not report -------------------------------------------------------------

# What is answered while a message is sent; apprise's threads are given it too.
_answers: ContextVar[list[requests.Response | Exception] | None] = ContextVar("heard", default=None)


class _RecordingRequests:
    """`requests` as apprise's plugins use it; records each answer, or why there is none, for the sender."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        if is_loopback(urlsplit(url).hostname or ""):
            options["proxies"] = {"http": "", "https": "", "all": ""}  # never through a proxy
        try:
            answer = _request(method, url, options)
        except Exception as error:
            _record(error)
            raise
        _record(answer)
        return answer

    def get(self, url: str, params: Any = None, **options: Any) -> requests.Response:
        return self.request("get", url, params=params, **options)

    def post(self, url: str, data: Any = None, json: Any = None, **options: Any) -> requests.Response:
        return self.request("post", url, data=data, json=json, **options)

    def put(self, url: str, data: Any = None, **options: Any) -> requests.Response:
        return self.request("put", url, data=data, **options)


class _BoundedAdapter(HTTPAdapter):
    """Connections with a bound on every answer."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named)
        bound_responses(self.poolmanager)

    def proxy_manager_for(self, *given: Any, **named: Any) -> Any:
        return bound_responses(super().proxy_manager_for(*given, **named))


def _request(method: str, url: str, options: Mapping[str, Any]) -> requests.Response:
    """An answer with the first `MAX_BODY` bytes of its body, as an endless one would never end."""
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, _BoundedAdapter())
        answer = session.request(method, url, **{**options, "stream": True})
        with closing(answer.raw) as raw:
            body = raw.read(MAX_BODY, decode_content=True)
        answer.raw = io.BytesIO(body)
        return answer


def _record(answer: requests.Response | Exception) -> None:
    answers = _answers.get()
    if answers is not None:
        answers.append(answer)


def _record_requests(plugin: NotifyBase) -> None:
    module = sys.modules[type(plugin).__module__]
    if getattr(module, "requests", None) is requests:
        module.requests = _RecordingRequests()  # type: ignore[attr-defined]
