"""Reads legal limits from TOML: exact decimals, with the version chosen by the observation's date."""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, TypeVar

import msgspec
from msgspec import Struct


class NoStandard(LookupError):  # noqa: N818 - named for what the reader is told
    """No version of a standard was in force on the observation's date."""


class Dated(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A version of a standard: first and last day in force (None while it still is), and how sure we are."""

    standard: str
    clause: str
    valid_from: date
    valid_to: date | None = None
    confirmed: str


File = TypeVar("File")
Row = TypeVar("Row")
Version = TypeVar("Version", bound=Dated)


def parse_file(name: str, file: type[File]) -> File:
    """A TOML file of this package as the struct `file`, its fractions as exact decimals.

    Raises:
        msgspec.ValidationError: It has an unknown key, lacks one, or holds another type.
    """
    return msgspec.convert(_parsed(name), file)


def parse_rows(name: str, table: str, row: type[Row]) -> tuple[Row, ...]:
    """The rows `[[table]]` of a TOML file of this package, fractions as exact decimals.

    Raises:
        msgspec.ValidationError: A row has an unknown key, lacks one, or holds another type.
    """
    return tuple(msgspec.convert(_parsed(name)[table], list[row]))  # type: ignore[valid-type]


def _parsed(name: str) -> dict[str, Any]:
    text = (files("sensors.standards") / name).read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def in_force(versions: Sequence[Version], day: date) -> Version:
    """The version in force on `day`, a date in Asia/Shanghai; first and last day are both within.

    Raises:
        NoStandard: `day` lies before the first version, in a gap, or after the last.
    """
    for version in versions:
        if version.valid_from <= day and (version.valid_to is None or day <= version.valid_to):
            return version
    known = ", ".join(f"{v.standard} from {v.valid_from} to {v.valid_to or 'today'}" for v in versions)
    raise NoStandard(f"no standard in force on {day}: known are {known}")
