"""The tables of the record: data quality and marks."""

from collections.abc import Iterator
from datetime import timedelta

from dashboards.reports.content.data_capture import SiteCapture
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import absent_row
from dashboards.reports.words import ReportWords, hours
from ingest.checks.registry import DEVICE_FLAG, check_words
from sensors.marks import EVERY


def site_name(report: MonthlyReport, site: str, words: ReportWords) -> str:
    """A place's name, or its id if it is not one of the report's."""
    place = report.places.get(site)
    return words.name(place.name) if place else site


def quality_table(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """A row each site, all of its parameters together."""
    counted = all(one.late is not None for one in report.quality)
    found = {one.site: one for one in report.quality if one.total().received}
    keys = (
        "where", "expected", "received", "valid", "transmission", "effective", "flags", "marked", "gaps",
        "late", "revised", "quarantined",
    )  # fmt: skip
    rows = [
        tuple(_quality_cells(report, found[place.id], words))
        if place.id in found
        else absent_row(report, place, words, len(keys))
        for place in report.places.values()
        if place.is_site
    ]
    note = words("quality_note") + words("quality_counted" if counted else "quality_uncounted")
    return ReportTable(
        "quality", words("quality"), words("sheet_quality"), tuple(map(words, keys)), tuple(rows), note,
        compact=True,
    )  # fmt: skip


def _quality_cells(report: MonthlyReport, one: SiteCapture, words: ReportWords) -> Iterator[TableCell]:
    whole = one.total()
    yield cells.text_cell(site_name(report, one.site, words))
    for value in (whole.expected, whole.received, whole.valid):
        yield cells.count(value)
    yield cells.share(whole.transmission)
    yield cells.share(whole.effective)
    failed = [
        f"{words.name(check_words(name))}\N{NO-BREAK SPACE}{n}"
        + (
            f"\N{NO-BREAK SPACE}({' '.join(sorted(whole.flags))})"
            if name == DEVICE_FLAG and whole.flags
            else ""
        )
        for name, n in sorted(whole.failed.items())
    ]
    yield cells.text_cell(cells.joined(failed, words("comma")))
    yield cells.count(whole.marked)
    yield cells.text_cell(
        f"{whole.gaps} ({hours(whole.longest_gap)})" if whole.longest_gap > timedelta(0) else str(whole.gaps)
    )
    yield from map(cells.count, (one.late, one.revised, one.quarantined))


def marks(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """The effective marks that touch what was read."""
    rows = [
        (
            *cells.text_cells(
                site_name(report, mark.site, words),
                words("all_parameters")
                if mark.parameter == EVERY
                else words.parameter(mark.parameter, report.catalogue),
                words(f"mark_{mark.what}"),
            ),
            cells.moment(mark.start, words, with_year=True),
            cells.moment(mark.end, words, with_year=True),
            *cells.text_cells(mark.reason, mark.by),
        )
        for mark in report.marks
    ]
    head = map(words, ("where", "item", "mark_as", "from", "to", "reason", "by"))
    title = words("marks_title")
    return ReportTable("marks", title, title, tuple(head), tuple(rows))
