"""A site's month as a reviewer sees it: its values and its neighbours' on one grid of time."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from dashboards.review.limits import LawLimit
from sensors.calendar import HOURS_A_DAY, SHANGHAI
from sensors.catalogue.model import Parameter, Site

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

HOUR = timedelta(hours=1)


class ReviewGrid(Struct, frozen=True):
    """Equal steps of time, of an hour or of a slower site's cycle.

    `start` is the first stamp of the first step. The month itself is `first` until before `stop`; what lies
    around it lets an interval be seen that begins or ends outside.
    """

    start: datetime
    step: timedelta
    size: int
    first: int
    stop: int

    def time(self, at: int) -> datetime:
        """The first stamp of a step; one past the last gives the end of the grid."""
        return self.start + at * self.step

    def place(self, time: datetime) -> int:
        """The step that a time lies in; outside the grid below 0, or from its size on."""
        return (time - self.start) // self.step

    def steps(self, hours: float) -> int:
        """How many steps so many hours are, at least one."""
        return max(1, round(timedelta(hours=hours) / self.step))

    def local_hours(self) -> Floats:
        """The hour of the day in Shanghai of each step, 0 until before 24."""
        local = self.start.astimezone(SHANGHAI)
        first = (local - local.replace(hour=0, minute=0, second=0, microsecond=0)) / HOUR
        hours = first + np.arange(self.size, dtype=np.float64) * (self.step / HOUR)
        return np.asarray(hours % HOURS_A_DAY, dtype=np.float64)


class ReviewCurve(Struct, frozen=True):
    """A series on the grid, NaN where there is nothing: what counts, and what was sent in good order.

    `sent` has what marks exclude and what came during maintenance too. `remarks` are by step: checks that
    failed, `flag` for a device's mark, and what a mark calls it.
    """

    counting: Floats
    sent: Floats
    remarks: Mapping[int, tuple[str, ...]] = {}


class ReviewNeighbour(Struct, frozen=True):
    """Another site and its counting values by parameter; `distance` in km, None where a place is unknown."""

    site: Site
    distance: float | None
    curves: Mapping[str, Floats]


class MaintenanceSpan(Struct, frozen=True):
    """`start` until before `end` somebody worked there: says a mark, or the instrument by its flag."""

    parameter: str
    start: datetime
    end: datetime
    said_by: Literal["mark", "flag"]


class SiteMonth(Struct, frozen=True):
    """Everything that the hints of a site's month are taken from.

    `neighbours` are the nearest first. `limits` are the law's numbers by parameter, each once.
    """

    site: Site
    parameters: Mapping[str, Parameter]
    grid: ReviewGrid
    curves: Mapping[str, ReviewCurve]
    neighbours: tuple[ReviewNeighbour, ...] = ()
    maintenance: tuple[MaintenanceSpan, ...] = ()
    limits: Mapping[str, tuple[LawLimit, ...]] = {}

    def around(self, parameter: str) -> Floats:
        """A column for each neighbour that measures it, the nearest first; none at all has no columns."""
        found = [one.curves[parameter] for one in self.neighbours if parameter in one.curves]
        return np.column_stack(found) if found else np.empty((self.grid.size, 0))


def resolution(parameter: Parameter) -> float:
    """One of the last digit that is kept of it."""
    return float(10.0**-parameter.decimals)
