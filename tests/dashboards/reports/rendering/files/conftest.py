"""A report that the tests of files share."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboards.reports.content.report import MonthlyReport
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from tests.support.compiled_report import compiled, simulated_store

SITES = ("wujinku", "yunding", "bahaoqiao")


@pytest.fixture(scope="package")
def month_report(tmp_path_factory: pytest.TempPathFactory) -> MonthlyReport:
    """October 2026 of an air station each zone and a section, from 40 simulated days."""
    catalogue, end = loader.load(), datetime(2026, 11, 2, tzinfo=UTC)
    file = simulated_store(tmp_path_factory.mktemp("files"), catalogue, SITES, end, timedelta(days=40))
    store = SqliteStore(file)
    made = compiled(store, catalogue, "2026-10")
    store.close()
    return made
