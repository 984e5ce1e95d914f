"""A report compiled in a test, from any store."""

from collections.abc import Sequence
from datetime import UTC, datetime

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from dashboards.reports.collection import Sources
from dashboards.reports.month import Month
from dashboards.reports.report import JournalFacts, MonthlyReport, compile_report
from ingest.stores.base import Store
from sensors.catalogue.model import Catalogue
from sensors.marks import Mark, effective_marks

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def compiled(
    store: Store,
    catalogue: Catalogue,
    month: str,
    marks: Sequence[Mark] = (),
    journal_facts: JournalFacts | None = None,
) -> MonthlyReport:
    """The content of a month's report."""
    coverage = RuleIndex(definition.load(catalogue), catalogue)
    sources = Sources(store, catalogue, coverage, effective_marks(marks))
    return compile_report(sources, Month.parse(month), NOW, journal_facts, lambda _: None)
