"""What the tests of files share: the drafts of one report."""

from collections.abc import Mapping

import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.chapters import DraftReport, draft_report
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES, Language


@pytest.fixture(scope="session")
def drafts(month_report: MonthlyReport) -> Mapping[Language, DraftReport]:
    """Of `month_report`, in both languages."""
    return {language: draft_report(month_report, ReportWords(language)) for language in LANGUAGES}
