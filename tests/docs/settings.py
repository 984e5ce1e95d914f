"""What the page of settings says: every key out of the structs, with type, default and range."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from msgspec import structs

from liangqu.config.settings import KEYS, Settings
from liangqu.config.settings_file import SECRETS
from sensors.durations import parse_duration
from sensors.section import Section
from tests.docs.blocks import MEANING, Block, code, table

HEADER = ("key", "type", "default", "range", "meaning")


def settings() -> str:
    """A table for each table of the file, those keys first that stand in none."""
    hints = get_type_hints(Settings)
    names = [field.name for field in structs.fields(Settings)]
    sections = {name: hints[name] for name in names if get_origin(hints[name]) is not Literal}
    alone = [
        _row(field.name, hints[field.name], field.default, Section)
        for field in structs.fields(Settings)
        if field.name not in sections
    ]
    texts = [f"### Outside any table\n\n{table(HEADER, alone)}"]
    texts += [
        f"### `[{name}]`\n\n{table(HEADER, _section(name, struct))}" for name, struct in sections.items()
    ]
    return "\n".join(texts)


def _section(name: str, section: type[Section]) -> list[tuple[str, ...]]:
    hints = get_type_hints(section)
    return [
        _row(f"{name}.{field.name}", hints[field.name], field.default, section)
        for field in structs.fields(section)
    ]


def _row(key: str, hint: Any, default: Any, section: type[Section]) -> tuple[str, ...]:
    name = key.rpartition(".")[2]
    return code(key), _type(key, hint, default, section), code(_toml(default)), _range(section, name), MEANING


def _type(key: str, hint: Any, default: Any, section: type[Section]) -> str:
    table_name, _, name = key.rpartition(".")
    if get_origin(hint) is Literal:
        return " or ".join(code(_toml(each)) for each in get_args(hint))
    if name in section.sizes:
        return "size"
    if hint is int:
        return "whole number"
    if hint is bool:
        return "true or false"
    if name in SECRETS:
        return "text, from the environment only"
    many = get_origin(hint) is tuple
    if KEYS.is_path((table_name, name)):
        return "list of files" if many else "file"
    return "list of text" if many else "duration" if _is_duration(default) else "text"


def _is_duration(text: str) -> bool:
    try:
        return bool(parse_duration(text))
    except ValueError:
        return False


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else "[]" if value == () else str(value)


def _range(section: type[Section], name: str) -> str:
    for bounds in (section.numbers, section.durations, section.sizes):
        if name in bounds:
            least, most = bounds[name]
            return f"{least} to {most}"
    return "not blank" if name in section.never_blank else ""


BLOCKS: Mapping[str, Block] = {"settings": settings}
