"""The table of sections: what exceeds and by how much, samples that met with their counts, items assessed."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import section_tables, water_tables
from dashboards.reports.words import NOTHING, ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed
from tests.support.compiled_report import compiled, simulated_store

ZH, EN = ReportWords("zh"), ReportWords("en")
RIVER = assessed("GB 3838-2002", "river")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026 of the sections of two rivers."""
    catalogue, end = loader.load(), datetime(2026, 11, 2, tzinfo=UTC)
    folder = tmp_path_factory.mktemp("sections")
    store = SqliteStore(
        simulated_store(folder, catalogue, ("bahaoqiao", "houcheng"), end, timedelta(days=40))
    )
    made = compiled(store, catalogue, "2026-10")
    store.close()
    return made


@pytest.mark.parametrize(
    ("values", "reference", "zh"),
    [
        pytest.param({"nh3n": 1.0, "do": 5.0}, 3, NOTHING, id="at the limit nothing exceeds"),
        pytest.param({"nh3n": 1.35, "codmn": 6.6}, 3, "氨氮(0.35)、高锰酸盐指数(0.10)", id="the worst first"),
        pytest.param({"nh3n": 1.0, "codmn": 4.0}, 2, "氨氮(1.00)", id="over the class to be met, II: 0.5"),
        pytest.param({"do": 4.9, "ph": 9.5}, 3, "pH、溶解氧", id="no times over for pH and DO"),
        pytest.param(
            {"nh3n": 2.0, "codmn": 9.0, "tp": 0.25, "cod": 21.0},
            3,
            "氨氮(1.00)、高锰酸盐指数(0.50)、总磷(0.25)",
            id="three at most",
        ),
    ],
)
def test_what_exceeds_and_how_many_times(
    values: dict[str, float], reference: int, zh: str, report: MonthlyReport
) -> None:
    """(C - L) / L of GB 3838-2002, table 1, rivers: III has NH3-N 1.0, CODMn 6, TP 0.2; II 0.5 and 4."""
    result = sample_class(values, RIVER, target=reference)

    assert section_tables.exceeding(report, result, reference, ZH).replace("pH值", "pH") == zh


def test_a_row_a_section_with_counts_of_samples_and_items(report: MonthlyReport) -> None:
    table = section_tables.sections(report, ZH)
    rows = {row[1].text: dict(zip(table.head, row, strict=True)) for row in table.rows}

    for site in ("bahaoqiao", "houcheng"):
        water, row = report.water[site], rows[ZH.name(report.places[site].name)]
        met = sum(one.result.number <= water.reference_class for one in water.samples)
        assert row["样次达标率"].text.endswith(f"（{met}/{len(water.samples)}）")
        assert row["参评项目数"].text == "5/21"
        assert row["目标"].text == ZH.water_class(water.target or 0)
    assert rows["后城"]["河流"].text == "白河"
    assert {row[1].text for row in table.rows} == {
        ZH.name(site.name) for site in report.catalogue.sites.values() if site.medium == "water"
    }


def test_the_note_says_which_items_were_assessed_and_the_scope(report: MonthlyReport) -> None:
    """Five of 21; total nitrogen and temperature are measured and do not count."""
    note = section_tables.sections(report, EN).note

    assert "Total nitrogen" in note.partition("Measured but no part of the class")[2]
    assert "5 of 21" in note
    assert "Huanban [2011] 22" in note
    assert "环办〔2011〕22号" in section_tables.sections(report, ZH).note


@pytest.mark.parametrize("words", [ZH, EN], ids=["zh", "en"])
def test_the_classes_have_the_counts_of_samples_too(words: ReportWords, report: MonthlyReport) -> None:
    table = water_tables.classes(report, words)

    shares = [row[table.head.index(words("met_share"))].text for row in table.rows]
    assert any("/" in text for text in shares)
