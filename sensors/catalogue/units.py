"""Unit conversions that only move the decimal point; the table is units.toml."""

from decimal import Decimal
from functools import cache
from importlib import resources

import msgspec
from msgspec import Struct


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
