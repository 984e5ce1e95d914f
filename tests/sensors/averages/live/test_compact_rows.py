"""Rows of days and months kept as numbers: to a reader they are the dict of objects that they stand for."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensors.averages.exact_sum import Exact, simplify
from sensors.averages.live.compact_rows import DAY_CELLS, MONTH_CELLS, CompactRows
from sensors.averages.live.state import DayMean, MonthMean, to_text
from sensors.calendar import DayNumber, MonthNumber, numbers_from

WORD, HALF = 2**63, 2**31
DAYS = numbers_from(DayNumber(20_600), DayNumber(20_640))
day = st.sampled_from(DAYS)
count = st.integers(0, 1440) | st.sampled_from([HALF - 1, HALF, WORD])
edges = st.sampled_from([WORD - 1, WORD, -WORD, -WORD - 1, 10**40])
exact: st.SearchStrategy[Exact] = st.builds(
    lambda numerator, denominator: simplify(Fraction(numerator, denominator)),
    st.integers(-(10**11), 10**11) | edges,
    st.integers(1, 60) | st.sampled_from([1, HALF - 1, HALF, 10**40]),
)
days = st.lists(st.builds(DayMean, day, count, exact) | day, max_size=60)


@given(days)
@example([DayMean(DAYS[0], 1, WORD), DayMean(DAYS[0], 1, 5)])  # no longer too large for its room
@example([DayMean(DAYS[0], 1, 5), DAYS[1]])
def test_they_are_the_dict_of_what_was_put(steps: list[DayMean | DayNumber]) -> None:
    """Put in any order, replaced, dropped up to a day; sums of any size, whole or not."""
    rows, oracle = CompactRows[DayNumber, DayMean](DayMean, DAY_CELLS), dict[DayNumber, DayMean]()
    for step in steps:
        if isinstance(step, DayMean):
            rows.put(step)
            oracle[step.day] = step
        else:
            rows.drop_before(step)
            oracle = {number: row for number, row in oracle.items() if number >= step}

        assert list(rows.items()) == sorted(oracle.items())
        assert [rows.get(number) for number in DAYS] == [oracle.get(number) for number in DAYS]
        assert all(to_text(row.total) == to_text(oracle[number].total) for number, row in rows.items())


@given(days, day, day)
def test_a_span_holds_its_first_day_and_not_its_last(
    steps: list[DayMean | DayNumber], first: DayNumber, stop: DayNumber
) -> None:
    rows = CompactRows[DayNumber, DayMean](DayMean, DAY_CELLS)
    rows.put_all(step for step in steps if isinstance(step, DayMean))

    assert rows.between(first, stop) == [row for number, row in rows.items() if first <= number < stop]


def test_a_day_without_a_row_is_missing() -> None:
    rows = CompactRows[DayNumber, DayMean](DayMean, DAY_CELLS)
    rows.put(DayMean(DayNumber(7), 0, 0))

    assert rows.get(DayNumber(7)) == DayMean(DayNumber(7), 0, 0)
    assert [rows.get(number) for number in (DayNumber(6), DayNumber(8))] == [None, None]
    with pytest.raises(KeyError):
        rows[DayNumber(8)]


@pytest.mark.parametrize("expected", [31, HALF], ids=["packed", "as it is"])
def test_a_month_says_whether_it_is_valid_as_it_did(expected: int) -> None:
    rows = CompactRows[MonthNumber, MonthMean](MonthMean, MONTH_CELLS)
    for valid in (False, True):
        row = MonthMean(MonthNumber(680), 27, Fraction(1, 3), expected, valid)
        rows.put(row)

        assert rows[row.month] == row
        assert rows[row.month].valid is valid
