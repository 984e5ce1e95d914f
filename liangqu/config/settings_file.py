"""The file of the settings: its tables, paths from its own folder, and no secret in it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from liangqu.config.environment import to_variable
from liangqu.config.tables import DEFAULT, Given, KnownKeys
from sensors.excerpt import label
from sensors.text import read_bytes, to_file_name
from sensors.toml_config import parse_toml

SECRETS = ("password", "token")
"""Keys that no file of settings may hold."""

Tables = dict[str, dict[str, Given]]
"""What was given, by table and key; the table is "" for keys that stand in none."""


def read_tables(file: Path, keys: KnownKeys, problems: list[str]) -> Tables:
    """The tables of the file, those keys that exist."""
    try:
        values = parse_toml(read_bytes(file))
    except (OSError, ValueError) as error:
        problems.append(f"{file}: {getattr(error, 'strerror', None) or error}")
        return {}
    tables: Tables = {"": {}}
    for name, value in values.items():
        if name in keys.sections and isinstance(value, dict):
            tables[name] = dict(_known(file, name, value, keys, problems))
        elif name in keys.sections:
            problems.append(f"{file}: {name}: is a table: write [{name}], and its keys below")
        elif name in keys.alone:
            tables[""][name] = Given(value, str(file))
        else:
            is_table = isinstance(value, dict | list)
            reason = keys.unknown_table(name) if is_table else keys.unknown(("", name))
            problems.append(f"{file}: {label(name)}: {reason}")
    return tables


def _known(
    file: Path, name: str, table: Mapping[str, Any], keys: KnownKeys, problems: list[str]
) -> Iterator[tuple[str, Given]]:
    for key, value in table.items():
        given = Given(value, str(file))
        if key in SECRETS and key in keys.sections[name].__struct_fields__:
            cure = f"name a file ({key}_file) or set {to_variable((name, key))}"
            problems.append(given.problem((name, key), f"a secret does not stand here; {cure}"))
        elif key not in keys.sections[name].__struct_fields__:
            problems.append(given.problem((name, key), keys.unknown((name, key))))
        else:
            yield key, given


def resolve_paths(tables: Tables, folder: Path, keys: KnownKeys, problems: list[str]) -> None:
    """Make the paths that are set absolute, and the default ones of the two databases too."""
    for section, key in filter(keys.is_path, keys):
        table = tables.setdefault(section, {})
        default = getattr(keys.sections[section](), key)
        given = table.get(key) or Given([*default] if isinstance(default, tuple) else default, DEFAULT)
        try:
            table[key] = replace(given, value=_absolute(given.value, folder))
        except ValueError as error:
            problems.append(given.problem((section, key), str(error)))
            table.pop(key, None)


def _absolute(value: Any, folder: Path) -> Any:
    """A file or several, from the folder, without `..`; what is neither as it is.

    Raises:
        ValueError: one is not a file name.
    """
    if isinstance(value, list):
        return [_absolute(each, folder) for each in value]
    if not isinstance(value, str) or not value:
        return value
    return os.path.abspath(folder / to_file_name(value))  # noqa: PTH100 - a link stays a link
