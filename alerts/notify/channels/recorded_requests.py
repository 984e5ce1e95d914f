"""Requests as apprise's plugins make them, bounded, and with their answers kept: apprise reports none."""

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from apprise.plugins import NotifyBase
from msgspec import Struct
from requests.adapters import HTTPAdapter

from alerts.notify.channels.http import MAX_BODY, proxy_to
from ingest.http.address import PORTS
from ingest.http.deadline import bound_responses

Outcome = requests.Response | Exception


class _Sending(Struct):
    """A message on its way: what each of its requests carries, and what came of them."""

    headers: Mapping[str, str]
    outcomes: list[Outcome] = []


@contextmanager
def record_outcomes(headers: Mapping[str, str]) -> Iterator[list[Outcome]]:
    """What comes of each request that is made inside, in order; apprise's threads are given it too.

    Args:
        headers: Added to each of them.
    """
    sending = _Sending(headers)
    token = _sending.set(sending)
    try:
        yield sending.outcomes
    finally:
        _sending.reset(token)


def record_requests(plugin: NotifyBase) -> None:
    """From now on what comes of this plugin's requests is recorded."""
    module = sys.modules[type(plugin).__module__]
    if getattr(module, "requests", None) is requests:
        module.requests = _RecordingRequests()  # type: ignore[attr-defined]


_sending: ContextVar[_Sending | None] = ContextVar("sending", default=None)


class _RecordingRequests:
    """`requests` as apprise's plugins use it; records each answer, or why there is none, for the sender."""

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def request(self, method: str, url: str, **options: Any) -> requests.Response:
        sending = _sending.get()
        if sending is not None:
            options["headers"] = {**(options.get("headers") or {}), **sending.headers}
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
    """An answer with the first `MAX_BODY` bytes of its body, as an endless one would never end.

    Raises:
        ChannelError: the proxy that the environment names for it cannot be used.
    """
    proxies = _proxies(url)
    with requests.Session() as session:
        for scheme in ("http://", "https://"):
            session.mount(scheme, _BoundedAdapter())
        answer = session.request(method, url, **{**options, "proxies": proxies, "stream": True})
        with closing(answer.raw) as raw:
            body = raw.read(MAX_BODY, decode_content=True)
        answer.raw = io.BytesIO(body)
        return answer


def _proxies(url: str) -> Mapping[str, str]:
    """As requests takes them; blank where there is none, so that it does not read the environment itself."""
    parts = urlsplit(url)
    proxy = proxy_to(parts.scheme, parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0))
    if proxy is None:
        return dict.fromkeys(("http", "https", "all"), "")
    login = f"{quote(proxy.username, safe='')}:{quote(proxy.password, safe='')}@" if proxy.username else ""
    return dict.fromkeys(("http", "https"), f"http://{login}{proxy.authority}")


def _record(outcome: Outcome) -> None:
    sending = _sending.get()
    if sending is not None:
        sending.outcomes.append(outcome)
