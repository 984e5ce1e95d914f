"""More stations than a page has room for: pictures show the worst of them, say so, and say where all are."""

import io
from operator import attrgetter

import openpyxl
import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.figures.bars import CaptureShares
from dashboards.reports.rendering import report_figures
from dashboards.reports.rendering.files.workbook import xlsx
from dashboards.reports.rendering.report_figures import Figure
from dashboards.reports.rendering.tables.cells import SHOWN
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES

pytestmark = pytest.mark.parametrize("words", [ReportWords(one) for one in LANGUAGES], ids=LANGUAGES)


def stations_figure(report: MonthlyReport, words: ReportWords) -> Figure:
    [found] = [
        one for one in report_figures.air_figures(report, words) if one.title == words("stations_title")
    ]
    return found


def stations(report: MonthlyReport) -> list[str]:
    return [one.site for one in report.air.values() if one.days and not report.places[one.site].is_area]


def name(report: MonthlyReport, site: str, words: ReportWords) -> str:
    return words.name(report.places[site].name)


def test_all_stations_that_have_room_are_drawn_and_nothing_is_said(
    beijing_report: MonthlyReport, words: ReportWords
) -> None:
    figure = stations_figure(beijing_report, words)

    assert figure.note == ""
    assert all(f">{name(beijing_report, site, words)}<" in figure.svg for site in stations(beijing_report))


def test_without_room_those_with_most_days_above_100_are_drawn_and_the_workbook_has_all(
    beijing_report: MonthlyReport, words: ReportWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = stations(beijing_report)
    worst = max(every, key=lambda site: beijing_report.air[site].month.exceeding)
    monkeypatch.setattr(report_figures, "SHOWN", 1)

    figure = stations_figure(beijing_report, words)

    drawn = [site for site in every if f">{name(beijing_report, site, words)}<" in figure.svg]
    assert drawn == [worst]
    sheet = words("sheet_days")
    assert figure.note == words("stations_cut", shown=1, n=len(every), sheet=sheet)
    book = openpyxl.load_workbook(io.BytesIO(xlsx(beijing_report, words)))
    listed = {cell.value for row in book[sheet].iter_rows() for cell in row}
    assert {name(beijing_report, site, words) for site in every} <= listed


def test_of_equal_rank_the_first_stay_in_the_order_in_which_they_were(words: ReportWords) -> None:
    rows = [CaptureShares(f"{words.language} {number}", 0.5, 0.9 - number % 2 / 10) for number in range(100)]
    rows[99] = CaptureShares("least", 0.1, None)

    shown = report_figures._foremost(rows, attrgetter("worst"))

    assert shown == [*rows[: SHOWN - 1], rows[99]]
