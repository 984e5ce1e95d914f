"""Whoever is at the other end of a request: the address, and what a trusted proxy says of it."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import HTTPConnection

Networks = Sequence[IPv4Network | IPv6Network]
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def is_from(connection: HTTPConnection, networks: Networks) -> bool:
    """Whether the other end itself, no matter what it says, is in one of the networks."""
    return _is_in(connection.client.host if connection.client else "", networks)


def address_of(connection: HTTPConnection, proxies: Networks) -> str:
    """The address whose tries are counted: behind trusted proxies the last that none of them is."""
    address = connection.client.host if connection.client else ""
    forwarded = [each.strip() for each in connection.headers.get("x-forwarded-for", "").split(",")]
    while _is_in(address, proxies) and forwarded and (said := forwarded.pop()):
        address = said
    return address


def host_of(connection: HTTPConnection) -> str:
    """The name by which it was addressed, without its port."""
    host = connection.headers.get("host", "").casefold()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def is_by_tls(connection: HTTPConnection) -> bool:
    """Whether the browser speaks TLS, with us or with a proxy that says so; for words, never for rights."""
    forwarded = connection.headers.get("x-forwarded-proto", "")
    return "https" in {connection.url.scheme, forwarded.rpartition(",")[2].strip()}


def is_plain_loopback(connection: HTTPConnection) -> bool:
    """Whether a browser on this machine talks to it without TLS; all others keep secure cookies only."""
    return connection.url.scheme == "http" and host_of(connection) in LOOPBACK_NAMES


def _is_in(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in networks)
