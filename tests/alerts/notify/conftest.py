"""A journal of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.journal.file import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()
