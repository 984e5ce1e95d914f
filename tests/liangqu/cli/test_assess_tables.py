"""`liangqu assess` on tables as other people have them: the verdict of the same table in our own words."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from liangqu.tasks.assessment import AssessmentOptions, assess_table
from sensors.standards import aqi
from tests.liangqu.cli.test_assess import Done, run
from tests.support.paths import REAL
from tests.support.scale import scaled

NATIONAL = ("--standard", "cnemc-live-2012")


def verdicts(done: Done, delimiter: str = ",", added: int = 3) -> list[list[str]]:
    rows = list(csv.reader(io.StringIO(done.out.removeprefix("\ufeff")), delimiter=delimiter))[1:]
    return [row[-added:] for row in rows]


CANONICAL = "ph,do,codmn,nh3n,tp\n7.5,1.2,22,9.5,1.4\n"
WORST = [["6", "do;codmn;nh3n;tp", "nh3n:8.50;tp:6.00;codmn:2.67"]]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param("ph,DO,CODMn,NH3-N,TP", "7.5,1.2,22,9.5,1.4", id="symbols"),
        pytest.param(
            "ph,do(mg/L),codmn(mg/L),nh3n(mg/L),tp(mg/L)", "7.5,1.2,22,9.5,1.4", id="units in brackets"
        ),
        pytest.param(
            "pH(无量纲),溶解氧(mg/L),高锰酸盐指数(mg/L),氨氮(mg/L),总磷(mg/L)",
            "7.5,1.2,22,9.5,1.4",
            id="page",
        ),
        pytest.param("ph,do_mg_l,codmn_mg_l,nh3n_mg_l,tp_mg_l", "7.5,1.2,22,9.5,1.4", id="archive"),
        pytest.param("w01001,w01009,w01019,w21003,w21011", "7.5,1.2,22,9.5,1.4", id="codes"),
        pytest.param(
            "ＰＨ,ＤＯ,ＣＯＤＭｎ,ＮＨ３－Ｎ,ＴＰ", "７．５,１．２,２２,９．５,１．４", id="full width"
        ),
        pytest.param("pH,DO,CODMn,氨氮(μg/L),总磷/(μg/L)", "7.5,1.2,22,9500,1400", id="µg/L is converted"),
        pytest.param('pH,DO,CODMn,"氨氮\n(mg/L)",TP', "7.5,1.2,22,9.5,1.4", id="a break in a heading"),
        pytest.param("断面,pH,DO,CODMn,NH3-N,TP,备注", "八号桥,7.5,1.2,22,9.5,1.4,超标", id="texts pass"),
    ],
)
def test_headings_as_people_write_them(header: str, row: str) -> None:
    """The water is worse than V by four items, whatever the columns are called."""
    done = run("water", "-", stdin=f"{header}\n{row}\n")

    assert done.code == 0
    assert verdicts(done) == WORST == verdicts(run("water", "-", stdin=CANONICAL))


@pytest.mark.parametrize(
    ("medium", "header", "row", "words"),
    [
        pytest.param("water", "ph,氨氮倍数", "7,9", "氨氮倍数 looks like nh3n", id="times over"),
        pytest.param("water", "ph,codmn2", "7,9", "codmn2 looks like codmn", id="a digit more"),
        pytest.param("water", "ph,do_mg_l_raw", "7,9", "do_mg_l_raw looks like do", id="raw"),
        pytest.param("water", "ph,溶解氧(%)", "7,90", "% does not convert", id="saturation"),
        pytest.param("water", "ph,硝酸盐(mg/L)", "7,9", "硝酸盐(mg/L) has a unit", id="not of the table"),
        pytest.param("water", "ph,PH", "7,7", "ph stands twice", id="a case apart"),
        pytest.param("air", "time,pm25,NO2(ppb)", "2026-11-25,7,9", "ppb does not convert", id="ppb"),
        pytest.param("air", "time,PM2.5,pm2_5", "2026-11-25,7,9", "stands twice", id="twice"),
        pytest.param("air", "time,PM2.5,PM10 IAQI", "2026-11-25,7,9", "PM10 IAQI looks like pm10", id="IAQI"),
    ],
)
def test_a_heading_that_looks_like_an_item_and_is_not_read_ends_it(
    medium: str, header: str, row: str, words: str
) -> None:
    done = run(medium, "-", stdin=f"{header}\n{row}\n")

    assert (done.code, done.out) == (2, "")
    assert words in done.err
    passed = header.rpartition(",")[2]
    assert run(medium, "-", "--ignore-columns", passed, stdin=f"{header}\n{row}\n").code == (
        0 if medium else 2
    )


def test_a_column_of_words_passes_whatever_it_is_called() -> None:
    done = run("water", "-", stdin="codmn,氨氮评价\n3,达标\n3,超标\n")

    assert (done.code, verdicts(done)) == (0, [["2", "codmn", ""]] * 2)


def test_columns_of_the_other_medium_and_of_weather_pass() -> None:
    done = run("water", "-", stdin="codmn,PM2.5(μg/m³),气温(℃)\n3,400,-5\n")

    assert (done.code, verdicts(done)) == (0, [["2", "codmn", ""]])


def test_small_letters_and_capitals_in_air() -> None:
    """PM10 400 µg/m³ was passed over for its capitals: AQI 18."""
    done = run("air", "-", stdin="time,pm25,PM10,SO2\n2026-11-25T08:00:00+08:00,12,400,5\n")

    assert (done.code, verdicts(done)) == (0, [["272", "5", "pm10"]])


@pytest.mark.parametrize(
    ("medium", "header", "row", "words"),
    [
        pytest.param("water", "do", "9999", "'9999' lies outside 0 to 40 mg/L", id="a code for missing"),
        pytest.param("water", "ph", "99", "'99' lies outside 0 to 14", id="pH 99"),
        pytest.param("water", "ph", "15", "'15' lies outside 0 to 14", id="pH 15"),
        pytest.param("water", "nh3n(μg/L)", "200000", "lies outside 0 to 150 mg/L", id="after conversion"),
        pytest.param("air", "pm25", "9999", "'9999' lies outside 0 to 5000 µg/m³", id="PM2.5"),
        pytest.param("air", "pm25", "-99.8", "'-99.8' is negative", id="-99.8"),
        pytest.param("air", "co", "700", "'700' lies outside 0 to 200 mg/m³", id="CO in µg sent as mg"),
        pytest.param("air", "o3_8h", "99999808.0", "lies outside 0 to 1500", id="the 8 hours of ozone"),
    ],
)
def test_what_is_physically_impossible_is_a_bad_cell(medium: str, header: str, row: str, words: str) -> None:
    options = NATIONAL if medium == "air" and header != "o3_8h" else ()
    options = ("--standard", "HJ 633-2012") if header == "o3_8h" else options

    done = run(medium, *options, "-", stdin=f"{header},备注\n{row},x\n")

    assert done.code == 1
    assert f"row 1 (line 2), column {header}: " in done.err
    assert words in done.err
    assert verdicts(done) == [["", "", ""]]
    assert run(medium, *options, "-", "--missing", row, stdin=f"{header},备注\n{row},x\n").code == 0


@pytest.mark.parametrize(
    "cell", ["", " ", "-", "--", "—", "——", "*", "/", "NA", "na", "N/A", "null", "NULL", "－－", "＊"]
)
def test_an_item_that_was_not_measured_does_not_cost_the_class(cell: str) -> None:
    done = run("water", "-", stdin=f"ph,do,codmn,nh3n,tp\n7.5,8.1,{cell},0.12,0.05\n")

    assert (done.code, verdicts(done)) == (0, [["2", "tp", ""]])
    assert done.err == "standard input: 1 row: the class is without codmn\n"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("0.025L", "1"), ("0.025l", "1"), ("＜0.025", "1"), ("< 0.025", "1"), ("<0.302", "2"), ("0.302L", "2")],
)
def test_below_detection_counts_as_half(cell: str, expected: str) -> None:
    assert verdicts(run("water", "-", stdin=f"nh3n\n{cell}\n"))[0][0] == expected


@pytest.mark.parametrize(
    ("text", "met"),
    [
        (text, met)
        for met, texts in {
            "no": ["Ⅱ", "II", "ii", "2", "Ⅱ类", "II类", "2类", "２类", " Ⅱ 类 "],
            "yes": ["Ⅲ", "III", "iii", "3", "Ⅲ类", "III类", "3类", "劣Ⅴ", "劣V", "劣V类", "劣Ⅴ类"],
        }.items()
        for text in texts
    ],
)
def test_targets_as_people_write_them(text: str, met: str) -> None:
    done = run("water", "-", stdin=f"codmn,水质目标\n5,{text}\n")

    assert (done.code, verdicts(done, added=4)[0][3]) == (0, met)
    assert verdicts(done, added=4)[0][0] == "3"


@pytest.mark.parametrize(
    ("body", "expected"), [("湖库", "5"), ("水库", "5"), ("河流", "3"), ("River", "3"), ("", "3")]
)
def test_water_bodies_in_chinese(body: str, expected: str) -> None:
    assert verdicts(run("water", "-", stdin=f"总磷,水体类型\n0.1003,{body}\n"))[0][0] == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "ph\n7\n", "the class is from ph alone: no column of do, codmn, nh3n, tp", id="pH alone"
        ),
        pytest.param("tp\n.1\n", "the class is from tp alone", id="one item"),
        pytest.param("ph,do\n7,8\n", "no column of codmn, nh3n, tp: the class is from ph, do", id="two"),
        pytest.param(
            "ph,do,codmn,nh3n,tp\n7,,,,\n7,,,,\n",
            "2 rows: the class is from ph alone",
            id="rows with pH alone",
        ),
        pytest.param(
            "ph,do,codmn,nh3n,tp\n7,8,3,,\n", "1 row: the class is without nh3n, tp", id="a row without two"
        ),
        pytest.param("tn,coliform\n1,2\n", "no column of an item that counts", id="none that counts"),
    ],
)
def test_a_class_says_on_how_little_it_rests(text: str, said: str) -> None:
    done = run("water", "-", stdin=text)

    assert done.code == 0
    assert f"standard input: {said}" in done.err


def test_nothing_is_said_of_a_whole_sample() -> None:
    assert run("water", "-", stdin=CANONICAL).err == ""


def test_bad_cells_are_told_whether_they_count_or_not() -> None:
    done = run("water", "-", stdin="codmn,tn,粪大肠菌群(个/L)\n3,abc,≥24000\n")

    assert (done.code, verdicts(done)) == (1, [["2", "codmn", ""]])
    assert "column tn: 'abc' is not a number; it does not count for the result" in done.err
    assert "column 粪大肠菌群(个/L): '≥24000' is not a number; it does not count for the result" in done.err


class TestParticlesBefore2026:
    """HJ 633-2012 has no hourly index of them."""

    def test_what_is_missing_is_said_once(self) -> None:
        done = run("air", "-", stdin="time,pm25,pm10\n2021-04-01 08:00,35,50\n2021-04-01 09:00,35,50\n")

        assert (done.code, verdicts(done)) == (0, [["", "", ""]] * 2)
        assert done.err.count("pm25, pm10 have no hourly index in HJ 633-2012") == 1
        assert "`pm10_24h`, `pm25_24h` would have one, or `--standard cnemc-live-2012`" in done.err

    def test_beside_gases_too(self) -> None:
        done = run("air", "-", stdin="time,PM2.5,SO2\n2021-04-01 08:00,35,5\n")

        assert verdicts(done) == [["2", "1", ""]]
        assert "pm25 has no hourly index in HJ 633-2012; `pm25_24h`" in done.err

    def test_a_bad_cell_among_them_is_told(self) -> None:
        done = run("air", "-", stdin="time,pm25,so2\n2021-04-01 08:00,x,5\n2021-04-01 09:00,NA,5\n")

        assert (done.code, verdicts(done)[0]) == (1, ["2", "1", ""])
        assert "column pm25: 'x' is not a number; it does not count" in done.err
        assert "'NA'" not in done.err

    def test_from_march_2026_on_there_is_nothing_to_say(self) -> None:
        done = run("air", "-", stdin="time,pm25,pm10,so2,no2,co,o3\n2026-03-01T08:00+08:00,1,1,1,1,1,1\n")

        assert (done.code, done.err) == (0, "")


def test_an_index_says_which_pollutants_it_is_without() -> None:
    done = run(
        "air", "-", *NATIONAL, stdin="pm25,pm10,so2,no2,co,o3\n35,50,,20,,90\n35,50,,20,,90\n35,,,,,\n"
    )

    assert "2 rows: the index is without so2, co" in done.err
    assert "1 row: the index is from pm25 alone" in done.err


@pytest.mark.parametrize(
    "time",
    [
        "2026/2/28 8:00",
        "2026-02-28 8:00",
        "2026年2月28日 8时",
        "20260228080000",
        "20260228 08",
        "46081.3333333333",
    ],
)
def test_times_as_spreadsheets_write_them(time: str) -> None:
    """By HJ 633-2012, whose last day that is: the mean of a day of 75 µg/m³ is 100."""
    done = run("air", "--statistic", "day", "-", stdin=f"时间,PM2.5\n{time},75\n")

    assert verdicts(done) == [["100", "2", "pm25"]]
    assert done.err.count("times without an offset are taken as Asia/Shanghai's") == 1


def test_a_day_that_comes_first_is_never_guessed() -> None:
    table = "time,pm25\n1/3/2026 8:00,75\n"

    refused = run("air", "--statistic", "day", "-", stdin=table)
    read = run("air", "--statistic", "day", "--time-format", "%d/%m/%Y %H:%M", "-", stdin=table)

    assert (refused.code, "--time-format" in refused.err) == (1, True)
    assert verdicts(read) == [["114", "3", "pm25"]]  # by HJ 633-2026, from that day on


def test_date_and_hour_apart() -> None:
    done = run("air", "-", stdin="date,hour,so2\n20210401,8,801\n20260401,8,801\n")

    assert verdicts(done) == [["", "", ""], ["200", "4", "so2"]]


@pytest.mark.parametrize(
    ("content", "delimiter"),
    [
        pytest.param("站点,pH,氨氮\n后城,7.5,0.6\n".encode("gbk"), ",", id="GBK"),
        pytest.param("站点,pH,氨氮\n后城,7.5,0.6\n".encode("gb18030"), ",", id="GB18030"),
        pytest.param(
            "站点\tpH\t氨氮\r\n后城\t7.5\t0.6\r\n".encode("utf-16"), "\t", id="Excel's Unicode text"
        ),
        pytest.param("站点;pH;氨氮\n后城;7,5;0,6\n".encode(), ";", id="semicolons and decimal commas"),
        pytest.param("站点\tpH\t氨氮\n后城\t7.5\t0.6\n".encode(), "\t", id="tabs"),
        pytest.param("\ufeff站点,pH,氨氮\n后城,7.5,0.6\n".encode(), ",", id="byte order mark"),
        pytest.param(b"site,ph,nh3n\n" + "后城,7.5,0.6\n".encode("gbk"), ",", id="GBK below an ASCII header"),
        pytest.param(
            b"site,ph,nh3n\n" + b"a,7.5,0.6\n" * 9000 + "后城,7.5,0.6\n".encode("gbk"),
            ",",
            id="GBK far below",
        ),
        pytest.param("2021年4月水质\n\n站点,pH,氨氮\n后城,7.5,0.6\n".encode(), ",", id="a title above"),
        pytest.param(
            "站点,pH,氨氮\n,无量纲,mg/L\n后城,7.5,0.6\n".encode(), ",", id="units in a row of their own"
        ),
    ],
)
def test_files_as_programs_save_them(content: bytes, delimiter: str) -> None:
    done = run("water", "-", stdin=content)

    assert done.code == 0, done.err
    assert verdicts(done, delimiter)[-1] == ["3", "nh3n", ""]
    assert f"后城{delimiter}7" in done.out
    assert done.out.startswith("\ufeff") == content.startswith((b"\xef\xbb\xbf", b"\xff\xfe"))


def test_a_unit_in_a_row_of_its_own_is_converted() -> None:
    done = run("water", "-", stdin="站点,pH,氨氮\n,,μg/L\n后城,7.5,600\n")

    assert verdicts(done) == [["3", "nh3n", ""]]


@pytest.mark.parametrize(
    ("options", "content"),
    [
        pytest.param(("--encoding", "big5"), "總磷,站點\n0.15,後城\n".encode("big5"), id="encoding"),
        pytest.param(("--delimiter", "/"), b"tp/x\n0.15/1\n", id="delimiter"),
        pytest.param(("--delimiter", "tab"), b"tp\tx\n0.15\t1\n", id="tab"),
        pytest.param(("--decimal", ","), b"tp;x\n0,150;1\n", id="decimal"),
    ],
)
def test_what_is_named_is_done(options: Sequence[str], content: bytes) -> None:
    if options[0] == "--encoding":
        content = content.replace("總磷".encode("big5"), b"tp")
    done = run("water", *options, "-", stdin=content)

    assert done.code == 0, done.err
    assert "3" in done.out.splitlines()[1]


@pytest.mark.parametrize(
    ("options", "content", "code", "words"),
    [
        (("--encoding", "klingon"), b"", 2, "no encoding 'klingon'; UTF-8, GB18030"),
        (("--encoding", "zlib"), b"", 2, "no encoding 'zlib'"),
        (("--delimiter", ";;"), b"", 2, "--delimiter: ';;' is not one character"),
        (("--sheet", "2"), b"codmn\n3\n", 0, ""),
        ((), b"codmn;tp\n1,425;2,000\n", 1, "--decimal says which mark"),
        ((), b"codmn;tp\n1,4;2.5\n", 2, "2.5 has a decimal point, 1,4 a decimal comma; --decimal"),
        ((), b"codmn\n\x80\xff\n", 1, "--encoding names another encoding"),
        ((), b"\xd0\xcf\x11\xe0\xa1\xb1", 2, "Excel 97 to 2003; save it as .xlsx"),
        ((), b"PK\x03\x04 nothing", 2, "not a workbook"),
    ],
)
def test_what_cannot_be_told_names_the_option(
    options: Sequence[str], content: bytes, code: int, words: str
) -> None:
    done = run("water", *options, "-", stdin=content)

    assert done.code == code
    assert words in done.err


class TestWorkbooks:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Callable[[Sequence[Sequence[object]]], Path]:
        def save(rows: Sequence[Sequence[object]], merged: Sequence[str] = ()) -> Path:
            book = Workbook()
            sheet = book.active
            assert sheet is not None
            for row in rows:
                sheet.append(list(row))
            for area in merged:
                sheet.merge_cells(area)
            book.save(tmp_path / "x.xlsx")
            return tmp_path / "x.xlsx"

        return save

    def test_numbers_dates_and_words(self, saved: Callable[..., Path]) -> None:
        file = saved(
            [
                ["断面", "监测时间", "氨氮(mg/L)", "备注"],
                ["后城", datetime(2021, 4, 1, 8), 0.6, None],  # noqa: DTZ001 - as Excel has it
                [],
                ["八号桥", None, 0.1, "好"],
            ]
        )

        done = run("water", str(file))

        assert done.code == 0
        assert done.out.splitlines()[1:] == [
            "后城,2021-04-01T08:00:00,0.6,,3,nh3n,",
            "八号桥,,0.1,好,1,nh3n,",
        ]

    def test_a_date_chooses_the_standard(self, saved: Callable[..., Path]) -> None:
        file = saved([["时间", "SO2"], [datetime(2026, 4, 1, 8), 801], [datetime(2021, 4, 1, 8), 801]])  # noqa: DTZ001

        assert verdicts(run("air", str(file))) == [["200", "4", "so2"], ["", "", ""]]

    def test_a_bad_cell_is_told_with_the_row_that_excel_shows(self, saved: Callable[..., Path]) -> None:
        done = run("water", str(saved([["站点", "氨氮"], [], ["a", 0.1], ["b", "?"]])))

        assert done.code == 1
        assert "row 2 (line 4), column 氨氮: '?' is not a number" in done.err

    def test_merged_heads_over_three_rows(self, saved: Callable[..., Path]) -> None:
        rows = [
            ["2021年4月水质监测结果", None, None, None, None],
            ["断面", "常规五参数", None, "氨氮", "总磷"],
            [None, "pH", "溶解氧", "mg/L", "mg/L"],
            ["后城", 7.5, 8.1, 0.6, 0.05],
        ]
        file = saved(rows, ["A1:E1", "A2:A3", "B2:C2"])

        done = run("water", str(file))

        assert (done.code, verdicts(done)) == (0, [["3", "nh3n", ""]])
        assert done.out.splitlines()[0].startswith("断面,pH,溶解氧,氨氮(mg/L),总磷(mg/L),")

    def test_the_first_sheet_or_the_one_that_is_named(self, tmp_path: Path) -> None:
        book = Workbook()
        first, second = book.active, book.create_sheet("二季度")
        assert first is not None
        for sheet, value in ((first, 0.1), (second, 0.6)):
            sheet.append(["氨氮"])
            sheet.append([value])
        book.save(tmp_path / "x.xlsx")

        said = run("water", str(tmp_path / "x.xlsx"))
        named = [run("water", "--sheet", which, str(tmp_path / "x.xlsx")) for which in ("二季度", "2")]
        unknown = run("water", "--sheet", "三季度", str(tmp_path / "x.xlsx"))

        assert verdicts(said)[0][0] == "1"
        assert "sheet 'Sheet' of 2; --sheet reads another" in said.err
        assert [verdicts(done)[0][0] for done in named] == ["3", "3"]
        assert (unknown.code, "no sheet '三季度'; there are Sheet, 二季度" in unknown.err) == (2, True)

    def test_from_standard_input(self, saved: Callable[..., Path]) -> None:
        done = run("water", "-", stdin=saved([["氨氮"], [0.6]]).read_bytes())

        assert verdicts(done) == [["3", "nh3n", ""]]


@pytest.mark.real
def test_the_national_archive_of_2022_through_the_door() -> None:
    """Its columns as they are, the current ozone under the name of the maximum: all 40 labels reproduced."""
    done = run("air", str(REAL / "air-cnemc-2022-excerpt" / "excerpt_2022-02-04.csv"), *NATIONAL)

    rows = list(csv.reader(io.StringIO(done.out)))
    given_at = rows[0].index("aqi")
    labelled = [row for row in rows[1:] if row[given_at]]
    assert (done.code, len(labelled)) == (0, 40)
    assert [row[-3] for row in labelled] == [row[given_at] for row in labelled]
    assert "o3_24h is taken as the current value of ozone: it is never above o3" in done.err


@pytest.mark.real
@pytest.mark.parametrize("section", ["bahaoqiao", "houcheng_old", "zuoweiqiao", "wenquantun"])
def test_a_file_of_the_national_water_page_as_it_is(section: str) -> None:
    """Class on published values; the labels, made on unrounded ones, agree for these four but at 00:00."""
    file = REAL / "water-cnemc-2020-2021" / "open" / "original_csv" / f"{section}_2021-04.csv"
    done = run("water", str(file))

    rows = list(csv.reader(io.StringIO(done.out)))[1:]
    labels = {"Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "Ⅳ": "4", "Ⅴ": "5", "劣Ⅴ": "6"}
    judged = [row for row in rows if row[4] in labels and not row[3].endswith("00:00")]
    assert done.code == 0
    assert sum(row[-3] == labels[row[4]] for row in judged) >= 0.95 * len(judged) > 10


NAMES = {
    "ph": ["ph", "pH", "PH值", "pH(无量纲)", "w01001"],
    "do": ["do", "DO", "溶解氧(mg/L)", "do_mg_l", "Dissolved oxygen"],
    "codmn": ["codmn", "CODMn", "高锰酸盐指数（CODMn）", "COD(Mn) mg/L"],
    "nh3n": ["nh3n", "NH3-N", "NH₃-N", "氨氮(μg/L)", "ＮＨ３－Ｎ"],
    "tp": ["tp", "TP", "总磷(以P计)", "总磷/(mg/L)"],
    "tn": ["tn", "TN", "总氮(mg/L)"],
}
VALUES = st.one_of(
    st.decimals(0, 14, places=3).map(str),
    st.decimals("0.001", 14, places=3).map(lambda value: f"<{value}"),
    st.sampled_from(["", "--", "—", "NA", "0.15", "6", "9", "0.025L", "?", "9999", "1,5"]),
)


def _assessed(content: bytes) -> tuple[list[list[str]], int] | None:
    """The rows written and the number of bad cells; None for a table that is not accepted."""
    out = io.StringIO()
    try:
        bad = assess_table(io.BytesIO(content), AssessmentOptions("water"), out, lambda _line: None)
    except Exception as refused:
        if type(refused).__name__ != "ProblemError":
            raise
        return None
    delimiter = ";" if ";class;" in out.getvalue() else "\t" if "\tclass\t" in out.getvalue() else ","
    return list(csv.reader(io.StringIO(out.getvalue().removeprefix("\ufeff")), delimiter=delimiter)), bad


def _written(rows: Sequence[Sequence[str]], delimiter: str, encoding: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode(encoding)


@settings(max_examples=scaled(500), deadline=None)
@given(st.data())
def test_whatever_is_accepted_gives_the_verdict_of_the_table_in_our_own_words(data: st.DataObject) -> None:
    """Headings, units, full width, decimal commas, separators and encodings change no class."""
    items = data.draw(st.lists(st.sampled_from(sorted(NAMES)), min_size=1, unique=True))
    rows = data.draw(
        st.lists(st.lists(VALUES, min_size=len(items), max_size=len(items)), min_size=1, max_size=4)
    )
    headings = [data.draw(st.sampled_from(NAMES[item])) for item in items]
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]))
    comma, wide = data.draw(st.booleans()) and delimiter != ",", data.draw(st.booleans())

    def foreign(cell: str, heading: str) -> str:
        number = cell.lstrip("<").rstrip("L")
        if "μg/L" in heading and number.replace(".", "").isdecimal():
            cell = cell.replace(number, f"{float(number) * 1000:.6f}".rstrip("0").rstrip("."))
        if wide:
            cell = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in cell)
        return cell.replace(".", ",").replace("．", "，") if comma else cell

    canonical = _assessed(_written([["x", *items], *(["a", *row] for row in rows)], ",", "utf-8"))
    table = [["x", *headings], *(["a", *map(foreign, row, headings)] for row in rows)]
    found = _assessed(_written(table, delimiter, encoding))

    event("accepted" if found and canonical else "refused")
    if found is None or canonical is None:
        return
    assert [row[-3:] for row in found[0][1:]] == [row[-3:] for row in canonical[0][1:]] or found[
        1
    ] > canonical[1]
    for theirs, ours in zip(found[0][1:], canonical[0][1:], strict=True):
        assert theirs[-3:] == ours[-3:] or theirs[-3:] == ["", "", ""]


@settings(max_examples=scaled(400), deadline=None)
@given(
    st.lists(st.decimals(0, 900, places=1), min_size=6, max_size=6),
    st.datetimes(datetime(2013, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - bounds
    st.sampled_from(
        [
            "{0.year}/{0.month}/{0.day} {0.hour}:{0.minute:02}",
            "{0:%Y%m%d%H}",
            "{0.year}年{0.month}月{0.day}日 {0.hour}时",
        ]
    ),
)
def test_air_of_any_hour(values: list[object], time: datetime, form: str) -> None:
    time = time.replace(minute=0, second=0, microsecond=0)
    names = ["pm10", "so2", "no2", "co", "o3", "pm25_24h"]
    foreign = ["PM10(μg/m³)", "SO₂", "二氧化氮", "CO(μg/m3)", "O3_1h", "PM2.5 24小时均值"]
    cells = [str(value) for value in values]
    cells[3] = str(float(cells[3]) / 10)
    theirs = [*cells[:3], f"{float(cells[3]) * 1000:.0f}", *cells[4:]]

    ours = run("air", "-", stdin=f"time,{','.join(names)}\n{time.isoformat()}+08:00,{','.join(cells)}\n")
    found = run("air", "-", stdin=f"监测时间,{','.join(foreign)}\n{form.format(time)},{','.join(theirs)}\n")

    assert verdicts(found) == verdicts(ours)
    assert aqi.items()


def test_memory_stays_flat_over_a_sheet(tmp_path: Path) -> None:
    """Ten thousand rows are read while a few are held."""
    import tracemalloc

    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["时间", "pH", "氨氮"])
    for number in range(10_000):
        sheet.append([datetime(2021, 1, 1) + timedelta(hours=number), 7 + number % 100 / 100, number / 1e5])  # noqa: DTZ001
    book.save(tmp_path / "x.xlsx")
    out = io.StringIO()
    out.write = len  # type: ignore[method-assign]

    tracemalloc.start()
    bad = assess_table(tmp_path / "x.xlsx", AssessmentOptions("water"), out, lambda _line: None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert bad == 0
    assert peak < 8_000_000


@pytest.mark.parametrize("text", ["ND", "未检出", "nd", "<DL"])
def test_not_detected_is_below_the_limit_that_is_named(text: str) -> None:
    """Half of 2.1 mg/L of ammonia is class IV; without the option nobody knows what it is below."""
    table = f"ph,do,codmn,NH3-N,tp\n7.5,8.1,3.2,{text},0.05\n"

    silent, named = (run("water", "-", *words, stdin=table) for words in ((), LIMITS))

    assert (silent.code, verdicts(silent)) == (1, [["", "", ""]])
    assert "names no detection limit; --detection-limit does" in silent.err
    assert (named.code, verdicts(named)) == (0, [["4", "nh3n", "nh3n:0.05"]])


LIMITS = ("--detection-limit", "nh3n=2.1, tp=0.01")


def test_the_named_limit_is_in_the_usual_unit_whatever_the_columns() -> None:
    done = run("water", "-", *LIMITS, stdin="ph,do,codmn,nh3n(ug/L),tp\n7.5,8.1,3.2,ND,0.05\n")

    assert verdicts(done) == [["4", "nh3n", "nh3n:0.05"]]


@pytest.mark.parametrize("given", ["nh3n", "nh3n=0", "nh3n=x", "ammonia=0.025", "=1", "nh3n=-1"])
def test_a_limit_that_is_none_is_refused(given: str) -> None:
    done = run("water", "-", "--detection-limit", given, stdin=CANONICAL)

    assert done.code == 2
    assert "--detection-limit" in done.err


def test_a_table_that_has_our_columns_already_is_told_which_are_new() -> None:
    done = run("water", "-", stdin="ph,do,codmn,nh3n,tp,class\n7.5,8.1,3.2,0.12,0.05,5\n")

    assert "in the table already: class; ours is the last of that name" in done.err
    assert verdicts(done) == [["2", "codmn;tp", ""]]


@pytest.mark.parametrize("text", ["缺测", "断流", "#N/A"])
def test_a_word_for_missing_names_the_option_that_reads_it(text: str) -> None:
    table = f"ph,do,codmn,nh3n,tp\n7.5,8.1,{text},0.12,0.05\n"

    done = run("water", "-", stdin=table)

    assert (done.code, verdicts(done)) == (1, [["", "", ""]])
    assert f"{text!r} is not a number; --missing counts it as blank" in done.err
    assert verdicts(run("water", "-", "--missing", text, stdin=table)) == [["2", "tp", ""]]
