"""Frames that are kept as bare columns come back as they were."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sensors.averages.bulk.packed_tables import PackedTables
from sensors.averages.bulk.tables import frame
from sensors.calendar import to_ms
from sensors.standards.statistics import DAY, MONTH

START = to_ms(datetime(2024, 2, 1, tzinfo=UTC))
ROWS = st.lists(
    st.tuples(
        st.floats(allow_infinity=False), st.integers(0, 24), st.integers(0, 744), st.booleans(), st.booleans()
    ),
    max_size=40,
)


@given(ROWS)
def test_a_frame_comes_back_to_the_last_bit(rows: list[tuple[float, int, int, bool, bool]]) -> None:
    value = np.array([row[0] for row in rows], dtype=np.float64)
    n, expected = (np.array([row[at] for row in rows], dtype=np.int64) for at in (1, 2))
    valid, closed = (np.array([row[at] for row in rows], dtype=np.bool_) for at in (3, 4))
    start = START + 3_600_000 * np.arange(len(rows), dtype=np.int64)
    table = frame(start, start, start + 86_400_000, value, n, expected, valid, closed)

    packed = PackedTables({DAY: table})

    pd.testing.assert_frame_equal(packed[DAY], table, check_exact=True)
    assert packed[DAY]["value"].to_numpy().tobytes() == table["value"].to_numpy().tobytes()


def test_a_frame_with_columns_of_its_own_is_kept_as_it_is() -> None:
    start = np.array([START])
    one = np.array([1])
    table = frame(start, start, start + 1, np.array([2.5]), one, 1, one > 0, one > 0).assign(points=3)
    packed = PackedTables({})

    packed[MONTH] = table

    assert packed[MONTH] is table
    assert [*packed] == [MONTH]
    assert table["start"].iloc[0] - pd.Timestamp(datetime(2024, 2, 1, tzinfo=UTC)) == timedelta(0)
