"""The report's page in a real browser, the size of a phone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.reports.export import Identity
from dashboards.reports.rendering import page
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language
from tests.support.browser import Phone
from tests.support.compiled_report import compiled, simulated_store

END = datetime(2026, 10, 2, 16, tzinfo=UTC)


@pytest.mark.server
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_margin_leaves_a_phone_its_width_and_nothing_runs_out_of_the_page(
    language: Language, tmp_path: Path
) -> None:
    catalogue = loader.load()
    store = SqliteStore(simulated_store(tmp_path, catalogue, ["wujinku"], END, timedelta(days=2)))
    report = compiled(store, catalogue, "2026-10")
    store.close()
    file = tmp_path / "report.html"
    identity = Identity("LQ-2026-10", 1, language, "0.1.0")
    file.write_text(page.html(report, identity, ReportWords(language)), encoding="utf-8")

    with Phone(tmp_path / "profile") as phone:
        phone.visit(file.as_uri())

        assert phone.overflow() <= 0
        assert phone.width(".card") > 350  # of 390 points
        assert phone.count(".cards.sites .card.none") == len(catalogue.sites) - 1
