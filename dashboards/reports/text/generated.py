"""All paragraphs of a report as the program writes them."""

from collections.abc import Callable, Mapping

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.text.air_text import write_air
from dashboards.reports.text.outlook_text import write_outlook
from dashboards.reports.text.paragraph import Paragraph, ParagraphWriter
from dashboards.reports.text.quality_text import write_quality
from dashboards.reports.text.water_text import write_water
from dashboards.reports.words import ReportWords

OUTLOOK_CHAPTER = "outlook"

_WRITERS: Mapping[str, Callable[[MonthlyReport, ParagraphWriter], None]] = {
    "air": write_air,
    "water": write_water,
    OUTLOOK_CHAPTER: write_outlook,
    "quality": write_quality,
}

CHAPTERS = tuple(_WRITERS)
"""The chapters that begin with a paragraph, by the names of their words."""


def generated_paragraphs(report: MonthlyReport, words: ReportWords) -> dict[str, Paragraph]:
    """A paragraph each chapter that has one, from the figures that its tables show."""
    made = {}
    for chapter, write in _WRITERS.items():
        writer = ParagraphWriter(words)
        write(report, writer)
        made[chapter] = writer.paragraph
    return made
