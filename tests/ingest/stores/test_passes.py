"""Which parameters are read together: as many as memory allows, each once, in order."""

from datetime import timedelta

import pytest

from ingest.stores.passes import passes

YEARS, HOUR, MINUTE = timedelta(days=1096), timedelta(hours=1), timedelta(minutes=1)
NINE = "abcdefghi"


@pytest.mark.parametrize(
    ("span", "cycle", "sites", "expected"),
    [
        pytest.param(YEARS, HOUR, 1, ["abcdefghi"], id="nine of 26,304 hours each"),
        pytest.param(YEARS, HOUR, 10, ["abc", "def", "ghi"], id="of ten sites at a time"),
        pytest.param(YEARS, timedelta(minutes=5), 1, ["abc", "def", "ghi"], id="315,648 each"),
        pytest.param(YEARS, MINUTE, 1, [*NINE], id="more than a pass may hold: one by one"),
        pytest.param(timedelta(0), HOUR, 1, ["abcdefghi"], id="no time at all"),
        pytest.param(timedelta(days=1_000_000 / 24 / 9), HOUR, 1, ["abcdefghi"], id="exactly a million"),
    ],
)
def test_parameters_are_read_together(
    span: timedelta, cycle: timedelta, sites: int, expected: list[str]
) -> None:
    assert ["".join(one) for one in passes([*NINE], span, cycle, sites)] == expected


def test_of_no_parameters_there_is_no_pass() -> None:
    assert passes([], YEARS, HOUR) == []
