"""Tables of the settings as they were given, read key by key: every mistake, with what is allowed."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_type_hints

from msgspec import Struct

from sensors.excerpt import label, nearest
from sensors.section import Section, SectionError
from sensors.toml_config import value_from_toml

Key = tuple[str, str]
"""A table and a key of it; the table is "" for keys that stand in none."""
Sections = Mapping[str, type[Section]]

DEFAULT = ""
"""Where a value comes from that nobody gave."""


class Given(Struct, frozen=True):
    """A value, and where it comes from: a file, the variable of the environment, or `DEFAULT`."""

    value: Any
    origin: str
    is_variable: bool = False

    def problem(self, key: Key, reason: str) -> str:
        """A line about it: `FILE: mqtt.port: reason`, or `LIANGQU_MQTT__PORT: reason`."""
        return f"{self.origin}: {reason}" if self.is_variable else f"{self.origin}: {dotted(key)}: {reason}"


class KnownKeys(Struct, frozen=True):
    """Every key there is: those of the tables, and those that stand `alone`."""

    sections: Sections
    alone: tuple[str, ...]

    def __iter__(self) -> Iterator[Key]:
        """One after the other, as the tables have them."""
        yield from (("", key) for key in self.alone)
        yield from ((name, key) for name, kind in self.sections.items() for key in kind.__struct_fields__)

    def is_path(self, key: Key) -> bool:
        """Whether it names a file, or several."""
        return key[0] in self.sections and key[1] in self.sections[key[0]].paths

    def unknown(self, key: Key) -> str:
        """What is wrong with one that does not exist: what it is like, or what there is."""
        table, name = key
        everywhere = {dotted(each): each[1] for each in self}
        inside = [full for full in everywhere if full.startswith(f"{table}.")] if table else [*everywhere]
        elsewhere = [full for full, each in everywhere.items() if each == name]
        near = elsewhere or nearest(dotted(key) if table else name, inside)
        return f"unknown key{_hint(near, [each.rpartition('.')[2] for each in inside] if table else [])}"

    def unknown_table(self, name: str) -> str:
        """As `unknown`, of a table."""
        near = nearest(name, self.sections)
        return (
            f"unknown table{_hint([f'[{each}]' for each in near], [f'[{each}]' for each in self.sections])}"
        )


def dotted(key: Key) -> str:
    """`mqtt.port`; what stands in no table by its name alone."""
    return ".".join(filter(None, map(label, key)))


def read_value(key: Key, given: Given, hint: Any) -> Any:
    """The value as the settings have it.

    Raises:
        ValueError: it is of another type, or no word that is allowed there; a whole line.
    """
    try:
        return value_from_toml("_", given.value, hint)
    except ValueError as error:
        within, _, reason = str(error).removeprefix("_").partition(": ")
        where = f"{within.lstrip('.')}: " if within else ""
        raise ValueError(given.problem(key, where + reason)) from None


def read_section(name: str, kind: type[Section], table: Mapping[str, Given], problems: list[str]) -> Section:
    """The table; what is wrong in it goes to `problems`, and its key takes the default instead."""
    hints, good = _hints(kind), {}
    for key, given in table.items():
        try:
            good[key] = read_value((name, key), given, hints[key])
        except ValueError as error:
            problems.append(str(error))
    problems += _doubled(name, kind, table, good)
    while True:
        try:
            return kind(**good)
        except SectionError as error:
            problems += [_placed(name, key, table).problem((name, key), why) for key, why in error.problems]
            good = {key: value for key, value in good.items() if key not in dict(error.problems)}
            if not any(key in table for key, _ in error.problems):
                return kind()


def _doubled(
    name: str, kind: type[Section], table: Mapping[str, Given], good: Mapping[str, Any]
) -> Iterator[str]:
    """A line for each key that is given beside the one that stands in its place."""
    for key, others in kind.instead.items():
        for other in others if good.get(key) else ():
            if other in table and table[other].origin != DEFAULT:
                reason = f"{dotted((name, key))} stands in its place; leave one of the two out"
                yield table[other].problem((name, other), reason)


def _placed(name: str, key: str, table: Mapping[str, Given]) -> Given:
    """Where a key is complained of: where it was given, or else where the others of its table were."""
    return table.get(key) or next((each for each in table.values() if each.origin), Given(None, name))


@cache
def _hints(kind: type[Section]) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _hint(near: list[str], known: list[str]) -> str:
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {', '.join(known)}" if known else ""
