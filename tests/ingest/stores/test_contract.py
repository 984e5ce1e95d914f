"""What every store promises, asked of each of them: SQLite, a real InfluxDB, and a named server."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pandas as pd
import pytest

from ingest.stores.base import Rejected, Store, StoredValue
from ingest.stores.frames import values_of
from sensors.model import Checked, FieldValue, Key, Kind, Point, Reading, Validity
from sensors.store_schema import MEASUREMENTS, Measurement, reading_point

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
MS = timedelta(milliseconds=1)


def reading(
    site: str,
    time: datetime,
    value: float = 31.2,
    *,
    failed: tuple[str, ...] = (),
    flag: str = "N",
    sent: str = "",
) -> Point:
    one = Reading(site, "pm25", "rtd", time, value, flag, time, sent)
    return reading_point("air", Checked(one, failed, "suspect" if failed else "valid"))


def test_a_reading_comes_back_with_all_of_its_fields(store: Store, site: str) -> None:
    store.write([reading(site, START, 31.2, failed=("step", "flat_line"), flag="M", sent="＜2")])

    frame = store.readings(site, "pm25", START, START + MS)

    expected = pd.DataFrame(
        {
            "value": [31.2],
            "flag": ["M"],
            "failed": ["step,flat_line"],
            "validity": ["suspect"],
            "sent": ["＜2"],
        },
        index=pd.DatetimeIndex([START], name="time", dtype="datetime64[us, UTC]"),
    )
    pd.testing.assert_frame_equal(frame, expected)


def test_what_is_written_again_is_there_once(store: Store, site: str) -> None:
    points = [reading(site, START + n * HOUR, n + 0.5) for n in range(50)]

    store.write(points)
    store.write(points[20:])
    store.write(points)

    assert [*store.readings(site, "pm25", START, START + 100 * HOUR).value] == [n + 0.5 for n in range(50)]


def test_a_second_write_replaces_every_field(store: Store, site: str) -> None:
    store.write([reading(site, START, 31.2, failed=("step",), flag="M", sent="<2")])
    store.write([reading(site, START, 30.0)])

    (row,) = store.readings(site, "pm25", START, START + MS).itertuples(index=False)

    assert tuple(row) == (30.0, "N", "", "valid", "")


def test_of_two_points_with_one_identity_in_a_batch_the_later_stays(store: Store, site: str) -> None:
    store.write([reading(site, START, 1.0), reading(site, START, 2.0)])

    assert [*store.readings(site, "pm25", START, START + MS).value] == [2.0]


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        pytest.param(0, 4, [0, 1, 2, 3], id="from the first to behind the last"),
        pytest.param(1, 3, [1, 2], id="the start belongs to it, the end does not"),
        pytest.param(1, 1, [], id="an empty span holds nothing"),
        pytest.param(3, 1, [], id="a span that runs backwards holds nothing"),
        pytest.param(4, 9, [], id="behind the last"),
    ],
)
def test_a_span_holds_its_start_and_not_its_end(
    store: Store, site: str, start: int, end: int, found: list[int]
) -> None:
    store.write([reading(site, START + n * MS, float(n)) for n in (2, 0, 3, 1)])

    frame = store.readings(site, "pm25", START + start * MS, START + end * MS)

    assert [*frame.value] == found


def test_spans_may_reach_beyond_what_any_store_can_hold(store: Store, site: str) -> None:
    store.write([reading(site, START)])

    everything = store.readings(
        site, "pm25", datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    )

    assert len(everything) == 1


def test_series_are_kept_apart(store: Store, site: str) -> None:
    tags = [
        {"site": site, "parameter": parameter, "kind": kind}
        for parameter in ("pm25", "o3")
        for kind in ("rtd", "hour")
    ]
    store.write([Point("air", tag, {"value": float(n)}, START) for n, tag in enumerate(tags)])
    store.write([Point("water", {"site": site, "parameter": "ph", "kind": "rtd"}, {"value": 7.5}, START)])

    def value(parameter: str, kind: Any) -> list[float]:
        return [*store.readings(site, parameter, START, START + MS, kind).value]

    assert [value(tag["parameter"], tag["kind"]) for tag in tags] == [[0.0], [1.0], [2.0], [3.0]]
    assert value("ph", "rtd") == [7.5]
    assert value("ph", "hour") == []


def test_readings_of_several_parameters_come_in_the_order_asked(store: Store, site: str) -> None:
    """Each as if it were read by itself, one without readings too; nothing of what was not asked for."""
    for parameter, hours in (("pm25", (0, 2)), ("o3", (1, 2)), ("co", (0, 1, 2))):
        for hour in hours:
            one = Reading(site, parameter, "rtd", START + hour * HOUR, hour + 0.5, "N", START)
            failed = ("range",) if (parameter, hour) == ("o3", 2) else ()
            store.write([reading_point("air", Checked(one, failed, "invalid" if failed else "valid"))])
    asked = ["pm25", "so2", "o3"]

    found = [*store.readings_by_parameter(site, asked, START, START + 9 * HOUR)]

    assert [parameter for parameter, _ in found] == asked
    assert [[*frame.value] for _, frame in found] == [[0.5, 2.5], [], [1.5, 2.5]]
    assert [*found[2][1].validity] == ["valid", "invalid"]
    for parameter, frame in found:
        alone = store.readings(site, parameter, START, START + 9 * HOUR)
        pd.testing.assert_frame_equal(frame, alone)


def test_values_are_those_of_the_readings_with_whether_they_count(store: Store, site: str) -> None:
    """Of a series as nearly all are, of one with a value sent otherwise, and of one that is empty."""
    checks: list[tuple[str, float, str, str]] = [
        ("pm25", -0.0, "valid", ""),
        ("pm25", 0.1 + 0.2, "suspect", ""),
        ("pm25", 1e22, "invalid", ""),
        ("o3", 31.25, "valid", ""),
        ("o3", 1.0, "valid", "＜2"),
        ("o3", 3.0, "invalid", "-1"),
    ]
    for hour, (parameter, value, validity, sent) in enumerate(checks):
        one = Reading(site, parameter, "rtd", START + hour * HOUR, value, "N", START, sent)
        store.write([reading_point("air", Checked(one, (), cast("Validity", validity)))])

    found = dict(store.values_by_parameter(site, ["o3", "so2", "pm25"], START, START + 9 * HOUR))

    assert [*found] == ["o3", "so2", "pm25"]
    assert [*map(repr, found["pm25"].value)] == ["-0.0", "0.30000000000000004", "1e+22"]
    assert [*found["pm25"].counts] == [True, False, False]
    assert [*found["o3"].counts] == [True, True, False]
    assert [*found["o3"].sent] == ["", "＜2", "-1"]
    for parameter, values in found.items():
        readings = store.readings(site, parameter, START, START + 9 * HOUR)
        pd.testing.assert_frame_equal(values, values_of(readings))


def test_of_no_parameters_nothing_is_read(store: Store, site: str) -> None:
    store.write([reading(site, START)])

    assert [*store.readings_by_parameter(site, [], START, START + HOUR)] == []
    assert [*store.values_by_parameter(site, [], START, START + HOUR)] == []
    assert [*store.statistics_by_parameter(site, [], "1h", START, START + HOUR)] == []


def test_a_batch_of_twelve_thousand_keeps_all_but_the_bad_ones(store: Store, site: str) -> None:
    points = [reading(site, START + n * MS, float(n)) for n in range(12_000)]
    refused = [0, 2_471, 4_999, 5_000, 11_999]
    for bad in refused:
        points[bad] = reading(site, START + bad * MS, float("nan"))

    with pytest.raises(Rejected) as rejected:
        store.write(points)

    assert [index for index, _ in rejected.value.lines] == refused
    assert len(store.readings(site, "pm25", START, START + HOUR)) == 12_000 - len(refused)


def test_more_than_a_batch_may_be_written_at_once_and_read_in_order(store: Store, site: str) -> None:
    count = 23_456
    points = [reading(site, START + n * MS, float(n)) for n in reversed(range(count))]

    store.write(points)

    frame = store.readings(site, "pm25", START, START + HOUR)
    assert [*frame.value] == [*map(float, range(count))]
    assert frame.index.is_monotonic_increasing


def test_writing_nothing_does_nothing(store: Store) -> None:
    store.write([])


def test_former_values_are_found_by_their_identity(store: Store, site: str) -> None:
    store.write([reading(site, START, 1.5, failed=("range",), flag="M"), reading(site, START + HOUR, 2.5)])

    def key(time: datetime, kind: Kind = "rtd", of: str = site) -> Key:
        return Key("air", of, "pm25", kind, time)

    asked = [
        key(START),
        key(START + MS),
        key(START, "hour"),
        key(START, of="elsewhere"),
        key(START + HOUR),
        key(START),
    ]
    water = Key("water", site, "pm25", "rtd", START)

    assert store.stored([*asked, water]) == {
        key(START): StoredValue(1.5, "M", "range", "suspect"),
        key(START + HOUR): StoredValue(2.5, "N", "", "valid"),
    }
    assert store.stored([]) == {}


def test_former_values_of_thousands_of_keys_in_hundreds_of_series(store: Store, site: str) -> None:
    points = [
        reading(f"{site}-{n}", START + day * 24 * HOUR, n + day / 8) for n in range(300) for day in range(10)
    ]
    store.write(points)
    keys = [Key("air", p.tags["site"], "pm25", "rtd", p.time) for p in points[::2]]

    found = store.stored(keys)

    assert {key: former.value for key, former in found.items()} == dict(
        zip(keys, [p.fields["value"] for p in points[::2]], strict=True)
    )


def test_the_latest_time_of_each_series_of_air_and_water(store: Store, site: str) -> None:
    future = datetime(2100, 1, 1, tzinfo=UTC)
    store.write([reading(site, START + n * HOUR) for n in (3, 1, 2)])
    store.write([Point("air", {"site": site, "parameter": "o3", "kind": "hour"}, {"value": 1.0}, future)])
    store.write([Point("water", {"site": site, "parameter": "ph", "kind": "rtd"}, {"value": 7.0}, START)])
    store.write(
        [Point("statistic", {"site": site, "parameter": "no2", "statistic": "1h"}, {"value": 7.0}, START)]
    )

    mine = {series: time for series, time in store.latest().items() if series[0] == site}

    assert mine == {
        (site, "pm25", "rtd"): START + 3 * HOUR,
        (site, "o3", "hour"): future,
        (site, "ph", "rtd"): START,
    }


def test_statistics_come_back_with_their_columns(store: Store, site: str) -> None:
    tags = {"site": site, "parameter": "pm25", "statistic": "day"}
    whole = {
        "value": 25.5,
        "n": 24,
        "expected": 24.0,
        "valid": True,
        "closed": True,
        "limit": 75.0,
        "target": 25.0,
    }
    open_day = {
        "value": None,
        "n": 0,
        "expected": 24,
        "valid": False,
        "closed": False,
        "limit": None,
        "target": None,
    }
    store.write(
        [Point("statistic", tags, whole, START), Point("statistic", tags, open_day, START + 24 * HOUR)]
    )
    store.write([Point("statistic", tags | {"statistic": "month"}, whole, START)])

    frame = store.statistics(site, "pm25", "day", START, START + 48 * HOUR)

    nothing = float("nan")
    expected = pd.DataFrame(
        {
            "value": [25.5, nothing],
            "n": [24.0, 0.0],
            "expected": [24.0, 24.0],
            "valid": [True, False],
            "closed": [True, False],
            "limit": [75.0, nothing],
            "target": [25.0, nothing],
        },
        index=pd.DatetimeIndex([START, START + 24 * HOUR], name="time", dtype="datetime64[us, UTC]"),
    )
    pd.testing.assert_frame_equal(frame, expected)


def test_statistics_of_several_parameters_come_in_the_order_asked(store: Store, site: str) -> None:
    """Each as if it were read by itself: one without any, and one that was withdrawn."""
    beside: dict[str, FieldValue | None] = {"expected": 24.0, "valid": False, "closed": True}
    for parameter, value, n in (("pm25", 25.5, 24.0), ("o3", 99.0, 3.0), ("o3", None, 0.0), ("co", 1.0, 3.0)):
        tags = {"site": site, "parameter": parameter, "statistic": "day"}
        store.write([Point("statistic", tags, {"value": value, "n": n, **beside}, START)])
    asked = ["pm25", "so2", "o3"]

    found = [*store.statistics_by_parameter(site, asked, "day", START, START + MS)]

    assert [(parameter, [*frame.n]) for parameter, frame in found] == [
        ("pm25", [24]),
        ("so2", []),
        ("o3", [0]),
    ]
    for parameter, frame in found:
        pd.testing.assert_frame_equal(frame, store.statistics(site, parameter, "day", START, START + MS))


def test_a_statistic_that_lost_its_last_input_has_no_value_any_more(store: Store, site: str) -> None:
    tags = {"site": site, "parameter": "pm25", "statistic": "day"}
    beside: dict[str, FieldValue | None] = {"expected": 24.0, "valid": False, "closed": True}
    store.write([Point("statistic", tags, {"value": 25.5, "n": 1.0, **beside}, START)])
    store.write([Point("statistic", tags, {"value": None, "n": 0.0, **beside}, START)])

    frame = store.statistics(site, "pm25", "day", START, START + MS)

    assert frame["value"].isna().tolist() == [True]


SAMPLE: dict[str, FieldValue] = {"float": 1.25, "bool": True, "string": "文"}


@pytest.mark.parametrize(
    "measurement", [pytest.param(m, id=m.name) for m in MEASUREMENTS.values() if not m.only_in]
)
def test_a_point_of_each_measurement_comes_back_whole(
    store: Store, site: str, measurement: Measurement
) -> None:
    tags = {name: site if name == "site" else f"{name} 1" for name in measurement.tags}
    fields: dict[str, FieldValue] = {name: SAMPLE[kind] for name, kind in measurement.fields.items()}
    if "validity" in fields:
        fields["validity"] = "suspect"  # of a reading it is one of three words
    if measurement.open:
        fields |= {"items_total.stored": 7.0, "word": "ok"}
    store.write([Point(measurement.name, tags, fields, START)])

    frame = store.points(measurement.name, START, START + MS, tags)

    assert frame.to_dict("records") == [tags | fields]
    assert [*frame.columns] == [*tags, *fields]
    assert frame.index.tolist() == [START]


def test_points_of_one_time_come_ordered_by_their_tags(store: Store, site: str) -> None:
    names = ["so2", "co", "pm25", "no2"]
    store.write([Point("mark", {"site": site, "parameter": name}, {"by": name}, START) for name in names])

    assert [*store.points("mark", START, START + MS, {"site": site}).by] == sorted(names)


def test_a_missing_tag_and_an_empty_one_are_the_same(store: Store, site: str) -> None:
    store.write([Point("mark", {"site": site, "parameter": ""}, {"by": "a"}, START)])
    store.write([Point("mark", {"site": site}, {"by": "b"}, START)])

    assert store.points("mark", START, START + MS, {"site": site, "parameter": ""}).to_dict("records") == [
        {
            "site": site,
            "parameter": "",
            "from": "",
            "to": "",
            "as": "",
            "reason": "",
            "by": "b",
            "taken_over": "",
        }
    ]


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda store, site: store.readings(site, "pm25", START, START + HOUR), id="readings"),
        pytest.param(
            lambda store, site: store.statistics(site, "pm25", "day", START, START + HOUR), id="statistics"
        ),
        pytest.param(
            lambda store, site: store.points("alert", START, START + HOUR, {"site": site}), id="points"
        ),
    ],
)
def test_an_empty_answer_has_the_same_columns_and_types(
    store: Store, site: str, ask: Callable[[Store, str], pd.DataFrame]
) -> None:
    empty = ask(store, site)
    tags = {"site": site, "parameter": "pm25"}
    store.write(
        [
            reading(site, START),
            Point("statistic", tags | {"statistic": "day"}, {"n": 0.0, "expected": 24.0}, START),
            Point("alert", tags, {"state": "firing"}, START),
        ]
    )
    filled = ask(store, site)

    assert len(empty) == 0
    assert len(filled) == 1
    pd.testing.assert_frame_equal(empty, filled.iloc[:0])


@pytest.mark.parametrize(
    ("measurement", "tags"),
    [
        pytest.param("soil", {}, id="an unknown measurement"),
        pytest.param("air", {"river": "x"}, id="an unknown tag"),
        pytest.param('air" WHERE 1=1; --', {}, id="an injection by name"),
    ],
)
def test_asking_for_what_the_schema_does_not_know_is_an_error(
    store: Store, measurement: str, tags: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"no measurement|no tag"):
        store.points(measurement, START, START + HOUR, tags)


@pytest.fixture
def other(new_store: Callable[[], Store]) -> Iterator[Store]:
    made = new_store()
    yield made
    made.close()


def test_what_one_writes_another_reads_at_once(store: Store, other: Store, site: str) -> None:
    for n in range(5):
        store.write([reading(site, START + n * HOUR)])
        assert len(other.readings(site, "pm25", START, START + 9 * HOUR)) == n + 1


def test_preparing_again_changes_nothing(store: Store, other: Store, site: str) -> None:
    ph = reading_point("water", Checked(Reading(site, "ph", "rtd", START, 7.5, "N", START)))
    store.write([reading(site, START), ph])

    other.prepare()

    found = [[*other.readings(site, parameter, START, START + HOUR).value] for parameter in ("pm25", "ph")]
    assert found == [[31.2], [7.5]]


def test_what_a_reading_leaves_out_says_nothing_against_it(store: Store, site: str) -> None:
    """No device mark, no failed check; and what is left out of a second write takes the former's place."""
    tags = {"site": site, "parameter": "pm25", "kind": "rtd"}
    key = Key("air", site, "pm25", "rtd", START)
    cases: list[tuple[dict[str, FieldValue | None], tuple[str, str, str, str]]] = [
        ({}, ("N", "", "valid", "")),
        ({"flag": "M"}, ("M", "", "valid", "")),
        ({"failed": "step", "validity": "suspect"}, ("N", "step", "suspect", "")),
        ({"flag": "M", "failed": "step", "validity": "suspect"}, ("M", "step", "suspect", "")),
        ({"sent": "<0.025"}, ("N", "", "valid", "<0.025")),
        ({"flag": None, "failed": None, "validity": None, "sent": None}, ("N", "", "valid", "")),
    ]
    for value, (fields, expected) in enumerate(cases, 1):
        store.write([Point("air", tags, {"value": float(value), **fields}, START)])

        (row,) = store.readings(site, "pm25", START, START + MS).itertuples(index=False)
        assert tuple(row) == (value, *expected)
        (point,) = store.points("air", START, START + MS, {"site": site}).itertuples(index=False)
        assert tuple(point) == (*tags.values(), value, *expected)
        assert store.stored([key]) == {key: StoredValue(float(value), *expected)}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"flag": "N", "failed": "", "validity": "valid"}, id="no value"),
        pytest.param({"value": 1.0, "validity": "good"}, id="a validity that is none"),
        pytest.param(
            {"value": 1.0, "flag": "N", "failed": "", "validity": ""}, id="a validity without a word"
        ),
    ],
)
def test_what_is_no_reading_is_rejected(
    store: Store, site: str, fields: dict[str, FieldValue | None]
) -> None:
    bad = Point("air", {"site": site, "parameter": "pm25", "kind": "rtd"}, fields, START)

    with pytest.raises(Rejected) as rejected:
        store.write([bad, reading(site, START + HOUR)])

    assert [index for index, _ in rejected.value.lines] == [0]
    assert len(store.readings(site, "pm25", START, START + 2 * HOUR)) == 1


def test_closing_twice_is_no_error(new_store: Callable[[], Store]) -> None:
    made = new_store()
    made.close()
    made.close()
