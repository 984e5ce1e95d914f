"""Forces of wind, read from wind_force.toml; the head of the file says by which standard."""

from decimal import Decimal
from functools import cache

from msgspec import Struct

from sensors.model import Name
from sensors.standards import versions
from sensors.standards.rounding import round_half_even


class WindForce(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[force]]` row: its name with its speeds, and the fastest wind of it in m/s, None of the last."""

    name: Name
    up_to: Decimal | None = None


@cache
def forces() -> tuple[WindForce, ...]:
    """All, calm first."""
    return versions.parse_rows("wind_force.toml", "force", WindForce)


def force_of(speed: float) -> int:
    """The number of a speed's force, 0 being calm; the speed counts on one decimal, half to even."""
    rounded = round_half_even(speed, 1)
    return next(n for n, force in enumerate(forces()) if force.up_to is None or rounded <= force.up_to)
