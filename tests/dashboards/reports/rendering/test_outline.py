"""Chapters, tables and figures are numbered once, in the order of the page, and listed at its beginning."""

import re

import pytest

from dashboards.reports.rendering.outline import DraftChapter, Sentence, outline
from dashboards.reports.rendering.report_figures import Figure
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import ReportWords
from sensors.model import Language

TABLE = ReportTable("one", "水质类别", "sheet", ("a",), ())
FIGURE = Figure("AQI", None)
DRAFTS = [
    DraftChapter("air", "空气质量", (Sentence("s"), TABLE, FIGURE, TABLE)),
    DraftChapter("notes", "说明", (Sentence("s"),)),
    DraftChapter("water", "水环境质量", (TABLE, FIGURE)),
]


@pytest.mark.parametrize(
    ("language", "captions", "headings"),
    [
        pytest.param(
            "zh",
            ["表1 水质类别", "图1 AQI", "表2 水质类别", "表3 水质类别", "图2 AQI"],
            ["一、空气质量", "二、说明", "三、水环境质量"],
            id="Chinese",
        ),
        pytest.param(
            "en",
            ["Table 1 水质类别", "Figure 1 AQI", "Table 2 水质类别", "Table 3 水质类别", "Figure 2 AQI"],
            ["1 空气质量", "2 说明", "3 水环境质量"],
            id="English",
        ),
    ],
)
def test_tables_and_figures_are_counted_through_the_whole_report(
    language: Language, captions: list[str], headings: list[str]
) -> None:
    made = outline(DRAFTS, ReportWords(language))

    numbered = [part for chapter in made.chapters for part in chapter.parts if part.number]
    assert [part.caption for part in numbered] == captions
    assert [chapter.heading for chapter in made.chapters] == headings
    assert [part.anchor for part in made.parts("table")] == ["table-1", "table-2", "table-3"]


def test_what_is_no_table_and_no_figure_has_no_number() -> None:
    (sentence, *_), *_ = (chapter.parts for chapter in outline(DRAFTS, ReportWords("zh")).chapters)

    assert (sentence.kind, sentence.number, sentence.label, sentence.caption) == ("sentence", 0, "", "")


def test_more_chapters_than_signs_are_written_in_digits() -> None:
    drafts = [DraftChapter("x", "x", ()) for _ in range(16)]

    assert [chapter.heading for chapter in outline(drafts, ReportWords("zh")).chapters][14:] == [
        "十五、x",
        "16、x",
    ]


def listed(html: str, kind: str) -> list[tuple[str, str]]:
    """Of each entry of the lists at the beginning where it leads and what it says."""
    return re.findall(rf'<a href="#({kind}-\d+)">(.*?)</a>', html)


def captions(html: str, kind: str) -> list[tuple[str, str]]:
    """The same, as it stands at the tables and figures themselves."""
    return re.findall(rf'id="({kind}-\d+)">\s*<(?:h3|figcaption)>(.*?)</', html)


def check_lists(html: str) -> None:
    """Every chapter, table and figure is listed, in order, with a link that leads there."""
    assert listed(html, "table") == captions(html, "table")
    assert listed(html, "figure") == captions(html, "figure")
    assert listed(html, "chapter") == re.findall(r'<h2 id="(chapter-\d+)">(.*?)</h2>', html)
    assert all(listed(html, kind) for kind in ("chapter", "table", "figure"))
