"""Each row of catalogue, rules and notify file that is in force: its keys' values, and the file it stands in.

Parameters are left out: they are read as any row, and described in docs/reference/messages.md.
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from msgspec import Struct

from alerts.notify.channels.registry import ADDRESS_KEYS
from alerts.notify.channels.row import mask_address
from alerts.rules.definition import SHIPPED
from ingest.http.address import PORTS
from liangqu.config.reference.in_force import HIDDEN, SINGLE, KeyInForce
from liangqu.config.reference.keys import DescribedKey, file_tables
from liangqu.config.reference.types import to_toml
from liangqu.config.settings import Settings
from sensors.catalogue.loader import REGION
from sensors.model import Language
from sensors.text import read_bytes
from sensors.toml_config import parse_toml

SHIPPED_ORIGIN = "liangqu"
"""The origin of a value that is shipped."""
_RULES = ("alerts.rules", SHIPPED)
_SECRETS = ("secret", *ADDRESS_KEYS)
"""Of a channel: of what stands here at most the host is shown."""


class RowInForce(Struct, frozen=True):
    """A row as it is written; `origin` is its file, "" of what is shipped. Of a route `id` is its number."""

    file: str
    kind: str
    id: str
    origin: str
    written: Mapping[str, Any]

    def name(self, language: Language) -> str:
        """What people call it; "" where the row does not say."""
        name = self.written.get("name", "")
        return str(name.get(language, "") if isinstance(name, dict) else name)

    def values(self) -> Mapping[str, str]:
        """Each key that is written, as TOML; secrets are masked."""
        shown = _shown if self.kind == "channel" else lambda _name, value: to_toml(value)
        return {name: shown(name, value) for name, value in self.written.items()}

    def each_key(self) -> Iterator[KeyInForce]:
        """Every key that such a row may have, with its value; of one that is not written the default."""
        values = self.values()
        for key in _described(self.file, self.kind):
            name = key.key[1]
            value = values.get(name, key.default or None)
            yield KeyInForce(key, value, (self.origin or SHIPPED_ORIGIN) if name in values else "")


def rows_in_force(settings: Settings) -> Iterator[RowInForce]:
    """Of each file the rows in their order; a later file's row stands in the place of one of its id.

    What cannot be read is left out: `check` says what is wrong with it.
    """
    shipped = REGION if settings.catalogue.shipped else ()
    notify = settings.alerts.notify_file
    yield from _last_of_each("catalogue", [*map(_shipped, shipped), *map(_own, settings.catalogue.extra)])
    yield from _last_of_each("rules", [_shipped(_RULES), *map(_own, settings.alerts.rules)])
    yield from _last_of_each("notify", [_own(notify)] if notify else [])


def _last_of_each(file: str, files: list[tuple[str, Mapping[str, Any]]]) -> Iterator[RowInForce]:
    found: dict[tuple[str, str], RowInForce] = {}
    for origin, tables in files:
        for kind, rows in tables.items():
            if kind in SINGLE or not isinstance(rows, list) or not _described(file, kind):
                continue
            for number, row in enumerate(rows, 1):
                if isinstance(row, dict):
                    id_ = str(row.get("id", number))
                    found[kind, id_] = RowInForce(file, kind, id_, origin, row)
    yield from found.values()


def _shipped(place: tuple[str, str]) -> tuple[str, Mapping[str, Any]]:
    package, name = place
    return "", parse_toml((resources.files(package) / name).read_bytes())


def _own(file: str) -> tuple[str, Mapping[str, Any]]:
    try:
        return file, parse_toml(read_bytes(Path(file)))
    except (OSError, ValueError):
        return file, {}


def _described(file: str, kind: str) -> list[DescribedKey]:
    """The keys of such rows; none of those that nobody is meant to write."""
    return next((keys for head, keys in file_tables(file) if head == f"[[{kind}]]"), [])


def _shown(name: str, value: Any) -> str:
    """A channel's value: of an address scheme and host where those are no token, of a secret nothing."""
    if name not in _SECRETS or not isinstance(value, str):
        return to_toml(value)
    address = mask_address(value)
    return to_toml(address) if address.partition("://")[0] in PORTS else HIDDEN
