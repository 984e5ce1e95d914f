"""How things look: official colours, class and level names, units; all from the data of `sensors`."""

from collections.abc import Sequence
from typing import Literal

from grafana_foundation_sdk.models.dashboard import DashboardSpecialValueMapOptions as SpecialOptions
from grafana_foundation_sdk.models.dashboard import (
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from sensors.catalogue.model import Parameter
from sensors.model import Name
from sensors.standards import aqi
from sensors.standards.colour import Colour
from sensors.standards.water_limits import ItemLimits, quality

Language = Literal["zh", "en"]

NEUTRAL = "#73879c"
GOOD, WARN, BAD, DARK = "#299c46", "#e0a526", "#d44a3a", "#8b1a1a"
LIMIT, TARGET = "#d44a3a", "#8f3bb8"
SEVERITY = {"info": NEUTRAL, "watch": WARN, "warning": "#e0752d", "critical": BAD}
STATE = {"heard": GOOD, "silent": BAD, "never_heard": NEUTRAL}
EPISODE = {"firing": BAD, "acknowledged": WARN, "resolved": GOOD}

CLASSES = range(1, 7)
LEVELS = 6

Steps = Sequence[tuple[float | None, str]]


class Translate:
    """Chooses the language of a text, once for a whole board."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, zh: str, en: str) -> str:
        """The text in the board's language."""
        return zh if self.language == "zh" else en

    def name(self, name: Name) -> str:
        """A catalogue name in the board's language."""
        return self(name.zh, name.en)


def hexadecimal(colour: Colour) -> str:
    """The colour as Grafana writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour.rgb)


def unit(parameter: Parameter) -> str:
    """The parameter's unit as a suffix; pH has none."""
    return "" if parameter.unit == "–" else f"suffix: {parameter.unit}"


def steps(pairs: Steps) -> list[Threshold]:
    """Threshold steps; the first begins at minus infinity (None)."""
    return [Threshold(value=value, color=colour) for value, colour in pairs]


def texts(pairs: dict[str, tuple[str, str]], *, blank: str = "") -> list[ValueMapping]:
    """Values shown as (text, colour); `blank` is shown for an empty text."""
    found: list[ValueMapping] = [
        ValueMap(
            options={
                value: ValueMappingResult(text=text, color=colour, index=index)
                for index, (value, (text, colour)) in enumerate(pairs.items())
            }
        )
    ]
    if blank:
        for match in (SpecialValueMatch.EMPTY, SpecialValueMatch.NULL):
            options = SpecialOptions(match=match, result=ValueMappingResult(text=blank))
            found.append(SpecialValueMap(options=options))
    return found


def classes(say: Translate) -> list[ValueMapping]:
    """Water class 1 to 6 as Ⅰ to 劣Ⅴ in the official colours."""
    return texts(
        {
            str(number): (say.name(quality(number).name), hexadecimal(quality(number).colour))
            for number in CLASSES
        }
    )


def levels(say: Translate) -> list[ValueMapping]:
    """AQI level 1 to 6 by its category's name and colour."""
    return texts({str(row.level): (say.name(row.category), hexadecimal(row.colour)) for row in all_levels()})


def all_levels() -> list[aqi.AqiLevel]:
    """The AQI's levels, best first."""
    found = [aqi.level_of(0)]
    while found[-1].level < LEVELS:
        found.append(aqi.level_of(found[-1].up_to + 1))
    return found


def aqi_steps() -> Steps:
    """The AQI's levels as steps: a level begins just above the last value of the one before."""
    rows = all_levels()
    begins: list[float | None] = [None, *(float(row.up_to) + 1 for row in rows[:-1])]
    return [(begin, hexadecimal(row.colour)) for begin, row in zip(begins, rows, strict=True)]


def class_bands(limits: ItemLimits) -> Steps:
    """The bands of an item's classes over its values, lowest first; of a range only its outside is marked."""
    colours = {number: hexadecimal(quality(number).colour) for number in CLASSES}
    if limits.direction == "range":
        low, high = limits.floats[:2]
        return [(None, colours[6]), (low, colours[1]), (high, colours[6])]
    if limits.direction == "at_least":
        falling = list(limits.floats)
        return [(None, colours[6]), *((limit, colours[5 - n]) for n, limit in enumerate(reversed(falling)))]
    begins: list[tuple[float | None, str]] = [(None, colours[1])]
    for number, limit in enumerate(limits.floats, start=2):
        if begins[-1][0] == limit:  # two classes with one limit: the better one has no band
            begins.pop()
        begins.append((limit, colours[number]))
    return begins


def up_to(limit: float) -> Steps:
    """Good up to the limit; it is exceeded above."""
    return [(None, GOOD), (limit, BAD)]
