"""Choosing among dated versions; reading the law's files strictly and exactly."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from msgspec import Struct

from sensors.standards.versions import Dated, NoStandard, in_force, parse_file, parse_rows


def _version(standard: str, start: date, end: date | None = None) -> Dated:
    return Dated(standard=standard, clause="", valid_from=start, valid_to=end, confirmed="")


VERSIONS = [
    _version("old", date(2000, 1, 1), date(2009, 12, 31)),
    _version("new", date(2011, 1, 1)),
]


@pytest.mark.parametrize(
    ("day", "standard"),
    [
        pytest.param(date(2000, 1, 1), "old", id="the first day"),
        pytest.param(date(2009, 12, 31), "old", id="the last day"),
        pytest.param(date(2011, 1, 1), "new", id="the next one's first day"),
        pytest.param(date(9999, 12, 31), "new", id="no end"),
    ],
)
def test_both_ends_are_in_force(day: date, standard: str) -> None:
    assert in_force(VERSIONS, day).standard == standard


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(date(1999, 12, 31), id="before the first"),
        pytest.param(date(2010, 6, 1), id="in a gap"),
    ],
)
def test_no_version_in_force_is_an_error_that_lists_them(day: date) -> None:
    known = f"no standard in force on {day}: known are old from 2000-01-01 to 2009-12-31, new from 2011-01-01"
    with pytest.raises(NoStandard, match=known):
        in_force(VERSIONS, day)


def test_after_the_last_is_an_error_too() -> None:
    with pytest.raises(NoStandard):
        in_force(VERSIONS[:1], date(2010, 1, 1))


class _OneLimit(Struct, forbid_unknown_fields=True):
    item: str


class _Loose(Struct):
    item: str
    limits: list[Decimal | int]


class _Version(Struct):
    items: list[_Loose]


def test_fractions_are_read_as_written() -> None:
    """0.00005 as a float would be 0.000050000000000000002."""
    (version,) = parse_rows("water_limits.toml", "version", _Version)
    mercury = next(row for row in version.items if row.item == "hg")
    assert mercury.limits[:3] == [Decimal("0.00005"), Decimal("0.00005"), Decimal("0.0001")]
    assert [str(limit) for limit in mercury.limits[:3]] == ["0.00005", "0.00005", "0.0001"]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        parse_rows("water_limits.toml", "version", _OneLimit)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        parse_file("water_limits.toml", _OneLimit)
