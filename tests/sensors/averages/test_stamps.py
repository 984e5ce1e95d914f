"""How long an interval is, and one stamp for it whichever end a file names."""

from datetime import datetime, timedelta

import pytest

from sensors.averages.stamps import interval_of, relabelled
from sensors.model import Kind, Label


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("kind", "cycle", "interval"),
    [
        pytest.param("rtd", minutes(1), minutes(1), id="a moment stands for the cycle"),
        pytest.param("rtd", minutes(240), minutes(240), id="of a section too"),
        pytest.param("min", minutes(5), minutes(5), id="means of the cycle's five minutes"),
        pytest.param("min", minutes(10), minutes(10), id="of ten"),
        pytest.param("min", minutes(1), minutes(5), id="beside moments each minute"),
        pytest.param("min", minutes(60), minutes(5), id="at a site that says nothing"),
        pytest.param("hour", minutes(5), minutes(60), id="an hour beside moments"),
        pytest.param("hour", minutes(240), minutes(60), id="an hour each four hours"),
        pytest.param("day", minutes(60), minutes(1440), id="a day"),
    ],
)
def test_what_a_reading_stands_for(kind: Kind, cycle: timedelta, interval: timedelta) -> None:
    assert interval_of(kind, cycle) == interval


@pytest.mark.parametrize(
    ("kind", "given", "wanted", "time"),
    [
        pytest.param("hour", "end", "end", "2024-02-10T01:00", id="as the site has it"),
        pytest.param("hour", "end", "start", "2024-02-10T00:00", id="national hour at a site with HJ 212"),
        pytest.param("hour", "start", "end", "2024-02-10T02:00", id="and the other way round"),
        pytest.param("min", "end", "start", "2024-02-10T00:55", id="five minutes"),
        pytest.param("day", "end", "start", "2024-02-09T01:00", id="a day"),
        pytest.param("rtd", "end", "end", "2024-02-10T00:00", id="no kind: an hour that ended then"),
        pytest.param("rtd", "end", "start", "2024-02-10T00:00", id="no kind, whatever the site's label"),
        pytest.param("rtd", "start", "end", "2024-02-10T01:00", id="no kind: an hour that begins then"),
    ],
)
def test_an_interval_has_one_stamp_at_a_site(kind: Kind, given: Label, wanted: Label, time: str) -> None:
    stamp = datetime.fromisoformat("2024-02-10T01:00")

    found = relabelled(stamp, kind, timedelta(hours=1), given=given, wanted=wanted)

    assert found == datetime.fromisoformat(time)
