"""Hours and means of minutes from files make statistics at sites that say nothing of their basis."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from sensors.calendar import SHANGHAI
from tests.liangqu.cli.test_import import Place
from tests.liangqu.cli.test_labels import HOURS, SITES, VALUES, days, rows

STATION = "<AQIDataPublishLive><StationCode>{}</StationCode><TimePoint>{:%Y-%m-%dT%H:%M:%S}</TimePoint>"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "sites.toml").write_text(SITES, encoding="utf-8")
    return Place(tmp_path, '[catalogue]\nextra = ["sites.toml"]\n')


def feed(code: str) -> str:
    """Two days of the national feed."""
    stations = (
        f"{STATION.format(code, time)}<PM2_5>{value:g}</PM2_5></AQIDataPublishLive>"
        for time, value in zip(HOURS, VALUES, strict=True)
    )
    return f"<r>{''.join(stations)}</r>"


@pytest.mark.parametrize(
    ("site", "code"),
    [
        pytest.param("renmin-gongyuan", "1057A", id="a shipped station"),
        pytest.param("logger", "9001A", id="one with an MN, whose own stamps name the start"),
    ],
)
def test_national_hours_make_days(place: Place, site: str, code: str) -> None:
    """(23 × 10 + 250) / 24 and 20, of 24 hours each."""
    code_, text = place.run("import", "--format", "cnemc-air", place.file(feed(code), "x.xml"))

    assert (code_, text.splitlines()[0][:9]) == (0, "49 stored")
    assert days(place, site) == {"02-10": (20.0, 24), "02-11": (20.0, 24)}


def test_an_imported_month_is_closed_without_a_service(place: Place) -> None:
    """Its last day stayed open, and the month's mean went without it until a service ran."""
    place.run("import", place.file(rows("plain", "hour")), "--tz", "Asia/Shanghai")

    span = ("--from", "2024-02-01", "--to", "2024-03-01", "--statistic", "month")
    lines = place.run("export", "plain", *span)[1].splitlines()
    (line,) = [line for line in lines if line.startswith("plain,")]

    assert line.split(",")[4:9] == ["20.0", "2.0", "29.0", "false", "true"]


def test_hours_of_a_table_make_days(place: Place) -> None:
    place.run("import", place.file(rows("plain", "hour")), "--tz", "Asia/Shanghai")

    assert days(place, "plain") == {"02-10": (20.0, 24), "02-11": (20.0, 24)}


def test_means_of_five_minutes_make_days(place: Place) -> None:
    """At a site without a cycle nine of twelve fill an hour; the last one has eight, until 23:40."""
    begin = datetime(2024, 2, 10, tzinfo=SHANGHAI)
    stamps = [begin + number * timedelta(minutes=5) for number in range(1, 24 * 12 - 3)]
    lines = [f"plain,{time.isoformat()},{10 + time.hour % 2},min" for time in stamps]
    lines.append("plain,2024-02-11T00:30:00+08:00,50,min")

    place.run("import", place.file("\n".join(["site,time,pm25,kind", *lines])))

    assert days(place, "plain")["02-10"][1] == 23


def test_hours_beside_moments_count_where_these_have_gaps(place: Place) -> None:
    """Moments of 10 until noon, hours of 30 all day: 12 of each, (12 × 10 + 12 × 30) / 24 = 20."""
    begin = datetime(2024, 2, 10, tzinfo=SHANGHAI)
    moments = [f"plain,{(begin + k * timedelta(hours=1)).isoformat()},10," for k in range(12)]
    hours = [f"plain,{(begin + k * timedelta(hours=1)).isoformat()},30,hour" for k in range(1, 26)]
    head = "site,time,pm25,kind"

    for name, lines in (("hours.csv", hours), ("moments.csv", moments)):
        place.run("import", place.file("\n".join([head, *lines]), name))

    assert days(place, "plain")["02-10"] == (20.0, 24)


def test_a_basis_is_an_order(place: Place) -> None:
    (place.folder / "sites.toml").write_text(
        SITES.replace('name = { zh = "甲", en = "A" }', 'name = { zh = "甲", en = "A" }\nbasis = "rtd"'),
        encoding="utf-8",
    )

    place.run("import", place.file(rows("plain", "hour")), "--tz", "Asia/Shanghai")

    assert days(place, "plain") == {}


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        pytest.param(
            'cycle = "5m"', "", 'rtd readings come every 1h, but its cycle is 5m, by which hours and days are'
            ' taken for complete; say cycle = "1h" in its row', id="hours at a cycle of five minutes",
        ),
        pytest.param(
            'basis = "rtd"', "hour", 'hour readings are stored and feed nothing, as its row says'
            ' basis = "rtd"; leave basis out of its row, or say basis = "hour"', id="another basis",
        ),
        pytest.param(
            "", "day", "day readings are stored and feed nothing: statistics rest on hours and less;"
            " send these", id="days",
        ),
    ],
)  # fmt: skip
def test_what_feeds_nothing_is_said_at_the_end_with_what_to_change(
    place: Place, row: str, kind: str, words: str
) -> None:
    (place.folder / "sites.toml").write_text(
        SITES.replace('name = { zh = "甲", en = "A" }', f'name = {{ zh = "甲", en = "A" }}\n{row}'),
        encoding="utf-8",
    )

    code, text = place.run("import", place.file(rows("plain", kind)), "--tz", "Asia/Shanghai")

    assert (code, text.splitlines()[-1]) == (0, f"A (plain): pm25: {words}")
