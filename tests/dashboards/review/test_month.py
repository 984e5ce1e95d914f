"""A site's month out of a store: its grid, what counts, what was said, and whom it is held against."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from dashboards.reports.month import Month
from dashboards.review.curves import MaintenanceSpan
from dashboards.review.hints.registry import hints_of
from dashboards.review.month import AROUND, ReviewSources, read_month
from dashboards.review.neighbours import neighbours_of
from ingest.stores.base import Store
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue, Site
from sensors.marks import Mark
from sensors.model import Point
from tests.support.review_months import a_site, made_month

HOUR = timedelta(hours=1)
MONTH = Month.parse("2026-10")
LATER = datetime(2027, 1, 1, tzinfo=UTC)
FIRST = MONTH.start - AROUND
TABLES = made_month(8, hours=840)
PLANTED = slice(300, 306)


def catalogue() -> Catalogue:
    """Six stations in a zone, an hour apart from each other nowhere."""
    sites = {name: replace(a_site(name), zone="competition") for name in TABLES["pm25"]}
    return replace(loader.load(), sites=sites)


def point(site: str, parameter: str, at: datetime, value: float, **fields: str) -> Point:
    """A reading as the store keeps it."""
    said: dict[str, float | str] = {"value": value, "flag": "N", "failed": "", "validity": "valid"}
    return Point("air", {"site": site, "parameter": parameter, "kind": "rtd"}, {**said, **fields}, at)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Five weeks of six stations, one planted stretch, two flagged hours, every fifth minute of one hour."""
    made = SqliteStore(tmp_path_factory.mktemp("review") / "liangqu.db")
    made.prepare()
    values = {parameter: dict(table) for parameter, table in TABLES.items()}
    values["pm25"]["s0"] = values["pm25"]["s0"].copy()
    values["pm25"]["s0"][PLANTED] = values["pm10"]["s0"][PLANTED] * 1.3
    lines = [
        point(site, parameter, FIRST + at * HOUR, float(value))
        for parameter, table in values.items()
        for site, column in table.items()
        for at, value in enumerate(column)
    ]
    lines += [point("s0", "pm10", FIRST + (500 + at) * HOUR, 9.0, flag="M", validity="invalid", failed="flag")
              for at in range(2)]  # fmt: skip
    lines += [point("s1", "pm10", FIRST + 400 * HOUR + timedelta(minutes=5 * at), at) for at in range(1, 3)]
    made.write(lines)
    return made


def a_mark(what: str, first: int, stop: int, parameter: str = "pm25") -> Mark:
    start, end = FIRST + first * HOUR, FIRST + stop * HOUR
    return Mark("s0", parameter, start, end, what, "why", "who", LATER)  # type: ignore[arg-type]


def test_the_grid_is_the_month_and_two_days_around_it(store: Store) -> None:
    grid = read_month(ReviewSources(store, catalogue()), "s0", MONTH, LATER).grid

    assert (grid.step, grid.first, grid.stop) == (HOUR, 48, 48 + 31 * 24)
    assert grid.time(grid.first) == MONTH.start
    assert grid.size == 48 + 31 * 24 + 48


def test_of_an_open_month_the_grid_ends_now(store: Store) -> None:
    now = MONTH.start + 10 * HOUR

    grid = read_month(ReviewSources(store, catalogue()), "s0", MONTH, now).grid

    assert (grid.size, grid.stop) == (58, 58)


def test_values_are_those_that_were_sent_and_a_quicker_series_its_hours_means(store: Store) -> None:
    month = read_month(ReviewSources(store, catalogue()), "s0", MONTH, LATER)

    assert month.curves["pm25"].counting[100] == TABLES["pm25"]["s0"][100]
    (s1,) = (one for one in month.neighbours if one.site.id == "s1")
    of_hour = (TABLES["pm10"]["s1"][400] + 1 + 2) / 3
    assert s1.curves["pm10"][400] == pytest.approx(of_hour, abs=1e-6)
    assert {one.site.id for one in month.neighbours} == {"s1", "s2", "s3", "s4", "s5"}


def test_what_is_flagged_or_marked_does_not_count_and_is_said(store: Store) -> None:
    sources = ReviewSources(store, catalogue(), [a_mark("invalid", 600, 603)])

    month = read_month(sources, "s0", MONTH, LATER)

    dust = month.curves["pm10"]
    assert np.isnan(dust.counting[500:502]).all()
    assert (dust.sent[500:502] == 9).all()
    assert dust.remarks == {500: ("flag",), 501: ("flag",)}
    fine = month.curves["pm25"]
    assert np.isnan(fine.counting[600:603]).all()
    assert fine.sent[600] == TABLES["pm25"]["s0"][600]
    assert fine.remarks == {600: ("invalid",), 601: ("invalid",), 602: ("invalid",)}


def test_maintenance_is_said_by_marks_and_by_flags_where_no_mark_does(store: Store) -> None:
    flagged = read_month(ReviewSources(store, catalogue()), "s0", MONTH, LATER)
    marked = read_month(
        ReviewSources(store, catalogue(), [a_mark("maintenance", 498, 503, "all")]), "s0", MONTH, LATER
    )

    assert flagged.maintenance == (MaintenanceSpan("pm10", FIRST + 500 * HOUR, FIRST + 502 * HOUR, "flag"),)
    assert marked.maintenance == (MaintenanceSpan("all", FIRST + 498 * HOUR, FIRST + 503 * HOUR, "mark"),)


def test_a_hint_names_the_stamps_that_a_mark_would_take_out(store: Store) -> None:
    hints = hints_of(read_month(ReviewSources(store, catalogue()), "s0", MONTH, LATER))

    (found,) = (one for one in hints if one.kind == "part_above_whole")
    assert (found.start, found.end) == (FIRST + 300 * HOUR, FIRST + 306 * HOUR)
    mark = a_mark("invalid", 300, 306)
    again = hints_of(read_month(ReviewSources(store, catalogue(), [mark]), "s0", MONTH, LATER))
    assert "part_above_whole" not in {one.kind for one in again}


def test_what_lies_outside_the_month_is_no_hint_of_it(store: Store) -> None:
    before = read_month(ReviewSources(store, catalogue()), "s0", Month.parse("2026-09"), LATER)

    assert "part_above_whole" not in {one.kind for one in hints_of(before)}


def of_kind(store: SqliteStore, site: str, kind: str, step: timedelta, n: int) -> None:
    """A year's end of values 0, 1, … by one kind, from the first stamp of the grid on."""
    medium, parameter = ("water", "codmn") if site == "w" else ("air", "no2")
    said = {"flag": "N", "failed": "", "validity": "valid"}
    tags = {"site": site, "parameter": parameter, "kind": kind}
    store.write([Point(medium, tags, {"value": float(at), **said}, FIRST + at * step) for at in range(n)])


@pytest.mark.parametrize(
    ("site", "kind", "cycle", "first_stamp", "first_value", "size"),
    [
        pytest.param("h", "hour", HOUR, FIRST + HOUR, 1.0, 35 * 24, id="hours that name their end"),
        pytest.param("m", "min", HOUR / 4, FIRST + HOUR / 4, 2.5, 35 * 24, id="quarters that name their end"),
        pytest.param("r", "rtd", HOUR, FIRST, 0.0, 35 * 24, id="moments"),
        pytest.param("w", "rtd", 4 * HOUR, FIRST, 0.0, 35 * 6, id="a section every four hours"),
    ],
)
def test_a_step_holds_the_stamps_that_belong_to_it(
    tmp_path: Path,
    site: str,
    kind: str,
    cycle: timedelta,
    first_stamp: datetime,
    first_value: float,
    size: int,
) -> None:
    made = SqliteStore(tmp_path / "liangqu.db")
    made.prepare()
    of_kind(made, site, kind, cycle, 50)
    sites = {site: a_site(site, "water" if site == "w" else "air", cycle)}

    month = read_month(ReviewSources(made, replace(loader.load(), sites=sites)), site, MONTH, LATER)

    (curve,) = month.curves.values()
    assert (month.grid.start, month.grid.size) == (first_stamp, size)
    assert curve.counting[0] == first_value  # of quarters the mean of those from 00:15 to 01:00


def placed(id_: str, lon: float | None = None, zone: str | None = None) -> Site:
    return replace(a_site(id_), lon=lon, lat=None if lon is None else 40.0, zone=zone)


@pytest.mark.parametrize(
    ("sites", "found"),
    [
        pytest.param(
            [placed("b", 115.3), placed("c", 115.1)], [("c", 8.5), ("b", 25.6)], id="the nearest first"
        ),
        pytest.param([placed("b", 117.0)], [], id="too far"),
        pytest.param([placed("b", 117.0, "city")], [("b", 170.3)], id="far, in the same zone"),
        pytest.param([placed("b", None, "city"), placed("c")], [("b", None)], id="no coordinates, same zone"),
    ],
)
def test_neighbours_are_near_or_of_the_same_zone(
    sites: list[Site], found: list[tuple[str, float | None]]
) -> None:
    """Distances along 40 N: cos 40 times 111.19 km a degree."""
    own = placed("a", 115.0, "city")
    known = replace(loader.load(), sites={site.id: site for site in (own, *sites)})

    near = neighbours_of(own, known)

    assert [site.id for site, _ in near] == [name for name, _ in found]
    for (_, distance), (_, expected) in zip(near, found, strict=True):
        assert distance == (None if expected is None else pytest.approx(expected, abs=0.1))


def test_sites_of_which_nobody_knows_the_place_are_each_other_s_neighbours() -> None:
    known = replace(loader.load(), sites={name: placed(name) for name in "abc"})

    assert [site.id for site, _ in neighbours_of(known.sites["a"], known)] == ["b", "c"]
