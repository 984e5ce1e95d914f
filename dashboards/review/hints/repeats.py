"""Two stations that repeat each other, or one that repeats itself: the same values in a row.

Of another at the same time or a few hours apart, of its own a day, two or a week before.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dashboards.review.curves import HOUR, Flags, Floats, SiteMonth, resolution
from dashboards.review.hints.hint import Hint, Repeats, raise_shared_hint
from dashboards.review.hints.runs import StepRun, joined, runs_of
from dashboards.review.hints.thresholds import HintThresholds


class _Found(NamedTuple):
    parameter: str
    run: StepRun
    lag: int
    changes: int
    largest: float


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """A hint for each neighbour whose values come again, or its own of a day before; constant ones do not."""
    found: dict[str, list[_Found]] = {}
    for parameter, curve in month.curves.items():
        measured = [other for other in month.neighbours if parameter in other.curves]
        lags = _candidates(month, parameter, curve.counting, thresholds)
        for other, some in zip(measured, lags, strict=True):
            pair = (curve.counting, other.curves[parameter])
            for lag in some:
                found.setdefault(other.site.id, []).extend(_at_lag(month, parameter, pair, lag, thresholds))
        itself = (curve.counting, curve.counting)
        for hours in thresholds.repeats.own_lags_hours:
            again = _at_lag(month, parameter, itself, month.grid.steps(hours), thresholds)
            found.setdefault(month.site.id, []).extend(again)
    for name, with_one in found.items():
        if with_one:
            yield from _hint(month, name, with_one)


def _candidates(month: SiteMonth, parameter: str, own: Floats, thresholds: HintThresholds) -> list[list[int]]:
    """Of each neighbour the lags at which enough steps in a row agree, as a run needs at least."""
    ours = thresholds.repeats
    around, most = month.around(parameter), month.grid.steps(ours.most_lag_hours)
    near = ours.near_digits * resolution(month.parameters[parameter]) + 1e-6
    least = min(ours.equal_changes, ours.near_changes)
    lags: list[list[int]] = [[] for _ in range(around.shape[1])]
    for lag in range(-most, most + 1):
        apart = np.abs(own[:, np.newaxis] - _shifted(around, lag))
        agree = np.cumsum(~(apart > near * (1 + 1e-6)), axis=0)  # what is missing disagrees with nothing
        enough = np.any(agree[least:] - agree[:-least] == least, axis=0)
        for at in np.flatnonzero(np.asarray(enough)).tolist():
            lags[at].append(lag)
    return lags


def _hint(month: SiteMonth, other: str, found: list[_Found]) -> Iterator[Hint]:
    best = max(found, key=lambda one: one.changes)
    runs = [
        (parameter, run)
        for parameter in dict.fromkeys([best.parameter, *(one.parameter for one in found)])
        for run in joined((one.run for one in found if one.parameter == parameter), gap=0)
    ]
    reason = Repeats(
        other=other,
        lag=best.lag * (month.grid.step / HOUR),
        steps=best.run.length,
        changes=best.changes,
        largest=best.largest,
        also=tuple(dict.fromkeys(name for name, _ in runs if name != best.parameter)),
    )
    yield from raise_shared_hint(month, best.parameter, runs, reason)


def _at_lag(
    month: SiteMonth, parameter: str, pair: tuple[Floats, Floats], lag: int, thresholds: HintThresholds
) -> Iterator[_Found]:
    ours = thresholds.repeats
    near, (own, theirs) = ours.near_digits * resolution(month.parameters[parameter]), pair
    shifted = _shifted(theirs, lag)
    both = np.flatnonzero(~np.isnan(own) & ~np.isnan(shifted))
    x = own[both]
    apart, slack = np.abs(x - shifted[both]), 1e-9 * (1 + np.abs(x))
    moved = np.abs(np.diff(x, prepend=x[:1]))
    equal = list(_long_runs(apart <= slack, moved > slack, ours.equal_changes))
    close = list(_long_runs(apart <= near + slack, moved > 2 * near + slack, ours.near_changes))
    for run, changes in equal or close:
        whole = StepRun(int(both[run.first]), int(both[run.stop - 1]) + 1)
        yield _Found(parameter, whole, lag, changes, float(apart[run.steps].max()))


def _shifted(values: Floats, lag: int) -> Floats:
    """The values as they were `lag` steps before."""
    shifted = np.full(values.shape, np.nan)
    if abs(lag) >= len(values):
        return shifted
    if lag >= 0:
        shifted[lag:] = values[: len(values) - lag]
    else:
        shifted[:lag] = values[-lag:]
    return shifted


def _long_runs(same: Flags, moved: Flags, least: int) -> Iterator[tuple[StepRun, int]]:
    """Runs of the same values with at least so many changes inside, and how many."""
    total = np.concatenate(([0], np.cumsum(moved)))
    for run in runs_of(same, least + 1):
        changes = int(total[run.stop] - total[run.first + 1])
        if changes >= least:
            yield run, changes
