"""Which figures of a revised report differ from those of the report before, and why."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import exceedances_csv, mark_cells, means_csv
from dashboards.reports.revisions.former import FormerReport
from sensors.marks import EVERY

Cause = Literal["mark", "revision", "late"]

FIGURES = ("value", "unrounded", "n", "expected", "valid", "target", "met")
"""The columns of means.csv that are figures; the others name them or follow from them."""

_MEAN_KEY = ("site", "parameter", "statistic", "start")
_EXCEEDANCE_KEY = ("site", "parameter", "statistic", "rule", "begin")
_EXCEEDANCE_FIGURES = ("limit", "end", "peak", "peak_time", "mean", "hours")
_DERIVED = ("aqi", "composite_index", "water_class")


class ChangedFigure(Struct, frozen=True):
    """One figure with its old and new text, empty where it was not there; `figure` names the column."""

    site: str
    parameter: str
    statistic: str
    start: str
    figure: str
    old: str
    new: str
    causes: tuple[Cause, ...]


def changes(former: FormerReport, report: MonthlyReport) -> list[ChangedFigure]:
    """Every figure that differs, in the order of the files; those of rows that are gone stand last."""
    causes_of, exceedances = _Causes(former, report), exceedances_csv(report)
    return [
        *_differences(former.means, means_csv(report), _MEAN_KEY, FIGURES, causes_of),
        *_differences(former.exceedances, exceedances, _EXCEEDANCE_KEY, _EXCEEDANCE_FIGURES, causes_of),
    ]


def _differences(
    old_text: str, new_text: str, key: Sequence[str], figures: Sequence[str], causes_of: "_Causes"
) -> Iterator[ChangedFigure]:
    old, new = _rows(old_text, key), _rows(new_text, key)
    nothing: dict[str, str] = {}
    for id_ in (*new, *(removed for removed in old if removed not in new)):
        before, after = old.get(id_, nothing), new.get(id_, nothing)
        row = after or before
        start = row.get("start") or row["begin"]
        end = max(one.get("end") or start for one in (before, after) if one)
        for figure in figures:
            if before.get(figure, "") != after.get(figure, ""):
                yield ChangedFigure(
                    row["site"], row["parameter"], row["statistic"], start, figure,
                    before.get(figure, ""), after.get(figure, ""), causes_of(row, start, end),
                )  # fmt: skip


def _rows(text: str, key: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row[name] for name in key): row for row in csv.DictReader(io.StringIO(text))}


class _Causes:
    """What could have moved a figure: marks and revisions since, else readings that came late."""

    def __init__(self, former: FormerReport, report: MonthlyReport) -> None:
        now = [mark_cells(mark) for mark in report.marks]
        before = list(former.marks)
        self._marks = [m for m in now if m not in before] + [m for m in before if m not in now]
        until = former.revisions_until
        self._revisions = [r for r in report.revisions if until is None or r.received > until]
        self._members = {place.id: {place.id, *place.members} for place in report.places.values()}

    def __call__(self, row: Mapping[str, str], start: str, end: str) -> tuple[Cause, ...]:
        """The causes found, at least one."""
        sites = self._members.get(row["site"], {row["site"]})
        first, stop = datetime.fromisoformat(start), datetime.fromisoformat(end)
        if first == stop:
            stop = datetime.max.replace(tzinfo=first.tzinfo)
        found: list[Cause] = []
        if any(
            mark["site"] in sites
            and _moves(mark["parameter"], row["parameter"])
            and datetime.fromisoformat(mark["from"]) < stop
            and datetime.fromisoformat(mark["to"]) > first
            for mark in self._marks
        ):
            found.append("mark")
        if any(
            one.site in sites and _moves(one.parameter, row["parameter"]) and first <= one.of <= stop
            for one in self._revisions
        ):
            found.append("revision")
        return tuple(found) or ("late",)


def _moves(changed_parameter: str, parameter: str) -> bool:
    """Whether readings of one parameter move figures of the other."""
    return changed_parameter in {EVERY, parameter} or parameter in _DERIVED
