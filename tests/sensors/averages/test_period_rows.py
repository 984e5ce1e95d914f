"""Packed rows are the frame they stand for."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sensors.averages.bulk.period_rows import PERIOD, period_rows, to_frame
from sensors.averages.bulk.tables import frame
from sensors.calendar import to_ms

START = to_ms(datetime(2024, 2, 1, tzinfo=UTC))
ROWS = st.lists(
    st.tuples(
        st.floats(allow_infinity=False), st.integers(0, 24), st.integers(0, 744), st.booleans(), st.booleans()
    ),
    max_size=40,
)


@given(ROWS)
def test_rows_are_the_frame_they_stand_for_to_the_last_bit(
    cells: list[tuple[float, int, int, bool, bool]],
) -> None:
    value = np.array([row[0] for row in cells], dtype=np.float64)
    n, expected = (np.array([row[at] for row in cells], dtype=np.int64) for at in (1, 2))
    valid, closed = (np.array([row[at] for row in cells], dtype=np.bool_) for at in (3, 4))
    start = START + 3_600_000 * np.arange(len(cells), dtype=np.int64)
    table = frame(start, start, start + 86_400_000, value, n, expected, valid, closed)

    rows = period_rows(start, start, start + 86_400_000, value, n, expected, valid, closed)

    assert rows.dtype == PERIOD
    pd.testing.assert_frame_equal(to_frame(rows), table, check_exact=True)
    assert to_frame(rows)["value"].to_numpy().tobytes() == table["value"].to_numpy().tobytes()


def test_rows_to_keep_are_those_and_one_number_stands_for_all_that_were_expected() -> None:
    start = START + np.arange(3)
    one = np.ones(3, dtype=np.int64)
    keep = np.array([True, False, True])

    rows = period_rows(
        start, start, start + 1, np.array([2.5, 1.0, 7.0]), one, 24, one > 0, one > 0, keep=keep
    )

    assert rows.tolist() == [
        (START, START, START + 1, 2.5, 1, 24, True, True),
        (START + 2, START + 2, START + 3, 7.0, 1, 24, True, True),
    ]
