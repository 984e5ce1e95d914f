"""Addresses of HTTP services as people write them: made ready to be called, or refused. Pure."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, quote, unquote, urlsplit

import idna
from msgspec import Struct

PORTS = {"http": 80, "https": 443}

_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_IN_BRACKETS = re.compile(r"(?:^|@)\[([0-9A-Fa-f:.]*)\](?::[^:]*)?$")  # without a zone
_LONGEST_HOST = 253  # RFC 1035, without the last dot
_HALF_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LITERAL = "%:@!$&'()*+,;=/?~"  # what a path or query may hold as it is, RFC 3986


class HttpAddress(Struct, frozen=True):
    """An http:// or https:// address, all of it ASCII; `target` is path and query, from the first `/` on.

    `host` is a name or an IP address without brackets. `username` and `password` are as they stood before
    the `@`, unescaped; both "" without one.
    """

    scheme: str
    host: str
    port: int
    target: str
    username: str = ""
    password: str = ""

    @property
    def authority(self) -> str:
        """`host` or `host:port` (RFC 3986), with brackets where it is IPv6; without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse_http_address(text: str) -> HttpAddress:
    """Read an address. Other scripts are encoded: the host by IDNA, path and query by percent signs.

    Raises:
        ValueError: it is not one; the text shows nothing of it, as it may hold secrets.
    """
    if any(sign.isspace() or not sign.isprintable() for sign in text):
        raise ValueError("holds a blank or a control sign; in a path or query write %20 for a blank")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("the host cannot be read; an IPv6 address stands in brackets") from None
    if parts.scheme not in PORTS:
        raise ValueError("must begin with http:// or https://")
    if "#" in text:
        raise ValueError(
            "holds a #: what stands behind it is never sent; write %23 where it is part of a path"
        )
    path = parts.path if parts.path.startswith("/") else f"/{parts.path}"
    return HttpAddress(
        scheme=parts.scheme,
        host=_host(parts),
        port=_port(parts) or PORTS[parts.scheme],
        target=_escaped(f"{path}?{parts.query}" if parts.query else path),
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine's own (RFC 6761, 6.3; 127.0.0.0/8; ::1)."""
    address = parse_ip(host)
    if address is None:
        name = host.lower().removesuffix(".")
        return name == "localhost" or name.endswith(".localhost")
    return address.is_loopback


def parse_ip(host: str) -> IPv4Address | IPv6Address | None:
    """An IP address, of IPv4 also where IPv6 holds it; None for a name."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    if ":" in name or "[" in parts.netloc:
        found = _IN_BRACKETS.search(parts.netloc)
        try:
            return str(IPv6Address(found[1] if found else ""))
        except ValueError:
            raise ValueError("the host is not an IPv6 address") from None
    try:
        encoded = name if name.isascii() else idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        encoded = ""
    labels = encoded.removesuffix(".").split(".")
    if len(encoded) > _LONGEST_HOST or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError("the host is neither a name nor an address (parts of 1 to 63 letters, digits and -)")
    return encoded


def _port(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port is not a number from 1 to 65535")
    return port


def _escaped(target: str) -> str:
    return quote(_HALF_ESCAPE.sub("%25", target), safe=_LITERAL)


def parse_base_url(text: str) -> HttpAddress:
    """The address of a service below which paths are added; ValueError too if it holds a secret."""
    address = parse_http_address(text)
    if address.username or address.password:
        raise ValueError("name and password do not belong here: settings are shared and shown")
    if "?" in address.target:
        raise ValueError("holds a ?: paths are added at its end")
    return address
