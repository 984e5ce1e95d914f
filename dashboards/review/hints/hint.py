"""What a hint is: a question about an interval, with the numbers that raise it. Never a verdict."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from dashboards.review.curves import SiteMonth
from dashboards.review.hints.runs import StepRun

HintKind = Literal[
    "part_above_whole", "below_limit", "repeats", "leaves_neighbours", "night_flat", "maintenance_drop"
]


class HintReason(Struct, frozen=True, tag_field="kind"):
    """The evidence of a hint, in the parameter's unit where it is a value."""

    @property
    def kind(self) -> HintKind:
        """Which hint it belongs to."""
        tag: HintKind = self.__struct_config__.tag  # type: ignore[assignment]
        return tag


class PartAboveWhole(HintReason, frozen=True, tag="part_above_whole"):
    """Above `whole` in `steps` of `compared`; `ratio` is the median there, `excess` the largest, at `at`."""

    whole: str
    steps: int
    compared: int
    ratio: float
    excess: float
    at: datetime


class BelowLimit(HintReason, frozen=True, tag="below_limit"):
    """`held` values lie within `width` of the limit, `expected` by those next to them, and `beyond` past it.

    At the limit is within it. `upper` is whether it is a highest value. `deviations` is how far `held` lies
    above what is expected. `source` names standard and statistic.
    """

    limit: float
    upper: bool
    source: str
    in_force: bool
    width: float
    held: int
    expected: float
    beyond: int
    deviations: float


class Repeats(HintReason, frozen=True, tag="repeats"):
    """`steps` values in a row are those of `other`, `lag` hours before (negative: after it had them).

    `changes` is how often they moved meanwhile, `largest` the largest difference that remains. `also` are
    other parameters whose values are the other's.
    """

    other: str
    lag: float
    steps: int
    changes: int
    largest: float
    also: tuple[str, ...] = ()


class LeavesNeighbours(HintReason, frozen=True, tag="leaves_neighbours"):
    """Beside the median of `neighbours` it is `ratio` times what it usually is in the month.

    `usual` is how far a value strays from that median on a usual day, as a factor; `others` what three
    quarters of the neighbours do not exceed in the same hours. `share` of its values lie on that side.
    `also` are other parameters that do so in the month, less clearly.
    """

    neighbours: int
    ratio: float
    usual: float
    others: float
    share: float
    also: tuple[str, ...] = ()


class NightFlat(HintReason, frozen=True, tag="night_flat"):
    """`steps` equal values, while `moving` of `neighbours` moved; the median of them by `range`.

    `again` is the share of the month's other values of that height that equal the one before.
    `also` are other parameters with such nights.
    """

    value: float
    steps: int
    again: float
    moving: int
    neighbours: int
    range: float
    also: tuple[str, ...] = ()


class MaintenanceDrop(HintReason, frozen=True, tag="maintenance_drop"):
    """Against its neighbours, `after` the begin it is `ratio` times what it was before.

    `before` and `after` are its own medians; `usual` is the ratio that one in twenty of the month's other
    hours undercuts. `compared` says whether `after` was sent during the maintenance or follows it.
    `also` are other parameters that drop then, less clearly.
    """

    begin: datetime
    said_by: Literal["mark", "flag"]
    compared: Literal["during", "following"]
    before: float
    after: float
    ratio: float
    usual: float
    neighbours: int
    also: tuple[str, ...] = ()


AnyReason = PartAboveWhole | BelowLimit | Repeats | LeavesNeighbours | NightFlat | MaintenanceDrop


class HintInterval(Struct, frozen=True):
    """`start` until before `end` of a parameter, by the stamps of readings, as a mark has it."""

    start: datetime
    end: datetime
    parameter: str


class Hint(Struct, frozen=True):
    """A question to the reviewer; `start` until before `end` spans its `intervals`, of one parameter or more.

    `parameter` is the one that the evidence is of.
    """

    site: str
    parameter: str
    start: datetime
    end: datetime
    intervals: tuple[HintInterval, ...]
    reason: AnyReason

    @property
    def kind(self) -> HintKind:
        """What it is about."""
        return self.reason.kind


def raise_hint(
    month: SiteMonth, parameter: str, found: Sequence[StepRun], reason: AnyReason
) -> Iterator[Hint]:
    """The hint of these runs of a parameter, as far as they touch the month; none where none does."""
    yield from raise_shared_hint(month, parameter, [(parameter, run) for run in found], reason)


def raise_shared_hint(
    month: SiteMonth, parameter: str, found: Sequence[tuple[str, StepRun]], reason: AnyReason
) -> Iterator[Hint]:
    """As `raise_hint`, of runs of several parameters; `parameter` is the one that the evidence is of."""
    grid = month.grid
    intervals = tuple(
        HintInterval(grid.time(run.first), grid.time(run.stop), of)
        for of, run in found
        if run.first < grid.stop and run.stop > grid.first
    )
    if intervals:
        start, end = min(one.start for one in intervals), max(one.end for one in intervals)
        yield Hint(month.site.id, parameter, start, end, intervals, reason)
