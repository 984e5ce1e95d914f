"""A station that leaves its neighbours for days: beside their median it is not what it usually is.

Two measures in sliding windows, each against what the station does on other days and what the neighbours
do among each other in the same hours: a plume or a front moves them too.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from dashboards.review.curves import Flags, Floats, SiteMonth
from dashboards.review.hints.departures import departures, without_course
from dashboards.review.hints.hint import Hint, LeavesNeighbours, raise_shared_hint
from dashboards.review.hints.runs import StepRun, median_of, runs_of, sliding_means
from dashboards.review.hints.thresholds import HintThresholds, LeavesNeighboursThresholds, SharedParameter

_THREE_QUARTERS = 75


class Scores(NamedTuple):
    """Of each window the mean departure, and two scores of it: beside an average hour, and by itself."""

    mean: Floats
    short: Floats
    long: Floats


class _Found(NamedTuple):
    """Where a parameter departs, how clearly (1 is just enough), and what its hint says."""

    parameter: str
    strength: float
    runs: list[StepRun]
    reason: LeavesNeighbours


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """One hint for the parameter that departs most and all others that depart; they are one question."""
    ours, found = thresholds.leaves_neighbours, list[_Found]()
    for parameter, curve in month.curves.items():
        shared, around = ours.parameters.get(parameter), month.around(parameter)
        if shared is not None and around.shape[1] >= ours.least_neighbours:
            both = departures(curve.counting, around, shared.offset, ours.least_neighbours)
            site = without_course(both[0][:, np.newaxis], month.grid)[:, 0]
            theirs = without_course(both[1], month.grid)
            found += _departure(month, parameter, (site, theirs), shared, ours)
    found.sort(key=lambda one: one.strength, reverse=True)
    if found:
        reason = replace(found[0].reason, also=tuple(one.parameter for one in found[1:]))
        runs = [(one.parameter, run) for one in found for run in one.runs]
        yield from raise_shared_hint(month, found[0].parameter, runs, reason)


def scores(site: Floats, theirs: Floats, steps: int, ours: LeavesNeighboursThresholds) -> Scores:
    """The scores of every window of so many steps."""
    bounded = np.clip(np.column_stack((site, theirs)), -ours.most, ours.most)
    means = sliding_means(bounded, steps, ours.present_share)
    others = np.nan_to_num(np.abs(means[:, 1:]))
    among_them = np.maximum(np.percentile(others, _THREE_QUARTERS, axis=1), ours.floor)
    usual = np.fmax(median_of(np.abs(site)), ours.floor)
    size = np.abs(means[:, 0])
    return Scores(means[:, 0], size / np.sqrt(usual * among_them), size * np.sqrt(size / among_them))


def _departure(
    month: SiteMonth,
    parameter: str,
    both: tuple[Floats, Floats],
    shared: SharedParameter,
    ours: LeavesNeighboursThresholds,
) -> Iterator[_Found]:
    site, theirs = both
    gone, side, strength = np.zeros(len(site), dtype=bool), np.zeros(len(site)), 0.0
    for hours in (ours.short_hours, ours.long_hours):
        steps = month.grid.steps(hours)
        if steps >= len(site):
            continue
        windows = scores(site, theirs, steps, ours)
        is_short = hours == ours.short_hours
        share = windows.short / shared.short if is_short else windows.long / shared.long
        share = np.where(np.abs(windows.mean) >= np.log(ours.least_ratio), share, 0.0)
        strength = max(strength, float(np.nanmax(share, initial=0.0)))
        for at in np.flatnonzero(share >= 1):
            gone[at : at + steps] = True
            side[at : at + steps] += np.sign(windows.mean[at])
    runs = [_trimmed(run, site, float(np.sign(side[run.steps].sum()))) for run in runs_of(gone)]
    if runs:
        longest = max(runs, key=lambda run: run.length)
        yield _Found(parameter, strength, runs, _reason(longest, site, theirs))


def _trimmed(run: StepRun, site: Floats, side: float) -> StepRun:
    """The run from the first to the last hour that lies at least half as far to its side as all do."""
    inside = site[run.steps] * side
    far: Flags = inside >= median_of(inside) / 2
    at = np.flatnonzero(far)
    return StepRun(run.first + int(at[0]), run.first + int(at[-1]) + 1) if len(at) else run


def _reason(run: StepRun, site: Floats, theirs: Floats) -> LeavesNeighbours:
    inside = site[run.steps]
    there = inside[~np.isnan(inside)]
    others = np.array([abs(median_of(column)) for column in theirs[run.steps].T])
    median = median_of(inside)
    return LeavesNeighbours(
        neighbours=theirs.shape[1],
        ratio=float(np.exp(median)),
        usual=float(np.exp(median_of(np.abs(site)))),
        others=float(np.exp(np.percentile(np.nan_to_num(others), _THREE_QUARTERS))),
        share=float(np.mean(there * median > 0)) if len(there) else 0.0,
    )
