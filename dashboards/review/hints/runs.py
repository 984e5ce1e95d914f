"""Runs of steps, medians of rows and sliding means: what several hints count with; pure."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from dashboards.review.curves import Flags, Floats


class StepRun(NamedTuple):
    """The steps `first` until before `stop`."""

    first: int
    stop: int

    @property
    def steps(self) -> slice:
        """To cut them out of a curve."""
        return slice(self.first, self.stop)

    @property
    def length(self) -> int:
        """How many steps it has."""
        return self.stop - self.first


def runs_of(mask: Flags, least: int = 1) -> list[StepRun]:
    """Where the mask holds without a break for at least so many steps, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    firsts, stops = edges[::2], edges[1::2]
    long = stops - firsts >= least
    return [StepRun(*pair) for pair in zip(firsts[long].tolist(), stops[long].tolist(), strict=True)]


def joined(found: Iterable[StepRun], gap: int) -> list[StepRun]:
    """Runs with no more than `gap` steps between them made one; in order."""
    together: list[StepRun] = []
    for run in sorted(found):
        if together and run.first - together[-1].stop <= gap:
            together[-1] = StepRun(together[-1].first, max(together[-1].stop, run.stop))
        else:
            together.append(run)
    return together


def row_medians(rows: Floats, least: int = 1) -> Floats:
    """The median of each row's numbers; NaN where there are fewer than `least`."""
    if not rows.shape[1]:
        return np.full(len(rows), np.nan)
    ordered, n = np.sort(rows, axis=1), np.count_nonzero(~np.isnan(rows), axis=1)  # NaN come last
    at = np.arange(len(rows))
    middle = (ordered[at, np.maximum(n - 1, 0) // 2] + ordered[at, np.maximum(n, 1) // 2]) / 2
    middle = np.where(n % 2 == 1, ordered[at, np.maximum(n - 1, 0) // 2], middle)
    found: Floats = np.where(n >= max(least, 1), middle, np.nan)
    return found


def median_of(values: Floats) -> float:
    """The median of the numbers; NaN without any."""
    there = values[~np.isnan(values)]
    return float(np.median(there)) if len(there) else float("nan")


def counts_in(mask: Flags, starts: Floats, stops: Floats) -> Floats:
    """How often the mask holds in each window."""
    total = np.concatenate(([0], np.cumsum(mask)))
    found: Floats = (total[stops.astype(np.intp)] - total[starts.astype(np.intp)]).astype(np.float64)
    return found


def sliding_means(columns: Floats, steps: int, share: float) -> Floats:
    """The mean of every window of so many steps, column by column; NaN where fewer than `share` are there."""
    there = ~np.isnan(columns)
    zero = np.zeros((1, columns.shape[1]))
    total = np.vstack((zero, np.cumsum(np.where(there, columns, 0.0), axis=0)))
    n = np.vstack((zero, np.cumsum(there, axis=0)))
    sums, counts = total[steps:] - total[:-steps], n[steps:] - n[:-steps]
    found: Floats = np.where(counts >= share * steps, sums / np.maximum(counts, 1), np.nan)
    return found
