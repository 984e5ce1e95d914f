"""Every key of settings, catalogue, rules and notify file: type, default, unit, range and meaning."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct, structs

from alerts.notify import config
from alerts.notify.channels.row import ChannelRow
from alerts.rules.definition import Rule, RuleLevel
from liangqu.config.reference.types import (
    DURATION,
    REQUIRED,
    default_of,
    is_duration,
    section_default,
    section_range,
    section_type,
    to_toml,
    type_name,
    unit_of,
)
from liangqu.config.settings import KEYS, Settings
from liangqu.config.tables import Key
from sensors.catalogue.rows import Region, River, SiteRow, Zone
from sensors.model import Language, Name
from sensors.section import Section
from sensors.standards.targets import Load, Target

MEANINGS = Path(__file__).with_name("meanings.toml")
ALONE = "alone"
"""The table of meanings of keys that stand in none."""
BLANK = Name("", "")

FILES: Mapping[str, Mapping[str, tuple[str, type[Struct]]]] = {
    "catalogue": {
        "[[site]]": ("site", SiteRow),
        "[[zone]]": ("zone", Zone),
        "[[river]]": ("river", River),
        "[[region]]": ("region", Region),
        "[[target]]": ("target", Target),
        "[[load]]": ("load", Load),
    },
    "rules": {"[[rule]]": ("rule", Rule), "levels": ("level", RuleLevel)},
    "notify": {
        "[[channel]]": ("channel", ChannelRow),
        "[[person]]": ("person", config.Person),
        "[duty]": ("duty", config.DutyRow),
        "[[route]]": ("route", config.Route),
        "[wait]": ("wait", config.Waits),
        "[heartbeat]": ("heartbeat", config.Heartbeat),
    },
}
"""The tables of each file that the settings name: how its head is written, its keys' prefix, its struct."""


class KeyMeaning(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of meanings.toml; `duration` says that a text without a default is one."""

    zh: str
    en: str
    unit: Name = BLANK
    range: str = ""
    duration: bool = False


class DescribedKey(Struct, frozen=True):
    """A key. `default` is TOML, "" for none; `unit` is that of its number, `span` its range."""

    key: Key
    type: Name
    default: str
    unit: Name
    span: Name
    meaning: Name
    is_required: bool = False

    def default_text(self, language: Language) -> str:
        """The default, or that it must be given."""
        return (REQUIRED.zh if language == "zh" else REQUIRED.en) if self.is_required else self.default


@cache
def meanings() -> Mapping[str, Mapping[str, KeyMeaning]]:
    """What each key means, by table and key."""
    return msgspec.toml.decode(MEANINGS.read_bytes(), type=dict[str, dict[str, KeyMeaning]], strict=True)


def settings_tables() -> Iterator[tuple[str, list[DescribedKey]]]:
    """The tables of the settings file with their keys; first, under "", those that stand in none."""
    hints = get_type_hints(Settings)
    fields = {field.name: field for field in structs.fields(Settings)}
    yield "", [_alone(name, hints[name], fields[name].default) for name in KEYS.alone]
    for name, kind in sorted(KEYS.sections.items(), key=lambda each: [*fields].index(each[0])):
        yield name, [*_section(name, kind)]


def file_tables(file: str) -> Iterator[tuple[str, list[DescribedKey]]]:
    """The tables of a file that the settings name, by how their head is written."""
    for head, (prefix, row) in FILES[file].items():
        yield head, [*_rows(prefix, row)]


def _alone(name: str, hint: Any, default: Any) -> DescribedKey:
    said = _meaning(ALONE, name)
    return DescribedKey(("", name), type_name(hint), to_toml(default), said.unit, BLANK, _text(said))


def _section(name: str, kind: type[Section]) -> Iterator[DescribedKey]:
    hints = get_type_hints(kind)
    for field in structs.fields(kind):
        key, said = (name, field.name), _meaning(name, field.name)
        type_ = section_type(kind, field.name, hints[field.name], field.default, is_path=KEYS.is_path(key))
        unit = said.unit if said.unit.en else unit_of(type_)
        yield DescribedKey(
            key, type_, section_default(field), unit, section_range(kind, field.name), _text(said)
        )


def _rows(prefix: str, row: type[Struct]) -> Iterator[DescribedKey]:
    hints = get_type_hints(row)
    for field in structs.fields(row):
        said = _meaning(prefix, field.encode_name)
        is_span = said.duration or is_duration(field.default)
        type_ = DURATION if is_span else type_name(hints[field.name])
        yield DescribedKey(
            (prefix, field.encode_name),
            type_,
            default_of(field),
            said.unit if said.unit.en else unit_of(type_),
            Name(said.range, said.range),
            _text(said),
            field.required,
        )


def _meaning(table: str, key: str) -> KeyMeaning:
    """Blank where nobody has written it: tests/docs names those."""
    return meanings().get(table, {}).get(key, KeyMeaning("", ""))


def _text(said: KeyMeaning) -> Name:
    return Name(said.zh, said.en)
