"""The report as people get it: byte for byte a function of its inputs, self-contained, in both languages."""

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity, exceedances_csv, means_csv, report_json
from dashboards.reports.imprint import Imprint
from dashboards.reports.month import Month
from dashboards.reports.rendering import cards, page
from dashboards.reports.rendering.chapters import report_outline
from dashboards.reports.rendering.files.workbook import xlsx
from dashboards.reports.rendering.tables import air_tables
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import ReportWords, texts
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import LANGUAGES, Language
from tests.dashboards.reports.rendering.test_outline import check_lists
from tests.support.compiled_report import compiled
from tests.support.paths import ROOT

IDENTITY = Identity("LQ-2026-10", 1, "zh", "0.1.0")
SITES = ("wujinku", "yunding", "bahaoqiao")
VOID = {"meta", "link", "br", "img", "hr", "path", "use", "rect"}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return loader.load()


@pytest.fixture(scope="module")
def report(month_report: MonthlyReport) -> MonthlyReport:
    return month_report


@pytest.fixture(scope="module", params=LANGUAGES)
def html(request: pytest.FixtureRequest, report: MonthlyReport) -> tuple[ReportWords, str]:
    words = ReportWords(request.param)
    return words, page.html(report, Identity("LQ-2026-10", 1, words.language, "0.1.0"), words)


def test_equal_inputs_give_equal_bytes(report: MonthlyReport, month_file: Path, catalogue: Catalogue) -> None:
    store = SqliteStore(month_file)
    again = compiled(store, catalogue, "2026-10")
    store.close()
    words = ReportWords("zh")

    assert page.html(report, IDENTITY, words) == page.html(again, IDENTITY, words)
    assert xlsx(report, words) == xlsx(again, words)
    assert means_csv(report) == means_csv(again)
    assert exceedances_csv(report) == exceedances_csv(again)
    assert report_json(report, IDENTITY) == report_json(again, IDENTITY)


def test_the_page_is_whole_and_asks_nothing_of_the_network(html: tuple[ReportWords, str]) -> None:
    words, text = html

    assert not re.findall(r"""(?:src|href)=["'](?!#)""", text)
    assert "@import" not in text
    assert "url(http" not in text
    assert _Balanced().check(text) == []
    assert words.month(Month.parse("2026-10")) in text
    assert f'lang="{"zh-Hans" if words.language == "zh" else "en"}"' in text


def test_all_that_is_numbered_is_listed_at_the_beginning(html: tuple[ReportWords, str]) -> None:
    words, text = html

    check_lists(text)
    assert f">{words.days(Month.parse('2026-10'))}</dd>" in text
    assert (
        words.days(Month.parse("2024-02"))
        == {"zh": "2024年2月1日—29日", "en": "1–29 February 2024"}[words.language]
    )


def test_a_star_is_explained_where_it_stands(html: tuple[ReportWords, str]) -> None:
    """Below each table and each row of cards that has one."""
    _, text = html
    blocks = re.findall(r"<section class=\"block.*?</section>", text, flags=re.DOTALL)
    starred = [block for block in blocks if re.search(r"\*</td>", block)]
    cards_ = text.partition('<div class="cards')[2].partition("<h2")[0]

    assert len(starred) >= 4
    assert all(re.search(r'<p class="note">[^<]*\*', block) for block in starred)
    assert re.search(r'<p class="note">\*', cards_)


def test_the_layout_of_a_county_is_followed_point_by_point(report: MonthlyReport) -> None:
    """The tables that the room's page names stand in that order, but for those of special months."""
    readme = (ROOT / "dashboards" / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## A county's monthly report")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|.*\| (.*) \|$", section, flags=re.MULTILINE)
    named = [id_ for row in rows for id_ in re.findall(r"`([a-z-]+(?:<section>)?)`", row)]
    special = {"without", "exceptional", "drinking-water"}
    wanted = [id_.replace("<section>", "bahaoqiao") for id_ in named if id_ not in special]

    tables = [part.content for part in report_outline(report, ReportWords("zh")).parts("table")]
    found = [table.id for table in tables if isinstance(table, ReportTable)]

    assert len(wanted) >= 11
    assert set(wanted) <= set(found)
    spine = [id_ for id_ in wanted if id_ not in {"outlooks", "classes", "sections"}]
    assert spine == sorted(spine, key=found.index)


def test_a_table_that_the_style_sheet_names_is_there(report: MonthlyReport) -> None:
    style = (ROOT / "dashboards/reports/rendering/report.css").read_text(encoding="utf-8")
    named = set(re.findall(r"#([a-z_-]+) t[dh]", style))

    tables = [part.content for part in report_outline(report, ReportWords("zh")).parts("table")]
    found = {table.id for table in tables if isinstance(table, ReportTable)}
    assert {"outlooks", "assessment"} <= named
    assert named - {"alarm_figures", "changes"} <= found  # those need a journal, and a revision


def test_numerals_of_classes_are_set_in_one_font(html: tuple[ReportWords, str]) -> None:
    words, text = html
    body = re.sub(r"<svg.*?</svg>|<style>.*?</style>|<nav.*?</nav>", "", text, flags=re.DOTALL)

    marked = body.count('<span class="roman">')
    assert marked == len(re.findall("[\u2160-\u216b]+", body))
    assert (marked > 10) == (words.language == "zh")
    assert "&lt;span" not in body


def test_the_page_speaks_one_language(html: tuple[ReportWords, str]) -> None:
    words, text = html
    body = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
    seen = re.sub(r"<[^>]+>", " ", body)
    if words.language == "zh":
        assert "达标余量" in seen
        assert not re.search(r"\b(Target|Station|Verdict|Exceedances|Month)\b", seen)
    else:
        chinese = set(re.findall(r"[\u2160-\u217f\u4e00-\u9fff\uff00-\uffef]+", seen))
        assert not chinese


def test_figures_keep_their_text_as_text_in_fonts_that_know_chinese(html: tuple[ReportWords, str]) -> None:
    words, text = html
    figures = re.findall(r"<svg.*?</svg>", text, flags=re.DOTALL)

    assert len(figures) >= 7
    assert all("Noto Sans CJK SC" in figure for figure in figures)
    assert all(figure.count("font-family") == 1 for figure in figures)
    assert words("stations_title") in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_every_colour_that_says_something_has_a_word_beside_it(html: tuple[ReportWords, str]) -> None:
    """Grey print: a cell of a calendar names its level, a strip its class, a bar its percentage."""
    words, text = html
    calendar = re.search(r"<svg[^>]*?>(?:(?!</svg>).)*cal-zone-competition.*?</svg>", text, flags=re.DOTALL)

    assert calendar is not None
    days = len(re.findall(r">\d+</text>", calendar[0]))
    names = sum(calendar[0].count(f">{words.level_short(level)}</text>") for level in range(1, 7))
    assert names >= 55  # 31 days twice, but for those without enough hours
    assert days >= 2 * names


def test_the_workbook_has_real_numbers_frozen_headers_and_a_sheet_each_table(report: MonthlyReport) -> None:
    words = ReportWords("zh")
    book = openpyxl.load_workbook(io.BytesIO(xlsx(report, words)))

    assert len(book.sheetnames) >= 9
    assert all(sheet.freeze_panes for sheet in book)
    means = book[words("sheet_means")]
    assert means.max_row == len(report.rows) + 1
    assert isinstance(means["H2"].value, float)
    air = book[words("sheet_air")]
    zone = next(row for row in air.iter_rows(min_row=3) if row[0].value == "冬奥赛区（崇礼）（1/2 站）")
    row = report.mean("zone-competition", "pm25", "month", report.month.start)
    assert row is not None
    assert zone[1].value == int(row.value or 0)
    assert zone[1].number_format == "0"
    assert str(book.properties.created) == "2000-01-01 00:00:00"


def test_pm25_stands_month_by_month_with_the_twelve_that_end_there(report: MonthlyReport) -> None:
    """Of each zone two rows, the report's month last; a year of 40 days is weak in all but one month."""
    table = air_tables.by_month(report, ReportWords("en"))

    assert (table.head[2], table.head[-1]) == ("25-11", "26-10")
    assert [row[1].text for row in table.rows] == ["Month", "12 months"] * 2
    for row, statistic, back in zip(table.rows[:2], ("month", "12month"), (0, 11), strict=True):
        mean = report.mean("zone-competition", "pm25", statistic, report.month.back(back).start)
        assert mean is not None
        assert row[-1].value == float(mean.value or 0)
        assert row[-1].weak is not mean.valid
        assert row[2].text == "–"


def test_a_target_without_a_valid_month_still_has_its_card(month_file: Path, catalogue: Catalogue) -> None:
    """Eight days of September: the place was measured, so its target is shown, with nothing judged."""
    store = SqliteStore(month_file)
    short = compiled(store, catalogue, "2026-09")
    store.close()

    made = cards.cards(short, ReportWords("en"))

    assert [(card.place, card.text) for card in made] == [
        ("Winter-Olympic competition zone (Chongli)", "too little data"),
        ("Zhangjiakou city", "aspiration (judged from 2035 on)"),
        ("Baihe · Houcheng", "no data"),
        ("Baihe · Houcheng", "no data"),
        ("Yongding · Bahaoqiao", "too little data"),
    ]
    assert dict(made[-1].figures)["Month"].endswith("*")


def test_report_json_says_what_it_is_and_what_it_rests_on(report: MonthlyReport) -> None:
    content = json.loads(report_json(report, IDENTITY))

    assert (content["number"], content["revision"], content["month"]) == ("LQ-2026-10", 1, "2026-10")
    assert content["period"]["start"] == "2026-10-01T00:00:00+08:00"
    assert [row["standard"] for row in content["standards"]] == [
        "GB 3095-2026",
        "HJ 633-2026",
        "GB 3838-2002",
    ]
    assert content["standards"][0]["from"] == "2026-03-01"
    assert re.fullmatch(r"[0-9a-f]{64}", content["inputs"]["sha256"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_gives_it_out_and_signs_stands_in_head_and_lines(
    language: Language, report: MonthlyReport
) -> None:
    imprint = Imprint("监测中心 <1>", "环境质量月报", "张三", "李四、王五", "")
    words = ReportWords(language)

    text = page.html(report, Identity("LQ-2026-10", 1, language, "0.1.0", imprint=imprint), words)

    assert f"<h1>环境质量月报<span>{words.month(report.month)}</span></h1>" in text
    assert f"<dt>{words('organisation')}</dt><dd>监测中心 &lt;1&gt;</dd>" in text
    assert (
        f"<span>{words('compiled')}<b>张三</b></span><span>{words('checked')}<b>李四、王五</b></span>" in text
    )
    assert f"<span>{words('signed_by')}</span>" in text
    assert words("title") not in text


def test_what_could_not_be_computed_is_told_with_its_reason(html: tuple[ReportWords, str]) -> None:
    words, text = html

    assert words("missing_12", places="", first="2026-09-23").rpartition("2026-09-23")[2] in text
    assert "2026-09-23" in text
    assert words("missing_year_ago", places="@").partition("@")[2] in text


def test_both_languages_have_every_text_with_the_same_places() -> None:
    for key, row in texts().items():
        assert sorted(row) == ["en", "zh"], key
        assert set(re.findall(r"\{(\w+)\}", row["zh"])) == set(re.findall(r"\{(\w+)\}", row["en"])), key


def test_every_text_that_is_asked_for_is_there_and_every_one_is_used() -> None:
    folder = ROOT / "dashboards" / "reports"
    source = "".join(
        file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.suffix in {".py", ".j2"}
    )
    asked = set(re.findall(r"""\bwords\(\s*"(\w+)\"""", source))
    quoted = set(re.findall(r"""["'](\w+)["']""", source))
    patterns = re.findall(r"""f["']([a-z_]+_)\{""", source)

    assert asked <= set(texts())
    unused = [key for key in texts() if key not in quoted and not any(key.startswith(p) for p in patterns)]
    assert unused == []


class _Balanced(HTMLParser):
    """Finds elements that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._wrong: list[str] = []

    def check(self, text: str) -> list[str]:
        """What is wrong."""
        self.feed(text)
        self.close()
        return self._wrong + self._open

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - the parser gives it
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open.pop() != tag:
            self._wrong.append(tag)
