"""How far a site lies from the median of its neighbours, hour by hour, as the logarithm of a ratio."""

import numpy as np

from dashboards.review.curves import Floats, ReviewGrid
from dashboards.review.hints.runs import row_medians


def logarithms(values: Floats, offset: float) -> Floats:
    """Of values, NaN staying so; `offset` keeps those near zero quiet. Each column about its median."""
    found: Floats = np.log(np.maximum(values, 0.0) + offset)
    return found - row_medians(found.T)[np.newaxis, :] if found.ndim > 1 else found


def departures(own: Floats, around: Floats, offset: float, least: int) -> tuple[Floats, Floats]:
    """Of the site, and of each neighbour from the others; NaN where fewer than `least` are there.

    Of a neighbour from the others but the site: what the site does must not move what it is held against.
    """
    every = logarithms(np.column_stack((own, around)), offset)
    site, theirs = every[:, 0], every[:, 1:]
    columns = [
        theirs[:, at] - row_medians(np.delete(theirs, at, axis=1), max(1, least - 1))
        for at in range(theirs.shape[1])
    ]
    return site - row_medians(theirs, least), np.column_stack(columns)


def without_course(found: Floats, grid: ReviewGrid) -> Floats:
    """Without the usual course of a day: less the median of the same hour of all days."""
    hours = grid.local_hours().astype(int)
    usual = np.zeros_like(found)
    for hour in np.unique(hours):
        at = hours == hour
        usual[at] = np.nan_to_num(row_medians(found[at].T))
    return found - usual
