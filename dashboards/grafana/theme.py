"""How things look: official colours, class and level names, units; all from the data of `sensors`."""

import math
from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.models.dashboard import DashboardSpecialValueMapOptions as SpecialOptions
from grafana_foundation_sdk.models.dashboard import (
    SpecialValueMap,
    SpecialValueMatch,
    Threshold,
    ValueMap,
    ValueMapping,
    ValueMappingResult,
)

from dashboards.grafana.contrast import readable, to_hex
from sensors.averages.attainment import rounding_bound
from sensors.catalogue.model import Parameter
from sensors.model import Language, Name
from sensors.standards import aqi
from sensors.standards.colour import Colour
from sensors.standards.targets import Target
from sensors.standards.water_limits import ItemLimits, quality

NEUTRAL = "#637486"
GOOD, WARN, SERIOUS, BAD = "#22833b", "#e4b244", "#af5b23", "#c74637"
MINUTE = "time:YYYY-MM-DD HH:mm"
"""The unit of a time to the minute; it reads the same in both languages."""
LIMIT, TARGET = "#d44a3a", "#8f3bb8"

CLASSES = range(1, 7)

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


def official(colour: Colour) -> str:
    """The official colour as Grafana writes it."""
    return to_hex(colour.rgb)


def unit(parameter: Parameter) -> str:
    """The parameter's unit as a suffix, to which Grafana adds a blank; pH has none."""
    return "" if parameter.unit == "–" else f"suffix:{parameter.unit}"


def to_thresholds(pairs: Steps) -> list[Threshold]:
    """Threshold steps; the first begins at minus infinity (None)."""
    return [Threshold(value=value, color=colour) for value, colour in pairs]


def value_mappings(pairs: dict[str, tuple[str, str]], *, blank: str = "") -> list[ValueMapping]:
    """Values shown as (text, colour); `blank` is shown for an empty text."""
    mappings: list[ValueMapping] = [
        ValueMap(
            options={
                value: ValueMappingResult(text=text, color=colour, index=index)
                for index, (value, (text, colour)) in enumerate(pairs.items())
            }
        )
    ]
    if blank:
        for match in (SpecialValueMatch.EMPTY, SpecialValueMatch.NULL):
            result = ValueMappingResult(text=blank, color="transparent")
            options = SpecialOptions(match=match, result=result)
            mappings.append(SpecialValueMap(options=options))
    return mappings


def class_mappings(tr: Translate, *, blank: str = "") -> list[ValueMapping]:
    """Water class 1 to 6 as Ⅰ to 劣Ⅴ in the official colours, as far as letters can be read on them."""
    qualities = map(quality, CLASSES)
    return value_mappings(
        {str(q.number): (tr.name(q.name), readable(q.colour)) for q in qualities}, blank=blank
    )


def level_mappings(tr: Translate) -> list[ValueMapping]:
    """AQI level 1 to 6 by its category's name and colour."""
    return value_mappings(
        {str(level.level): (tr.name(level.category), readable(level.colour)) for level in aqi.levels()}
    )


def named(names: Mapping[str, str]) -> list[ValueMapping]:
    """Ids shown as their names, in no colour of their own."""
    results = {
        id_: ValueMappingResult(text=name, index=index) for index, (id_, name) in enumerate(names.items())
    }
    return [ValueMap(options=results)]


def capture_mappings(tr: Translate) -> list[ValueMapping]:
    """Whether a period has enough valid data, in words and colours."""
    return value_mappings(
        {"true": (tr("数据充分", "enough data"), GOOD), "false": (tr("数据不足", "too little data"), WARN)},
        blank="–",
    )


def target_met_mappings(tr: Translate) -> list[ValueMapping]:
    """Whether a target is met, `yes` or `no`, in words and colours."""
    return value_mappings({"yes": (tr("达标", "met"), GOOD), "no": (tr("未达标", "not met"), BAD)}, blank="–")


def aqi_steps(*, lettered: bool = False) -> Steps:
    """The AQI's levels as steps: a level begins just above the last value of the one before.

    `lettered` ones are as near to the official colours as letters can be read on.
    """
    levels = aqi.levels()
    starts: list[float | None] = [None, *(float(level.up_to) + 1 for level in levels[:-1])]
    colour = readable if lettered else official
    return [(start, colour(level.colour)) for start, level in zip(starts, levels, strict=True)]


def class_bands(limits: ItemLimits) -> Steps:
    """The bands of an item's classes over its values, lowest first; of a range only its outside is marked."""
    colours = {number: official(quality(number).colour) for number in CLASSES}
    if limits.direction == "range":
        low, high = limits.floats[:2]
        return [(None, colours[6]), (low, colours[1]), (high, colours[6])]
    if limits.direction == "at_least":
        rising = reversed(limits.floats)
        return [(None, colours[6]), *((limit, colours[5 - n]) for n, limit in enumerate(rising))]
    bands: list[tuple[float | None, str]] = [(None, colours[1])]
    for number, limit in enumerate(limits.floats, start=2):
        if bands[-1][0] == limit:  # two classes with one limit: the better one has no band
            bands.pop()
        bands.append((limit, colours[number]))
    return bands


def target_steps(target: Target) -> Steps:
    """Good while the mean of a period rounds to within the target; red from the first that does not.

    What is only striven for cannot be missed yet, and is never red.
    """
    return [(None, GOOD), (first_beyond(target), WARN if target.wording == "striven_for" else BAD)]


def first_beyond(target: Target) -> float:
    """The smallest mean that misses the target once it is rounded: 25.5 where it is 25 of whole numbers."""
    bound, attained = rounding_bound(target.limit or 0, target.decimals or 0)  # type: ignore[arg-type]
    return math.nextafter(float(bound), math.inf) if attained else float(bound)


def signal_steps(target: Target) -> Steps:
    """Of means shorter than the target's, compared unrounded: above it is a signal and never red."""
    return [(None, GOOD), (math.nextafter(float(target.limit or 0), math.inf), WARN)]
