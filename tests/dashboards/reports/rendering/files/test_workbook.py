"""The workbook as people work with it, read back by another library than wrote it."""

import io
from datetime import datetime
from itertools import pairwise

import openpyxl
import pytest
from msgspec.structs import replace
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import MEANS
from dashboards.reports.rendering.files import means_sheet
from dashboards.reports.rendering.files.means_sheet import statistic_words
from dashboards.reports.rendering.files.sheets import with_validity
from dashboards.reports.rendering.files.workbook import xlsx
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, text_cell
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES, Language

ZH = ReportWords("zh")


@pytest.fixture(scope="module")
def book(month_report: MonthlyReport) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(xlsx(month_report, ZH)))


def column(sheet: Worksheet, head: str, line: int = 2) -> list[object]:
    """What stands below a head."""
    found = next(cell for cell in sheet[line] if cell.value == head)
    return [row[found.column - 1].value for row in sheet.iter_rows(min_row=line + 1)]


def test_days_and_moments_are_dates(book: Workbook) -> None:
    days = column(book[ZH("sheet_days")], ZH("date"))
    begins = column(book[ZH("sheet_events_plan")], ZH("begin"))
    starts = column(book[ZH("sheet_means")], ZH("means_start"), 1)

    assert str(days[0]) == "2026-10-01 00:00:00"
    assert all(isinstance(one, datetime) for one in (*days[:60], *begins[:5], *starts))
    assert {one.year for one in begins if isinstance(one, datetime)} == {2026}


def test_a_mean_with_too_little_behind_it_carries_its_star_and_is_named_in_the_column_of_validity(
    book: Workbook,
) -> None:
    """Forty days are no twelve months: the number stays a number."""
    sheet = book[ZH("sheet_averages")]
    row = next(row for row in sheet.iter_rows(min_row=3) if str(row[0].value).startswith("冬奥赛区"))
    heads = [cell.value for cell in sheet[2]]
    twelve, month = row[heads.index(ZH("rolling_12"))], row[heads.index(ZH("this_month"))]

    assert isinstance(twelve.value, int | float)
    assert (twelve.number_format, month.number_format) == ('0"*"', "0")
    said = str(row[heads.index(ZH("valid_column"))].value)
    assert said.startswith("否：")
    assert ZH("rolling_12") in said
    assert ZH("this_month") not in said


def test_targets_at_a_glance_have_numbers_that_are_numbers_and_classes_in_words(book: Workbook) -> None:
    sheet = book[ZH("sheet_summary")]
    values, heads = column(sheet, ZH("year_to_date")), [cell.value for cell in sheet[2]]

    assert heads[-1] == "有效"
    assert {type(value) for value in values} == {int, str}
    assert "Ⅲ类*" in values or "Ⅱ类*" in values
    formats = {row[2].number_format for row in sheet.iter_rows(min_row=3) if isinstance(row[2].value, int)}
    assert formats == {'0"*"'}  # 32 of 304 days


def test_a_table_without_means_has_no_column_of_validity_and_a_whole_row_says_yes() -> None:
    plain = ReportTable("t", "T", "T", ("a",), ((text_cell("x"),),))
    valid = replace(cells.figure(1.0), valid=True)

    assert with_validity(plain, ZH) == plain
    shown = with_validity(replace(plain, rows=((valid,), (text_cell("–"),))), ZH)
    assert [row[-1].text for row in shown.rows] == ["是", "–"]


def test_classes_stand_in_words(book: Workbook) -> None:
    sheet = book[ZH("sheet_events_breach")]
    statistics, limits = column(sheet, ZH("statistic")), column(sheet, ZH("compared_with"))

    found = {limit for what, limit in zip(statistics, limits, strict=True) if what == ZH("statistic_sample")}
    assert found == {"Ⅲ类"}


def test_every_head_of_the_means_is_chinese_and_a_row_names_place_item_and_statistic(book: Workbook) -> None:
    sheet = book[ZH("sheet_means")]
    heads = [str(cell.value) for cell in sheet[1]]

    assert len(heads) == len(MEANS) + 1
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in head) for head in heads)
    rows = {tuple(cell.value for cell in row[:4]) for row in sheet.iter_rows(min_row=2)}
    assert ("张家口市", "zone-city", ZH("parameter_pm25"), "12个月滑动均值") in rows
    assert set(column(sheet, ZH("means_valid"), 1)) <= {"是", "否"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_sheet_prints_across_a_page_of_a4_with_its_head_on_each(
    language: str, month_report: MonthlyReport
) -> None:
    words = ReportWords("zh" if language == "zh" else "en")
    made = openpyxl.load_workbook(io.BytesIO(xlsx(month_report, words)))

    for sheet in made:
        setup = sheet.page_setup
        assert (setup.orientation, setup.paperSize) == ("landscape", 9), sheet.title
        assert (setup.fitToWidth or 1, setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (
            1,
            0,
            True,
        )
        assert sheet.print_area, sheet.title
        assert sheet.oddFooter.center.text == "&P / &N"
    alone = made[words("sheet_air")]
    assert (alone.print_title_rows, alone.freeze_panes) == ("$1:$2", "B3")


def test_means_that_are_too_many_for_memory_are_the_same_cell_by_cell(
    book: Workbook, month_report: MonthlyReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(means_sheet, "IN_MEMORY", len(month_report.rows) - 1)

    made = xlsx(month_report, ZH)
    streamed = openpyxl.load_workbook(io.BytesIO(made))

    assert made == xlsx(month_report, ZH)
    assert streamed.sheetnames == book.sheetnames
    for name in book.sheetnames:
        kept, again = (
            [[(cell.value, cell.number_format) for cell in row] for row in one[name]]
            for one in (book, streamed)
        )
        assert again == kept
        assert streamed[name].print_area == book[name].print_area
        assert len(streamed[name]._charts) == len(book[name]._charts)


def test_of_the_means_those_of_months_and_longer_are_printed(
    book: Workbook, month_report: MonthlyReport
) -> None:
    sheet = book[ZH("sheet_means")]
    last = int(sheet.print_area.rpartition("$")[2])

    spans = column(sheet, ZH("means_statistic"), 1)
    assert 1 < last < sheet.max_row == len(month_report.rows) + 1
    assert not {"日均值", "日最大8小时均值"} & set(spans[: last - 1])
    assert set(spans[last - 1 :]) <= {"日均值", "日最大8小时均值", "日最大1小时均值"}


@pytest.mark.parametrize(
    ("sheet", "form", "series"),
    [
        pytest.param("sheet_air", "BarChart", 5, id="pollutants in µg/m³, without CO"),
        pytest.param("sheet_to_date", "BarChart", 5, id="the same, of the year to date"),
        pytest.param("sheet_composite", "BarChart", 1, id="composite index of the month"),
        pytest.param("sheet_months", "LineChart", 4, id="a line each row"),
        pytest.param("sheet_day_counts", "BarChart", 6, id="a level each, stacked"),
    ],
)
def test_main_tables_have_a_native_chart_of_their_cells(
    sheet: str, form: str, series: int, book: Workbook
) -> None:
    (chart,) = book[ZH(sheet)]._charts

    assert type(chart).__name__ == form
    assert len(chart.series) == series
    assert (
        f"'{ZH(sheet)}'!" in chart.series[0].val.numRef.f or f"{ZH(sheet)}!" in chart.series[0].val.numRef.f
    )


def test_a_month_without_a_mean_is_a_gap_of_the_line_and_not_nought(book: Workbook) -> None:
    """Excel draws a text as 0; the first months of forty days have nothing."""
    first, *_, last = next(book[ZH("sheet_months")].iter_rows(min_row=3, min_col=3, max_col=14))
    (chart,) = book[ZH("sheet_months")]._charts

    assert first.value is None
    assert isinstance(last.value, int)
    assert chart.display_blanks == "gap"


def test_shares_that_are_all_high_are_no_chart(book: Workbook) -> None:
    shares = column(book[ZH("sheet_quality")], ZH("transmission"))

    assert all(share > 0.95 for share in shares if isinstance(share, float))
    assert book[ZH("sheet_quality")]._charts == []


@pytest.mark.parametrize(
    ("statistic", "zh", "en"),
    [
        ("month", "月均值", "month's mean"),
        ("month_p95", "月：日均值第95百分位数", "month: 95th percentile of daily means"),
        (
            "12month_8h_p90",
            "12个月：日最大8小时滑动平均值第90百分位数",
            "12 months: 90th percentile of daily maximum 8 h moving averages",
        ),
        ("day_without_exceptional", "日均值（剔除异常事件）", "day's mean (without exceptional)"),
        ("nobody_knows", "nobody_knows", "nobody_knows"),
    ],
)
def test_a_statistic_is_told_in_words(statistic: str, zh: str, en: str) -> None:
    assert (statistic_words(statistic, ZH), statistic_words(statistic, ReportWords("en"))) == (zh, en)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_cut_by_its_column(month_report: MonthlyReport, language: Language) -> None:
    """A Chinese sign takes nearly two places; what is too long wraps, or has no neighbour."""
    whole = openpyxl.load_workbook(io.BytesIO(xlsx(month_report, ReportWords(language))))
    cut = []
    for sheet in whole.worksheets:
        rooms = {
            at: one.width for one in sheet.column_dimensions.values() for at in range(one.min, one.max + 1)
        }
        for row in sheet.iter_rows(min_row=2):
            for cell, after in pairwise(row):
                room = rooms.get(cell.column, 0)
                if not isinstance(cell.value, str) or cell.alignment.wrap_text or after.value is None:
                    continue
                if sum(1.9 if sign > "\u2e80" else 1.0 for sign in cell.value) > room:
                    cut.append((sheet.title, cell.coordinate, cell.value))

    assert not cut
