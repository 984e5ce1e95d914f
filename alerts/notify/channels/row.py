"""A `[[channel]]` of the notify file: its address, and what of it may be shown."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from msgspec import defstruct

from alerts.notify.channels.registry import CHANNEL_KINDS
from ingest.http.address import parse_http_address
from sensors.durations import parse_duration
from sensors.model import Language

# A field for each key that may say where to: those of the registry, so that a new kind needs no change here.
_Addresses: Any = defstruct(
    "_Addresses", [(key, str, "") for key in CHANNEL_KINDS], frozen=True, kw_only=True
)


# mypy cannot follow a base that is made at run time.
class ChannelRow(_Addresses, frozen=True, forbid_unknown_fields=True):  # type: ignore[misc, call-arg]
    """One channel: its address under the key of its kind; `secret` signs what goes there.

    `timeout` is how long an answer is waited for: 10 s, a mail server's 30 s, unless it is given.
    """

    id: str
    secret: str = ""
    timeout: str = ""
    language: Language | None = None

    @property
    def addresses(self) -> Mapping[str, str]:
        """What was given of the keys that name where to; one when the row is right."""
        found = {key: getattr(self, key) for key in CHANNEL_KINDS}
        return {key: address for key, address in found.items() if address}

    @property
    def masked(self) -> str:
        """Scheme and host, unless that may be a token: all that is ever logged of an address."""
        key, address = next(iter(self.addresses.items()), ("", ""))
        found = mask_address(address)
        scheme, _, host = found.partition("://")
        is_host = not key or CHANNEL_KINDS[key].is_http or "." in host or ":" in host or host == "localhost"
        return found if is_host else f"{scheme}://…"


def mask_address(address: str) -> str:
    """`scheme://host` of an address, without what may be secret; `?` where it cannot be read."""
    try:
        parts = urlsplit(address)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        return "?"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}" if f"{scheme}{host}".isprintable() else "?"


def channel_flaws(channel: ChannelRow) -> Iterator[str]:
    """What is wrong with a row; no line shows an address."""
    if len(channel.addresses) != 1:
        yield f"channel {channel.id}: exactly one of {', '.join(CHANNEL_KINDS)} says where to"
    for key, address in channel.addresses.items():
        if CHANNEL_KINDS[key].is_http:
            yield from address_flaws(f"channel {channel.id}: {key}", address)
    try:
        parse_duration(channel.timeout or "10s")
    except ValueError as error:
        yield f"channel {channel.id}: timeout: {error}"


def address_flaws(key: str, address: str) -> Iterator[str]:
    """What is wrong with an address of HTTP; it is not shown."""
    try:
        parse_http_address(address)
    except ValueError as error:
        yield f"{key}: {error}"
