"""What moved a figure: a mark or its withdrawal, a reading revised, come late or added, or a rule."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from dashboards.reports.content.arrivals import Revision
from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import mark_cells, means_csv, standards
from dashboards.reports.revisions.former import FormerReport
from sensors.marks import EVERY, Mark
from sensors.standards.statistics import DAILY

CauseKind = Literal["mark", "take_back", "revision", "late", "added", "rule", "record"]
"""`added`: readings that came since and were not late, as the month went on or by an import; `record`: what
people and the service have done since, as the journal has it."""

_KEY = ("site", "parameter", "statistic", "start")
_BASIS = ("unrounded", "n", "expected")
_DERIVED = ("aqi", "composite_index", "water_class")


class Cause(Struct, frozen=True):
    """Why a figure moved: for a mark its reason and who made it, of a reading where it came from."""

    kind: CauseKind
    reason: str = ""
    by: str = ""


class MovedMean(Struct, frozen=True):
    """A row of means.csv that differs, the cells of both, and why."""

    place: str
    parameter: str
    old: Mapping[str, str]
    new: Mapping[str, str]
    causes: tuple[Cause, ...]

    def is_of_day(self, day: str) -> bool:
        """Whether it is a figure of that day alone, `2026-10-01`."""
        row = self.new or self.old
        name = row["statistic"].removesuffix(EXCLUDING_EXCEPTIONAL)
        return name in DAILY and row["start"].startswith(day)


class Causes:
    """What has happened since a former report, and which rows of means.csv it moved."""

    def __init__(self, former: FormerReport, report: MonthlyReport, version: str) -> None:
        self._members = {place.id: {place.id, *place.members} for place in report.places.values()}
        self._marks = list(_changed_marks(former, report))
        since = former.arrivals_until
        arrived = (*report.revisions, *report.late)
        self._arrivals = [one for one in arrived if since is None or one.received > since]
        self._rule = _rule(former, report, version)
        self.moved = tuple(self._moved(former.means, means_csv(report)))

    def of_place(self, place: str, parameter: str | None) -> tuple[Cause, ...]:
        """What has happened at a place, to a parameter or any of them; nothing if nothing is known."""
        return tuple(self._happened(self._sites(place), parameter or EVERY, None, None))

    @property
    def fallback(self) -> Cause:
        """What moves a figure where nothing has happened to its readings: another rule, else the record."""
        return self._rule if self._rule.reason else Cause("record")

    def _moved(self, old_text: str, new_text: str) -> Iterator[MovedMean]:
        old, new = _rows(old_text), _rows(new_text)
        nothing: dict[str, str] = {}
        for key in dict.fromkeys((*new, *old)):
            before, after = old.get(key, nothing), new.get(key, nothing)
            if before != after:
                row = after or before
                causes = self._causes(row, before, after)
                yield MovedMean(row["site"], row["parameter"], before, after, causes)

    def _causes(
        self, row: Mapping[str, str], before: Mapping[str, str], after: Mapping[str, str]
    ) -> tuple[Cause, ...]:
        start, end = datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"])
        beside = row["statistic"].endswith(EXCLUDING_EXCEPTIONAL) and not (before and after)
        span = (None, None) if beside else (start, end)  # one mark adds or takes all rows without exceptional
        found = tuple(self._happened(self._sites(row["site"]), row["parameter"], *span))
        if found:
            return found
        if before and after and all(before.get(name) == after.get(name) for name in _BASIS):
            return (self._rule,)
        return (Cause("added"),)

    def _happened(
        self, sites: set[str], parameter: str, start: datetime | None, end: datetime | None
    ) -> Iterator[Cause]:
        found: dict[Cause, None] = {}
        for mark, cause in self._marks:
            inside = start is None or end is None or mark.overlaps(start, end)
            if mark.site in sites and _moves(mark.parameter, parameter) and inside:
                found[cause] = None
        for one in self._arrivals:
            inside = start is None or end is None or start <= one.of <= end
            if one.site in sites and _moves(one.parameter, parameter) and inside:
                found[_arrival_cause(one)] = None
        return iter(found)

    def _sites(self, place: str) -> set[str]:
        return self._members.get(place, {place})


def _rows(text: str) -> dict[tuple[str, ...], dict[str, str]]:
    return {tuple(row[name] for name in _KEY): row for row in csv.DictReader(io.StringIO(text))}


def _moves(changed_parameter: str, parameter: str) -> bool:
    """Whether readings of one parameter move figures of the other."""
    return changed_parameter == EVERY or parameter in {EVERY, changed_parameter, *_DERIVED}


def _arrival_cause(one: Revision) -> Cause:
    return Cause("late" if one.late else "revision", by=one.source)


def _changed_marks(former: FormerReport, report: MonthlyReport) -> Iterator[tuple[Mark, Cause]]:
    """Marks that are in force and were not, and those that were and are not: with whoever took them back."""
    before = list(former.marks)
    now = [mark_cells(mark) for mark in report.marks]
    for mark, cells in zip(report.marks, now, strict=True):
        if cells not in before:
            yield mark, Cause("mark", mark.reason, mark.by)
    for former_cells in before:
        if former_cells not in now:
            yield _taken_back(former_cells, report)


def _taken_back(cells: Mapping[str, str], report: MonthlyReport) -> tuple[Mark, Cause]:
    start, end = datetime.fromisoformat(cells["from"]), datetime.fromisoformat(cells["to"])
    by = [
        one
        for one in report.record
        if one.what == "withdrawn"
        and one.site == cells["site"]
        and one.parameter in {EVERY, cells["parameter"]}
        and one.overlaps(start, end)
    ]
    last = max(by, key=lambda one: one.made, default=None)
    mark = Mark(
        cells["site"], cells["parameter"], start, end, "withdrawn",
        last.reason if last else cells["reason"], last.by if last else cells["by"], start,
    )  # fmt: skip
    return mark, Cause("take_back", mark.reason, mark.by)


def _rule(former: FormerReport, report: MonthlyReport, version: str) -> Cause:
    """The program's version or the standards that are others now; else the catalogue's own limits."""
    was = [str(row.get("standard", "")) for row in former.content.get("standards", ())]
    now = [row["standard"] for row in standards(report)]
    parts = [f"{', '.join(set(was) - set(now))} → {', '.join(set(now) - set(was))}"] if was != now else []
    if former.content.get("version") != version:
        parts.append(f"liangqu {former.content.get('version')} → {version}")
    return Cause("rule", "; ".join(parts))
