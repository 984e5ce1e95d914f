"""Each key with the value that is in force, and where that comes from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from alerts.notify.channels.row import mask_address
from liangqu.config.reference.keys import DescribedKey, file_tables, settings_tables
from liangqu.config.reference.types import to_toml
from liangqu.config.settings import Settings, SettingsRead
from liangqu.config.settings_file import SECRETS
from sensors.text import read_bytes
from sensors.toml_config import parse_toml

HIDDEN = '"…"'
"""What is shown of a secret that is set."""
SINGLE = ("duty", "wait", "heartbeat")
"""Tables of the notify file that stand there once, so that their keys have a value."""


class KeyInForce(Struct, frozen=True):
    """A key; `value` is TOML, None where rows have it, `origin` its file or variable, "" for the default."""

    described: DescribedKey
    value: str | None
    origin: str = ""

    @property
    def name(self) -> str:
        """`mqtt.port`; `language` alone."""
        return ".".join(filter(None, self.described.key))


class KeyTable(Struct, frozen=True):
    """A table of a file: `settings`, `catalogue`, `rules` or `notify`; `head` is how it is written there."""

    file: str
    head: str
    keys: tuple[KeyInForce, ...]


def tables_in_force(found: SettingsRead) -> Iterator[KeyTable]:
    """Every table of all four files, those of the settings first."""
    for name, keys in settings_tables():
        rows = tuple(_of_settings(key, found) for key in keys)
        yield KeyTable("settings", f"[{name}]" if name else "", rows)
    for file in ("catalogue", "rules", "notify"):
        tables = _notify_tables(found.settings) if file == "notify" else {}
        for head, keys in file_tables(file):
            rows = tuple(_of_rows(key, tables, found.settings.alerts.notify_file) for key in keys)
            yield KeyTable(file, head, rows)


def files_in_force(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """The files of your own that are read besides what is shipped."""
    notify = settings.alerts.notify_file
    return {
        "catalogue": settings.catalogue.extra,
        "rules": settings.alerts.rules,
        "notify": (notify,) if notify else (),
    }


def _of_settings(key: DescribedKey, found: SettingsRead) -> KeyInForce:
    table, name = key.key
    value = getattr(getattr(found.settings, table) if table else found.settings, name)
    shown = HIDDEN if value and name in SECRETS else to_toml(value)
    return KeyInForce(key, shown, found.origins.get(key.key, ""))


def _of_rows(key: DescribedKey, tables: Mapping[str, Any], file: str) -> KeyInForce:
    table, name = key.key
    if table not in SINGLE:
        return KeyInForce(key, None)
    given = tables.get(table)
    if not isinstance(given, dict) or name not in given:
        return KeyInForce(key, None if key.is_required else key.default)
    is_address = name == "url" and isinstance(given[name], str)
    return KeyInForce(key, to_toml(mask_address(given[name]) if is_address else given[name]), file)


def _notify_tables(settings: Settings) -> Mapping[str, Any]:
    """What stands in the notify file; nothing where it cannot be read, which `check` says."""
    try:
        file = settings.alerts.notify_file
        return parse_toml(read_bytes(Path(file))) if file else {}
    except (OSError, ValueError):
        return {}
