"""Unit conversions that only move the decimal point; the table is units.toml."""

import re
from decimal import Decimal
from functools import cache
from importlib import resources
from unicodedata import normalize

import msgspec
from msgspec import Struct

_PER = re.compile(r"[·∙・.*]?(m|l|cm|s)[-−]([123])(?![0-9])")


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """A unit: `power` powers of ten of its dimension's base, and its other spellings."""

    name: str
    spellings: tuple[str, ...]
    dimension: str
    power: int


class _UnitFile(Struct, frozen=True, forbid_unknown_fields=True):
    unit: tuple[Unit, ...]


def power_of_ten(sent: str, unit: str) -> int | None:
    """The power p with 1 `sent` = 10**p `unit`, in any spelling; None if there is none.

    A unit converts to itself even when units.toml does not know it.
    """
    if sent == unit:
        return 0
    powers = {
        one.power - other.power
        for one in _spelled(sent)
        for other in _spelled(unit)
        if one.dimension == other.dimension
    }
    return powers.pop() if len(powers) == 1 else None


def shift(value: float, power: int) -> float:
    """`value` times 10**`power`, exact on its shortest decimal text: 75600.1 by -3 is 75.6001."""
    return float(Decimal(repr(value)).scaleb(power)) if power else value


def spelling_of(text: str) -> str | None:
    """The spelling of units.toml that a text is meant as; None if it is none.

    Whatever its width and case, with superscripts or `^`, and with `m-3` for `/m3`.
    """
    return _plain_spellings().get(_plain(text))


def _plain(text: str) -> str:
    plain = re.sub(r"[\s^]", "", normalize("NFKC", text)).casefold()
    return _PER.sub(lambda found: f"/{found[1]}{found[2].lstrip('1')}", plain)


def _spelled(text: str) -> tuple[Unit, ...]:
    return _by_spelling().get(text, ())


@cache
def _by_spelling() -> dict[str, tuple[Unit, ...]]:
    raw = (resources.files("sensors.catalogue") / "units.toml").read_bytes()
    table: dict[str, tuple[Unit, ...]] = {}
    for unit in msgspec.toml.decode(raw, type=_UnitFile).unit:
        for spelling in (unit.name, *unit.spellings):
            table[spelling] = (*table.get(spelling, ()), unit)
    return table


@cache
def _plain_spellings() -> dict[str, str]:
    """Two spellings that are alike when plain mean the same."""
    return {_plain(spelling): spelling for spelling in _by_spelling()}
