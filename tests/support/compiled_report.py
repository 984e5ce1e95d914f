"""A report compiled in a test, from any store, and a store to compile one from."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from dashboards.reports.content.collection import Sources
from dashboards.reports.content.report import JournalFacts, MonthlyReport, compile_report
from dashboards.reports.month import Month
from ingest.importing.importer import HistoricMessage, Importer
from ingest.journal.file import Journal
from ingest.stores.base import Store
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue.model import Catalogue
from sensors.decoding.types import InputBounds
from sensors.marks import Mark, effective_marks
from sensors.simulated import messages

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
    sources = Sources(store, catalogue, coverage, effective_marks(marks), marks)
    return compile_report(sources, Month.parse(month), NOW, journal_facts, lambda _: None)


def simulated_store(
    folder: Path, catalogue: Catalogue, sites: Sequence[str], end: datetime, length: timedelta
) -> Path:
    """The file of a store with the sites' simulated readings up to `end`, taken in as `import` does."""
    store, journal = SqliteStore(folder / "liangqu.db"), Journal(folder / "journal.db")
    store.prepare()
    bounds = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5), 262_144)
    history = Importer(
        journal,
        store,
        catalogue,
        bounds,
        conflict="keep",
        source="test",
        prefix="liangqu",
        quarantine_limit=10**8,
    )
    sent = messages([catalogue.sites[id_] for id_ in sites], catalogue, end - length, end, 7)
    for _ in history.take((HistoricMessage(one.topic, one.payload) for one in sent), end):
        pass
    store.close()
    journal.close()
    return folder / "liangqu.db"
