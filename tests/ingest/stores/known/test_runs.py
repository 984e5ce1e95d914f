"""Times as runs: whatever the times, they come back."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.stores.known.runs import parse_runs, to_runs
from sensors.calendar import EpochMs

times = st.lists(st.integers(-(2**42), 2**42).map(EpochMs), max_size=30)


@given(times)
def test_times_come_back_each_once_in_order(given_times: list[EpochMs]) -> None:
    runs = parse_runs(to_runs(given_times))

    assert [time for run in runs for time in run.times()] == sorted(set(given_times))
    assert [run.last for run in runs] == [[*run.times()][-1] for run in runs]


def test_a_day_of_hours_is_one_run() -> None:
    assert to_runs([EpochMs(n * 3_600_000) for n in range(24)]) == "0+3600000x24"
