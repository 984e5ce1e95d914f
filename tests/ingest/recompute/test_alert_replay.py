"""What rules judge again, as the store has it."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.recompute.alert_replay import PlaceView
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import FieldValue, Point
from tests.support.pipeline_harness import at

BESIDE: dict[str, FieldValue | None] = {"expected": 60.0, "valid": True, "closed": True}


@pytest.mark.parametrize(
    ("value", "n", "expected"),
    [
        pytest.param(31.25, 60.0, 31.25, id="a value"),
        pytest.param(None, 0.0, None, id="it lost its last input"),
        pytest.param(None, 60.0, None, id="its value is not there yet: InfluxDB writes field by field"),
    ],
)
def test_a_statistic_without_a_value_has_none_and_no_nan(
    value: float | None, n: float, expected: float | None, tmp_path: Path
) -> None:
    """Rounding a NaN would end the service; None freezes, and the recompute that follows puts it right."""
    stamp = at("2026-11-22T08:00")
    tags = {"site": "wujinku", "parameter": "pm25", "statistic": "1h"}
    with closing(SqliteStore(tmp_path / "store.db")) as store:
        store.prepare()
        store.write([Point("statistic", tags, {"value": value, "n": n, **BESIDE}, stamp)])
        as_it_is = PlaceView("wujinku", timedelta(minutes=1), {}, store, [], [])

        (found,) = as_it_is.rolling("1h", ["pm25"], stamp, stamp + timedelta(hours=1))

    assert (found.end, found.value, found.n) == (stamp, expected, int(n))
