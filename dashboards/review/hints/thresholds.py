"""From where on a hint is raised: thresholds.toml, which says where each number comes from."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class PartAboveWholeThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """A run of at least so many steps whose logarithms of part by whole add up to `excess`."""

    least_steps: int
    gap_hours: float
    excess: float
    source: str


class BelowLimitThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """How wide "just below" is, in which windows it is looked for, and what is enough.

    `beyond_share` is the most that may lie past the limit, of those held; `lower_share` the least that lie
    clearly lower: a series that always stays there stops at nothing.
    """

    width_shares: tuple[float, ...]
    width_digits: float
    windows_days: tuple[int, ...]
    deviations: float
    least_held: int
    beyond_share: float
    lower_share: float
    gap_hours: float
    source: str


class RepeatsThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """How often a series has to move while it equals another, or is near it within `near_digits`."""

    most_lag_hours: int
    own_lags_hours: tuple[int, ...]
    equal_changes: int
    near_changes: int
    near_digits: float
    source: str


class SharedParameter(Struct, frozen=True, forbid_unknown_fields=True):
    """A parameter that neighbours share: `offset` keeps ratios of small values quiet, scores are enough."""

    offset: float
    short: float
    long: float


class LeavesNeighboursThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """What a departure is held against.

    Parameters that are not named are not compared: they differ from place to place. `most` bounds the
    logarithm of a single hour, `floor` is the least that others are taken to stray.
    """

    least_neighbours: int
    short_hours: int
    long_hours: int
    present_share: float
    most: float
    floor: float
    least_ratio: float
    source: str
    parameters: Mapping[str, SharedParameter]


class NightFlatThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """Which hours are night, how long is long, how unlikely, and what of neighbours counts as moving."""

    from_hour: float
    until_hour: float
    least_steps: int
    night_share: float
    present_share: float
    chance: float
    moving_digits: float
    moving_share: float
    moving_neighbours: float
    source: str


class MaintenanceDropThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """Medians of how many hours are compared, and which ratio is a drop; `rank` among the month's others."""

    windows_hours: tuple[float, ...]
    least_steps: int
    ratio: float
    rank: float
    source: str


class HintThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """All of them, by hint."""

    part_above_whole: PartAboveWholeThresholds
    below_limit: BelowLimitThresholds
    repeats: RepeatsThresholds
    leaves_neighbours: LeavesNeighboursThresholds
    night_flat: NightFlatThresholds
    maintenance_drop: MaintenanceDropThresholds


@cache
def shipped_thresholds() -> HintThresholds:
    """Those of thresholds.toml."""
    text = (files("dashboards.review.hints") / "thresholds.toml").read_bytes()
    return msgspec.toml.decode(text, type=HintThresholds)
