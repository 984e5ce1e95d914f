"""A harness with a few sites of different cycles, and a week of what they send."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sensors.catalogue import loader
from tests.support.pipeline_harness import SITES, PipelineHarness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[PipelineHarness]:
    file = tmp_path / "sites.toml"
    file.write_text(SITES, encoding="utf-8")
    with closing(PipelineHarness(tmp_path, loader.load([file]))) as built:
        yield built
