"""Which printed figures of a revised report differ from the report before, and why; the gravest first."""

import re
from collections.abc import Iterator, Sequence

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.revisions.causes import Cause, Causes, MovedMean
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.revisions.former import FormerReport
from dashboards.reports.revisions.printed import PrintedChange, PrintedTable, printed_changes
from dashboards.reports.words import ReportWords, texts
from sensors.standards import aqi
from sensors.standards.water_limits import WORSE_THAN_V

_WEAK = "*"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_VERDICTS = ("state_", "outlook_", "status_")
_LAST = ("daily", "exceedance", "quality", "sent", "without", "alarm")
"""Beginnings of tables' ids whose changes stand behind all others, in this order."""


def changes(
    former: FormerReport,
    report: MonthlyReport,
    printed: Sequence[PrintedTable],
    words: ReportWords,
    version: str,
) -> list[ChangedFigure]:
    """Every printed figure that differs: verdicts and classes first, then areas, then by how much it moved.

    Args:
        former: The report before, in the same language.
        report: The report now.
        printed: What it prints.
        words: Its language.
        version: Of the program that makes it.
    """
    reader = _CauseReader(former, report, words, version)
    found = list(printed_changes(former.figures, printed))
    order = _Gravity(report, words)
    ranked = sorted(range(len(found)), key=lambda n: (*order.rank(found[n]), n))
    return [_changed(found[n], reader) for n in ranked]


def _changed(one: PrintedChange, reader: "_CauseReader") -> ChangedFigure:
    return ChangedFigure(
        one.table.id, one.table.title, one.row, one.column, one.old, one.new, reader.causes(one)
    )


class _CauseReader:
    """Finds which rows of means.csv stand behind a printed figure, by its place, its item and its texts."""

    def __init__(self, former: FormerReport, report: MonthlyReport, words: ReportWords, version: str) -> None:
        self._causes = Causes(former, report, version)
        names = [(words.name(place.name), id_) for id_, place in report.places.items()]
        self._places = sorted(names, key=lambda one: -len(one[0]))
        measured = {id_ for some in report.collected.parameters.values() for id_ in some}
        parameters = measured | {"aqi", "composite_index", "water_class"}
        called = [(words.parameter(id_, report.catalogue), id_) for id_ in sorted(parameters)]
        self._parameters = sorted(called, key=lambda one: -len(one[0]))

    def causes(self, one: PrintedChange) -> tuple[Cause, ...]:
        """Its causes, at least one."""
        if one.table.id.startswith("alarm"):
            return (Cause("record"),)
        places = self._places_of(one)
        parameter = self._parameter_of(one)
        on = next((cell for cell in one.row if _DATE.fullmatch(cell)), None)
        rows = [
            mean
            for mean in self._causes.moved
            if mean.place in places
            and parameter in {None, mean.parameter}
            and (on is None or mean.is_of_day(on))
        ]
        behind = [mean for mean in rows if _is_printed(mean, one)] or rows
        found = dict.fromkeys(cause for mean in behind for cause in mean.causes)
        if not found:
            found = dict.fromkeys(c for place in places for c in self._causes.of_place(place, parameter))
        return tuple(found) or (self._causes.fallback,)

    def _places_of(self, one: PrintedChange) -> list[str]:
        exact = [id_ for name, id_ in self._places if name in one.row or id_ in one.row]
        if exact:
            return exact
        text = " ".join((*one.row[:1], one.table.title))
        longest = next((name for name, _ in self._places if name in text), None)
        return [id_ for name, id_ in self._places if name == longest]

    def _parameter_of(self, one: PrintedChange) -> str | None:
        cells = (*one.row, one.column)
        exact = next((id_ for name, id_ in self._parameters if name in cells), None)
        if exact is not None:
            return exact
        text = f"{one.column} {one.table.title}"
        return next((id_ for name, id_ in self._parameters if name in text), None)


def _is_printed(mean: MovedMean, change: PrintedChange) -> bool:
    """Whether the change is that of this row's value."""
    texts_ = [text.removesuffix(_WEAK) for text in (change.old, change.new)]
    return texts_ == [mean.old.get("value", ""), mean.new.get("value", "")]


class _Gravity:
    """What a reader must see first."""

    def __init__(self, report: MonthlyReport, words: ReportWords) -> None:
        self._areas = {words.name(place.name) for place in report.places.values() if place.is_area}
        self._verdicts = frozenset(_verdicts(words))

    def rank(self, one: PrintedChange) -> tuple[int, bool, bool, float]:
        """The table's rank, then verdicts and classes, then areas, then the size of the change."""
        last = next((n for n, begin in enumerate(_LAST, 1) if one.table.id.startswith(begin)), 0)
        judged = {one.old.removesuffix(_WEAK), one.new.removesuffix(_WEAK)} & self._verdicts
        return last, not judged, not self._areas.intersection(one.row), -_size(one)


def _verdicts(words: ReportWords) -> Iterator[str]:
    yield from (words(key) for key in texts() if key.startswith(_VERDICTS) and "{" not in texts()[key]["en"])
    for number in range(1, WORSE_THAN_V + 1):
        yield words.water_class(number)
        yield words.class_short(number)
    yield from (words.name(level.category) for level in aqi.levels())


def _size(one: PrintedChange) -> float:
    """How much a number moved, of the larger of the two; 1 where one is no number."""
    old, new = _number(one.old), _number(one.new)
    if old is None or new is None or old == new:
        return 1.0 if old != new else 0.0
    return abs(new - old) / max(abs(old), abs(new))


def _number(text: str) -> float | None:
    plain = text.removesuffix(_WEAK).removesuffix("%").strip().replace("\N{MINUS SIGN}", "-")
    try:
        return float(plain.replace("\N{NARROW NO-BREAK SPACE}", ""))
    except ValueError:
        return None
