import csv
import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.importing.cells import BadCell, CsvReading
from ingest.importing.cnemc import water
from ingest.importing.cnemc.feed import of_catalogue, read_file, station_names
from sensors.catalogue.loader import load
from sensors.model import Refused
from tests.support.paths import REAL

FEED = REAL / "water-cnemc-2020-2021" / "open"
CHINA = timezone(timedelta(hours=8))
DAY = date(2020, 5, 8)

THEAD = [
    "省份",
    "流域",
    "断面名称",
    "监测时间",
    "水质类别",
    "pH<br/><span class='unit'>(无量纲)</span>",
    "站点情况",
]


def feed(*rows: list[str | None]) -> bytes:
    return json.dumps({"result": 1, "thead": THEAD, "tbody": list(rows)}).encode()


def row(
    ph: str | None,
    time: str | None = "05-08 15:00",
    status: str = "正常",
    section: str = "后城",
    province: str = "河北省",
) -> list[str | None]:
    return [province, "海河流域", section, time, "Ⅱ", ph, status]


def only(*cell: str | None, **rest: str | None) -> CsvReading | BadCell:
    (found,) = water.cells(feed(row(*cell, **rest)), "2020-05-08.json", {"后城": "houcheng"})  # type: ignore[arg-type]
    return found


def span(raw: str, shown: str) -> str:
    return f"<span data-toggle='tooltip' data-placement='right' title='原始值：{raw}'>{shown}</span>"


def test_the_unrounded_value_is_kept_and_the_published_one_on_request() -> None:
    document = feed(row(span("7.995", "8.00")))

    (unrounded,) = water.cells(document, "2020-05-08.json", {"后城": "houcheng"})
    (published,) = water.cells(document, "2020-05-08.json", {"后城": "houcheng"}, published=True)

    time = datetime(2020, 5, 8, 7, 0, tzinfo=UTC)
    assert unrounded == CsvReading("houcheng", "ph", time, 7.995, "N", "rtd", 1)
    assert published == CsvReading("houcheng", "ph", time, 8.0, "N", "rtd", 1)


def test_an_unrounded_value_with_an_exponent() -> None:
    cell = only(span("2.5E-4", "0.0002"))

    assert isinstance(cell, CsvReading)
    assert cell.value == 0.00025


@pytest.mark.parametrize(
    ("status", "flag"), [("正常", "N"), ("维护", "M"), ("停站", "F"), ("不具备运行条件", "F")]
)
def test_a_status_is_the_mark_of_every_value_in_its_row(status: str, flag: str) -> None:
    assert only("7.5", status=status).flag == flag


@pytest.mark.parametrize("sent", ["<0.025", "0.025L", "未检出"])
def test_what_is_below_detection_is_a_reading_in_its_own_words(sent: str) -> None:
    assert only(sent).value == sent


@pytest.mark.parametrize(
    "blank", [None, "", "--", "*", "<span data-toggle='tooltip' title='极值过滤'>--</span>"], ids=repr
)
def test_what_was_not_measured_or_not_published_is_no_cell(blank: str | None) -> None:
    assert list(water.cells(feed(row(blank)), "2020-05-08.json", {})) == []


@pytest.mark.parametrize(
    ("stamp", "day", "year"),
    [
        pytest.param("05-08 15:00", date(2020, 5, 8), 2020, id="the day itself"),
        pytest.param("05-08 23:59", date(2020, 5, 8), 2020, id="its last minute"),
        pytest.param("05-07 15:00", date(2020, 5, 8), 2020, id="stale by a day"),
        pytest.param("09-09 09:00", date(2020, 5, 8), 2019, id="last year's, as in the file of 2020-05-08"),
        pytest.param("05-09 00:00", date(2020, 5, 8), 2019, id="tomorrow is last year's"),
        pytest.param("12-31 20:00", date(2021, 1, 1), 2020, id="across the turn of the year"),
        pytest.param("02-29 08:00", date(2021, 4, 5), 2020, id="a leap day"),
        pytest.param("02-29 08:00", date(2103, 1, 1), 2096, id="eight years between leap days"),
    ],
)
def test_the_year_is_the_latest_that_is_not_ahead(stamp: str, day: date, year: int) -> None:
    time = water.parse_time_without_year(stamp, day)

    assert isinstance(time, datetime)
    assert time.astimezone(CHINA).strftime("%m-%d %H:%M") == stamp
    assert time.astimezone(CHINA).year == year


@given(st.dates(date(1993, 1, 1), date(2100, 1, 1)), st.integers(0, 366), st.times())
def test_any_time_within_a_year_before_the_file_gets_its_own_year(day: date, back: int, at: object) -> None:
    then = datetime.combine(day - timedelta(days=min(back, 364)), datetime.min.time(), CHINA)
    then = then.replace(hour=getattr(at, "hour", 0), minute=getattr(at, "minute", 0))

    assert water.parse_time_without_year(f"{then:%m-%d %H:%M}", day) == then


@pytest.mark.parametrize(
    "stamp", ["13-01 00:00", "02-30 00:00", "05-08 25:00", "05-08", "2020-05-08 08:00", "x"]
)
def test_a_time_that_is_none_is_refused(stamp: str) -> None:
    refused = water.parse_time_without_year(stamp, DAY)

    assert isinstance(refused, Refused)
    assert refused.reason == "bad_time"


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("2020-05-08.json", date(2020, 5, 8)),
        ("bahaoqiao_2021-04.csv", date(2021, 4, 30)),
        ("a/2020-02/x_2020-02.csv", date(2020, 2, 29)),
        ("daily_2020-05-08_2020-10-31.csv.gz", date(2020, 5, 8)),
        ("april2021.csv", None),
        ("2021-13.csv", None),
    ],
)
def test_the_day_that_a_files_name_says(name: str, day: date | None) -> None:
    assert water.day_of(name) == day


@pytest.mark.parametrize(
    ("cell", "reason", "column"),
    [
        pytest.param(row("7.x"), "not_a_number", "pH(无量纲)", id="no number"),
        pytest.param(row("7.5", time=None), "no_time", "监测时间", id="no time"),
        pytest.param(row("7.5", time="*"), "no_time", "监测时间", id="a star for the time"),
        pytest.param(row("7.5", time="02-30 08:00"), "bad_time", "监测时间", id="30 February"),
        pytest.param(row("7.5", status="调试"), "unknown_flag", "站点情况", id="a status nobody has seen"),
        pytest.param(row("7.5", section=""), "unknown_site", "断面名称", id="no section"),
    ],
)
def test_what_is_no_reading_says_where_it_stands(cell: list[str | None], reason: str, column: str) -> None:
    (bad,) = water.cells(feed(cell), "2020-05-08.json", {"后城": "houcheng"})

    assert isinstance(bad, BadCell)
    assert (bad.reason, bad.column, bad.line) == (reason, column, 1)


def test_a_second_section_of_the_same_name_is_not_taken_for_ours() -> None:
    ours, theirs = water.cells(
        feed(row("7.5"), row("8", province="湖南省")), "2020-05-08.json", {"后城": "houcheng"}
    )

    assert isinstance(ours, CsvReading)
    assert isinstance(theirs, BadCell)
    assert theirs.reason == "unknown_site"


@pytest.mark.parametrize(
    ("document", "name", "words"),
    [
        pytest.param(b"{", "2020-05-08.json", "2020-05-08.json: not the water feed", id="cut JSON"),
        pytest.param(b'{"thead": [], "tbody": []}', "2020-05-08.json", "no column 省份", id="no columns"),
        pytest.param(b"a,b\n1,2\n", "x.csv", "x.csv: not the water feed: no column 省份", id="another CSV"),
        pytest.param(b"\x80\xff", "x.csv", "not UTF-8", id="no text"),
        pytest.param(feed(row("7.5")), "feed.json", "--day", id="nobody says of which day"),
    ],
)
def test_what_is_not_the_feed_is_refused_as_a_whole(document: bytes, name: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(water.cells(document, name, {}))


def test_stations_outside_the_catalogue_are_passed_over_and_counted() -> None:
    catalogue, over = load(), Counter[str]()
    found = water.cells(
        feed(row("7.5"), row("8", section="沙窝")), "2020-05-08.json", station_names(catalogue, "water")
    )

    assert [cell.site for cell in of_catalogue(found, catalogue, over)] == ["houcheng"]
    assert over == {"沙窝": 1}


# --- the national files -------------------------------------------------------------------------------

VALUED = (
    "water_temp_c",
    "ph",
    "do_mg_l",
    "ec_us_cm",
    "turbidity_ntu",
    "codmn_mg_l",
    "nh3n_mg_l",
    "tp_mg_l",
    "tn_mg_l",
    "chla_mg_l",
    "algae_cells_l",
)


def published_days() -> Iterator[tuple[str, bytes]]:
    """Each day's JSON as the page gave it."""
    with tarfile.open(FEED / "original_json_2020-05_2020-10.tar.xz") as archive:
        for member in archive:
            content = archive.extractfile(member)
            if content is not None:
                yield member.name, content.read()


@pytest.mark.real
def test_every_valued_cell_of_half_a_year_is_a_row() -> None:
    """The JSON of 174 days, held against the table that others made of it."""
    marks = {"正常": "N", "维护": "M", "停站": "F"}
    expected: Counter[tuple[str, str, float | str, str]] = Counter()
    with gzip.open(FEED / "daily_2020-05-08_2020-10-31.csv.gz", "rt", encoding="utf-8") as table:
        for line in csv.DictReader(table):
            for column in VALUED:
                if line[column] not in ("", "--", "*"):
                    value = float(line[f"{column}_raw"] or line[column])
                    expected[line["section"], line["time"], value, marks[line["status"]]] += 1

    rows: Counter[tuple[str, str, float | str, str]] = Counter()
    late = 0
    for name, document in published_days():
        day = date.fromisoformat(name.rpartition("/")[2].removesuffix(".json"))
        for cell in water.cells(document, name, {}):
            assert isinstance(cell, CsvReading), cell
            local = cell.time.astimezone(CHINA)
            assert timedelta(0) <= day - local.date() < timedelta(days=366)
            late += local.year < day.year
            rows[cell.site, f"{local:%m-%d %H:%M}", cell.value, cell.flag] += 1
    assert rows == expected
    assert rows.total() == 133_349
    assert late > 0


@pytest.mark.real
def test_the_same_half_year_as_csv_gives_the_same_rows() -> None:
    file = FEED / "daily_2020-05-08_2020-10-31.csv.gz"
    from_csv = Counter(
        (cell.site, cell.parameter, cell.time, cell.value, cell.flag)
        for cell in water.cells(read_file(file), file.name, {})
        if isinstance(cell, CsvReading)
    )
    from_json = Counter(
        (cell.site, cell.parameter, cell.time, cell.value, cell.flag)
        for name, document in published_days()
        for cell in water.cells(document, name, {})
        if isinstance(cell, CsvReading)
    )

    assert from_csv == from_json


@pytest.mark.real
def test_april_2021_is_accounted_for_to_the_last_cell() -> None:
    """Values in rows without a time are refused as such: maintenance, most of them."""
    valued = timeless = 0
    with gzip.open(FEED / "april2021_4h.csv.gz", "rt", encoding="utf-8") as table:
        for line in csv.DictReader(table):
            here = sum(line[column] not in ("", "--", "*") for column in VALUED)
            valued += here
            timeless += here if line["time"] in ("*", "--") else 0

    found = Counter(
        cell.reason if isinstance(cell, BadCell) else "row"
        for cell in water.cells(read_file(FEED / "april2021_4h.csv.gz"), "april", {}, date(2021, 4, 30))
    )

    assert found == {"row": valued - timeless, "no_time": timeless}
    assert valued > 200_000


TWINS = [
    "后城", "码头", "三河东大桥", "大套桥", "大王务", "王家摆", "滇池南", "罗家营", "湖滨", "裕溪口",
    "石头埠", "兰山嘴", "嘉荫", "金子", "民和桥",
]  # fmt: skip


@pytest.fixture(scope="module")
def stood_under() -> dict[str, Counter[str]]:
    """Of each twin, by its id: how many values of the two years' files stand under which name."""
    names = {section: f"{section} new" for section in TWINS} | {f"{one}(老)": f"{one} old" for one in TWINS}
    found = {site: Counter[str]() for site in names.values()}
    for file in (FEED / "april2021_4h.csv.gz", FEED / "daily_2020-05-08_2020-10-31.csv.gz"):
        lines = gzip.decompress(file.read_bytes()).decode("utf-8-sig").splitlines()
        of = {number: row[column_of(lines)] for number, row in enumerate(csv.reader(lines), 1)}
        for cell in water.cells(read_file(file), file.name, names, date(2021, 4, 30)):
            if cell.site in found:
                found[cell.site][of[cell.line]] += 1
    return found


@pytest.mark.real
@pytest.mark.parametrize("section", TWINS)
def test_a_section_and_its_former_station_never_merge(
    section: str, stood_under: dict[str, Counter[str]]
) -> None:
    assert {*stood_under[f"{section} new"]} == {section}
    assert {*stood_under[f"{section} old"]} == {f"{section}(老)"}


def column_of(lines: list[str]) -> int:
    return next(csv.reader(lines)).index("section")


@pytest.mark.real
def test_both_stations_of_houcheng_are_sites_and_one_is_assessed() -> None:
    catalogue = load()
    names = station_names(catalogue, "water")

    assert (names["后城"], names["后城(老)"]) == ("houcheng", "houcheng-old")
    assert catalogue.sites["houcheng"].river == "baihe"
    assert catalogue.sites["houcheng-old"].river is None
    assert {target.section for target in catalogue.targets if target.section} >= {"houcheng"}
    assert "houcheng-old" not in {target.section for target in catalogue.targets}


@pytest.mark.real
def test_houcheng_old_is_found_under_its_own_name() -> None:
    file = FEED / "original_csv" / "houcheng_old_2021-04.csv"

    rows = list(water.cells(read_file(file), file.name, station_names(load(), "water")))

    assert "后城(老)" in file.read_text(encoding="utf-8-sig")
    assert {row.site for row in rows} == {"houcheng-old"}
    first = rows[0]
    assert isinstance(first, CsvReading)
    assert (first.parameter, first.value, first.line) == ("water_temp", 9.2, 2)


@pytest.mark.real
def test_the_feeds_own_csv_of_bahaoqiao() -> None:
    file = FEED / "original_csv" / "bahaoqiao_2021-04.csv"

    rows = list(water.cells(read_file(file), file.name, station_names(load(), "water")))

    assert len(rows) == 243
    assert {row.site for row in rows} == {"bahaoqiao"}
    first = rows[0]
    assert isinstance(first, CsvReading)
    assert (first.parameter, first.value, first.line) == ("water_temp", 12.4, 2)
    assert first.time == datetime(2021, 4, 1, 4, 0, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("<b>7</b>", "7", id="tags"),
        pytest.param("<0.02", "<0.02", id="below a limit"),
        pytest.param("<b><0.02", "<0.02", id="after a tag"),
        pytest.param("7<", "7<", id="at the end"),
        pytest.param("<a title='1<2'>7</a>", "7", id="in a tag"),
        pytest.param("<" * 200_000, "<" * 200_000, id="200,000 that are never closed"),
        pytest.param("<b " * 100_000 + ">7", "7", id="100,000 closed at once"),
    ],
)
def test_tags_are_taken_out_in_one_look(text: str, shown: str) -> None:
    assert water._untagged(text) == shown


@given(st.text("<>ab ", max_size=30))
def test_tags_are_those_that_were_taken_out_before(text: str) -> None:
    assert water._untagged(text) == re.sub("<[^>]*>", "", text)


def test_columns_and_rows_do_not_multiply() -> None:
    """Of 100,000 columns only ours are looked at in each of 2,000 short rows."""
    columns = ["省份", "断面名称", "监测时间", "pH(无量纲)", "站点情况", *(f"c{n}" for n in range(100_000))]
    text = ",".join(columns) + "\n" + "河北省,后城,05-08 15:00,8,正常\n" * 2_000

    assert len(list(water.cells(text.encode(), "2020-05-08.csv", {}))) == 2_000
