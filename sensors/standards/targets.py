"""The plan's targets for the two zones, by place, statistic and date, from targets.toml beside this file."""

from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from msgspec import Struct, field

from sensors.standards import versions

Wording = Literal["stable", "striven_for"]


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[target]]` row: a `limit` on a parameter, or a `water_class`; see the head of the file."""

    id: str
    place: str
    statistic: str
    wording: Wording
    valid_from: date
    due: int
    confirmed: str
    parameter: str | None = None
    limit: Decimal | None = None
    decimals: int | None = None
    water_class: int | None = field(default=None, name="class")
    section: str | None = None
    aspiration_from: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        of_limit = (self.parameter, self.limit, self.decimals)
        if (self.water_class is None) != all(part is not None for part in of_limit):
            raise ValueError(f"target {self.id}: either parameter, limit and decimals, or class")

    def concerns(self, place: str, statistic: str) -> bool:
        """Whether this is a target of the place (the zone, the river or its assessed section)."""
        return place in {self.place, self.section} and statistic == self.statistic


class TargetStatus(Struct, frozen=True):
    """What holds for a place on a date: the target in force, or none, and what is aspired to beyond it."""

    state: Literal["in_force", "none_in_force"]
    target: Target | None = None
    aspiration: Target | None = None


@cache
def targets() -> tuple[Target, ...]:
    """All targets, in the order of the file."""
    return versions.parse_rows("targets.toml", "target", Target)


@lru_cache(maxsize=4096)
def target_in_force(place: str, statistic: str, on: date) -> TargetStatus:
    """The target for a zone, river or section on a date of Asia/Shanghai, the day it starts included.

    Of several in force the latest counts. `none_in_force` is the answer before the first and for a place
    without any. A target not yet in force is the aspiration from the day it is shown.
    """
    of_place = [row for row in targets() if row.concerns(place, statistic)]
    begun = [row for row in of_place if row.valid_from <= on]
    ahead = [
        row
        for row in of_place
        if row.valid_from > on and row.aspiration_from is not None and row.aspiration_from <= on
    ]
    target = max(begun, key=lambda row: row.valid_from, default=None)
    aspiration = min(ahead, key=lambda row: row.valid_from, default=None)
    return TargetStatus("in_force" if target is not None else "none_in_force", target, aspiration)
