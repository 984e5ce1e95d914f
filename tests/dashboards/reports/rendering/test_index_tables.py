"""Month and January to month in tables: the figures are those of means.csv, ranks and verdicts by the law."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from dashboards.reports.content.composite_indices import COMPOSITE, ranks
from dashboards.reports.content.means import Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.month import Month
from dashboards.reports.rendering.tables import index_tables
from dashboards.reports.words import ReportWords
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language
from sensors.standards.statistics import MONTH

START = datetime(2016, 11, 30, 16, tzinfo=UTC)
ZH = ReportWords("zh")


def index(value: str | None, *, valid: bool = True) -> Mean:
    number = None if value is None else Decimal(value)
    return Mean("x", COMPOSITE, MONTH, START, START, number, None, 6, 6, valid)


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        pytest.param({"a": index("5.20"), "b": index("4.99")}, {"a": 2, "b": 1}, id="the lowest is first"),
        pytest.param(
            {"a": index("5.20"), "b": index("5.20"), "c": index("5.21")},
            {"a": 1, "b": 1, "c": 3},
            id="equal ones share a rank",
        ),
        pytest.param(
            {"a": index("5.20"), "b": index("4.00", valid=False), "c": index(None, valid=False)},
            {"a": 1},
            id="too little data: no rank",
        ),
        pytest.param({"a": index("5.20"), "elsewhere": index("1.00")}, {"a": 1}, id="within the zone"),
    ],
)
def test_ranks(indices: Mapping[str, Mean], expected: Mapping[str, int]) -> None:
    """Equal values share a rank (数值相同的城市以并列计), as Anhui's published rankings say."""
    zone = replace(loader.load().places["zone-city"], members=("a", "b", "c"))

    assert ranks(indices, [zone]) == expected


@pytest.mark.parametrize(
    ("month", "zh", "en"),
    [("2016-01", "1月", "January"), ("2016-02", "1—2月", "January to February")],
)
def test_the_span_of_january_to_the_month(month: str, zh: str, en: str) -> None:
    spans = [index_tables.january_to(Month.parse(month), ReportWords(language)) for language in ("zh", "en")]

    assert spans == [zh, en]


@pytest.mark.real
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_is_one_of_means_csv(language: Language, beijing_report: MonthlyReport) -> None:
    printed = {f"{row.value:f}" for row in beijing_report.rows.values() if row.value is not None}
    targets = {f"{row.target:f}" for row in beijing_report.rows.values() if row.target is not None}

    for table in index_tables.tables(beijing_report, ReportWords(language)):
        for row in table.rows:
            assert len(row) == len(table.head)
            figures = [cell for cell in row if cell.valid is not None]
            assert figures
            assert {cell.text.rstrip("*") for cell in figures} <= printed | targets


@pytest.mark.real
def test_a_whole_year_is_judged_by_means_and_percentiles(beijing_report: MonthlyReport) -> None:
    """December 2016 closes the year: of the city SO2 meets mean and percentile, NO2 its mean, 40, only."""
    table = index_tables.assessment(beijing_report, ZH)

    verdicts = {(row[1].value, row[2].text): row[-1].text for row in table.rows}
    assert len(table.rows) == 10
    no2 = [text for (item, _), text in verdicts.items() if item == ZH("parameter_no2")]
    so2 = [text for (item, _), text in verdicts.items() if item == ZH("parameter_so2")]
    assert (so2, no2) == ([ZH("state_met")] * 2, [ZH("state_met"), ZH("state_missed")])


@pytest.mark.real
def test_a_year_that_goes_on_is_progress(beijing_report: MonthlyReport) -> None:
    """The same figures in a report whose year is not over have no verdict."""
    rows = {
        key: row for key, row in beijing_report.rows.items() if row.period != "year" or row.start.year < 2015
    }
    running = replace(beijing_report, rows=rows)

    verdicts = {row[-1].text for row in index_tables.assessment(running, ZH).rows}

    assert not verdicts & {ZH("state_met"), ZH("state_missed")}
