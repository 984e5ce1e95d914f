"""Surface water limits of GB 3838-2002, table 1, by the observation's date; the classes in words."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Literal
from unicodedata import normalize

from msgspec import Struct
from msgspec.structs import asdict

from sensors.model import Name
from sensors.standards import versions
from sensors.standards.colour import Colour

Waterbody = Literal["river", "lake"]
Direction = Literal["at_most", "at_least", "range", "change"]

WORSE_THAN_V = 6


class ItemLimits(Struct, frozen=True):
    """The limits of one item, class I to V; a value at a limit is within it.

    `limits` has five numbers, two (lowest and highest, for all classes) where `direction` is `range`, none
    for the temperature; `floats` are the same, for floats. `first` marks what comes first among the main
    indicators: cyanide, heavy metals.
    """

    no: int
    item: str
    direction: Direction
    limits: tuple[Decimal, ...]
    floats: tuple[float, ...]
    unit: str
    waterbody: Waterbody | None
    assessed: bool
    first: bool


class _Row(Struct, frozen=True, forbid_unknown_fields=True):
    no: int
    item: str
    direction: Direction
    limits: tuple[Decimal | int, ...]
    unit: str
    waterbody: Waterbody | None = None
    assessed: bool = True
    first: bool = False


class _Version(versions.Dated, frozen=True, forbid_unknown_fields=True, kw_only=True):
    items: tuple[_Row, ...]


class ClassQuality(Struct, frozen=True, forbid_unknown_fields=True):
    """A class in words: 1 to 5 for I to V, 6 for worse than V."""

    number: int
    name: Name
    quality: Name
    colour: Colour


class AssessmentMethod(Struct, frozen=True, forbid_unknown_fields=True):
    """How samples and periods are assessed; the numbers that are not limits."""

    standard: str
    confirmed: str
    reference_class: int
    times_over_decimals: int
    main_indicators: int
    routine_items: tuple[str, ...]


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: tuple[_Version, ...]
    assessment: AssessmentMethod
    quality: tuple[ClassQuality, ...]


@cache
def _file() -> _File:
    return versions.parse_file("water_limits.toml", _File)


@cache
def assessment() -> AssessmentMethod:
    """The reference class, the decimals of times over, and the like."""
    return _file().assessment


@cache
def table(standard: str) -> tuple[ItemLimits, ...]:
    """All rows of a version by its name: 24 items, total phosphorus twice (river, lake)."""
    version = next(v for v in _file().version if v.standard == standard)
    return tuple(
        ItemLimits(
            **asdict(row)
            | {"limits": tuple(map(Decimal, row.limits)), "floats": tuple(map(float, row.limits))}
        )
        for row in version.items
    )


def standard_on(day: date) -> str:
    """The name of the version in force on the observation's date.

    Raises:
        NoStandard: The date lies before 2002-06-01.
    """
    return versions.in_force(_file().version, day).standard


def standards() -> tuple[str, ...]:
    """The versions known, oldest first; there is one."""
    return tuple(version.standard for version in _file().version)


@cache
def assessed(standard: str, waterbody: Waterbody) -> Mapping[str, ItemLimits]:
    """The 21 items that decide a class, in the order of the table, with this water body's limits.

    Source: 环办〔2011〕22号: table 1 without water temperature, total nitrogen and faecal coliforms.
    """
    rows = (row for row in table(standard) if row.assessed and row.waterbody in {None, waterbody})
    return {row.item: row for row in rows}


def quality(number: int) -> ClassQuality:
    """The words and colour of class 1 to 6."""
    return _file().quality[number - 1]


@cache
def _class_numbers() -> dict[str, int]:
    spelled: dict[str, int] = {}
    for row in _file().quality:
        arabic = str(row.number) if row.number < WORSE_THAN_V else row.name.en.upper()
        spelled |= dict.fromkeys((normalize("NFKC", row.name.zh), arabic), row.number)  # Ⅲ is III
    return spelled


def class_number(text: str) -> int | None:
    """The number of a class written 3, III, iii, Ⅲ or Ⅲ类, 6 for 劣Ⅴ or 劣V类; None for anything else."""
    return _class_numbers().get(normalize("NFKC", text).strip().upper().removesuffix("类").strip())
