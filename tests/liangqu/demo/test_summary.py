"""The demonstration's summary on consoles of several widths."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from ingest.journal.file import Journal
from ingest.stores.sqlite.store import SqliteStore
from liangqu.demo import folder
from liangqu.demo.catalogue import of_areas
from liangqu.demo.picture.board_reader import BoardReader
from liangqu.demo.summary import summary
from liangqu.demo.words import DemoWords
from sensors.catalogue import loader
from sensors.model import Language
from tests.support.compiled_report import simulated_store

CATALOGUE = of_areas(loader.load())
SITES = ("chongli-qingshaonian", "yunding", "bahaoqiao")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a store with three days of two stations and a section."""
    made = tmp_path_factory.mktemp("simulated")
    return simulated_store(made, CATALOGUE, SITES, NOW, timedelta(days=3)).parent


def printed(simulated: Path, out: Path, language: Language, width: int) -> list[str]:
    """The lines on a console of that many columns."""
    store, journal = SqliteStore(simulated / "liangqu.db"), Journal(simulated / "journal.db")
    console = Console(file=io.StringIO(), width=width, record=True)
    sections = summary(
        BoardReader(journal, store, CATALOGUE).read(NOW), store, CATALOGUE, folder.prepare(out, language),
        start=NOW - timedelta(days=3), words=DemoWords(language, CATALOGUE), width=width,
    )  # fmt: skip
    for section in sections:
        console.print(section)
    store.close()
    journal.close()
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_every_site_and_mean_stands_whole_whatever_the_width(
    width: int, language: Language, simulated: Path, tmp_path: Path
) -> None:
    lines = printed(simulated, tmp_path / "out", language, width)

    assert max(map(cell_len, lines)) <= width
    assert "…" not in "".join(lines)
    for site in SITES[:2]:
        assert any(DemoWords(language, CATALOGUE).site(site) in line for line in lines)
    assert sum(line.count("11-20") for line in lines) == (1 if width >= 80 else 2)
