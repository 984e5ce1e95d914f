"""A listen address: `host:port` as people write it, and the socket that listens there."""

import re
import socket
from ipaddress import ip_address

from msgspec import Struct

LONGEST_QUEUE = 128
_ADDRESS = re.compile(r"(.*):([0-9]{1,5})")
_MOST_PORT = 65_535
_NO_NAME = frozenset(" []/@*?#%")


class Listen(Struct, frozen=True):
    """An address of this machine; `host` without brackets, "" for all of its addresses, IPv4 and IPv6."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it; a name other than localhost counts as outside."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def parse_listen(text: str) -> Listen:
    """`127.0.0.1:9464`, `localhost:9464`, `[::1]:9464`; `*:9464` or `[::]:9464` for all addresses.

    Port 0 takes a free one.

    Raises:
        ValueError: it is not one of these.
    """
    found = _ADDRESS.fullmatch(text)
    host, port = (found[1], int(found[2])) if found else ("", _MOST_PORT + 1)
    if port > _MOST_PORT:
        raise ValueError(f"{text!r} is not an address such as 127.0.0.1:9464")
    if not host:
        raise ValueError(f"{text!r} names no address: 127.0.0.1{text} is this machine only, *{text} all")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError(f"{text!r}: only an IPv6 address stands in brackets")
    elif ":" in host:
        raise ValueError(f"{text!r}: an IPv6 address stands in brackets, as [::1]:9464")
    return Listen("" if host in {"*", "::"} else _checked(host, text), port)


def _checked(host: str, text: str) -> str:
    if ":" in host:
        try:
            ip_address(host)
        except ValueError:
            raise ValueError(f"{text!r} holds no IPv6 address") from None
    elif not host.isprintable() or not host.isascii() or _NO_NAME & set(host):
        raise ValueError(f"{text!r} names no host such as 127.0.0.1")
    return host


def open_socket(listen: Listen) -> socket.socket:
    """Listen there.

    Raises:
        OSError: the port is taken, or the address does not belong to this machine.
    """
    if not listen.host:
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        return socket.create_server(
            ("", listen.port), family=family, backlog=LONGEST_QUEUE, dualstack_ipv6=both
        )
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError(None, f"{listen.host!r} is not a host name") from None
    family, _, _, _, address = min(found, key=lambda each: each[0] is not socket.AF_INET)
    return socket.create_server(address[:2], family=family, backlog=LONGEST_QUEUE)
