"""Marks while the service runs: a maintenance window freezes, and what is stored stays as it came."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.marks import submit
from sensors.marks import Mark, What
from tests.ingest.test_pipeline import NOW, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with closing(House(tmp_path)) as built:
        built.settle()
        yield built


def mark(house: House, what: What, first: int, past: int, parameter: str = "all") -> None:
    """Leave a mark from `first` to `past` hours ago."""
    start, end = (NOW - timedelta(hours=h) for h in (first, past))
    with house.journal.transaction() as connection:
        submit(connection, Mark("wujinku", parameter, start, end, what, "校准", "李", NOW), NOW)


def counted(house: House) -> set[int]:
    """How many hours ago the readings were that a valid 1 h mean was made of."""
    house.settle()
    frame = house.store.statistics("wujinku", "pm25", "1h", NOW - timedelta(days=2), NOW + timedelta(hours=1))
    stamps = frame.index[frame["valid"] & (frame["n"] > 0)]
    return {round((NOW - stamp.to_pydatetime()) / timedelta(hours=1)) for stamp in stamps}


@pytest.mark.parametrize("what", ["maintenance", "invalid"])
def test_readings_of_the_window_are_stored_as_they_came_and_count_nowhere(what: What, house: House) -> None:
    mark(house, what, 4, 2)

    house.receive((5, 20), (4, 900), (3, 900), (2, 20), (1, 21))

    assert counted(house) == {5, 2, 1}
    assert [(value, validity) for value, _, validity in house.stored()][1:3] == [
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
def test_other_marks_take_nothing_out(what: What, parameter: str, house: House) -> None:
    mark(house, what, 4, 2, parameter)

    house.receive((5, 20), (4, 22), (3, 23), (2, 20))

    assert counted(house) == {5, 4, 3, 2}


def test_a_mark_survives_a_restart(house: House) -> None:
    mark(house, "maintenance", 4, 2)
    house.close()
    house.open()

    house.receive((3, 900), (1, 20))

    assert counted(house) == {1}
