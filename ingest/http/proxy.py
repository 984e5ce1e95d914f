"""Which proxy of the environment leads to a host, if any: one reading of `no_proxy` for every call."""

import re
import urllib.request
from ipaddress import ip_network

from ingest.http.address import is_loopback, parse_ip

_SEPARATORS = re.compile(r"[\s,]+")


def find_proxy(scheme: str, host: str, port: int) -> str:
    """The proxy to a host, as the environment writes it; "" if it is called directly.

    `http_proxy` or `https_proxy`, otherwise `all_proxy`; small letters count before capitals, and
    `HTTP_PROXY` not within CGI. `no_proxy` is read by `is_exempt`.
    """
    proxies = urllib.request.getproxies()
    if is_exempt(host, port, proxies.get("no", "")):
        return ""
    return proxies.get(scheme) or proxies.get("all") or ""


def is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """Whether a host is called directly: this machine always, otherwise what a `no_proxy` names.

    Its entries stand between commas or blanks: `*` for everything; a name, which includes what is below it,
    with or without a dot before it; an IP address or a network such as 10.0.0.0/8; each with `:port` if only
    that port is meant. Names are compared without regard to case and never looked up.
    """
    name = host.lower().removesuffix(".")
    if is_loopback(name):
        return True
    entries = filter(None, _SEPARATORS.split(no_proxy.lower()))
    return any(_matches(entry, name, port) for entry in entries)


def _matches(entry: str, name: str, port: int) -> bool:
    entry, only = _split_port(entry)
    if only not in {"", str(port)}:
        return False
    if entry == "*":
        return True
    address = parse_ip(name)
    if address is not None:
        try:
            return address in ip_network(entry.strip("[]"), strict=False)
        except ValueError:  # a name
            return False
    suffix = entry.removeprefix("*").strip(".")
    return bool(suffix) and (name == suffix or name.endswith(f".{suffix}"))


def _split_port(entry: str) -> tuple[str, str]:
    """An entry and its port; "" without one. What has several colons and no brackets is an IPv6 address."""
    if entry.startswith("[") or entry.count(":") == 1:
        rest, colon, port = entry.rpartition(":")
        if colon and port.isdecimal():
            return rest, port
    return entry, ""
