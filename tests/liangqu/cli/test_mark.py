"""Marks while the service runs: a maintenance window freezes, and what is stored stays as it came."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.marks import submit
from sensors.marks import Mark, What
from tests.ingest.test_pipeline import NOW, SteppedPipeline


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[SteppedPipeline]:
    with closing(SteppedPipeline(tmp_path)) as built:
        built.settle()
        yield built


def mark(harness: SteppedPipeline, what: What, first: int, past: int, parameter: str = "all") -> None:
    """Leave a mark from `first` to `past` hours ago."""
    start, end = (NOW - timedelta(hours=h) for h in (first, past))
    with harness.journal.transaction() as connection:
        submit(connection, Mark("wujinku", parameter, start, end, what, "校准", "李", NOW), NOW)


def counted(harness: SteppedPipeline) -> set[int]:
    """How many hours ago the readings were that a valid 1 h mean was made of."""
    harness.settle()
    frame = harness.store.statistics(
        "wujinku", "pm25", "1h", NOW - timedelta(days=2), NOW + timedelta(hours=1)
    )
    stamps = frame.index[frame["valid"] & (frame["n"] > 0)]
    return {round((NOW - stamp.to_pydatetime()) / timedelta(hours=1)) for stamp in stamps}


@pytest.mark.parametrize("what", ["maintenance", "invalid"])
def test_readings_of_the_window_are_stored_as_they_came_and_count_nowhere(
    what: What, harness: SteppedPipeline
) -> None:
    mark(harness, what, 4, 2)

    harness.receive((5, 20), (4, 900), (3, 900), (2, 20), (1, 21))

    assert counted(harness) == {5, 2, 1}
    assert [(value, validity) for value, _, validity in harness.stored()][1:3] == [
        (900, "valid"),
        (900, "valid"),
    ]


@pytest.mark.parametrize(
    ("what", "parameter"),
    [
        pytest.param("exceptional", "all", id="exceptional readings count"),
        pytest.param("maintenance", "pm10", id="another parameter's mark does not matter"),
    ],
)
def test_other_marks_take_nothing_out(what: What, parameter: str, harness: SteppedPipeline) -> None:
    mark(harness, what, 4, 2, parameter)

    harness.receive((5, 20), (4, 22), (3, 23), (2, 20))

    assert counted(harness) == {5, 4, 3, 2}


def test_a_mark_survives_a_restart(harness: SteppedPipeline) -> None:
    mark(harness, "maintenance", 4, 2)
    harness.close()
    harness.open()

    harness.receive((3, 900), (1, 20))

    assert counted(harness) == {1}
