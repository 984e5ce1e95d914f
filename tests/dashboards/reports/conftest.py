"""Stores that several tests read, each filled once a session."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from dashboards.reports.content.report import MonthlyReport
from ingest.stores.base import Store
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from tests.dashboards.reports import beijing_oracle
from tests.support.compiled_report import compiled, simulated_store
from tests.support.paths import REAL

MONTH_SITES = ("wujinku", "yunding", "bahaoqiao")


@pytest.fixture(scope="session")
def beijing_tables() -> dict[str, pd.DataFrame]:
    if not REAL.is_dir():
        pytest.skip("no real measurements")
    return {station: beijing_oracle.raw(station) for station in beijing_oracle.STATIONS}


@pytest.fixture(scope="session")
def beijing_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return beijing_oracle.catalogue(tmp_path_factory.mktemp("catalogue"))[1]


@pytest.fixture(scope="session")
def beijing_file(beijing_tables: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("beijing") / "liangqu.db"
    store = SqliteStore(file)
    beijing_oracle.fill(store, beijing_tables)
    store.close()
    return file


@pytest.fixture
def beijing_store(beijing_file: Path) -> Iterator[Store]:
    store = SqliteStore(beijing_file)
    yield store
    store.close()


@pytest.fixture(scope="session")
def beijing_report(beijing_file: Path, beijing_catalogue: Catalogue) -> MonthlyReport:
    """December 2016, without any mark."""
    store = SqliteStore(beijing_file)
    made = compiled(store, beijing_catalogue, "2016-12")
    store.close()
    return made


@pytest.fixture(scope="session")
def month_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 simulated days, up to November 2026, of an air station each zone and a section."""
    folder, end = tmp_path_factory.mktemp("month"), datetime(2026, 11, 2, tzinfo=UTC)
    return simulated_store(folder, loader.load(), MONTH_SITES, end, timedelta(days=40))


@pytest.fixture(scope="session")
def month_report(month_file: Path) -> MonthlyReport:
    """October 2026 of `month_file`."""
    store = SqliteStore(month_file)
    made = compiled(store, loader.load(), "2026-10")
    store.close()
    return made
