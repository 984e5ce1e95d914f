"""The words of words.toml in one language, and times, values and places as the screen writes them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec

from alerts.notify.words import format_duration, format_value
from liangqu.status.content import CurrentValue
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.marks import EVERY, Mark
from sensors.model import Language, Medium, Name
from sensors.standards.aqi import level_of, levels
from sensors.standards.colour import Colour
from sensors.standards.water_limits import quality


@cache
def texts() -> Mapping[str, Name]:
    """All rows of the table."""
    raw = Path(__file__).with_name("words.toml").read_bytes()
    return msgspec.toml.decode(raw, type=dict[str, Name], strict=True)


class StatusWords:
    """Everything the screen says, in one language."""

    def __init__(self, language: Language, catalogue: Catalogue) -> None:
        self.language: Language = language
        self._catalogue = catalogue

    def __call__(self, key: str, **values: object) -> str:
        """The words with their values."""
        return self.name(texts()[key]).format(**values)

    def name(self, name: Name) -> str:
        """In this language."""
        return str(getattr(name, self.language))

    def joined(self, parts: Iterable[str]) -> str:
        """The parts that are not empty, with commas."""
        return self("comma").join(part for part in parts if part)

    def span(self, span: timedelta) -> str:
        """`12 min`; less than nothing, as between two clocks, is nothing."""
        return format_duration(max(span.total_seconds(), 0.0), self.language)

    def value(self, value: CurrentValue, medium: Medium) -> tuple[str, Colour]:
        """`135 轻度污染 PM2.5`, `Ⅳ类（目标Ⅲ类） TP`, with the standard's colour."""
        if medium == "water":
            shown = format_value(float(value.number), "class", self.language)
            if value.target is not None:
                target = format_value(float(value.target), "class", self.language)
                shown += self("target", target=target)
            missed = value.target is not None and value.number > value.target
            said = [shown, *(map(self._symbol, value.grounds) if missed else ())]
            return " ".join(said), quality(value.number).colour
        level = level_of(min(value.number, levels()[-1].up_to))
        items = " ".join(map(self._symbol, value.grounds))
        return f"{value.number} {self.name(level.category)} {items}".strip(), level.colour

    def mark(self, mark: Mark) -> str:
        """`maintenance until 11-27 10:00, PM2.5: filter changed`."""
        what = "" if mark.parameter == EVERY else self._symbol(mark.parameter)
        until = self("until", what=self(f"mark_{mark.what}"), until=clock_time(mark.end))
        said = self.joined([until, what])
        return self("because", said=said, reason=mark.reason) if mark.reason else said

    def _symbol(self, parameter: str) -> str:
        known = self._catalogue.parameters.get(parameter)
        return parameter if known is None else known.label


def clock_time(time: datetime) -> str:
    """Month, day, hour and minute in Shanghai."""
    return f"{time.astimezone(SHANGHAI):%m-%d %H:%M}"
