"""Sudden drops when maintenance begins: lower than before, against the neighbours, from that moment on."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from msgspec.structs import replace

from dashboards.review.curves import Floats, MaintenanceSpan, SiteMonth
from dashboards.review.hints.departures import logarithms
from dashboards.review.hints.hint import Hint, MaintenanceDrop, raise_shared_hint
from dashboards.review.hints.runs import StepRun, median_of, row_medians
from dashboards.review.hints.thresholds import HintThresholds, MaintenanceDropThresholds
from sensors.marks import EVERY


class _Compared(NamedTuple):
    """What was sent, how far it lies from the neighbours, and how many of these there are."""

    values: Floats
    departure: Floats
    neighbours: int


class _Found(NamedTuple):
    """A drop of a parameter, and how clear it is: 1 is just enough."""

    parameter: str
    strength: float
    run: StepRun
    reason: MaintenanceDrop


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """One hint for each begin, of the parameter that drops most clearly and all others that drop."""
    ours, shared = thresholds.maintenance_drop, thresholds.leaves_neighbours.parameters
    found: dict[object, list[_Found]] = {}
    for parameter, curve in month.curves.items() if month.maintenance else ():
        offset = shared[parameter].offset if parameter in shared else None
        compared = _compared(month, parameter, curve.sent, offset)
        for span in month.maintenance:
            if span.parameter in {EVERY, parameter}:
                found.setdefault(span.start, []).extend(_drop(month, parameter, compared, span, ours))
    for at_begin in found.values():
        at_begin.sort(key=lambda one: one.strength, reverse=True)
        if at_begin:
            reason = replace(at_begin[0].reason, also=tuple(one.parameter for one in at_begin[1:]))
            runs = [(one.parameter, one.run) for one in at_begin]
            yield from raise_shared_hint(month, at_begin[0].parameter, runs, reason)


def _compared(month: SiteMonth, parameter: str, values: Floats, offset: float | None) -> _Compared:
    """Against the neighbours where they share it, else by itself."""
    if offset is None:
        return _Compared(values, np.log(np.maximum(values, 1e-9)), 0)
    around = month.around(parameter)
    own = np.log(np.maximum(values, 0.0) + offset)
    if not around.shape[1]:
        return _Compared(values, own, 0)
    usual = row_medians(logarithms(around, offset))
    return _Compared(values, own - usual, around.shape[1])


def _drop(
    month: SiteMonth, parameter: str, found: _Compared, span: MaintenanceSpan, ours: MaintenanceDropThresholds
) -> Iterator[_Found]:
    """The drop that the shortest window shows."""
    size = month.grid.size
    begin = min(max(month.grid.place(span.start), 0), size)
    end = min(max(-(-(span.end - month.grid.start) // month.grid.step), begin), size)
    for hours in ours.windows_hours:
        window = month.grid.steps(hours)
        before, usual = StepRun(max(0, begin - window), begin), _usual(found.departure, window, begin, ours)
        sides: tuple[tuple[Literal["during", "following"], StepRun], ...] = (
            ("during", StepRun(begin, min(end, begin + window))),
            ("following", StepRun(end, min(size, end + window))),
        )
        for compared, after in sides:
            shift = _shift(found.departure, before, after, ours.least_steps)
            enough = min(float(np.log(ours.ratio)), usual)
            if shift <= enough:
                reason = MaintenanceDrop(
                    begin=span.start,
                    said_by=span.said_by,
                    compared=compared,
                    before=median_of(found.values[before.steps]),
                    after=median_of(found.values[after.steps]),
                    ratio=float(np.exp(shift)),
                    usual=float(np.exp(usual)),
                    neighbours=found.neighbours,
                )
                run = StepRun(before.first, max(end, after.stop))
                yield _Found(parameter, shift / enough, run, reason)
                return


def _shift(departure: Floats, before: StepRun, after: StepRun, least: int) -> float:
    """The difference of the medians; NaN, which is no drop, with too few on a side."""
    sides = [departure[run.steps] for run in (before, after)]
    if any(np.count_nonzero(~np.isnan(side)) < least for side in sides):
        return float("nan")
    return median_of(sides[1]) - median_of(sides[0])


def _usual(departure: Floats, window: int, begin: int, ours: MaintenanceDropThresholds) -> float:
    """The difference that only a share `rank` of all moments undercuts, but for those near the begin."""
    if len(departure) < 2 * window:
        return 0.0
    medians = row_medians(np.lib.stride_tricks.sliding_window_view(departure, window), ours.least_steps)
    shifts = medians[window:] - medians[:-window]
    moments = np.arange(len(shifts)) + window
    there = shifts[~np.isnan(shifts) & (np.abs(moments - begin) > window)]
    return float(np.quantile(there, ours.rank)) if len(there) else 0.0
