"""The paragraph of the chapter on data quality."""

from collections.abc import Sequence

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.text.paragraph import ParagraphWriter, Phrase

_NAMED = 10


def write_quality(report: MonthlyReport, writer: ParagraphWriter) -> None:
    """How much was received and how much of it counts, where least, and who was silent."""
    received = [
        (share, site_name(report, one.site, writer.words))
        for one in report.quality
        if (share := one.total().transmission) is not None
    ]
    effective = [
        (share, site_name(report, one.site, writer.words))
        for one in report.quality
        if (share := one.total().effective) is not None
    ]
    _write_range("received", received, writer)
    _write_range("effective", effective, writer)
    silent = [Phrase(writer.words.name(site.name)) for site in report.silent_sites]
    if not silent:
        writer.say("text_all_heard")
    elif len(silent) <= _NAMED:
        writer.say("text_silent", places=writer.listed(silent))
    else:
        writer.say("text_many_silent", places=writer.listed(silent[:_NAMED]))


def _write_range(what: str, found: Sequence[tuple[float, str]], writer: ParagraphWriter) -> None:
    if not found:
        return
    (low, least), (high, most) = min(found), max(found)
    lowest, highest = cells.share(low).text, cells.share(high).text
    if lowest == highest:
        writer.say(f"text_equal_{what}", share=lowest)
    else:
        writer.say(f"text_range_{what}", low=lowest, high=highest, least=least, most=most)
