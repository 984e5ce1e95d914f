"""Reading the numbers of the law: TOML rows, exact decimals, chosen by the observation's date."""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Protocol, TypeVar

import msgspec


class NoStandard(LookupError):  # noqa: N818 - named for what the reader is told
    """No version of a standard was in force on the observation's date."""


class Dated(Protocol):
    """A version of a standard; both dates are days it was in force, `valid_to` None while it still is."""

    @property
    def standard(self) -> str:
        """Its number, as in `GB 3095-2026`."""
        ...

    @property
    def valid_from(self) -> date:
        """The first day."""
        ...

    @property
    def valid_to(self) -> date | None:
        """The last day."""
        ...


Row = TypeVar("Row")
Version = TypeVar("Version", bound=Dated)


def read(name: str, table: str, row: type[Row]) -> tuple[Row, ...]:
    """The rows `[[table]]` of a TOML file of this package, numbers as exact decimals.

    Raises:
        msgspec.ValidationError: A row has an unknown key, lacks one, or holds another type.
    """
    text = (files("sensors") / name).read_text(encoding="utf-8")
    content = tomllib.loads(text, parse_float=Decimal)
    return tuple(msgspec.convert(content[table], list[row]))  # type: ignore[valid-type]


def in_force(versions: Sequence[Version], day: date) -> Version:
    """The version in force on `day`, a date in Asia/Shanghai; first and last day are both within.

    Raises:
        NoStandard: `day` lies before the first version, in a gap, or after the last.
    """
    for version in versions:
        if version.valid_from <= day and (version.valid_to is None or day <= version.valid_to):
            return version
    known = "; ".join(f"{v.standard} {v.valid_from} to {v.valid_to or 'today'}" for v in versions)
    raise NoStandard(f"no standard in force on {day}: known are {known}")
