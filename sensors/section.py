"""A table of a settings file: its keys with their types, defaults and ranges, checked when it is created."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec import Struct

from sensors.durations import parse_duration
from sensors.excerpt import excerpt

_SIZE = re.compile(r"([0-9]{1,15})\s*([kMG]?)B?")
_SIZE_UNITS = {"": 1, "k": 1024, "M": 1024**2, "G": 1024**3}
LONGEST_TEXT = 4096

Ranges = Mapping[str, tuple[int | str, int | str]]
"""From and to of some keys, both taken."""
Readers = Mapping[str, Callable[[str], Any]]
"""What reads the text of some keys, and raises ValueError."""


def parse_size(text: str | int) -> int:
    """`4GB`, `256MB`, `64kB` or a number of bytes; the units are powers of 1024.

    Raises:
        ValueError: it is not one of these, or 0.
    """
    found = _SIZE.fullmatch(str(text).strip())
    size = int(found[1]) * _SIZE_UNITS[found[2]] if found else 0
    if size <= 0:
        raise ValueError(f"{excerpt(text)} is not a size such as 256MB")
    return size


class SectionError(ValueError):
    """A table that cannot be used; `problems` is each key with its reason."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{key}: {reason}" for key, reason in problems))
        self.problems = tuple(problems)


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the settings file; durations and sizes are text. All is checked when it is created.

    Attributes:
        numbers: Ranges of whole numbers.
        durations: Ranges of durations.
        sizes: Ranges of sizes.
        texts: What reads a text, and raises ValueError.
        never_blank: Keys that must hold something.
        paths: Keys that name files, from the folder of the settings file.
        instead: Keys that stand in the place of others, which may not be given beside them.
    """

    numbers: ClassVar[Ranges] = {}
    durations: ClassVar[Ranges] = {}
    sizes: ClassVar[Ranges] = {}
    texts: ClassVar[Readers] = {}
    never_blank: ClassVar[tuple[str, ...]] = ()
    paths: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __post_init__(self) -> None:
        """Refuse what cannot be parsed or lies outside its range; `SectionError` names all of it."""
        if found := [*self.flaws()]:
            raise SectionError(found)

    def flaws(self) -> Iterator[tuple[str, str]]:
        """Each key that cannot be used, with the reason; the first of its reasons."""
        for key in self.__struct_fields__:
            try:
                self._check(key, getattr(self, key))
            except ValueError as error:
                yield key, str(error)

    def _check(self, key: str, value: Any) -> None:
        """Read a value for its errors."""
        ranges: Sequence[tuple[Ranges, Callable[[Any], Any]]] = (
            (self.numbers, int), (self.durations, parse_duration), (self.sizes, parse_size),
        )  # fmt: skip
        for table, parse in ranges:
            if key in table:
                _in_range(value, bounds=table[key], parse=parse)
        _fit_text(value)
        if key in self.texts:
            self.texts[key](value)
        if key in self.never_blank and not value.strip():
            raise ValueError("must not be blank")


def _in_range(value: Any, bounds: tuple[Any, Any], parse: Callable[[Any], Any]) -> None:
    least, most = bounds
    if not parse(least) <= parse(value) <= parse(most):
        raise ValueError(f"{excerpt(value)} is not one of {least} to {most}")


def _fit_text(value: Any) -> None:
    """No value is endless, and none holds what no file, broker or database could be called by."""
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and (len(text) > LONGEST_TEXT or "\0" in text):
            raise ValueError(f"{excerpt(text)} is too long, or holds a NUL")
