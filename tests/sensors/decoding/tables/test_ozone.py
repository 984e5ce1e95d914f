"""Which of two columns of ozone is the hour."""

import csv
import gzip

import pytest

from sensors.decoding.tables.ozone import is_swapped
from tests.support.paths import REAL


def _pairs(rows: list[dict[str, str]], first: str, second: str) -> list[tuple[float, float]]:
    both = [(row[first], row[second]) for row in rows]
    return [(float(a), float(b)) for a, b in both if a not in {"", "—"} and b not in {"", "—"}]


@pytest.mark.real
def test_the_platform_names_them_the_wrong_way_round() -> None:
    with gzip.open(REAL / "air-cnemc-live-2019" / "open" / "hourly.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))

    assert is_swapped(_pairs(rows, "O3", "O3_24h")) is True
    assert is_swapped(_pairs(rows, "O3_8h", "O3_8h_24h")) is True


@pytest.mark.parametrize(
    ("pairs", "swapped"),
    [
        pytest.param([(80, 90), (50, 50)], False, id="as named"),
        pytest.param([(90, 80), (50, 50)], True, id="swapped"),
        pytest.param([(50, 50)], None, id="equal"),
        pytest.param([], None, id="none"),
        pytest.param([(80, 90)] * 99 + [(91, 90)], False, id="a correction among a hundred"),
    ],
)
def test_the_current_value_is_never_above_the_maximum(
    pairs: list[tuple[float, float]], swapped: bool | None
) -> None:
    assert is_swapped(pairs) is swapped


def test_columns_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        is_swapped([(80, 90), (90, 80)])
