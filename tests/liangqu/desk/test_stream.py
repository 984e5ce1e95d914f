import pytest

from liangqu.desk.stream import EVERY_S, pause_after


@pytest.mark.parametrize(
    ("took", "pause"),
    [
        pytest.param(0.01, EVERY_S, id="quickly filled"),
        pytest.param(EVERY_S / 9, EVERY_S, id="exactly a tenth"),
        pytest.param(1.0, 9.0, id="a thousand stations on a busy machine"),
    ],
)
def test_what_watching_costs_is_bounded(took: float, pause: float) -> None:
    assert pause_after(took) == pytest.approx(pause)
