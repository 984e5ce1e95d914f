"""A report compiled in a test, from any store."""

from collections.abc import Sequence
from datetime import UTC, datetime

from alerts.deciding import rules
from alerts.deciding.coverage import Coverage
from dashboards.reports.compiling import Known, Report, compile_report
from dashboards.reports.gathering import Sources
from dashboards.reports.month import Month
from sensors.catalogue import Catalogue
from sensors.marks import Mark, standing
from sensors.seams import Store

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def compiled(
    store: Store, catalogue: Catalogue, month: str, marks: Sequence[Mark] = (), known: Known | None = None
) -> Report:
    """The content of a month's report."""
    coverage = Coverage(rules.load(catalogue), catalogue)
    sources = Sources(store, catalogue, coverage, standing(marks))
    return compile_report(sources, Month.parse(month), NOW, known, lambda _: None)
