"""A renamed site is read as if all of it had been stored under its present id, from every kind of store."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from msgspec.structs import replace

from ingest.stores.base import Store
from ingest.stores.former_sites import with_former_sites
from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Key, Point, Reading
from sensors.store_schema import reading_point

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARAMETERS = ("pm25", "o3")
TAGS = {"parameter": "pm25", "statistic": "1h"}


def points(site: str, hours: range, value: float = 0.0) -> list[Point]:
    """Readings and an average of each hour."""
    readings = [
        reading_point("air", Checked(Reading(site, name, "rtd", at, value + n, "N", at, ""), (), "valid"))
        for n in hours
        for name in PARAMETERS
        for at in [START + n * HOUR]
    ]
    fields = {"n": 1.0, "expected": 1.0, "valid": True, "closed": True}
    averages = [
        Point("statistic", {**TAGS, "site": site}, {"value": value + n, **fields}, START + n * HOUR)
        for n in hours
    ]
    return [*readings, *averages]


@pytest.fixture
def catalogue() -> Catalogue:
    """The shipped one with one site more, which had two other ids before."""
    shipped = load()
    row = replace(shipped.sites["wujinku"], id="now", renamed_from=("first", "second"), code=None)
    return replace(shipped, sites={**shipped.sites, "now": row})


def test_what_was_stored_under_any_of_its_ids_is_read_as_its_own(
    store: Store, site: str, catalogue: Catalogue
) -> None:
    """Compared with the same points under one id; where two ids have a time, the present one counts."""
    names = {old: f"{site}-{old}" for old in ("first", "second", "now")}
    row = replace(catalogue.sites["now"], id=names["now"], renamed_from=(names["first"], names["second"]))
    joined = with_former_sites(store, replace(catalogue, sites={names["now"]: row}))
    store.write(points(names["first"], range(4)))
    store.write(points(names["second"], range(3, 7), 100.0))
    store.write(points(names["now"], range(6, 9), 200.0))
    whole = f"{site}-whole"
    for hours, value in ((range(3), 0.0), (range(3, 6), 100.0), (range(6, 9), 200.0)):
        store.write(points(whole, hours, value))
    span = START + HOUR, START + 8 * HOUR

    for one in PARAMETERS:
        expected = store.readings(whole, one, *span)
        assert [*expected.value] == [1, 2, 103, 104, 105, 206, 207]
        pd.testing.assert_frame_equal(joined.readings(names["now"], one, *span), expected)
    for read in ("readings_by_parameter", "values_by_parameter"):
        by_parameter = dict(getattr(joined, read)(names["now"], PARAMETERS, *span))
        for one, frame in getattr(store, read)(whole, PARAMETERS, *span):
            pd.testing.assert_frame_equal(by_parameter[one], frame)
    pd.testing.assert_frame_equal(
        joined.statistics(names["now"], "pm25", "1h", *span), store.statistics(whole, "pm25", "1h", *span)
    )
    [(_, frame)] = joined.statistics_by_parameter(names["now"], ("pm25",), "1h", *span)
    pd.testing.assert_frame_equal(frame, store.statistics(whole, "pm25", "1h", *span))
    for measurement in ("air", "statistic"):
        found, expected = (
            each.points(measurement, *span, {"site": id_})
            for each, id_ in ((joined, names["now"]), (store, whole))
        )
        order = ["parameter"]
        pd.testing.assert_frame_equal(
            found.sort_values(order, kind="stable").drop(columns="site"),
            expected.sort_values(order, kind="stable").drop(columns="site"),
        )
        assert {*found["site"]} == {names["now"]}
    assert joined.latest()[names["now"], "pm25", "rtd"] == START + 8 * HOUR
    assert not any(id_ in {names["first"], names["second"]} for id_, *_ in joined.latest())
    keys = [Key("air", names["now"], "pm25", "rtd", START + n * HOUR) for n in (0, 3, 6, 9)]
    assert [one and one.value for one in map(joined.stored(keys).get, keys)] == [0, 103, 206, None]


def test_without_a_renamed_site_it_is_the_store_itself(store: Store) -> None:
    assert with_former_sites(store, load()) is store
