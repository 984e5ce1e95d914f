"""A desk over a small journal, and a browser's requests to it without a browser."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from liangqu.config import settings
from liangqu.desk.access.gate import Gate
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
SETTINGS = """\
language = "zh"
[journal]
path = "journal.db"
[store]
kind = "sqlite"
[sqlite]
path = "readings.db"
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Over the shipped catalogue, nothing received yet."""
    file = tmp_path / "liangqu.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    made = Desk(lambda: settings.read(file), lambda: NOW)
    yield made
    made.close()


@pytest.fixture
def gate() -> Gate:
    """Where no login is asked for."""
    return Gate()


@pytest.fixture
def client(desk: Desk, gate: Gate) -> Iterator[TestClient]:
    """Of whoever the gate lets in."""
    app = build_app(desk, gate)
    with TestClient(app, "http://localhost", headers={"accept": "text/html"}) as made:
        yield made
