"""A `[[channel]]` of the notify file: its address, and what of it may be shown."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import defstruct

from alerts.notify.channels.registry import ADDRESS_KEYS, CHANNEL_KINDS, ChannelKind, find_kind
from ingest.http.address import PORTS, parse_http_address
from sensors.durations import parse_duration
from sensors.excerpt import excerpt
from sensors.model import Language

# A field for each key that may say where to: those of the registry, so that a new kind needs no change here.
_Addresses: Any = defstruct("_Addresses", [(key, str, "") for key in ADDRESS_KEYS], frozen=True, kw_only=True)


# mypy cannot follow a base that is made at run time.
class ChannelRow(_Addresses, frozen=True, forbid_unknown_fields=True):  # type: ignore[misc, call-arg]
    """One channel: its address, and of which kind it is; `secret` signs what goes there.

    Without `kind` the address says it, or the key that it stands under. `timeout` is how long an answer is
    waited for: 10 s, a mail server's 30 s, unless it is given.
    """

    id: str
    kind: str = ""
    secret: str = ""
    timeout: str = ""
    language: Language | None = None

    @property
    def addresses(self) -> Mapping[str, str]:
        """What was given of the keys that name where to; one when the row is right."""
        found = {key: getattr(self, key) for key in ADDRESS_KEYS}
        return {key: address for key, address in found.items() if address}

    @property
    def address(self) -> str:
        """Where to; "" if no key says it."""
        return next(iter(self.addresses.values()), "")

    @property
    def channel_kind(self) -> ChannelKind:
        """The kind that the row names, or that its address is of; KeyError where it names none that is."""
        if self.kind:
            return CHANNEL_KINDS[self.kind]
        return find_kind(next(iter(self.addresses), ""), *_scheme_and_host(self.address))

    @property
    def masked(self) -> str:
        """Scheme and host, unless that may be a token: all that is ever logged of an address."""
        found = mask_address(self.address)
        scheme, _, host = found.partition("://")
        is_host = scheme in PORTS or "." in host or ":" in host or host in {"", "localhost"}
        return found if is_host else f"{scheme}://…"


def mask_address(address: str) -> str:
    """`scheme://host` of an address, without what may be secret; `?` where it cannot be read."""
    scheme, host = _scheme_and_host(address)
    found = f"{scheme}://{f'[{host}]' if ':' in host else host}"
    return found if scheme and f"{scheme}{host}".isprintable() else "?"


def _scheme_and_host(address: str) -> tuple[str, str]:
    """Both "" where it cannot be read."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "", ""
    return parts.scheme, host


def channel_flaws(channel: ChannelRow) -> Iterator[str]:
    """What is wrong with a row; no line shows an address."""
    if len(channel.addresses) != 1:
        yield f"channel {channel.id}: exactly one of {', '.join(ADDRESS_KEYS)} says where to"
    if channel.kind and channel.kind not in CHANNEL_KINDS:
        yield f"channel {channel.id}: kind: {excerpt(channel.kind)} is not one of {', '.join(CHANNEL_KINDS)}"
    else:
        for key, address in channel.addresses.items():
            yield from _kind_flaws(channel, key, address)
    try:
        parse_duration(channel.timeout or "10s")
    except ValueError as error:
        yield f"channel {channel.id}: timeout: {error}"


def _kind_flaws(channel: ChannelRow, key: str, address: str) -> Iterator[str]:
    kind = channel.channel_kind
    if channel.kind and key not in {"url", channel.kind}:
        yield f'channel {channel.id}: {key}: the kind is "{channel.kind}": write the address as url'
    elif (kind.is_http or key != "url") and _scheme_and_host(address)[0] not in kind.schemes:
        yield from address_flaws(f"channel {channel.id}: {key}", address)


def address_flaws(key: str, address: str) -> Iterator[str]:
    """What is wrong with an address of HTTP; it is not shown."""
    try:
        parse_http_address(address)
    except ValueError as error:
        yield f"{key}: {error}"
