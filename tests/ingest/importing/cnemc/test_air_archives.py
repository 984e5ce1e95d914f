"""The national hours in each form that people keep them in: the same readings."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.importing.cells import BadCell, CsvReading
from ingest.importing.cnemc import air
from sensors.calendar import SHANGHAI
from tests.liangqu.cli.test_import import Place
from tests.support.paths import REAL

NAMES = {"1057A": "renmin-gongyuan", "1059A": "wujinku"}
EXCERPT = REAL / "air-cnemc-2022-excerpt" / "excerpt_2022-02-04.csv"
PARAMETERS = {"pm2_5": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3_24h": "o3"}
LONG = """timepoint,stationcode,longitude,latitude,area,positionname,primarypollutant,aqi,\
pm10,pm10_24h,pm2_5,pm2_5_24h,o3,o3_24h,o3_8h,o3_8h_24h,no2,no2_24h,so2,so2_24h,co,co_24h
2022-02-04T03:00:00,1057A,114.9,40.8,张家口市,人民公园,,24,12,15,6,8,89,66,85,78,6,6,1,2,0.3,0.4
2022-02-04T03:00:00,1059A,114.9,40.8,张家口市,五金库,,24,—,15,7,8,90,90,85,78,,6,1,2,0.2,0.4
"""
HOUR = datetime(2022, 2, 3, 19, tzinfo=UTC)  # 03:00 in Beijing: the hour that ends then
EXPECTED = [
    ("renmin-gongyuan", {"pm25": 6.0, "pm10": 12.0, "so2": 1.0, "no2": 6.0, "co": 0.3, "o3": 66.0}),
    ("wujinku", {"pm25": 7.0, "so2": 1.0, "co": 0.2, "o3": 90.0}),
]


def readings(document: bytes | str, names: dict[str, str] | None = None) -> list[CsvReading]:
    raw = document.encode() if isinstance(document, str) else document
    found = list(air.cells(raw, "x", NAMES if names is None else names))
    assert all(isinstance(cell, CsvReading) for cell in found), found
    return [cell for cell in found if isinstance(cell, CsvReading)]


def by_site(cells: Sequence[CsvReading]) -> list[tuple[str, dict[str, Any]]]:
    found: dict[str, dict[str, Any]] = {}
    for cell in cells:
        found.setdefault(cell.site, {})[cell.parameter] = cell.value
    return sorted(found.items())


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def wide(rows: Sequence[dict[str, str]], *, swapped: bool) -> str:
    """The same hours with a column a station, as archives of the site's own names have them."""
    codes = sorted({row["stationcode"] for row in rows})
    names = {"pm2_5": "PM2.5", "pm2_5_24h": "PM2.5_24h", "pm10": "PM10", "pm10_24h": "PM10_24h", "so2": "SO2"}
    names |= {
        "so2_24h": "SO2_24h",
        "no2": "NO2",
        "no2_24h": "NO2_24h",
        "co": "CO",
        "co_24h": "CO_24h",
        "aqi": "AQI",
    }
    ozone = ("O3", "O3_24h", "O3_8h", "O3_8h_24h")
    names |= dict(
        zip(
            ("o3", "o3_24h", "o3_8h", "o3_8h_24h"),
            ozone if swapped else (*ozone[1::-1], *ozone[:1:-1]),
            strict=True,
        )
    )
    lines = [",".join(["date", "hour", "type", *codes])]
    for stamp in sorted({row["timepoint"] for row in rows}):
        there = {row["stationcode"]: row for row in rows if row["timepoint"] == stamp}
        for column, kind in names.items():
            cells = [there.get(code, {}).get(column, "") for code in codes]
            lines.append(",".join([stamp[:10].replace("-", ""), str(int(stamp[11:13])), kind, *cells]))
    return "\n".join(lines)


def as_json(rows: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
    """As the platform's service writes an hour."""
    keys = {
        "timepoint": "TimePoint",
        "stationcode": "StationCode",
        "positionname": "PositionName",
        "pm2_5": "PM2_5",
    }
    return [
        {keys.get(name, name.upper().replace("_24H", "_24h")): text for name, text in row.items()}
        for row in rows
    ]


FORMS = [
    pytest.param(LONG, id="long"),
    pytest.param(LONG.replace("\n", "\r\n"), id="long, as Windows ends lines"),
    pytest.param("\ufeff" + LONG, id="long, with a mark"),
    pytest.param(LONG.encode("gbk"), id="long, GBK"),
    pytest.param(wide(rows_of(LONG), swapped=True), id="wide, as the platform names ozone"),
    pytest.param(wide(rows_of(LONG), swapped=False), id="wide, ozone named as it is"),
    pytest.param(json.dumps(as_json(rows_of(LONG))), id="JSON"),
    pytest.param(json.dumps({"data": {"list": as_json(rows_of(LONG))}}), id="JSON, inside others"),
    pytest.param("\n".join(map(json.dumps, as_json(rows_of(LONG)))), id="JSON, a line each"),
    pytest.param(
        json.dumps({row["stationcode"]: row for row in rows_of(LONG)}), id="JSON by station, small letters"
    ),
]


@pytest.mark.parametrize("document", FORMS)
def test_an_hour_of_two_stations_in_each_form(document: str | bytes) -> None:
    found = readings(document)

    assert by_site(found) == EXPECTED
    assert {(cell.time, cell.kind, cell.flag) for cell in found} == {(HOUR, "hour", "N")}


def test_numbers_and_nulls_of_json() -> None:
    one = {
        "StationCode": "1057A",
        "TimePoint": "/Date(1643914800000+0800)/",
        "PM2_5": 6,
        "CO": 0.3,
        "SO2": None,
    }

    (co, pm25) = sorted(readings(json.dumps([one])), key=lambda cell: cell.parameter)

    assert (pm25.value, co.value, pm25.time) == (6.0, 0.3, HOUR)


@pytest.mark.parametrize(
    ("ozone", "value"),
    [
        pytest.param({"o3": "80", "o3_24h": "90"}, 80.0, id="named as they are (pm25.in)"),
        pytest.param({"o3": "90", "o3_24h": "80"}, 80.0, id="as the platform names them"),
        pytest.param({"o3": "80", "o3_24h": "80"}, 80.0, id="equal"),
        pytest.param({"o3_24h": "80"}, 80.0, id="the platform's alone"),
        pytest.param({"o3": "80"}, 80.0, id="one name alone"),
    ],
)
def test_the_current_ozone_is_told_by_the_values(ozone: dict[str, str], value: float) -> None:
    station = {"station_code": "1057A", "time_point": "2015-02-05T14:00:00Z", **ozone}

    (cell,) = readings(json.dumps([station]))

    assert (cell.parameter, cell.value) == ("o3", value)


def test_ozone_that_contradicts_itself_is_refused() -> None:
    text = LONG.replace(",90,90,85,78,", ",90,95,85,78,")

    with pytest.raises(ValueError, match="x: the current value and the day's maximum of ozone contradict"):
        readings(text)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        pytest.param("[]", "no object has StationCode and TimePoint", id="an empty array"),
        pytest.param('{"a": [{"b": 1}]}', "no object has StationCode", id="other JSON"),
        pytest.param('{"a":', "not JSON", id="cut"),
        pytest.param('{"StationCode":"a","TimePoint":"b"}\n{"a":', "line 2", id="cut in a line"),
        pytest.param("date,hour,type,1057A,1057A\n", "column 1057A stands twice", id="a station twice"),
        pytest.param(
            'date,hour,type,1057A\n20220204,3,"PM2.5,1\n', "line 2: unexpected end", id="open quote"
        ),
    ],
)
def test_what_is_none_of_the_forms_is_one_line(document: str | bytes, words: str) -> None:
    with pytest.raises(ValueError, match=r"^x: ") as refused:
        readings(document)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("row", "reason", "column"),
    [
        pytest.param("20220204,3,PM2.5,12a", "not_a_number", "PM2.5", id="no number"),
        pytest.param("20220230,3,PM2.5,12", "bad_time", "date", id="no such day"),
        pytest.param(",,PM2.5,12", "no_time", "date", id="no day"),
        pytest.param("20220204", "bad_envelope", "", id="a torn row"),
    ],
)
def test_bad_cells_of_a_wide_table(row: str, reason: str, column: str) -> None:
    (cell,) = air.cells(f"date,hour,type,1057A\n{row}\n".encode(), "x", NAMES)

    assert isinstance(cell, BadCell)
    assert (cell.reason, cell.column, cell.file, cell.line) == (reason, column, "x", 2)


def test_other_stations_of_a_wide_table_are_counted() -> None:
    counted: Counter[str] = Counter()
    text = "date,hour,type,1001A,1057A,1002A\n20220204,3,PM2.5,5,6,\n20220204,3,PM2.5_24h,5,6,7\n"
    text += "20220204,3,CO,1,1,—\n"

    found = list(air.cells(text.encode(), "x", NAMES, counted))

    assert [cell.site for cell in found] == ["renmin-gongyuan"] * 2
    assert counted == {"1001A": 2}


@given(
    st.binary(max_size=200) | st.text(max_size=100).map(lambda tail: f"date,hour,type,1057A\n{tail}".encode())
)
def test_no_document_is_too_strange(document: bytes) -> None:
    try:
        cells = list(air.cells(document, "x", NAMES))
    except ValueError as refused:
        cells = []
        words = str(refused)
    else:
        words = "x: "
    assert words.startswith("x: ")
    assert all(isinstance(cell, CsvReading | BadCell) for cell in cells)


@pytest.mark.real
def test_the_excerpt_of_2022_in_each_form() -> None:
    """44 station-hours of the archive as it is, turned, and as JSON, held against the file."""
    text = EXCERPT.read_text(encoding="utf-8")
    rows = rows_of(text)
    expected = sorted(
        (row["stationcode"], row["timepoint"], parameter, float(row[column]))
        for row in rows
        for column, parameter in PARAMETERS.items()
        if row[column]
    )

    for document in (text, wide(rows, swapped=True), wide(rows, swapped=False), json.dumps(as_json(rows))):
        found = readings(document, {})
        stamps = [f"{cell.time.astimezone(SHANGHAI):%Y-%m-%dT%H:%M:%S}" for cell in found]
        assert (
            sorted((c.site, t, c.parameter, c.value) for c, t in zip(found, stamps, strict=True)) == expected
        )


def test_a_folder_of_all_forms_in_any_order(tmp_path: Path) -> None:
    folder = tmp_path / "archive"
    folder.mkdir()
    rows = rows_of(LONG)
    later = [{**row, "timepoint": "2022-02-04T04:00:00"} for row in rows]
    (folder / "2022-02-04T03.csv").write_text(LONG, encoding="utf-8")
    (folder / "china_sites_20220204.csv").write_text(wide([*rows, *later], swapped=False), encoding="utf-8")
    (folder / "now.json").write_text(json.dumps(as_json(later)), encoding="utf-8")

    outcomes = []
    for number, files in enumerate(([folder], sorted(folder.iterdir(), reverse=True))):
        (tmp_path / str(number)).mkdir()
        place = Place(tmp_path / str(number))
        outcomes.append((place.run("import", "--format", "cnemc-air", *map(str, files)), place.readings()))

    assert outcomes[0] == outcomes[1]
    assert outcomes[0][0][0] == 0
    assert outcomes[0][0][1].startswith("20 stored, 20 duplicate")
    assert len(outcomes[0][1]) == 20


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("text", [LONG, wide(rows_of(LONG), swapped=True)], ids=["long", "wide"])
def test_an_archive_may_have_gone_through_a_spreadsheet(text: str, delimiter: str) -> None:
    assert by_site(readings(text.replace(",", delimiter))) == EXPECTED


def test_a_type_that_the_platform_does_not_have_is_refused_by_its_line() -> None:
    """Its values stood in the file, and nothing was said of them."""
    types = "".join(f"20220204,3,{kind},6\n" for kind in ("PM2.5", "NOx", "PM2.5_24h", "O3_8h_24h", "AQI"))
    table = f"date,hour,type,1057A\n{types}"

    reading, bad = air.cells(table.encode(), "x", NAMES)

    assert isinstance(reading, CsvReading)
    assert isinstance(bad, BadCell)
    assert (bad.line, bad.reason, bad.detail) == (
        3,
        "unknown_parameter",
        "type 'NOx' is none of the platform's",
    )


def test_a_table_that_is_none_of_the_archives_names_their_columns() -> None:
    """It was told to be no XML."""
    with pytest.raises(
        ValueError, match=r"^x: line 1: neither XML nor JSON, nor a table with columns timepoint"
    ):
        list(air.cells("日期,小时,类型,1057A\n".encode(), "x", NAMES))


def test_an_archive_without_values_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path)

    code, words = place.run("import", "--format", "cnemc-air", place.file("<r/>", "x.xml"))

    assert (code, words.splitlines()[-1]) == (0, "no measured value was found")
