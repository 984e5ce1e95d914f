"""The paragraphs that the program writes: no number in them that is not in a table of the same place."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.chapters import report_outline
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.text.generated import CHAPTERS, generated_paragraphs
from dashboards.reports.text.paragraph import ParagraphWriter
from dashboards.reports.text.water_text import class_phrase
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language
from tests.support.compiled_report import compiled, simulated_store

NUMBER = re.compile(r"\d+(?:\.\d+)?")
TERMS = (
    "日最大8小时滑动平均值第90百分位数",
    "日均值第95百分位数",
    "90th percentile of daily maximum 8 h moving averages",
    "95th percentile of daily means",
)
"""Names of statistics in HJ 663, whose numbers are no figures."""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026 of two stations, each a zone's, and of a section."""
    catalogue, end = loader.load(), datetime(2026, 11, 2, tzinfo=UTC)
    sites = ("wujinku", "yunding", "bahaoqiao")
    file = simulated_store(tmp_path_factory.mktemp("text"), catalogue, sites, end, timedelta(days=70))
    store = SqliteStore(file)
    made = compiled(store, catalogue, "2026-10")
    store.close()
    return made


@pytest.fixture(scope="module", params=["real", "simulated"])
def report(request: pytest.FixtureRequest) -> MonthlyReport:
    """Six real stations of December 2016, and the simulated month with water."""
    found: MonthlyReport = request.getfixturevalue(
        {"real": "beijing_report", "simulated": "simulated"}[request.param]
    )
    return found


def unfounded(text: str, report: MonthlyReport, words: ReportWords) -> list[str]:
    """Each number of a text that no table has in a row of a place that its paragraph names."""
    tables = [part.content for part in report_outline(report, words).parts("table")]
    names = {words.name(place.name): place.id for place in report.places.values()}
    wrong = []
    for said in (*TERMS, words.month(report.month), words.year_so_far(report.month)):
        text = text.replace(said, "")
    for paragraph in text.split("\n\n"):
        named = {name: id_ for name, id_ in names.items() if name in paragraph}
        known = {
            number
            for table in tables
            if isinstance(table, ReportTable)
            for number in numbers_of(table, named)
        }
        bare = paragraph
        for name in sorted(names, key=len, reverse=True):
            bare = bare.replace(name, "")
        wrong += [number for number in NUMBER.findall(bare) if number not in known]
    return wrong


def numbers_of(table: ReportTable, named: dict[str, str]) -> Iterator[str]:
    """The numbers in the rows of some places, and in a table that is of one of them alone."""
    is_of_one = table.id.removeprefix("items-") in named.values()
    for row in table.rows:
        if is_of_one or any(row[0].text.startswith(name) for name in named):
            for cell in row[1:]:
                yield from NUMBER.findall(cell.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_the_text_stands_in_a_table_beside_its_place(
    language: Language, report: MonthlyReport
) -> None:
    words = ReportWords(language)
    made = generated_paragraphs(report, words)

    assert tuple(made) == CHAPTERS
    assert {chapter: unfounded(one.text, report, words) for chapter, one in made.items()} == {
        chapter: [] for chapter in CHAPTERS
    }
    assert len(NUMBER.findall(made["air"].text)) > 12


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_number_is_seen(language: Language, report: MonthlyReport) -> None:
    words = ReportWords(language)
    text = generated_paragraphs(report, words)["air"].text
    figure = next(number for number in NUMBER.findall(text[12:]) if "." in number)

    assert unfounded(text.replace(figure, f"{figure}7", 1), report, words) == [f"{figure}7"]


def test_a_year_with_a_year_before_is_compared_with_it(beijing_report: MonthlyReport) -> None:
    """Six stations with three years of data: what was a year ago stands beside each change."""
    zone = generated_paragraphs(beijing_report, ReportWords("zh"))["air"].text.split("\n\n")[0]

    former = beijing_report.mean("zone-city", "pm25", "month", beijing_report.month.back(12).start)
    assert former is not None
    assert re.search(
        rf"PM₂\.₅平均浓度为\d+ µg/m³，同比(上升|下降)[\d.]+ %（上年同期为{former.value}）。", zone
    )
    assert "1—12月，PM₂.₅平均浓度为" in zone


@pytest.mark.parametrize(
    ("language", "words"),
    [
        pytest.param("zh", "2026年10月没有水质数据。", id="Chinese"),
        pytest.param("en", "There are no data on water in October 2026.", id="English"),
    ],
)
def test_a_chapter_without_data_says_so(
    language: Language, words: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    catalogue, end = loader.load(), datetime(2026, 11, 2, tzinfo=UTC)
    file = simulated_store(tmp_path_factory.mktemp("dry"), catalogue, ["wujinku"], end, timedelta(days=40))
    store = SqliteStore(file)
    made = compiled(store, catalogue, "2026-10")
    store.close()

    assert generated_paragraphs(made, ReportWords(language))["water"].text == words


@pytest.mark.parametrize(
    ("language", "number", "expected"),
    [
        ("en", 3, "class III"),
        ("en", 6, "in a class worse than V"),
        ("zh", 3, "Ⅲ类"),
        ("zh", 6, "劣Ⅴ类"),
    ],
)
def test_a_class_in_a_sentence(language: Language, number: int, expected: str) -> None:
    writer = ParagraphWriter(ReportWords(language))

    assert class_phrase(number, writer) == expected
