"""A report is a function of the readings as they stand and of the marks, whatever the store says beside them.

The other way is the slow one: whole readings, written once and in order into a store without any statistics.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboards.reports import export
from dashboards.reports.content.report import MonthlyReport
from ingest.stores.frames import values_of
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.marks import Mark, What
from sensors.model import Checked, Kind, Point, Reading, Validity
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled
from tests.support.scale import scaled

if TYPE_CHECKING:
    from pandas import DataFrame

SITE = "tiantan"
PARAMETERS = ("pm25", "o3")
FIRST = datetime(2016, 11, 29, tzinfo=SHANGHAI)
HOURS = 24 * 6
HOUR = timedelta(hours=1)
MADE = datetime(2017, 1, 5, tzinfo=UTC)


class Said(NamedTuple):
    """A reading as it ends up: its hour, its value in tenths, whether it counts, what was sent."""

    parameter: str
    hour: int
    tenths: int
    validity: Validity
    sent: str

    def point(self, tenths: int | None = None) -> Point:
        """The reading, or as it came at first."""
        time = FIRST + self.hour * HOUR
        value = (self.tenths if tenths is None else tenths) / 10
        one = Reading(SITE, self.parameter, "rtd", time, value, "N", time, self.sent)
        return reading_point("air", Checked(one, (), self.validity))


IN_THE_MONTH = Said("pm25", 60, 312, "valid", "")
"""So that there is a report."""


class Whole(SqliteStore):
    """Reads whole readings where values would do."""

    def values_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        for parameter, readings in self.readings_by_parameter(site, parameters, start, end, kind):
            yield parameter, values_of(readings)


OTHERS = st.lists(
    st.builds(
        Said,
        st.sampled_from(PARAMETERS),
        st.integers(0, HOURS - 1),
        st.integers(0, 3000),
        st.sampled_from(("valid", "valid", "valid", "suspect", "invalid")),
        st.sampled_from(("", "", "", "<2")),
    ),
    unique_by=lambda one: (one.parameter, one.hour),
    min_size=1,
    max_size=2 * HOURS,
)
READINGS = OTHERS.map(lambda others: [*(one for one in others if one[:2] != IN_THE_MONTH[:2]), IN_THE_MONTH])
MARKS = st.lists(
    st.tuples(
        st.sampled_from((*PARAMETERS, "all")),
        st.integers(0, HOURS),
        st.integers(1, 60),
        st.sampled_from(("invalid", "maintenance", "exceptional")),
    ),
    max_size=3,
)


def marks(drawn: list[tuple[str, int, int, What]]) -> list[Mark]:
    return [
        Mark(SITE, of, FIRST + start * HOUR, FIRST + (start + hours) * HOUR, what, "a reason", "王", MADE)
        for of, start, hours, what in drawn
    ]


def stale_statistics() -> list[Point]:
    """Days as a recompute that has not run yet leaves them: of other values."""
    return [
        Point(
            "statistic",
            {"site": SITE, "parameter": parameter, "statistic": "day"},
            {"value": 999.0, "n": 24.0, "expected": 24.0, "valid": True, "closed": True},
            FIRST + timedelta(days=day),
        )
        for parameter in PARAMETERS
        for day in range(6)
    ]


def told(report: MonthlyReport) -> tuple[str, str, list[object]]:
    return export.means_csv(report), report.collected.digest, [*report.quality, *report.exceedances]


@settings(max_examples=scaled(50), deadline=None)
@given(READINGS, MARKS, st.randoms(use_true_random=False))
def test_late_revised_and_marked_readings_give_what_whole_readings_in_order_give(
    beijing_catalogue: Catalogue,
    readings: list[Said],
    drawn: list[tuple[str, int, int, What]],
    chance: Random,
) -> None:
    late = readings.copy()
    chance.shuffle(late)
    revised = [one for one in late if chance.random() < 0.3]
    with TemporaryDirectory() as name:
        with (
            closing(SqliteStore(Path(name) / "live.db")) as live,
            closing(Whole(Path(name) / "whole.db")) as whole,
        ):
            live.prepare()
            live.write([*stale_statistics(), *(one.point(one.tenths + 7) for one in revised)])
            for one in late:
                live.write([one.point()])
            whole.prepare()
            whole.write([one.point() for one in sorted(readings, key=lambda one: one.hour)])

            reports = [compiled(store, beijing_catalogue, "2016-12", marks(drawn)) for store in (live, whole)]

    assert told(reports[0]) == told(reports[1])
