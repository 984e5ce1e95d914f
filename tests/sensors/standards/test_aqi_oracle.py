"""The individual indices against aqi-hub 0.3.3, another implementation of HJ 633-2026, over the whole range.

Its errors are the named differences: its SO2 24 h table below 800 is the 1 h table, and binary arithmetic
rounds some exact indices up by one.
"""

from decimal import Decimal
from fractions import Fraction

import pytest
from aqi_hub.aqi_cn.aqi import cal_iaqi_cn

from sensors.model import IndexSpan
from sensors.standards.aqi import Item, iaqi_of, report

RANGE = [
    ("SO2_1H", "hour", "so2", 1000),
    ("NO2_1H", "hour", "no2", 4000),
    ("CO_1H", "hour", "co", 160),
    ("O3_1H", "hour", "o3", 1300),
    ("PM25_1H", "hour", "pm25", 600),
    ("PM10_1H", "hour", "pm10", 700),
    ("SO2_24H", "day", "so2", 2800),
    ("NO2_24H", "day", "no2", 1000),
    ("CO_24H", "day", "co", 70),
    ("O3_8H", "day", "o3_8h", 900),
    ("PM25_24H", "day", "pm25", 600),
    ("PM10_24H", "day", "pm10", 700),
]
PM_CHANGED = {"PM25_24H": (35, 115), "PM10_24H": (50, 250)}  # 2012 has another step between these


def _item(rule: str, span: IndexSpan, name: str) -> Item | None:
    return next((item for item in report(rule, span).items if item.id == name), None)


def _compared(rule: str, hub: str, concentration: Decimal) -> bool:
    if hub == "SO2_24H" and concentration < 800:
        return False
    if rule == "HJ 633-2012":
        low, high = PM_CHANGED.get(hub, (0, 0))
        no_index = hub in {"SO2_1H", "O3_8H"} and concentration > 800
        return not low < concentration < high and not no_index
    return True


@pytest.mark.parametrize("rule", ["HJ 633-2012", "HJ 633-2026"])
@pytest.mark.parametrize(("hub", "span", "name", "top"), RANGE, ids=[row[0] for row in RANGE])
def test_equal_over_the_range(rule: str, hub: str, span: IndexSpan, name: str, top: int) -> None:
    item = _item(rule, span, name)
    if item is None:
        assert (rule, span, name[:2]) == ("HJ 633-2012", "hour", "pm"), "2012 has no index of PM 1 h"
        return
    steps = 10 if name == "co" else 1
    compared = 0
    for count in range(top * steps):
        concentration = Decimal(count) / steps
        if not _compared(rule, hub, concentration):
            continue
        compared += 1
        ours, theirs = iaqi_of(item, concentration), cal_iaqi_cn(hub, float(concentration))
        if ours != theirs:
            assert hub in {"CO_1H", "CO_24H"}
            assert theirs == _exactly_whole(item, concentration) + 1, "only float noise on an exact index"
            assert ours == theirs - 1
    assert compared > 400


def _exactly_whole(item: Item, concentration: Decimal) -> int:
    """The unrounded index, which must be a whole number here; from the two neighbouring steps."""
    values = (0, 50, 100, 150, 200, 300, 400, 500)
    at = next(n for n, step in enumerate(item.steps) if concentration <= step)
    slope = Fraction(values[at] - values[at - 1], item.steps[at] - item.steps[at - 1])
    exact = slope * (Fraction(concentration) - item.steps[at - 1]) + values[at - 1]
    assert exact.denominator == 1
    return int(exact)
