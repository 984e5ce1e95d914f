"""Targets by statistic and date. The rows are the catalogue's; the plan's stand in targets.toml."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

from sensors.model import Name

Wording = Literal["stable", "striven_for"]
"""How binding a target is: to be met, or an aspiration."""

PlanWording = Literal["stable", "on_average", "striven_for"]
"""The plan's own words: 稳定达到, 平均保持, 力争."""


class Target(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[target]]` row: a `limit` on a parameter, or a `water_class`; see the head of the file."""

    id: str
    place: str
    statistic: Literal["year"]
    wording: PlanWording
    valid_from: date
    due: int
    confirmed: str
    parameter: str | None = None
    limit: Decimal | None = None
    decimals: int | None = None
    water_class: int | None = field(default=None, name="class")
    section: str | None = None
    aspiration_from: date | None = None
    note: Name | None = None

    def __post_init__(self) -> None:
        of_limit = (self.parameter, self.limit, self.decimals)
        if (self.water_class is None) != all(part is not None for part in of_limit):
            raise ValueError("either parameter, limit and decimals, or class")

    def wording_on(self, on: date) -> Wording:
        """How binding it is on a date: what is striven for is an aspiration until the year it is due in."""
        return "striven_for" if self.wording == "striven_for" and not self.is_due(on) else "stable"

    def is_due(self, on: date) -> bool:
        """Whether the year it is due in has begun; a year before that one cannot miss it."""
        return on.year >= self.due

    def concerns(self, place: str) -> bool:
        """Whether this is a target of the place (the zone, the river or its assessed section)."""
        return place in {self.place, self.section}


class Load(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[load]]` row: what the plan asks for and no station measures, such as a discharge of a year.

    `amount` is the most that the year `due` may bring, in `unit`.
    """

    id: str
    name: Name
    amount: Decimal
    unit: Name
    due: int
    confirmed: str


class TargetStatus(Struct, frozen=True):
    """A place's targets on a date: the one in force, or none, and the next one that is aimed for."""

    target: Target | None
    aspiration: Target | None


def target_in_force(rows: Iterable[Target], on: date, parameter: str | None = None) -> TargetStatus:
    """Which of a place's rows holds on a date of Asia/Shanghai, the day it starts included.

    With a parameter, rows on another one do not count. Of several in force the latest counts.
    There is none before the first and without any. A target not yet in force is the aspiration from the day
    it is shown.
    """
    matching = [row for row in rows if parameter is None or row.parameter in {None, parameter}]
    started = [row for row in matching if row.valid_from <= on]
    upcoming = [
        row
        for row in matching
        if row.valid_from > on and row.aspiration_from is not None and row.aspiration_from <= on
    ]
    target = max(started, key=lambda row: row.valid_from, default=None)
    aspiration = min(upcoming, key=lambda row: row.valid_from, default=None)
    return TargetStatus(target, aspiration)
