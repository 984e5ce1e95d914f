"""Night-time flat lines: equal values for hours at night, while the neighbours' values move."""

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
from msgspec.structs import replace

from dashboards.review.curves import Flags, Floats, SiteMonth, resolution
from dashboards.review.hints.hint import Hint, NightFlat, raise_shared_hint
from dashboards.review.hints.runs import StepRun, runs_of
from dashboards.review.hints.thresholds import HintThresholds, NightFlatThresholds
from sensors.calendar import clock_hours_between
from sensors.catalogue.model import Parameter


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """One hint for all nights, its evidence the longest; not where equal values are usual, as near zero."""
    ours = thresholds.night_flat
    if (ours.least_steps - 1) * month.grid.step > timedelta(
        hours=clock_hours_between(ours.from_hour, ours.until_hour)
    ):
        return  # a night has too few of so slow a site
    night, every = _is_night(month, ours), list[tuple[str, StepRun, NightFlat]]()
    for parameter, curve in month.curves.items():
        around = month.around(parameter)
        every += [
            (parameter, run, reason)
            for run in _flat_runs(curve.counting, ours.least_steps)
            if np.count_nonzero(night[run.steps]) >= max(ours.least_steps, ours.night_share * run.length)
            and (reason := _reason(month.parameters[parameter], curve.counting, around, run, ours))
            is not None
        ]
    if every:
        longest, _, reason = max(every, key=lambda one: one[1].length)
        every.sort(key=lambda one: one[0] != longest)
        runs = [(parameter, run) for parameter, run, _ in every]
        also = tuple(dict.fromkeys(parameter for parameter, _ in runs if parameter != longest))
        yield from raise_shared_hint(month, longest, runs, replace(reason, also=also))


def _is_night(month: SiteMonth, ours: NightFlatThresholds) -> Flags:
    hours = month.grid.local_hours()
    return (hours >= ours.from_hour) | (hours < ours.until_hour)


def _flat_runs(values: Floats, least: int) -> Iterator[StepRun]:
    """Runs of equal values, none missing between them."""
    same = np.concatenate(([False], values[1:] == values[:-1]))
    for run in runs_of(same):
        if run.length + 1 >= least:
            yield StepRun(run.first - 1, run.stop)


def _reason(
    parameter: Parameter, values: Floats, around: Floats, run: StepRun, ours: NightFlatThresholds
) -> NightFlat | None:
    """The evidence, None where it is too weak."""
    value, lowest = float(values[run.first]), parameter.checks.flat_above
    if lowest is not None and value <= lowest:
        return None
    again = _again(values, run)
    inside = around[run.steps]
    there = np.count_nonzero(~np.isnan(inside), axis=0) >= ours.present_share * run.length
    if again ** (run.length - 1) > ours.chance or not there.any():
        return None
    inside = inside[:, there]
    ranges = np.nanmax(inside, axis=0) - np.nanmin(inside, axis=0)
    needed = np.maximum(
        ours.moving_digits * resolution(parameter), ours.moving_share * np.nanmean(inside, axis=0)
    )
    moving = int(np.count_nonzero(ranges >= needed))
    if moving < ours.moving_neighbours * inside.shape[1]:
        return None
    return NightFlat(
        value=value,
        steps=run.length,
        again=again,
        moving=moving,
        neighbours=inside.shape[1],
        range=float(np.median(ranges)),
    )


def _again(values: Floats, run: StepRun) -> float:
    """The share of the other values at least half as high that equal the one before; never quite none."""
    before, after = values[:-1], values[1:]
    other = ~np.isnan(before) & ~np.isnan(after) & (before >= values[run.first] / 2)
    other[max(0, run.first - 1) : run.stop] = False
    return float((np.count_nonzero(other & (before == after)) + 1) / (np.count_nonzero(other) + 2))
