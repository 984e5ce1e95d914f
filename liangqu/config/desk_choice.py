"""The table `[desk]` of the settings file: the console in the browser, and who may use it."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import ClassVar, Literal

from ingest.http.address import HttpAddress, parse_base_url
from liangqu.config.listen_address import Listen, parse_listen
from sensors.excerpt import excerpt
from sensors.section import Readers, Section


def parse_network(text: str) -> IPv4Network | IPv6Network:
    """An address such as 127.0.0.1, or a network such as 10.0.0.0/8.

    Raises:
        ValueError: it is neither.
    """
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(
            f"{excerpt(text)} is no address or network such as 127.0.0.1 or 10.0.0.0/8"
        ) from None


LONGEST_DESK_NAME = 40


def parse_desk_name(text: str) -> str:
    """What the menu calls another desk.

    Raises:
        ValueError: it is blank, too long for the menu, or holds a character that is not seen.
    """
    if not text.strip() or len(text) > LONGEST_DESK_NAME or not text.isprintable():
        raise ValueError(f"{excerpt(text)} is no name of 1 to {LONGEST_DESK_NAME} printable characters")
    return text


def parse_desk_address(text: str) -> HttpAddress:
    """Where another desk is: by HTTPS, as people sign in there, or on this machine.

    Raises:
        ValueError: it is not such an address.
    """
    found = parse_base_url(text)
    if found.scheme != "https" and not Listen(found.host, found.port).is_loopback:
        raise ValueError("must begin with https://: people sign in there; http:// is for this machine alone")
    return found


_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")


class DeskChoice(Section, frozen=True):
    """The console in the browser, and who may use it.

    With `login = "none"` everybody is an administrator: only where nobody but this machine can reach it.
    `trusted_header` names a user that a proxy has signed in; it is taken from `trusted_proxies` only.
    `others` are the desks of other services by name, for the menu.
    """

    texts: ClassVar[Readers] = {
        "listen": parse_listen,
        "public_url": lambda text: text and parse_base_url(text),
    }
    never_blank = ("listen", "users")
    paths = ("users", "cert_file", "key_file")

    started_by_service: bool = True
    listen: str = "127.0.0.1:9465"
    public_url: str = ""
    users: str = "users.toml"
    login: Literal["password", "none"] = "password"
    trusted_header: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    cert_file: str = ""
    key_file: str = ""
    others: dict[str, str] = {}  # noqa: RUF012 - a struct makes a new one each time

    @property
    def address(self) -> str:
        """Where a browser opens it: the public address, else that of this machine."""
        if self.public_url:
            return self.public_url.rstrip("/")
        listen = parse_listen(self.listen)
        host = listen.host or "127.0.0.1"
        bracketed = f"[{host}]" if ":" in host else host
        return f"{'https' if self.cert_file else 'http'}://{bracketed}:{listen.port}"

    def flaws(self) -> Iterator[tuple[str, str]]:
        """As of every section; and what does not go together."""
        found = [*super().flaws()]
        yield from found
        for each in self.trusted_proxies:
            try:
                parse_network(each)
            except ValueError as error:
                yield "trusted_proxies", str(error)
        for name, address in self.others.items():
            try:
                parse_desk_name(name)
                parse_desk_address(address)
            except ValueError as error:
                yield "others", f"{excerpt(name)}: {error}"
        if self.trusted_header and not _HEADER_NAME.fullmatch(self.trusted_header):
            yield (
                "trusted_header",
                f"{excerpt(self.trusted_header)} is no header's name such as X-WEBAUTH-USER",
            )
        if bool(self.cert_file) != bool(self.key_file):
            yield "cert_file", "goes with key_file; name both or neither"
        if self.login == "none" and not found and not parse_listen(self.listen).is_loopback:
            yield "login", f'"none" lets everybody in who reaches {self.listen}; listen on 127.0.0.1'
