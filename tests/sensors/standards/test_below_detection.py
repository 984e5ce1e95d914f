"""What counts below the detection limit, by the clause."""

from decimal import Decimal

import pytest

from sensors.standards.below_detection import counted_below, detection_rules
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed, standards


def test_below_the_detection_limit_counts_as_half_of_it() -> None:
    """Expected: 82号 item 7; half of 0.05 is exactly 0.025, class II in a lake."""
    assert counted_below("0.00004") == Decimal("0.00002")
    assert counted_below(0.02) == Decimal("0.01")
    found = sample_class({"tp": counted_below("0.05")}, assessed(standards()[-1], "lake"))
    assert found is not None
    assert found.number == 2


@pytest.mark.parametrize(("medium", "is_sure"), [("water", True), ("air", False)])
def test_each_medium_has_its_clause_and_how_sure_it_is(medium: str, *, is_sure: bool) -> None:
    rule = {str(name): rule for name, rule in detection_rules().items()}[medium]

    assert rule.standard
    assert rule.clause
    assert rule.confirmed.startswith("unconfirmed") is not is_sure
