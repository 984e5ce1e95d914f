"""The values of one site that wait to be added to its series: a row a time, handed over as columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sensors.averages.live.series import LiveSeries
from sensors.model import Kind

if TYPE_CHECKING:
    from sensors.calendar import EpochMs


class WaitingValues:
    """The valid readings of one site and kind, each time's newer than all before.

    `series` are those of the parameters; None where there is none of this kind, or the parameter has no mean.
    `counted` are the parameters of which this kind counts, the others are `passed`.
    """

    def __init__(
        self,
        kind: Kind,
        parameters: tuple[str, ...],
        series: Sequence[LiveSeries | None],
        counted: Sequence[str],
    ) -> None:
        self.kind = kind
        self.parameters = parameters
        self.series = series
        self.counted = counted
        self.all_count = len(counted) == len(parameters)
        self.passed = [parameter for parameter in parameters if parameter not in counted]
        self.feeds = any(one is not None for one in series)
        self.times: list[EpochMs] = []
        self.rows: list[tuple[float, ...]] = []

    def hand_over(self) -> None:
        """Add them to their series."""
        times, rows = self.times, self.rows
        if not times:
            return
        self.times, self.rows = [], []
        for series, values in zip(self.series, zip(*rows, strict=True), strict=True):
            if series is not None:
                series.extend(times, values)
