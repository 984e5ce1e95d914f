"""`liangqu hints`: what a reviewer might look at, in both languages and as JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.liangqu.cli.test_import import Place
from tests.support.review_months import made_month

SITES = {"s0": "wujinku", "s1": "renmin-gongyuan", "s2": "shiji-haoyuan", "s3": "beibengfang"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Twelve days of four stations; at one PM2.5 lies above PM10 for six hours of the 5th."""
    made, tables = Place(tmp_path_factory.mktemp("hints")), made_month(9, sites=4, hours=288)
    tables["pm25"]["s0"][96:102] = np.round(tables["pm10"]["s0"][96:102] * 1.3)
    rows = "".join(
        f"{id_},{np.datetime64('2026-09-01T00', 'm') + np.timedelta64(60 * hour, 'm')},"
        f"{tables['pm25'][name][hour]:g},{tables['pm10'][name][hour]:g}\n"
        for name, id_ in SITES.items()
        for hour in range(288)
    )
    assert made.run("import", made.file(f"site,time,pm25,pm10\n{rows}"))[0] == 0
    return made


def asked(place: Place, *words: str) -> tuple[int, str]:
    return place.run("hints", *words, "--month", "2026-09")


def test_a_hint_is_said_with_its_evidence(place: Place) -> None:
    code, text = asked(place, "wujinku")

    assert code == 0
    lines = [line for line in text.splitlines() if "part above its whole" in line]
    assert len(lines) == 1
    assert lines[0].startswith("2026-09-05 00:00  2026-09-05 06:00  PM2.5")
    assert "above PM10 in 6 of 288 values" in lines[0]


def test_programs_get_all_of_it(place: Place) -> None:
    code, text = asked(place, "wujinku", "--json")

    assert code == 0
    (found,) = (one for one in json.loads(text) if one["kind"] == "part_above_whole")
    assert (found["from"], found["to"]) == ("2026-09-05T00:00:00+08:00", "2026-09-05T06:00:00+08:00")
    assert found["evidence"]["steps"] == 6


def test_what_a_mark_takes_out_is_asked_about_no_more(place: Place) -> None:
    where = ("wujinku", "pm25", "2026-09-05T00:00", "2026-09-05T06:00")
    assert place.run("mark", *where, "--as", "invalid", "--reason", "PM2.5 > PM10", "--by", "Li")[0] == 0

    _, text = asked(place, "wujinku", "--json")

    assert "part_above_whole" not in {one["kind"] for one in json.loads(text)}
    assert place.run("unmark", *where, "--reason", "again", "--by", "Li")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("nowhere", "--month", "2026-09"), "nowhere", id="no such site"),
        pytest.param(("wujinku", "--month", "2026-9"), "is not a month such as 2016-12", id="no month"),
        pytest.param(
            ("wujinku", "--month", "2020-01"), "no reading of wujinku is stored in 2020-01", id="empty"
        ),
    ],
)
def test_what_cannot_be_answered_is_said(place: Place, words: tuple[str, ...], said: str) -> None:
    code, text = place.run("hints", *words)

    assert code in {1, 2}
    assert said in text


def test_a_month_without_hints_says_so(tmp_path: Path) -> None:
    made = Place(tmp_path)
    assert made.run("import", made.file("site,time,pm25\nwujinku,2026-09-01T00:00,35\n"))[0] == 0

    assert "no hints" in asked(made, "wujinku")[1]
