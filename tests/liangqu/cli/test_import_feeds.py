"""`liangqu import --format cnemc-air|cnemc-water`: the national files into a store."""

import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.liangqu.cli.test_import import Place
from tests.support.frames import rows_of
from tests.support.paths import REAL

WATER = REAL / "water-cnemc-2020-2021" / "open"
AIR = REAL / "air-cnemc-live-2019" / "open"


def water(place: Place) -> list[tuple[str, str, datetime, float]]:
    """All water readings that are stored."""
    store = place.store()
    frame = store.points("water", datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    store.close()
    return sorted((row.site, row.parameter, row.Index.to_pydatetime(), row.value) for row in rows_of(frame))


@pytest.mark.real
def test_half_a_year_of_the_water_page_brings_our_sections_and_counts_the_others(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with tarfile.open(WATER / "original_json_2020-05_2020-10.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    files = sorted(str(file) for file in tmp_path.glob("2020-*/*.json"))

    code, output = place.run("import", "--format", "cnemc-water", *files)

    assert code == 0
    assert "1367 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined" in output
    assert "skipped: 131982 values of 1877 stations outside the catalogue" in output
    times = [time for site, _, time, _ in water(place) if site == "bahaoqiao"]
    assert min(times) >= datetime(2019, 5, 8, tzinfo=UTC)
    assert max(times) < datetime(2020, 11, 1, tzinfo=UTC)
    assert place.run("import", "--format", "cnemc-water", *files)[1].startswith("0 stored, 1367 duplicate")


@pytest.mark.real
def test_four_snapshots_of_the_air_feed_overlap_and_are_stored_once(tmp_path: Path) -> None:
    place = Place(tmp_path)

    code, output = place.run("import", "--format", "cnemc-air", *map(str, sorted(AIR.glob("xml/*.gz"))))

    assert (code, output.splitlines()[0]) == (
        0,
        "90 stored, 30 duplicate, 0 revised, 0 dropped, 0 quarantined",
    )
    at = datetime(2019, 7, 18, 4, 0, tzinfo=UTC)
    # The feed's O3_24h at noon; its O3, the day's maximum, is 140 at wujinku and 148 at yanchang.
    ozone = {
        site: value for site, parameter, time, value in place.readings() if (parameter, time) == ("o3", at)
    }
    assert ozone == {
        "renmin-gongyuan": 142.0,
        "wujinku": 136.0,
        "shiji-haoyuan": 140.0,
        "beibengfang": 140.0,
        "yanchang": 143.0,
    }


def test_a_file_that_is_not_the_feed_is_one_line(tmp_path: Path) -> None:
    place = Place(tmp_path)

    code, words = place.run("import", "--format", "cnemc-air", place.file("nothing", "x.xml"))

    assert code == 1
    assert words.endswith("or date,hour,type,…")
    assert "x.xml: line 1: neither XML nor JSON" in words


def test_times_without_a_year_ask_for_the_day(tmp_path: Path) -> None:
    place = Place(tmp_path)
    text = "省份,断面名称,监测时间,pH(无量纲),站点情况\n河北省,八号桥,04-01 04:00,8.38,正常\n"
    file = place.file(text, "april.csv")

    refused = place.run("import", "--format", "cnemc-water", file)
    taken = place.run("import", "--format", "cnemc-water", "--day", "2021-04-30", file)

    assert refused[0] == 1
    assert "--day" in refused[1]
    assert taken[0] == 0
    assert water(place) == [("bahaoqiao", "ph", datetime(2021, 3, 31, 20, 0, tzinfo=UTC), 8.38)]
