"""The rows of means.csv as people read them: names, statistics in words, real dates, a column of validity."""

import re
from collections.abc import Iterator
from datetime import datetime

from dashboards.reports.content.composite_indices import SINGLE
from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL, Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import MEANS, mean_cells
from dashboards.reports.rendering.files.sheets import SheetWriter, Value
from dashboards.reports.words import ReportWords
from sensors.standards.statistics import DAILY, statistics

IN_MEMORY = 10_000
"""So many means, some fifty stations', are written in memory; a workbook of more goes through files."""

_TIME, _SHARE = "yyyy-mm-dd hh:mm", "0.0%"
_FORMATS = {"start": _TIME, "end": _TIME, "capture": _SHARE}
_NUMBERS = {"value", "unrounded", "n", "expected", "capture", "target", "points", "of_points"}
_WORDS = {"true": "yes", "false": "no", "yes": "yes", "no": "no"}
_PERCENTILE = re.compile(r"(\w+?)_(8h_)?p(\d+)")


def write_means(sheets: SheetWriter, report: MonthlyReport, words: ReportWords) -> None:
    """All rows of means.csv; first, and printed, those of a month and longer."""
    longer = [row for row in report.rows.values() if not _is_of_a_day(row)]
    days = (row for row in report.rows.values() if _is_of_a_day(row))
    head = [words("place"), *(words(f"means_{name}") for name in MEANS)]
    formats = {MEANS.index(name) + 1: kind for name, kind in _FORMATS.items()}
    rows = (list(_cells(row, report, words)) for part in (longer, days) for row in part)
    sheets.rows(words("sheet_means"), head, rows, formats, len(longer), streamed=has_many_means(report))


def has_many_means(report: MonthlyReport) -> bool:
    """Whether they are more than `IN_MEMORY`."""
    return len(report.rows) > IN_MEMORY


def _is_of_a_day(row: Mean) -> bool:
    return row.statistic.removesuffix(EXCLUDING_EXCEPTIONAL) in DAILY


def _cells(row: Mean, report: MonthlyReport, words: ReportWords) -> Iterator[Value]:
    place = report.places.get(row.site)
    yield words.name(place.name) if place else row.site
    for name, text in zip(MEANS, mean_cells(row), strict=True):
        if name == "parameter":
            yield words.parameter(row.parameter, report.catalogue)
        elif name == "statistic":
            yield statistic_words(row.statistic, words)
        else:
            yield _value(name, text, words)


def _value(name: str, text: str, words: ReportWords) -> Value:
    """A text of means.csv as what it stands for."""
    if not text:
        return None
    if name in {"start", "end"}:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    if name in {"valid", "met"}:
        return words(_WORDS[text])
    return float(text) if name in _NUMBERS else text


def statistic_words(statistic: str, words: ReportWords) -> str:
    """A statistic of means.csv in words; its name where there are none."""
    base = statistic.removesuffix(EXCLUDING_EXCEPTIONAL)
    suffix = words("without_suffix") if base != statistic else ""
    found = _PERCENTILE.fullmatch(base)
    if found and words.has(f"span_{found[1]}"):
        key = "percentile_8h" if found[2] else "percentile_days"
        return words(f"span_{found[1]}") + words("colon") + words(key, n=found[3]) + suffix
    period = base.removesuffix(SINGLE)
    if period != base:
        return words(f"span_{period}") + words("colon") + words("single_index") + suffix
    kind = next((kind for kind in statistics() if kind.id == base), None)
    return (words.name(kind.name) if kind else base) + suffix
