import pytest

from liangqu.desk.access.user import Role, User
from liangqu.desk.pages.reports import PAGES
from liangqu.desk.stream import EVERY_S, _anybody, pause_after


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


@pytest.mark.parametrize(
    ("role", "is_shown"), [("look", False), ("duty", False), ("review", True), ("admin", True)]
)
def test_a_part_is_shared_by_those_who_may_the_same(role: Role, is_shown: bool) -> None:
    shared = _anybody(User("li", "李芳", frozenset({role})), PAGES[0])
    assert (shared.name, shared.has(PAGES[0].change)) == ("", is_shown)
