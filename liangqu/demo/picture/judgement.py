"""How the board's values stand: index and class with their official colours, and limits beside them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from ingest.stores.base import Store
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.model import Medium, Name, StatisticName
from sensors.standards import aqi, water_limits
from sensors.standards.statistics import ROLLING_1H, ROLLING_24H
from sensors.standards.water_class import grade

if TYPE_CHECKING:
    from pandas import DataFrame

Standing = Literal["within", "above", "exceeds"]
"""`above`: more than the number in the column's head; `exceeds`: the mean that the limit is about does."""
_LIMITED: tuple[StatisticName, ...] = (ROLLING_1H, ROLLING_24H)
"""The statistics whose limits stand beside a column, the first that has one."""
_BACK: Mapping[Medium, timedelta] = {"air": timedelta(hours=3), "water": timedelta(days=3)}


class Rating(Struct, frozen=True):
    """An AQI or a water class: its number, word and official colour, and of a class the target."""

    number: int
    word: Name
    rgb: tuple[int, int, int]
    target: int | None = None


class ColumnLimit(Struct, frozen=True):
    """The limit that stands beside a column: of which statistic, or of which water class."""

    value: float
    statistic: StatisticName | None = None
    water_class: int | None = None
    is_least: bool = False


class Judge:
    """Knows the newest means, indices and classes of all places at `now`."""

    def __init__(self, store: Store, catalogue: Catalogue, now: datetime) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now

    def rating(self, place: str, medium: Medium) -> Rating | None:
        """The newest AQI of one hour, or the class of the newest sample; None where there is none."""
        return (self._aqi if medium == "air" else self._classes).get(place)

    def limit(self, parameter: str) -> ColumnLimit | None:
        """What a parameter's values are compared with; None where nothing limits them."""
        if parameter in self._item_limits:
            return self._item_limits[parameter]
        names = (name for name in _LIMITED if (parameter, name) in self._limits)
        name = next(names, None)
        return None if name is None else ColumnLimit(self._limits[parameter, name], name)

    def standing(self, place: Place, parameter: str, value: float) -> Standing:
        """Of a place's newest value; exactly at a limit is within it."""
        if place.medium == "water":
            return self._of_water(place, parameter, value)
        means = (self._means.get((place.id, parameter, name), (0.0, None)) for name in _LIMITED)
        if any(limit is not None and mean > limit for mean, limit in means):
            return "exceeds"
        limit = self.limit(parameter)
        return "above" if limit is not None and value > limit.value else "within"

    def _of_water(self, place: Place, parameter: str, value: float) -> Standing:
        limits = self._assessed(place).get(parameter)
        target = self._target
        if limits is None or target is None:
            return "within"
        return "exceeds" if grade(limits, value).number > target else "within"

    def _assessed(self, place: Place) -> Mapping[str, water_limits.ItemLimits]:
        standard = water_limits.standard_on(self._now.astimezone(SHANGHAI).date())
        return water_limits.assessed(standard, place.waterbody)

    @cached_property
    def _target(self) -> int | None:
        """The class that sections are held against: the best that any of them is to have."""
        return min((one.target for one in self._classes.values() if one.target), default=None)

    @cached_property
    def _item_limits(self) -> Mapping[str, ColumnLimit]:
        rivers = [one for one in self._catalogue.places.values() if one.medium == "water" and one.is_site]
        if self._target is None or not rivers:
            return {}
        return {
            item: ColumnLimit(
                float(row.limits[self._target - 1]),
                water_class=self._target,
                is_least=row.direction == "at_least",
            )
            for item, row in self._assessed(rivers[0]).items()
            if row.direction in {"at_most", "at_least"}
        }

    @cached_property
    def _aqi(self) -> Mapping[str, Rating]:
        frame = self._newest("aqi", "air", {"statistic": ROLLING_1H})
        found = {}
        for site, number in zip(frame["site"], frame["aqi"], strict=True) if not frame.empty else ():
            level = aqi.level_of(int(number))
            found[site] = Rating(int(number), level.category, level.colour.rgb)
        return found

    @cached_property
    def _classes(self) -> Mapping[str, Rating]:
        frame = self._newest("water_class", "water", {"statistic": "reading"})
        found = {}
        for site, number, target in _three(frame, "site", "class", "target"):
            quality = water_limits.quality(int(number))
            wanted = int(target) if target == target else None  # noqa: PLR0124 - blank is NaN here
            found[site] = Rating(int(number), quality.name, quality.colour.rgb, wanted)
        return found

    @cached_property
    def _limits(self) -> Mapping[tuple[str, str], float]:
        """The limit of a parameter's statistic, as the first place has it that has one."""
        found: dict[tuple[str, str], float] = {}
        for (_, parameter, name), (_, limit) in self._means.items():
            if limit:
                found.setdefault((parameter, name), limit)
        return found

    @cached_property
    def _means(self) -> Mapping[tuple[str, str, str], tuple[float, float | None]]:
        found: dict[tuple[str, str, str], tuple[float, float | None]] = {}
        for name in _LIMITED:
            frame = self._newest("statistic", "air", {"statistic": name})
            if frame.empty:
                continue
            columns = (frame[each] for each in ("site", "parameter", "value", "limit"))
            for site, parameter, value, limit in zip(*columns, strict=True):
                found[site, parameter, name] = value, limit if limit == limit else None  # noqa: PLR0124
        return found

    def _newest(self, measurement: str, medium: Medium, tags: Mapping[str, str]) -> "DataFrame":
        """In the order of time: later rows replace earlier ones."""
        return self._store.points(
            measurement, self._now - _BACK[medium], self._now + timedelta(hours=1), tags
        )


def _three(frame: "DataFrame", *names: str) -> "list[tuple[str, float, float]]":
    return [] if frame.empty else list(zip(*(frame[name] for name in names), strict=True))
