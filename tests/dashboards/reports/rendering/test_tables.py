"""The tables: units, changes of degrees, limits that sentences name, headings of sheets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from dashboards.reports.content.means import Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering import chapters
from dashboards.reports.rendering.tables import (
    air_tables,
    cells,
    exceedance_tables,
    outlook_table,
    water_tables,
)
from dashboards.reports.rendering.tables.exceedance_tables import LISTINGS
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language
from sensors.standards.statistics import MONTH
from tests.support.compiled_report import compiled, simulated_store

END = datetime(2026, 11, 2, tzinfo=UTC)
SITES = ("yunding", "bahaoqiao")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026 of a station in the competition zone and of a section."""
    catalogue = loader.load()
    file = simulated_store(tmp_path_factory.mktemp("tables"), catalogue, SITES, END, timedelta(days=40))
    store = SqliteStore(file)
    made = compiled(store, catalogue, "2026-10")
    store.close()
    return made


def mean(value: float | None, *, valid: bool = True) -> Mean:
    """A row of which only the value counts."""
    rounded = None if value is None else Decimal(str(value))
    return Mean("bahaoqiao", "water_temp", MONTH, END, END, rounded, value, 1, 1, valid)


@pytest.mark.parametrize(
    ("unit", "now", "before", "text", "value"),
    [
        pytest.param("°C", mean(4.0), mean(2.0), "+2.0 °C", 2.0, id="degrees: the difference"),
        pytest.param("°C", mean(-1.5), mean(0.0), "−1.5 °C", -1.5, id="from nought, as no percentage could"),
        pytest.param("°C", mean(1.0), mean(1.0), "0.0 °C", 0.0, id="no change"),
        pytest.param("°C", mean(1.0, valid=False), mean(1.0), "–", None, id="too little data now"),
        pytest.param("°C", mean(1.0), None, "–", None, id="nothing before"),
        pytest.param("–", mean(8.5), mean(8.0), "+0.5", 0.5, id="pH, which has no unit: the difference"),
        pytest.param("mg/L", mean(4.0), mean(2.0), "+100.0 %", 1.0, id="concentrations in percent"),
    ],
)
def test_a_change_of_degrees_is_told_in_degrees(
    unit: str, now: Mean, before: Mean | None, text: str, value: float | None
) -> None:
    cell = cells.change(now, before, unit)

    assert (cell.text, cell.value) == (text, value)
    assert ("°C" in cell.format) == (unit == "°C")


def test_water_temperature_is_compared_with_the_month_before_in_degrees(report: MonthlyReport) -> None:
    start = report.month.back(1).start
    before = {
        key: replace(report.rows[key], unrounded=1.0, valid=True)
        for key in (("bahaoqiao", name, MONTH, start) for name in ("water_temp", "codmn"))
    }
    known = replace(report, rows={**report.rows, **before})

    table = water_tables.items(known, known.places["bahaoqiao"], ReportWords("en"))

    rows = {row[0].text: row for row in table.rows}
    changed = table.head.index("m/m")
    now = report.rows["bahaoqiao", "water_temp", MONTH, report.month.start].unrounded
    assert (
        rows["Water temperature"][changed].text
        == f"+{(now or 0) - 1:.1f} °C\n({before['bahaoqiao', 'water_temp', MONTH, start].value})"
    )
    assert rows["Permanganate index"][changed].text.partition("\n")[0].endswith(" %")


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_stand_under_their_own_name_beside_their_unit(
    language: Language, report: MonthlyReport
) -> None:
    words = ReportWords(language)
    exceeded, outlook = (
        exceedance_tables.details(report, "plan", words),
        outlook_table.outlooks(report, words),
    )

    assert {"zh": "参照值", "en": "Compared with"}[language] in exceeded.head
    for table, units in ((exceeded, {"µg/m³"}), (outlook, {"µg/m³", "mg/L", "–"})):
        column = table.head.index(words("unit"))
        assert {row[column].text for row in table.rows} == units
        assert all(len(row) == len(table.head) for row in table.rows)


@pytest.mark.parametrize(
    ("language", "limit", "words"),
    [
        pytest.param("zh", "25", "高于 25 µg/m³ 是信号，不是超标", id="Chinese"),
        pytest.param("en", "25", "above 25 µg/m³ is a signal, not a breach", id="English"),
        pytest.param("en", "35.5", "above 35.5 µg/m³ is a signal", id="another plan's target"),
    ],
)
def test_the_note_names_the_limit_of_the_targets(
    language: Language, limit: str, words: str, report: MonthlyReport
) -> None:
    targets = tuple(
        target if target.limit is None else replace(target, limit=Decimal(limit))
        for target in report.catalogue.targets
    )
    other = replace(report, catalogue=replace(report.catalogue, targets=targets))

    assert words in exceedance_tables.summary(other, "plan", ReportWords(language)).note


def test_without_a_target_that_is_a_limit_the_note_speaks_of_none(report: MonthlyReport) -> None:
    other = replace(report, catalogue=replace(report.catalogue, targets=()))

    assert "signal" not in exceedance_tables.summary(other, "plan", ReportWords("en")).note


@pytest.mark.parametrize(
    ("language", "head"),
    [
        (
            "zh",
            ("站点编号", "片区／站点", "日期", "AQI", "空气质量级别", "首要污染物", "PM₂.₅ (µg/m³)"),
        ),
        (
            "en",
            (
                "Site id",
                "Zone or station",
                "Date",
                "AQI",
                "AQI level",
                "Primary pollutant",
                "PM₂.₅ (µg/m³)",
            ),
        ),
    ],
)
def test_the_sheet_of_days_names_each_column(
    language: Language, head: tuple[str, ...], report: MonthlyReport
) -> None:
    assert air_tables.daily(report, ReportWords(language)).head == head


def test_days_above_a_level_say_above_which_index(report: MonthlyReport) -> None:
    assert "Days > 100" in air_tables.day_counts(report, ReportWords("en")).head
    assert "超标天数（>100）" in air_tables.day_counts(report, ReportWords("zh")).head


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_beyond_a_limit_of_ones_own_is_in_a_list_of_its_own(
    language: Language, report: MonthlyReport
) -> None:
    """Neither among breaches nor above the plan; without such a rule the report does not speak of one."""
    words = ReportWords(language)
    first = next(one for one in report.exceedances if one.against == "plan")
    mine = replace(first, rule="my-limit", source="my-limit", limit=20.0, against="own")
    with_own = replace(report, exceedances=[*report.exceedances, mine])
    titles = {words("exceedance_own_title"), words("exceedance_own_events")}

    row = exceedance_tables.summary(with_own, "own", words).rows[0]

    assert (row[3].text, row[4].text) == ("20", words("origin_rule", rule="my-limit"))
    for listing in LISTINGS[:2]:
        before, after = (exceedance_tables.details(one, listing, words) for one in (report, with_own))
        assert before.rows == after.rows
    assert titles <= _titles(with_own, words)
    assert not titles & _titles(report, words)


def _titles(report: MonthlyReport, words: ReportWords) -> set[str]:
    parts = chapters.report_outline(report, words).parts("table")
    return {part.caption.removeprefix(f"{part.label} ") for part in parts}
