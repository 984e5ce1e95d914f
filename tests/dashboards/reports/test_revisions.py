"""What a revised report lists: exactly the printed figures that moved, each with its true cause."""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest
from msgspec.structs import replace

from dashboards.reports import export
from dashboards.reports.content.arrivals import Revision
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.rendering import page
from dashboards.reports.rendering.files.workbook import xlsx
from dashboards.reports.rendering.printed import printed_tables
from dashboards.reports.revisions.causes import Cause
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.revisions.changes import changes
from dashboards.reports.revisions.former import FormerReport, read_former
from dashboards.reports.revisions.printed import PrintedTable, figures_json, parse_figures, printed_changes
from dashboards.reports.words import ReportWords
from ingest.stores.base import Store
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.marks import Mark, What
from tests.support.compiled_report import compiled

ZH = ReportWords("zh")
MADE = datetime(2026, 11, 22, tzinfo=UTC)
DAY = datetime(2016, 12, 20, tzinfo=SHANGHAI)
VERSION = "0.1.0"
Cells = Mapping[tuple[str, ...], Sequence[str]]


def mark(what: What, after: int = 0, by: str = "张三", reason: str = "仪器故障") -> Mark:
    return Mark(
        "tiantan", "pm25", DAY, DAY + timedelta(days=1), what, reason, by, MADE + timedelta(seconds=after)
    )


def saved(report: MonthlyReport, folder: Path, version: str = VERSION) -> FormerReport:
    """The report as revision 1, as it is read from its files."""
    texts = {
        "means.csv": export.means_csv(report),
        "exceedances.csv": export.exceedances_csv(report),
        "figures.json": figures_json(printed_tables(report, ZH)),
        "report.json": export.report_json(report, Identity("LQ-2016-12", 1, "zh", version)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return read_former(folder)


def listed(former: FormerReport, report: MonthlyReport, version: str = VERSION) -> list[ChangedFigure]:
    return changes(former, report, printed_tables(report, ZH), ZH, version)


@pytest.mark.real
def test_one_mark_over_a_day_lists_exactly_the_printed_figures_that_moved(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue, tmp_path: Path
) -> None:
    """Compared with the cells of both pages and of both workbooks' sheets of days, read as a reader would."""
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")])

    found = listed(saved(beijing_report, tmp_path), marked)

    told = sorted((one.title, one.old, one.new) for one in found if one.table not in {"cards", "daily"})
    assert told == sorted(moved_cells(page_tables(beijing_report), page_tables(marked)))
    days = sorted((one.old, one.new) for one in found if one.table == "daily")
    assert days == sorted((old, new) for _, old, new in moved_cells(days_of(beijing_report), days_of(marked)))
    assert {one.causes for one in found} == {(Cause("mark", "仪器故障", "张三"),)}
    assert {cell for one in found for cell in one.row}.isdisjoint({"定陵", "怀柔", "昌平"})
    months = [one.row[0] for one in found if one.table == "pollutants" and (one.old, one.new) != ("", "")]
    assert list(dict.fromkeys(months)) == ["city", "tiantan"]  # the zone before its station
    assert 20 < len(found) < 120


@pytest.mark.real
def test_a_figure_of_a_day_has_the_mark_over_that_day_as_its_cause_and_no_other(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue, tmp_path: Path
) -> None:
    own = mark("invalid")
    before = DAY - timedelta(days=5)
    other = Mark("tiantan", "pm25", before, before + timedelta(days=1), "invalid", "停电", "李四", MADE)
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [own, other])

    found = listed(saved(beijing_report, tmp_path), marked)

    daily = {cell: one.causes for one in found if one.table == "daily" for cell in one.row if "-12-" in cell}
    assert daily == {
        "2016-12-15": (Cause("mark", "停电", "李四"),),
        "2016-12-20": (Cause("mark", "仪器故障", "张三"),),
    }


@pytest.mark.real
def test_an_exceptional_mark_moves_no_printed_figure_but_adds_those_without_it(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue, tmp_path: Path
) -> None:
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("exceptional")])

    found = listed(saved(beijing_report, tmp_path), marked)

    assert {one.table for one in found} <= {"without", "quality"}
    assert {one.causes for one in found} == {(Cause("mark", "仪器故障", "张三"),)}


@pytest.mark.real
def test_what_a_withdrawal_moves_back_names_who_took_the_mark_back(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue, tmp_path: Path
) -> None:
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")])
    back = [mark("invalid"), mark("withdrawn", 1, "李四", "查明正常")]
    again = compiled(beijing_store, beijing_catalogue, "2016-12", back)

    found = listed(saved(marked, tmp_path), again)

    assert {one.causes for one in found} == {(Cause("take_back", "查明正常", "李四"),)}
    assert len(found) == len(listed(saved(beijing_report, tmp_path), marked))


@pytest.mark.real
def test_verdicts_and_months_stand_before_days_and_the_record(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue, tmp_path: Path
) -> None:
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")])

    order = [one.table for one in listed(saved(beijing_report, tmp_path), marked)]

    firsts = [order.index(table) for table in ("pollutants", "daily", "quality")]
    assert firsts == sorted(firsts)
    assert "daily" not in order[: len([table for table in order if table in {"pollutants", "averages"}])]


@pytest.mark.real
@pytest.mark.parametrize(
    ("late", "kind"),
    [pytest.param(True, "late", id="late"), pytest.param(False, "revision", id="revised")],
)
def test_what_arrived_since_is_the_cause_and_says_whence(
    late: bool,
    kind: str,
    beijing_report: MonthlyReport,
    beijing_store: Store,
    beijing_catalogue: Catalogue,
    tmp_path: Path,
) -> None:
    """The figures of a report that differ as by a mark, with a reading that arrived instead."""
    moved = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")])
    came = Revision("tiantan", "pm25", DAY + timedelta(hours=3), MADE, "mqtt", late)
    arrived = {"late": (came,)} if late else {"revisions": (came,)}
    now = replace(moved, marks=(), record=(), **arrived)

    found = listed(saved(beijing_report, tmp_path), now)

    assert {(cause.kind, cause.by) for one in found for cause in one.causes} == {(kind, "mqtt")}
    known = replace(beijing_report, **arrived)
    later = listed(saved(known, tmp_path), now)
    assert {cause.kind for one in later for cause in one.causes} <= {"added", "record"}


@pytest.mark.real
def test_another_program_on_the_same_readings_is_a_rule(
    beijing_report: MonthlyReport, tmp_path: Path
) -> None:
    former = saved(beijing_report, tmp_path, version="0.0.9")
    figures = [
        replace(one, rows=tuple((*row[:-1], "?") for row in one.rows)) if one.id == "pollutants" else one
        for one in former.figures
    ]

    found = listed(replace(former, figures=tuple(figures)), beijing_report)

    assert {one.table for one in found} == {"pollutants"}
    assert {one.causes for one in found} == {(Cause("rule", "liangqu 0.0.9 → 0.1.0"),)}
    assert listed(former, beijing_report) == []


def test_on_how_many_stations_a_zone_rests_is_a_figure_of_its_row() -> None:
    old = PrintedTable("t", "T", ("place", "SO2"), (("市（4/5 站）", "1"), ("站", "2")))
    new = PrintedTable("t", "T", ("place", "SO2"), (("市（5/5 站）", "3"), ("站", "2")))

    assert [(one.row, one.column, one.old, one.new) for one in printed_changes([old], [new])] == [
        (("市",), "place", "4/5 站", "5/5 站"),
        (("市",), "SO2", "1", "3"),
    ]


def test_rows_and_columns_are_found_by_name_wherever_they_stand() -> None:
    """A row more, another order, a column more, and one head over several columns."""
    old = PrintedTable("t", "T", ("place", "SO2", "y/y", "NO2", "y/y"), (("a", "1", "2", "3", "4"),))
    new = PrintedTable(
        "t",
        "T",
        ("place", "NO2", "y/y", "SO2", "y/y"),
        (("b", "9", "9", "9", "9"), ("a", "3", "5", "1", "2")),
    )

    found = [(one.row, one.column, one.old, one.new) for one in printed_changes([old], [new])]

    assert found == [
        (("b",), "NO2", "", "9"),
        (("b",), "NO2 y/y", "", "9"),
        (("b",), "SO2", "", "9"),
        (("b",), "SO2 y/y", "", "9"),
        (("a",), "NO2 y/y", "4", "5"),
    ]
    assert parse_figures(figures_json([old, new])) == (old, new)
    assert json.loads(figures_json([]) or "[]") == []


class _Tables(HTMLParser):
    """The tables of a page: id, title, and the texts of the cells of each row."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, list[list[str]]]] = []
        self._title, self._in = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.found.append((dict(attrs).get("id") or "", self._title, []))
        elif tag == "tr" and self.found:
            self.found[-1][2].append([])
        elif tag == "td":
            self.found[-1][2][-1].append("")
        elif tag in {"h3", "caption"}:
            self._title = ""
        self._in = tag

    def handle_data(self, data: str) -> None:
        if self._in == "td" and self.found and self.found[-1][2]:
            self.found[-1][2][-1][-1] += data
        elif self._in in {"h3", "caption"}:
            self._title += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser gives it
        self._in = ""


def page_tables(report: MonthlyReport) -> Cells:
    """Each cell of the page's tables that tells a figure, by table, its row's number and column."""
    parser = _Tables()
    parser.feed(page.html(report, Identity("LQ-2016-12", 1, "zh", VERSION), ZH))
    titles = {one.id: one.title for one in printed_tables(report, ZH)}
    return {
        (titles[id_], *(row[:6] if id_ == "exceedances" else [str(number)])): row
        for id_, _, rows in parser.found
        if id_ in titles
        for number, row in enumerate(rows)
        if row
    }


def days_of(report: MonthlyReport) -> Cells:
    book = openpyxl.load_workbook(io.BytesIO(xlsx(report, ZH)))
    rows = [list(row) for row in book[ZH("sheet_days")].iter_rows(min_row=3, values_only=True)]
    return {("days", str(row[0]), str(row[2])): [_shown(cell) for cell in row] for row in rows if row[0]}


def _shown(cell: object) -> str:
    return "–" if cell is None else f"{cell:.1f}" if isinstance(cell, float) else f"{cell}"


def moved_cells(old: Cells, new: Cells) -> Iterator[tuple[str, str, str]]:
    for key in dict.fromkeys((*new, *old)):
        before, after = list(old.get(key, ())), list(new.get(key, ()))
        width = max(len(before), len(after))
        before += [""] * (width - len(before))
        after += [""] * (width - len(after))
        yield from ((key[0], a, b) for a, b in zip(before, after, strict=True) if a != b)
