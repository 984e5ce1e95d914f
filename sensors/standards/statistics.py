"""The statistics: what each spans, how it is stamped and compared; read from statistics.toml."""

from datetime import timedelta
from functools import cache
from typing import Final, Literal

from msgspec import Struct

from sensors.model import IndexSpan, Label, Medium, Name, StatisticName
from sensors.standards import versions

Family = Literal["observation", "clock", "rolling", "calendar"]


class StatisticKind(Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[statistic]]` row; its keys are explained at the head of the file."""

    id: StatisticName
    family: Family
    name: Name
    compared: Literal["raw", "rounded"]
    media: tuple[Medium, ...] = ("air", "water")
    hours: int | None = None
    months: int | None = None
    stamped: Label = "start"
    held_against: StatisticName | None = None
    index: IndexSpan | None = None
    indexed: bool = False
    targeted: bool = False
    classified: bool = False
    running: bool = False
    watched: bool = True
    short: Name | None = None

    @property
    def span(self) -> timedelta:
        """How long a window or day is.

        Raises:
            ValueError: It spans calendar months, or nothing.
        """
        if self.hours is None:
            raise ValueError(f"{self.id} does not span hours")
        return timedelta(hours=self.hours)

    @property
    def limit_of(self) -> StatisticName:
        """The statistic whose legal limit it is compared with."""
        return self.held_against or self.id


@cache
def statistics() -> tuple[StatisticKind, ...]:
    """Every statistic, in the order of the file: the shortest first."""
    return versions.parse_rows("statistics.toml", "statistic", StatisticKind)


@cache
def _by_id() -> dict[StatisticName, StatisticKind]:
    return {kind.id: kind for kind in statistics()}


def statistic_kind(name: StatisticName) -> StatisticKind:
    """The statistic of that name."""
    return _by_id()[name]


# Where code means one statistic, it says so by these.
ROLLING_1H: Final = "1h"
ROLLING_1H_STORED_MS: Final = 5 * 60_000
"""Of a series that is quicker, the first `1h` of so many milliseconds is stored; rules see each."""
ROLLING_8H: Final = "8h"
ROLLING_24H: Final = "24h"
DAY: Final = "day"
O3_8H_MAX: Final = "o3_8h_max"
O3_1H_MAX: Final = "o3_1h_max"
MONTH: Final = "month"
YEAR_TO_DATE: Final = "year_to_date"
YEAR: Final = "year"
TWELVE_MONTHS: Final = "12month"
THREE_YEARS: Final = "36month"
OUTLOOK: Final = "outlook"
OUTLOOK_MARGIN: Final = "outlook_margin"
OUTLOOKS: tuple[StatisticName, ...] = (OUTLOOK, OUTLOOK_MARGIN)
"""What the rest of the year may average, and that less the season: said in words, not as a number."""

CLOCKED = tuple(kind.id for kind in statistics() if kind.family == "clock")
"""Statistics that the clock moves, not the data."""

ROLLING = tuple(kind.id for kind in statistics() if kind.family == "rolling")
"""Windows of hours, the shortest first."""

DAILY = tuple(kind.id for kind in statistics() if kind.family == "calendar" and kind.hours is not None)
"""The statistics of a day."""

BELOW_MONTH = tuple(kind for kind in statistics() if kind.hours is not None and kind.watched)
"""Windows and days that the store keeps."""

STORED = tuple(k.id for k in statistics() if k.family in {"rolling", "calendar"} and k.watched)
"""The statistics of the store, by the names that its rows have."""

INDEXED = tuple(kind for kind in statistics() if kind.indexed)
"""Those with an air quality index."""

MONTHLY = frozenset(kind.id for kind in statistics() if kind.months is not None)
"""A month and longer."""

STAMPED_BY_END = frozenset(kind.id for kind in statistics() if kind.stamped == "end")
"""Those whose point bears the time of their end."""

TARGETED = frozenset(kind.id for kind in statistics() if kind.targeted)
"""Statistics that are compared with the plan's targets."""

CLASSIFIED = frozenset(kind.id for kind in statistics() if kind.classified)
"""Those of water that have a class."""

HOURLY_INDEX = frozenset(kind.id for kind in statistics() if kind.index == "hour")
"""Statistics that the hourly air quality index uses besides the hour's mean."""

DAILY_INDEX = frozenset(kind.id for kind in statistics() if kind.index == "day")
"""Statistics that the daily air quality index uses."""

WINDOWS = tuple((k.id, k.hours) for k in statistics() if k.family == "rolling" and k.hours and k.hours > 1)
"""The windows over hourly means, with their width in hours."""
