"""Instants, hours, days and months are never mixed: mypy refuses it; one module converts, few others do."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.paths import ROOT
from tests.test_architecture import ROOMS, modules

PRELUDE = """\
from datetime import timedelta
from sensors.averages.live.state import DayMean, HourSum, MonthMean
from sensors.calendar import *

ms: EpochMs
hour: HourNumber
day: DayNumber
month: MonthNumber
number: int
"""
REFUSED = [
    "from_ms(hour)",
    "from_ms(number)",
    "hour_of(day)",
    "day_of(hour)",
    "hour_start(day)",
    "day_of_hour(day)",
    "first_hour(month)",
    "calendar_day(hour)",
    "day_start(ms)",
    "month_of(month)",
    "first_day(day)",
    "month_start(day)",
    "year_of(number)",
    "numbers_from(day, number)",
    "HourSum(day, 1, 1)",
    "DayMean(month, 1, 1)",
    "MonthMean(hour, 1, 1, 1, True)",
    "day_start(hour // 24)",
    "day_start(day + hour)",
    "day_start(day - day)",
]
ACCEPTED = [
    "day_start(day + 1)",
    "from_ms(ms - HOUR_MS)",
    "month_start(month_of(day) + MONTHS_A_YEAR)",
    "[first_hour(one) for one in numbers_from(day, day + 7)]",
    "hour_start(max(hour, hour - 1))",
    "timedelta(days=day - day)",
]

DIVISORS = {"HOUR_MS", "DAY_MS", "HOURS_A_DAY", "MONTHS_A_YEAR", "3600000", "86400000", "24", "12"}
DIVIDING = {
    "sensors/calendar.py": "the library",
    "ingest/recompute/wider_zones/stored.py": "whole columns of instants",
    "ingest/stores/influxdb/ahead_writer.py": "days of UTC, of which the database makes its files",
    "dashboards/review/curves.py": "hours of the clock of a whole grid, with their fractions",
    "sensors/averages/bulk/tables.py": "whole columns of instants and hours",
    "sensors/averages/bulk/frames.py": "the hour of the day, of a whole column",
    "sensors/averages/bulk/months.py": "whole columns of months",
    "sensors/averages/live/series.py": "on the way of each reading, where a call would be felt",
    "sensors/simulated/weather.py": "its hours are fractions, and its weather has no calendar",
}
"""Modules that turn one kind into another, each with the reason."""


@pytest.fixture(scope="module")
def refused_lines(tmp_path_factory: pytest.TempPathFactory) -> set[int]:
    """The lines of all cases, one below the other, that mypy refuses, counted from 0."""
    file = tmp_path_factory.mktemp("cases") / "cases.py"
    file.write_text(PRELUDE + "\n".join([*REFUSED, *ACCEPTED]) + "\n", encoding="utf-8")
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--explicit-package-bases",
            "--cache-dir",
            os.devnull,
            file,
        ],
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(rf"{file.name}:(\d+): error: .*\[(?:arg-type|type-var)\]", checked.stdout)
    assert f"Found {len(found)} errors" in checked.stdout, checked.stdout  # and none of another sort
    return {int(line) - PRELUDE.count("\n") - 1 for line in found}


@pytest.mark.parametrize("case", REFUSED)
def test_one_kind_of_number_is_refused_for_another(case: str, refused_lines: set[int]) -> None:
    assert REFUSED.index(case) in refused_lines


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_step_keeps_the_kind(case: str, refused_lines: set[int]) -> None:
    assert len(REFUSED) + ACCEPTED.index(case) not in refused_lines


def dividing(text: str) -> Iterator[str]:
    """The divisions by what an hour, day or year holds, and the offset of Asia/Shanghai."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv | ast.Mod):
            if ast.unparse(node.right) in DIVISORS and not ast.unparse(node.left).isupper():
                yield ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id == "OFFSET_MS":
            yield node.id


def test_only_the_calendar_turns_one_number_into_another() -> None:
    found = {name: [*dividing(text)] for room in ROOMS for name, text in modules(room)}

    assert {name: what for name, what in found.items() if what and name not in DIVIDING} == {}
    assert [name for name in DIVIDING if not found[name]] == []


@pytest.mark.parametrize(
    "text",
    ["hour // HOURS_A_DAY", "ms // 3_600_000", "month % 12", "self.day % 24", "a = day * DAY_MS - OFFSET_MS"],
)
def test_a_conversion_elsewhere_is_seen(text: str) -> None:
    assert [*dividing(text)] != []


@pytest.mark.parametrize("text", ["HOUR_MS // cycle", "LIVE_HOURS // HOURS_A_DAY", "2 * HOUR_MS", "n % 7"])
def test_spans_are_no_conversions(text: str) -> None:
    assert [*dividing(text)] == []
