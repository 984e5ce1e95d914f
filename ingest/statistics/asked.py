"""What a recompute is asked for, and what it hands to the pipeline."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ingest.journal.outgoing import Derived
from ingest.journal.requests import Asked
from ingest.statistics.places import Place
from sensors.averages.periods import HOUR_MS, HOURS_A_DAY, OFFSET_MS
from sensors.averages.rows import DayMean, HourSum, Kept, MonthMean

LIVE_HOURS = 48  # so far back live series may still change by themselves


class Days(Struct, frozen=True):
    """Whole days of Asia/Shanghai, `first` up to, not including, `past`."""

    first: int
    past: int

    @property
    def start(self) -> int:
        """Epoch milliseconds at which they begin."""
        return self.first * HOURS_A_DAY * HOUR_MS - OFFSET_MS

    @property
    def end(self) -> int:
        """Epoch milliseconds at which they end."""
        return self.past * HOURS_A_DAY * HOUR_MS - OFFSET_MS

    def widened(self, before: int, after: int) -> "Days":
        """With so many days more at both ends."""
        return Days(self.first - before, self.past + after)


class Known(Struct, frozen=True):
    """What the journal says of a series: its number, and the end of what its newest reading stands for."""

    fed: int
    until: int


class Plan(Struct, frozen=True):
    """Days of a place that are asked for, and where the journal stood when they were taken up.

    `series` are those of the place by parameter, `members` until when each (site, parameter) of a zone or
    river is closed. `outgoing` is the number up to which everything must be in the store. With `whole` all
    rows of the series are made anew, because the journal is.
    """

    place: Place
    days: Days
    rows: Sequence[Asked]
    series: Mapping[str, Known]
    members: Mapping[tuple[str, str], int]
    outgoing: int
    whole: bool


class Recomputed(Struct, frozen=True):
    """One series, computed from raw: what takes the place of its rows.

    `fed` is its number when the raw readings were complete; `until` the moment up to which it is closed.
    `hours` are the sums of the asked hours that are still held, `days` and `months` rows to put in.
    """

    parameter: str
    fed: int
    until: int
    hours: Sequence[HourSum]
    days: Mapping[int, DayMean]
    months: Sequence[MonthMean]
    recent: tuple[Kept, ...]


class Answer(Struct, frozen=True):
    """A place's days, computed: points to write, rows to take in, and the queue's rows this carries out.

    `samples` are the newest of a section's samples, by epoch milliseconds.
    """

    place: str
    days: Days
    series: Sequence[Recomputed]
    derived: Sequence[Derived]
    carried_out: Sequence[Asked]
    whole: bool = False
    samples: Mapping[int, dict[str, float]] = {}
