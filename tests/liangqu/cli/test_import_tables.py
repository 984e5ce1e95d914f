"""`liangqu import` of tables as other people have them: the same readings, or a reason."""

import gzip
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.importing.cells import BadCell, CsvReading
from ingest.importing.csv_rows import WITHOUT_OFFSET, RowOptions, rows
from ingest.importing.tables.table import TableOptions
from liangqu.tasks.importing.history import count_lines
from sensors.catalogue import loader
from tests.liangqu.cli.test_import import Place
from tests.support.scale import scaled

CATALOGUE = loader.load()
EIGHT = datetime(2021, 4, 1, tzinfo=UTC)
UNKNOWN_TIME = "is not written with the year first; --time-format says how it is written"
OURS = "site,time,nh3n,conductivity\nhoucheng,2021-04-01T08:00:00+08:00,0.6,1425\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def read(content: bytes | str, options: RowOptions | None = None) -> list[CsvReading | BadCell]:
    raw = content.encode() if isinstance(content, str) else content
    return list(rows(io.BytesIO(raw), CATALOGUE, options))


def said(content: str, options: RowOptions | None = None) -> list[str]:
    notes: list[str] = []
    list(rows(io.BytesIO(content.encode()), CATALOGUE, options, notes.append))
    return notes


def meant(content: bytes | str, options: RowOptions | None = None) -> list[tuple[str, str, datetime, float]]:
    """Site, parameter, time and value of each reading; nothing else may be there."""
    found = read(content, options)
    assert all(isinstance(cell, CsvReading) for cell in found), found
    return [
        (c.site, CATALOGUE.by_code.get(c.parameter, c.parameter), c.time, float(c.value))
        for c in found
        if isinstance(c, CsvReading)
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("site,time,NH3-N,电导率\nhoucheng,2021/4/1 8:00,0.6,1425\n", id="symbols and Chinese"),
        pytest.param(
            "断面名称,监测时间,氨氮(μg/L),电导率(mS/cm)\n后城,2021年4月1日 8时,600,1.425\n", id="units"
        ),
        pytest.param("断面,日期,小时,氨氮,电导率\n后城,20210401,8,0.6,1425\n", id="date and hour apart"),
        pytest.param('site,time,nh3n,conductivity\nhoucheng,20210401080000,0.6,"1,425.0"\n', id="thousands"),
        pytest.param("site;time;nh3n;conductivity\nhoucheng;2021-04-01 8:00;0,6;1425,0\n", id="semicolons"),
        pytest.param("site\ttime\tnh3n\tconductivity\nhoucheng\t20210401 08\t0.6\t1425\n", id="tabs"),
        pytest.param("site,time,w21003,w01014\nhoucheng,44287.3333333333,０．６,１４２５\n", id="full width"),
        pytest.param("断面,时间,氨氮,电导率\n后城,2021-04-01 08:00,0.6,1425\n".encode("gbk"), id="GBK"),
        pytest.param(
            "断面\t时间\t氨氮\t电导率\n后城\t2021/4/1 8:00\t0.6\t1425\n".encode("utf-16"), id="UTF-16"
        ),
        pytest.param(
            "site,parameter,time,value\n后城,nh3n,2021/4/1 8:00,0.6\n后城,w01014,2021/4/1 8:00,1425\n",
            id="long",
        ),
        pytest.param(
            "断面,监测项目,监测时间,监测值\n后城,nh3n,2021/4/1 8:00,0.6\n后城,w01014,2021/4/1 8:00,1425\n",
            id="long, in Chinese",
        ),
        pytest.param(
            "2021年4月月报\n断面,时间,氨氮,电导率,备注\n,,mg/L,μS/cm,\n后城,2021/4/1 8:00,0.6,1425,好\n",
            id="title, units",
        ),
    ],
)
def test_the_same_readings_however_they_are_written(content: str | bytes) -> None:
    assert (
        meant(content)
        == meant(OURS)
        == [
            ("houcheng", "nh3n", EIGHT, 0.6),
            ("houcheng", "conductivity", EIGHT, 1425.0),
        ]
    )


def test_a_workbook(place: Place) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["站点", "时间", "PM2.5(μg/m³)", "CO(μg/m³)", "备注"])
    sheet.append(["五金库", datetime(2021, 4, 1, 8), 35.5, 400, None])  # noqa: DTZ001 - as Excel has it
    book.save(place.folder / "x.xlsx")

    code, words = place.run("import", str(place.folder / "x.xlsx"))

    assert (code, "2 stored" in words) == (0, True), words
    assert place.readings() == [("wujinku", "co", EIGHT, 0.4), ("wujinku", "pm25", EIGHT, 35.5)]


@pytest.mark.parametrize("name", ["1059A", "五金库", "wujinku"])
def test_a_site_by_national_code_name_and_id(name: str) -> None:
    assert meant(f"站点,time,pm25\n{name},2021/4/1 8:00,1\n")[0][0] == "wujinku"


def test_a_name_that_no_site_has_stays_as_it_is() -> None:
    (cell,) = read("site,time,pm25\n某站,2021/4/1 8:00,1\n")

    assert cell.site == "某站"


def test_times_without_an_offset_are_said_once_for_all_files(place: Place) -> None:
    files = [place.file(f"site,time,pm25\nwujinku,2021/4/1 {h}:00,1\n", f"{h}.csv") for h in (8, 9)]

    code, words = place.run("import", *files)

    assert (code, "2 stored" in words) == (0, True)
    assert words.count("times without an offset are taken as Asia/Shanghai's; --tz names another zone") == 1
    assert "offset" not in place.run("import", "--tz", "Asia/Shanghai", *files)[1]


def test_a_file_says_it_once_too() -> None:
    content = "site,time,pm25\nwujinku,2021/4/1 8:00,1\nwujinku,2021/4/1 9:00,1\n"

    assert said(content) == [f"standard input: {WITHOUT_OFFSET}"]


def test_the_quarantine_quotes_the_cell(place: Place) -> None:
    file = place.file("site,time,PM2.5,pm10,so2\nwujinku,2021/4/1 8:00,—,12 ?,7.5\nwujinku,1/4/2021,1,,\n")

    assert place.run("import", file)[0] == 1
    listed: list[dict[str, Any]] = json.loads(place.run("quarantine", "list", "--json")[1])
    assert sorted(row["detail"] for row in listed) == [
        f"{file}, line 2: '12 ?' is not a decimal number",
        f"{file}, line 2: '—' is not a decimal number; --missing counts it as blank",
        f"{file}, line 3: time '1/4/2021' {UNKNOWN_TIME}",
    ]


def test_a_day_that_comes_first_is_read_as_it_is_named() -> None:
    content = "site,time,pm25\nwujinku,1/4/2021 8:00,1\n"

    assert meant(content, RowOptions(time_format="%d/%m/%Y %H:%M"))[0][2] == EIGHT


@pytest.mark.parametrize(
    ("header", "words"),
    [
        pytest.param("site,time,pm25,AQI", "column AQI: no parameter", id="numbers that are no parameter"),
        pytest.param("site,time,NO2(ppb)", "ppb does not convert", id="ppb"),
        pytest.param("site,time,PM2.5,a34004", "column pm25 stands twice", id="twice"),
        pytest.param("site,time,氨氮倍数,ph", "column 氨氮倍数: no parameter", id="looks like one"),
        pytest.param("date,hour,type,1057A", "--format cnemc-air reads it", id="national, wide"),
        pytest.param(
            "timepoint,stationcode,pm2_5,o3_24h", "--format cnemc-air reads it", id="national, long"
        ),
        pytest.param("站点,PM2.5", "no column time", id="no time"),
    ],
)
def test_a_header_that_is_not_certain_is_refused(header: str, words: str, place: Place) -> None:
    code, told = place.run("import", place.file(f"{header}\n{','.join('1' for _ in header.split(','))}\n"))

    assert (code, words in told) == (2, True), told
    assert not (place.folder / "journal.db").exists()


def test_words_and_moving_means_are_passed_over_and_said() -> None:
    content = "site,time,pm25,PM2.5_24h,备注,水质类别\nwujinku,2021/4/1 8:00,1,9,,好\n"

    assert [row[1] for row in meant(content)] == ["pm25"]
    assert "standard input: not read: PM2.5_24h, 备注, 水质类别" in said(content)


def test_below_detection_in_another_unit_is_converted() -> None:
    (cell,) = read("site,time,氨氮(μg/L)\nhoucheng,2021/4/1 8:00,25L\n")

    assert isinstance(cell, CsvReading)
    assert cell.value == "<0.025"


def test_a_heading_with_a_unit_is_not_converted_once_more_by_the_sites_own(place: Place) -> None:
    """A site whose logger sends PM2.5 in ng/m³, and a table that says mg/m³: 0.1 mg/m³ is 100 µg/m³."""
    row = '[[site]]\nid = "dust"\nmedium = "air"\nname = { zh = "扬尘", en = "Dust" }\n'
    place.file(row + 'units = { pm25 = "ng/m3" }\n', "sites.toml")
    place.file('[catalogue]\nextra = ["sites.toml"]\n', "liangqu.toml")

    done = place.run("import", place.file("site,time,PM2.5(mg/m3)\ndust,2021/4/1 8:00,0.1\n"))

    assert done[0] == 0, done
    assert place.readings() == [("dust", "pm25", EIGHT, 100.0)]


@pytest.mark.parametrize(
    ("content", "name", "lines"),
    [
        pytest.param("a\nb\n", "x.csv", 2, id="ended"),
        pytest.param("a\nb", "x.csv", 2, id="not ended"),
        pytest.param("", "x.csv", 0, id="empty"),
        pytest.param("<a/>", "x.xml", None, id="a document has no lines to count"),
    ],
)
def test_progress_counts_what_there_is(content: str, name: str, lines: int | None, place: Place) -> None:
    assert count_lines([Path(place.file(content, name))]) == lines


def test_folders_and_files_in_any_order_give_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "deeper").mkdir(parents=True)
    for hour in range(6):
        text = f"site,time,pm25\nwujinku,2021-04-01T{hour:02}:00:00Z,{hour * 300}\n"
        name = folder / ("deeper" if hour % 2 else "") / f"2021-04-01T{hour:02}.csv"
        name.write_text(text, encoding="utf-8")
    (folder / "2021-04-01T06.csv.gz").write_bytes(
        gzip.compress(b"site,time,pm25\nwujinku,2021-04-01T06:00:00Z,9\n")
    )
    (folder / ".hidden").write_text("nothing", encoding="utf-8")
    files = sorted(map(str, folder.rglob("*.csv*")))

    outcomes = []
    for number, named in enumerate(([str(folder)], files[::-1], [*files, str(folder)])):
        (tmp_path / str(number)).mkdir()
        place = Place(tmp_path / str(number))
        outcomes.append((place.run("import", *named)[0], place.readings()))

    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert len(outcomes[0][1]) == 7


def test_an_empty_folder_is_told(place: Place) -> None:
    (place.folder / "empty").mkdir()

    assert place.run("import", str(place.folder / "empty")) == (
        2,
        f"{place.folder}/empty: a folder without files",
    )


def test_more_files_than_a_process_may_open(place: Place) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for number in range(120):
        place.file(f"site,time,pm25\nwujinku,{1617235200000 + number * 3_600_000},1\n", f"{number:03}.csv")
    resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))
    try:
        code, words = place.run("import", *map(str, place.folder.glob("*.csv")))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (code, words.startswith("120 stored")) == (0, True)


NAMES = {
    "pm25": ["pm25", "PM2.5", "PM2.5(μg/m³)", "a34004", "细颗粒物"],
    "pm10": ["pm10", "PM10", "PM10(mg/m3)"],
    "co": ["co", "CO", "一氧化碳(μg/m³)", "a21005"],
    "o3": ["o3", "O3_1h", "臭氧"],
}
SHIFTS = {"PM10(mg/m3)": "0.001", "一氧化碳(μg/m³)": "1000"}


@settings(max_examples=scaled(500), deadline=None)
@given(st.data())
def test_any_way_of_writing_a_table_gives_its_readings(data: st.DataObject) -> None:
    """Headings, units, separators, encodings, decimal marks and forms of time change no reading."""
    parameters = data.draw(st.lists(st.sampled_from(sorted(NAMES)), min_size=1, unique=True))
    headings = [data.draw(st.sampled_from(NAMES[one])) for one in parameters]
    delimiter, encoding = (
        data.draw(st.sampled_from([",", ";", "\t"])),
        data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"])),
    )
    comma = data.draw(st.booleans()) and delimiter != ","
    form = data.draw(
        st.sampled_from(
            ["{0.year}/{0.month}/{0.day} {0.hour}:00", "{0:%Y%m%d%H}", "{0:%Y-%m-%dT%H:00:00+08:00}"]
        )
    )
    number = st.decimals(0, 180, places=data.draw(st.integers(0, 2)))
    hours = data.draw(
        st.lists(st.datetimes(datetime(2001, 1, 1), datetime(2026, 1, 1)), min_size=1, max_size=4)  # noqa: DTZ001
    )
    table, ours = [["站点", "时间", *headings]], [["site", "time", *parameters]]
    for hour in hours:
        values = [data.draw(number) for _ in parameters]
        hour_text = form.format(hour)
        shown = [str(v * type(v)(SHIFTS.get(h, "1"))) for v, h in zip(values, headings, strict=True)]
        table.append(["五金库", hour_text, *(one.replace(".", ",") if comma else one for one in shown)])
        ours.append(["wujinku", f"{hour:%Y-%m-%dT%H:00:00+08:00}", *map(str, values)])
    options = RowOptions(table=TableOptions(decimal="," if comma else "."))

    def written(lines: Sequence[Sequence[str]], separator: str) -> str:
        return "\r\n".join(separator.join(line) for line in lines)

    assert meant(written(table, delimiter).encode(encoding), options) == meant(written(ours, ","))
