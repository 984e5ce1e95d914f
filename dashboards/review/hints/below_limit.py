"""Values that stop just below a limit: more of them there than next to it, and next to none beyond.

The count just below the limit is held against that of two widths further down, in sliding windows. A
distribution falls off towards its end, so what lies further down is at least what is to be expected.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dashboards.review.curves import Floats, SiteMonth, resolution
from dashboards.review.hints.hint import BelowLimit, Hint, raise_hint
from dashboards.review.hints.runs import StepRun, counts_in, joined
from dashboards.review.hints.thresholds import BelowLimitThresholds, HintThresholds
from dashboards.review.limits import LawLimit
from sensors.calendar import HOURS_A_DAY


class _Found(NamedTuple):
    """The windows of one limit that have enough, joined, and the evidence of the best."""

    runs: list[StepRun]
    reason: BelowLimit


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """A hint for each limit that values stop at; of several that the same values stop at the clearest."""
    ours = thresholds.below_limit
    for parameter, curve in month.curves.items():
        least = ours.width_digits * resolution(month.parameters[parameter])
        found = [
            each
            for limit in month.limits.get(parameter, ())
            for width in dict.fromkeys(max(least, share * limit.value) for share in ours.width_shares)
            if (each := _at_limit(month, curve.counting, limit, width, ours)) is not None
        ]
        found.sort(key=lambda one: one.reason.deviations, reverse=True)
        taken: list[StepRun] = []
        for one in found:
            if not any(_meet(run, other) for run in one.runs for other in taken):
                taken += one.runs
                yield from raise_hint(month, parameter, one.runs, one.reason)


def _meet(one: StepRun, other: StepRun) -> bool:
    return one.first < other.stop and other.first < one.stop


def _at_limit(
    month: SiteMonth, values: Floats, limit: LawLimit, width: float, ours: BelowLimitThresholds
) -> _Found | None:
    if not np.any(np.abs(values - limit.value) <= width):  # nearly all limits are far from all values
        return None
    level = values if limit.upper else -values
    top = limit.value if limit.upper else -limit.value
    near = (level > top - width) & (level <= top)
    if np.count_nonzero(near) < ours.least_held:
        return None
    starts, stops = _windows(month, ours)
    held = counts_in(near, starts, stops)
    expected = counts_in((level > top - 3 * width) & (level <= top - width), starts, stops) / 2
    beyond, lower = counts_in(level > top, starts, stops), counts_in(level <= top - 3 * width, starts, stops)
    deviations = (held - expected) / np.sqrt(expected + 2)
    enough = (held >= ours.least_held) & (beyond <= ours.beyond_share * held)
    enough &= (lower >= ours.lower_share * held) & (deviations >= ours.deviations)
    if not enough.any():
        return None
    best = int(np.argmax(np.where(enough, deviations, -np.inf)))
    inside = np.zeros(len(values), dtype=bool)
    for first, stop in zip(starts[enough].astype(int), stops[enough].astype(int), strict=True):
        inside[first:stop] = True
    runs = joined(
        (StepRun(int(at), int(at) + 1) for at in np.flatnonzero(near & inside)),
        month.grid.steps(ours.gap_hours),
    )
    return _Found(
        runs,
        BelowLimit(
            limit=limit.value,
            upper=limit.upper,
            source=limit.source,
            in_force=limit.in_force,
            width=width,
            held=int(held[best]),
            expected=float(expected[best]),
            beyond=int(beyond[best]),
            deviations=float(deviations[best]),
        ),
    )


def _windows(month: SiteMonth, ours: BelowLimitThresholds) -> tuple[Floats, Floats]:
    """First and past step of each window: half a day apart, and the whole grid."""
    size, apart = month.grid.size, month.grid.steps(HOURS_A_DAY / 2)
    starts, stops = [np.zeros(1)], [np.full(1, float(size))]
    for days in ours.windows_days:
        length = month.grid.steps(days * HOURS_A_DAY)
        begins = np.arange(0, max(1, size - length + 1), apart, dtype=np.float64)
        starts.append(begins)
        stops.append(np.minimum(begins + length, size))
    return np.concatenate(starts), np.concatenate(stops)
