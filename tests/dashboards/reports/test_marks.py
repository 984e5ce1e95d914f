"""Marks: what they take out, what they leave, and what a superseding report tells of it."""

import io
import json
from csv import DictReader
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.reports import export
from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.revisions import former
from ingest.stores.base import Store
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.marks import Mark, What, effective_marks, from_row, to_point
from tests.support.compiled_report import compiled

MADE = datetime(2026, 11, 22, tzinfo=UTC)
BEGIN, END = datetime(2016, 12, 16, tzinfo=SHANGHAI), datetime(2016, 12, 23, tzinfo=SHANGHAI)


def mark(
    what: What, parameter: str = "pm25", start: datetime = BEGIN, end: datetime = END, after: int = 0
) -> Mark:
    return Mark("tiantan", parameter, start, end, what, "a reason", "王", MADE + timedelta(seconds=after))


def rows(report: MonthlyReport) -> dict[tuple[str, ...], dict[str, str]]:
    found = DictReader(io.StringIO(export.means_csv(report)))
    return {(r["site"], r["parameter"], r["statistic"], r["start"]): r for r in found}


@pytest.mark.real
def test_a_mark_changes_exactly_the_figures_it_must(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue
) -> None:
    """A mark over a polluted week."""
    marked = compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")])
    before, after = rows(beijing_report), rows(marked)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}

    for site, parameter, statistic, start in changed:
        assert site in {"tiantan", "zone-city"}
        assert parameter in {"pm25", "aqi", "composite_index"}
        if statistic == "day":
            assert BEGIN <= datetime.fromisoformat(start) < END
    months = {
        statistic for site, parameter, statistic, _ in changed if (site, parameter) == ("tiantan", "pm25")
    }
    assert months >= {"day", "month", "12month", "year", "year_to_date", "36month"}
    week = [after[key] for key in changed if key[:3] == ("tiantan", "pm25", "day") and key in after]
    assert all((row["value"], row["n"], row["valid"]) == ("", "0", "false") for row in week)


@pytest.mark.real
def test_an_exceptional_week_stays_in_the_figures_and_others_without_it_stand_beside(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue
) -> None:
    marked = rows(compiled(beijing_store, beijing_catalogue, "2016-12", [mark("exceptional")]))
    invalid = rows(compiled(beijing_store, beijing_catalogue, "2016-12", [mark("invalid")]))
    before = rows(beijing_report)
    beside = {key: row for key, row in marked.items() if key[2].endswith(EXCLUDING_EXCEPTIONAL)}

    assert {key: row for key, row in marked.items() if key not in beside} == before
    assert {key[:2] for key in beside} == {
        (site, parameter) for site in ("tiantan", "zone-city") for parameter in ("pm25", "composite_index")
    }
    for (site, parameter, statistic, start), row in beside.items():
        same = invalid[site, parameter, statistic.removesuffix(EXCLUDING_EXCEPTIONAL), start]
        assert {**row, "statistic": same["statistic"]} == same


@pytest.mark.real
def test_a_withdrawn_mark_leaves_no_trace_in_the_figures(
    beijing_report: MonthlyReport, beijing_store: Store, beijing_catalogue: Catalogue
) -> None:
    withdrawn = [mark("invalid"), mark("withdrawn", after=1)]

    assert rows(compiled(beijing_store, beijing_catalogue, "2016-12", withdrawn)) == rows(beijing_report)


@pytest.mark.parametrize(
    ("cut", "left"),
    [
        pytest.param((16, 23), [], id="whole"),
        pytest.param((18, 20), [(16, 18), (20, 23)], id="the middle"),
        pytest.param((10, 18), [(18, 23)], id="the begin"),
        pytest.param((20, 30), [(16, 20)], id="the end"),
        pytest.param((23, 30), [(16, 23)], id="what touches is not in it"),
    ],
)
def test_a_withdrawal_leaves_what_lies_beside_it(cut: tuple[int, int], left: list[tuple[int, int]]) -> None:
    start, end = (datetime(2016, 12, day, tzinfo=SHANGHAI) for day in cut)

    held = effective_marks([mark("withdrawn", start=start, end=end, after=1), mark("maintenance")])

    assert [(m.start.day, m.end.day, m.what) for m in held] == [(a, b, "maintenance") for a, b in left]


def test_a_withdrawal_of_all_takes_back_each_parameter_one_of_a_parameter_not_all() -> None:
    assert effective_marks([mark("invalid"), mark("withdrawn", "all", after=1)]) == []
    assert effective_marks([mark("invalid", "all"), mark("withdrawn", "pm25", after=1)]) == [
        mark("invalid", "all")
    ]


def test_a_mark_made_after_the_withdrawal_stands() -> None:
    assert effective_marks([mark("withdrawn"), mark("invalid", after=1)]) == [mark("invalid", after=1)]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_a_mark_goes_into_the_store_and_comes_back(reason: str) -> None:
    made = Mark("tiantan", "pm25", BEGIN.astimezone(UTC), END.astimezone(UTC), "invalid", reason, "王", MADE)
    row = to_point(made)

    assert (
        from_row(
            row.tags["site"],
            row.tags["parameter"],
            row.time,
            {k: str(v) for k, v in row.fields.items() if v is not None},
        )
        == made
    )


def test_a_folder_without_a_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(former.FormerReportError, match=r"report\.json: No such file"):
        former.read_former(tmp_path)
    (tmp_path / "report.json").write_text(json.dumps({"number": 1}), encoding="utf-8")
    with pytest.raises(former.FormerReportError, match="no report of ours"):
        former.read_former(tmp_path)


def test_the_revisions_that_stand_say_themselves_which_the_first_of_a_folder_is(tmp_path: Path) -> None:
    def stand(where: str, text: str) -> None:
        folder = tmp_path / "2026-10" / where / "zh"
        folder.mkdir(parents=True)
        (folder / "report.json").write_text(text, encoding="utf-8")

    stand(".", '{"revision": 3, "text": {}}')  # it superseded one of another folder
    stand("revision-4", '{"revision": 4}')
    stand("revision-04", '{"revision": 4}')  # ours are not called so
    found = sorted(former.standing_folders(tmp_path, "2026-10", "zh"))
    assert [(revision, folder.parent.name) for revision, folder in found] == [
        (3, "2026-10"), (4, "revision-4")
    ]  # fmt: skip

    (tmp_path / "2026-10/zh/report.json").write_text("{", encoding="utf-8")
    assert min(former.standing_folders(tmp_path, "2026-10", "zh"))[0] == 1
    assert not [*former.standing_folders(tmp_path, "2026-10", "en")]
