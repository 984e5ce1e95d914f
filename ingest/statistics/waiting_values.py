"""The values of one site that wait to be added to its series: a row a time, handed over as columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sensors.averages.live.series import LiveSeries
from sensors.model import Kind

if TYPE_CHECKING:
    from sensors.calendar import EpochMs


class WaitingValues:
    """The valid readings of one site and kind, each time's newer than all before.

    `series` are those of the parameters; None where there is none, as the parameter has no mean or the kind
    does not feed statistics.
    """

    def __init__(self, kind: Kind, parameters: tuple[str, ...], series: Sequence[LiveSeries | None]) -> None:
        self.kind = kind
        self.parameters = parameters
        self.series = series
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
