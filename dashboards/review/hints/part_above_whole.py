"""A part above its whole, as PM2.5 above PM10, for longer than instruments that agree would be."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from dashboards.review.curves import Flags, Floats, SiteMonth
from dashboards.review.hints.hint import Hint, PartAboveWhole, raise_hint
from dashboards.review.hints.runs import StepRun, median_of, runs_of
from dashboards.review.hints.thresholds import HintThresholds


def look(month: SiteMonth, thresholds: HintThresholds) -> Iterator[Hint]:
    """One hint for each part of which there is a long enough run; at its whole it is not above."""
    for id_, curve in month.curves.items():
        checks = month.parameters[id_].checks
        whole = month.curves.get(checks.part_of or "")
        if whole is not None:
            yield from _pair(month, id_, (curve.counting, whole.counting), thresholds)


def _pair(
    month: SiteMonth, parameter: str, curves: tuple[Floats, Floats], thresholds: HintThresholds
) -> Iterator[Hint]:
    part, whole = curves
    checks, ours = month.parameters[parameter].checks, thresholds.part_above_whole
    both = np.flatnonzero(~np.isnan(part) & ~np.isnan(whole) & (whole >= 0))
    above = part[both] > whole[both] + checks.part_margin
    excess = np.log(np.maximum(part[both], 1e-9) / np.maximum(whole[both] + checks.part_margin, 1e-9))
    gap, found, steps = month.grid.steps(ours.gap_hours), list[StepRun](), list[int]()
    for run in _unbroken(above, both, gap):
        if run.length >= ours.least_steps and excess[run.steps].sum() >= ours.excess:
            found.append(StepRun(int(both[run.first]), int(both[run.stop - 1]) + 1))
            steps += both[run.steps].tolist()
    if not found:
        return
    difference = part[steps] - whole[steps]
    most = int(np.argmax(difference))
    yield from raise_hint(
        month,
        parameter,
        found,
        PartAboveWhole(
            whole=checks.part_of or "",
            steps=len(steps),
            compared=len(both),
            ratio=median_of(part[steps] / np.maximum(whole[steps], checks.part_margin or 1e-9)),
            excess=float(difference[most]),
            at=month.grid.time(steps[most]),
        ),
    )


def _unbroken(above: Flags, both: NDArray[np.intp], gap: int) -> Iterator[StepRun]:
    """Runs among the steps that have both, cut where more than `gap` steps lie between two."""
    breaks = np.flatnonzero(np.diff(both) > gap) + 1
    for run in runs_of(above):
        inner = breaks[(breaks > run.first) & (breaks < run.stop)].tolist()
        for first, stop in zip([run.first, *inner], [*inner, run.stop], strict=True):
            yield StepRun(first, stop)
