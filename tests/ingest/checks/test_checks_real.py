"""One Beijing station, four years in full: judged one by one, and at once by pandas, with the same result."""

from datetime import timedelta

import pandas as pd
import pytest

from ingest.checks import CheckState, check_newest
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Name, Reading
from tests.support.frames import times_of
from tests.support.paths import REAL
from tests.support.scale import scaled

pytestmark = pytest.mark.real

HOUR = timedelta(hours=1)
NEAR = pd.Timedelta(hours=2)


@pytest.fixture(scope="module", params=["PM2.5", "O3", "TEMP"])
def series(request: pytest.FixtureRequest) -> pd.Series:
    (file,) = (REAL / "air-beijing-prsa").glob("*_Dingling_*.csv.gz")
    frame = pd.read_csv(file)
    times = pd.to_datetime(frame[["year", "month", "day", "hour"]]).dt.tz_localize("UTC")
    return (
        pd.Series(frame[request.param].to_numpy(), index=pd.DatetimeIndex(times))
        .dropna()
        .iloc[: scaled(35_064)]
    )


def streamed(series: pd.Series, checks: Thresholds) -> pd.DataFrame:
    """Which check each reading failed in the end: one column a check."""
    parameter = Parameter("pm25", "air", (), Name("细", "fine"), "µg/m3", 1, -1e6, 1e6, checks, "test")
    state, failed = CheckState(), {}
    for time, value in zip(times_of(series), series.tolist(), strict=True):
        reading = Reading("s", "pm25", "rtd", time, value, "N", time)
        for said in check_newest(reading, parameter, HOUR, state):
            if said is not None:
                failed[said.reading.time] = said.failed
                assert said.reading.value == (value if said.reading is reading else series[said.reading.time])
    rows = [{name: name in failed[time] for name in ("step", "flat", "spike")} for time in series.index]
    return pd.DataFrame(rows, index=series.index)


@pytest.mark.parametrize("limit", [2.0, 4.0])
def test_steps_are_those_of_a_difference(series: pd.Series, limit: float) -> None:
    near = series.index.to_series().diff() <= NEAR
    at_once = near & (series.diff().abs().round(6) > limit)

    found = streamed(series, Thresholds("test", step=limit))["step"]

    assert at_once.sum() > 0
    assert found.equals(at_once)


@pytest.mark.parametrize("hours", [2, 3])
def test_flat_lines_are_those_of_equal_runs(series: pd.Series, hours: int) -> None:
    times = series.index.to_series()
    run = ((series != series.shift()) | ~(times.diff() <= NEAR)).cumsum()
    lasted = times - times.groupby(run).transform("min")
    at_once = (lasted >= pd.Timedelta(hours=hours)) & (run.groupby(run).cumcount() >= 2)

    found = streamed(series, Thresholds("test", flat_hours=hours))["flat"]

    assert at_once.sum() > 0
    assert found.equals(at_once)


def test_spikes_are_those_of_the_mean_of_neighbours_away_from_steps(series: pd.Series) -> None:
    before, after, times = series.shift(), series.shift(-1), series.index.to_series()
    near = (times.diff() <= NEAR) & (-times.diff(-1) <= NEAR)
    agree = (before - after).abs() < pd.concat([series - before, series - after], axis=1).abs().min(axis=1)
    at_once = near & agree & ((series - (before + after) / 2).abs().round(6) > 5)

    found = streamed(series, Thresholds("test", spike=5.0))["spike"]

    beside_another = (found | at_once).rolling(5, center=True, min_periods=1).sum() > 1
    assert at_once[~beside_another].sum() > 0
    assert found[~beside_another].equals(at_once[~beside_another])
