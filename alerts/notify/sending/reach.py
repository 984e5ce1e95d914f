"""Whether a channel's other side answers: connected as for a message, and none is sent."""

from typing import Any

from alerts.notify.channels import apprise, http, smtp
from alerts.notify.channels.row import ChannelRow
from ingest.http.address import PORTS
from sensors.durations import parse_duration

_NO_SERVICE = {"app_url", "setup_url", "service_url", "request_url"}
"""Addresses of apprise's plugins where nothing is sent: pages for people, and our own written as HTTP."""


def reach(row: ChannelRow) -> bool:
    """Connect, by TLS and through the proxy where the message would go so; log in at a mail server.

    False where apprise does not say to which host it would send.

    Raises:
        ChannelError: nobody answers there, or not as it should; the text shows no address.
    """
    kind = row.channel_kind
    timeout = parse_duration(row.timeout).total_seconds() if row.timeout else kind.timeout
    if row.address.partition("://")[0] in PORTS:
        http.reach(row.address, timeout=timeout)
        return True
    if kind.hosts:
        http.reach(f"https://{kind.hosts[0]}/", timeout=timeout)
        return True
    plugin: Any = apprise.parse(row.address)
    if hasattr(plugin, "smtp_host"):
        smtp.log_in(plugin, timeout)
        return True
    url = _service_of(plugin, row)
    if url:
        http.reach(url, timeout=timeout)
    return bool(url)


def reach_url(url: str) -> None:
    """The same of an address that is called as it is.

    Raises:
        ChannelError: as `reach`.
    """
    http.reach(url)


def _service_of(plugin: Any, row: ChannelRow) -> str:
    """Scheme and host where apprise's plugin would send; "" where it does not say."""
    named = (name for name in dir(plugin) if name.endswith("_url") and name not in _NO_SERVICE)
    found = [
        url for name in named if isinstance(url := getattr(plugin, name), str) and url.startswith("http")
    ]
    if not found and not row.masked.endswith("…"):
        found = [f"http{'s' if plugin.secure else ''}://{plugin.host}:{plugin.port or ''}".rstrip(":")]
    return "/".join(found[0].split("/")[:3]) if found else ""
