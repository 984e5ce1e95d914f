"""`--label`: files whose stamps name the other end of their hour; the national feed at a site with HJ 212."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensors.calendar import SHANGHAI
from tests.liangqu.cli.test_import import Place
from tests.support.frames import rows_of

SITES = """
[[site]]
id = "plain"
medium = "air"
name = { zh = "甲", en = "A" }

[[site]]
id = "logger"
medium = "air"
name = { zh = "乙", en = "B" }
mn = "31011500000002"
code = "9001A"
"""
HOURS = [datetime(2024, 2, 10, 1, tzinfo=SHANGHAI) + timedelta(hours=hour) for hour in range(49)]
"""Two days of hours named by their end, 10 in the first 23 and 250 in the 24th, then 20; one hour more."""
VALUES = [10.0] * 23 + [250.0] + [20.0] * 25


def rows(site: str, kind: str = "", stamps: list[datetime] = HOURS) -> str:
    head, end = ("site,time,pm25,kind", f",{kind}") if kind else ("site,time,pm25", "")
    lines = (f"{site},{time:%Y-%m-%d %H:%M},{value}{end}" for time, value in zip(stamps, VALUES, strict=True))
    return "\n".join([head, *lines]) + "\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "sites.toml").write_text(SITES, encoding="utf-8")
    return Place(tmp_path, '[catalogue]\nextra = ["sites.toml"]\n')


def days(place: Place, site: str) -> dict[str, tuple[float, float]]:
    """Value and n of each day that is stored."""
    store = place.store()
    frame = store.points(
        "statistic",
        datetime(2024, 2, 1, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        {"site": site, "statistic": "day"},
    )
    store.close()
    return {
        f"{row.Index.to_pydatetime().astimezone(SHANGHAI):%m-%d}": (row.value, row.n)
        for row in rows_of(frame)
    }


def test_hours_named_by_their_end_make_the_days_that_they_belong_to(place: Place) -> None:
    """(23 × 10 + 250) / 24 = 20 and 20: read by their start, the 250 would be in the second day."""
    code, _ = place.run("import", place.file(rows("plain")), "--tz", "Asia/Shanghai", "--label", "end")

    assert code == 0
    assert days(place, "plain") == {"02-10": (20.0, 24), "02-11": (20.0, 24)}


def test_without_a_label_a_row_without_a_kind_counts_where_its_moment_lies(place: Place) -> None:
    """23 × 10 in the first day, 250 and 23 × 20 in the second, (250 + 460) / 24; 00:00 has begun a third."""
    place.run("import", place.file(rows("plain")), "--tz", "Asia/Shanghai")

    assert days(place, "plain") == {
        "02-10": (10.0, 23),
        "02-11": (pytest.approx(710 / 24), 24),
        "02-12": (20.0, 1),
    }


def test_the_same_hours_by_either_end_are_the_same_readings(place: Place) -> None:
    starts = [time - timedelta(hours=1) for time in HOURS]
    first = place.file(rows("logger", "hour", starts), "starts.csv")
    again = place.file(rows("logger", "hour"), "ends.csv")

    place.run("import", first, "--tz", "Asia/Shanghai", "--label", "start")
    _, text = place.run("import", again, "--tz", "Asia/Shanghai", "--label", "end")

    assert text.startswith("0 stored, 49 duplicate")


def test_the_national_feed_at_a_site_with_hj212_is_the_hour_that_a_frame_names_by_its_start(
    place: Place,
) -> None:
    feed = place.file(
        "<r><AQIDataPublishLive><StationCode>9001A</StationCode>"
        "<TimePoint>2024-02-10T09:00:00</TimePoint><PM2_5>35</PM2_5></AQIDataPublishLive></r>",
        "x.xml",
    )

    code, text = place.run("import", "--format", "cnemc-air", feed)

    assert (code, text.splitlines()[0][:8]) == (0, "1 stored")
    assert place.readings() == [("logger", "pm25", datetime(2024, 2, 10, 0, tzinfo=UTC), 35.0)]


def test_a_feed_says_itself_what_its_times_name(place: Place) -> None:
    file = place.file("<r/>", "x.xml")

    assert place.run("import", "--format", "cnemc-air", "--label", "end", file) == (
        2,
        "--label: cnemc-air says itself what its times name",
    )


def test_what_cannot_be_moved_is_refused_as_it_stands(place: Place) -> None:
    file = place.file("site,time,pm25\nplain,0001-01-01T00:00:00+08:00,1\nplain,soon,1\nelsewhere,0,1\n")

    code, text = place.run("import", file, "--label", "end")

    assert code == 1
    assert "0 stored, 0 duplicate, 0 revised, 0 dropped, 3 quarantined" in text
