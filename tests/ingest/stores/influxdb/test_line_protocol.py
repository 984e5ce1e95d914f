"""Lines as InfluxDB's reference writes them; that a real parser reads them so is in test_contract.py."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ingest.stores.influxdb import line_protocol
from ingest.stores.influxdb.line_protocol import encode
from sensors.model import FieldValue, Point

TIME = datetime(2026, 11, 22, tzinfo=UTC)
STAMP = 1_795_305_600_000

Case = tuple[str, dict[str, str], dict[str, FieldValue | None], str]


@pytest.mark.parametrize(
    ("measurement", "tags", "fields", "line"),
    [
        pytest.param(
            "air",
            {"site": "olympic", "parameter": "pm25", "kind": "rtd"},
            {"value": 31.2, "flag": "N", "failed": "", "validity": "valid"},
            'air,kind=rtd,parameter=pm25,site=olympic value=31.2,flag="N",failed="",validity="valid"',
            id="a reading, its tags sorted",
        ),
        pytest.param("air", {}, {"value": 31}, "air value=31.0", id="a whole number is a float"),
        pytest.param("air", {}, {"value": -0.0}, "air value=-0.0", id="minus zero"),
        pytest.param(
            "air", {}, {"value": 0.1 + 0.2}, "air value=0.30000000000000004", id="shortest that reads back"
        ),
        pytest.param("air", {}, {"value": 5e-324}, "air value=5e-324", id="the smallest number"),
        pytest.param("air", {}, {"value": None, "flag": "N"}, 'air flag="N"', id="None is left out"),
        pytest.param(
            "air", {"site": "", "kind": "rtd"}, {"value": 1.0}, "air,kind=rtd value=1.0", id="an empty tag"
        ),
        pytest.param(
            "air", {"site": "a b,c=d"}, {"value": 1.0}, "air,site=a\\ b\\,c\\=d value=1.0", id="divisors"
        ),
        pytest.param(
            "air", {"site": 'a\\b"'}, {"value": 1.0}, 'air,site=a\\b" value=1.0', id="backslash in a tag"
        ),
        pytest.param(
            "air", {}, {"flag": 'a"b\\c'}, 'air flag="a\\"b\\\\c"', id="quote and backslash in a text"
        ),
        pytest.param("air", {}, {"flag": "a b,c=d\n"}, 'air flag="a b,c=d\n"', id="divisors in a text"),
        pytest.param("air", {}, {"flag": "文" * 99}, f'air flag="{"文" * 99}"', id="a long text"),
        pytest.param(
            "statistic", {}, {"valid": True, "closed": False}, "statistic valid=true,closed=false", id="bool"
        ),
        pytest.param(
            "flagged", {}, {"value": 5, "qc": 4}, "flagged value=5.0,qc=4i", id="a code is an integer"
        ),
        pytest.param(
            "operation", {}, {"a b,c=d": 1.0}, "operation a\\ b\\,c\\=d=1.0", id="divisors in a field's name"
        ),
    ],
)
def test_a_point_is_one_line(
    measurement: str, tags: dict[str, str], fields: dict[str, FieldValue | None], line: str
) -> None:
    assert encode(Point(measurement, tags, fields, TIME)) == f"{line} {STAMP}"


def test_series_of_episodes_and_events_are_not_remembered() -> None:
    """Each would cost about a kilobyte for good: 60 MB in an outage with many short episodes."""
    remembered = line_protocol.series_key.cache_info().currsize
    for number in range(100):
        tags = {"site": "olympic", "rule": "r", "episode": f"{number}"}
        assert encode(Point("alert", tags, {"value": 1.0}, TIME)).startswith(f"alert,episode={number},")
        tags = {"area": "zone-city", "cause": "ozone", "event": f"{number}"}
        assert encode(Point("event", tags, {"peak": 1.0}, TIME)).startswith(
            "event,area=zone-city,cause=ozone,"
        )

    assert line_protocol.series_key.cache_info().currsize == remembered


def _statistic(**fields: FieldValue | None) -> Point:
    tags = {"site": "olympic", "parameter": "pm25", "statistic": "1h"}
    return Point("statistic", tags, {"value": 31.2, "n": 60, "valid": True, "limit": None, **fields}, TIME)


LINE = "statistic,parameter=pm25,site=olympic,statistic=1h value=31.2"


@pytest.mark.parametrize("turn", [1, -1], ids=["one way", "the other"])
@pytest.mark.parametrize(
    ("one", "other", "written"),
    [
        pytest.param({"limit": 0.0}, {"limit": -0.0}, ("0.0", "-0.0"), id="zero and minus zero"),
        pytest.param({"limit": 5}, {"limit": 5.0}, ("5.0", "5.0"), id="a whole number and the same float"),
    ],
)
def test_what_stands_beside_a_value_is_not_taken_for_another(
    one: dict[str, float], other: dict[str, float], written: tuple[str, str], turn: int
) -> None:
    """The fields beside a value are remembered; equal keys are not equal texts."""
    for fields, text in list(zip((one, other), written, strict=True))[::turn] * 2:
        assert encode(_statistic(**fields)) == f"{LINE},n=60.0,valid=true,limit={text} {STAMP}"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"valid": 1.0}, id="a number for a yes"),
        pytest.param({"n": True}, id="a yes for a number"),
        pytest.param({"limit": float("nan")}, id="no number"),
        pytest.param({"limits": 5.0}, id="no such field"),
    ],
)
def test_what_is_remembered_lets_nothing_wrong_by(fields: dict[str, FieldValue]) -> None:
    encode(_statistic(n=1))
    for _ in range(2):
        with pytest.raises(ValueError, match="statistic"):
            encode(_statistic(**fields))


@pytest.mark.parametrize(
    ("time", "stamp"),
    [
        pytest.param(TIME, STAMP, id="UTC"),
        pytest.param(
            TIME.astimezone(timezone(timedelta(hours=8))), STAMP, id="the same moment at 08:00 in Beijing"
        ),
        pytest.param(TIME + timedelta(microseconds=1_999), STAMP + 1, id="what is finer is cut off"),
        pytest.param(datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC), -1, id="before 1970"),
        pytest.param(datetime(2262, 4, 11, tzinfo=UTC), 9_223_286_400_000, id="far ahead, exact"),
    ],
)
def test_times_are_milliseconds(time: datetime, stamp: int) -> None:
    assert encode(Point("air", {}, {"value": 1.0}, time)) == f"air value=1.0 {stamp}"


def test_a_time_without_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        encode(Point("air", {}, {"value": 1.0}, TIME.replace(tzinfo=None)))
