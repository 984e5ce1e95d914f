"""A house with a few sites of different cycles, and a week of what they send."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sensors.catalogue import loader
from tests.ingest.statistics.house import House

SITES = """
[[zone]]
id = "quarter"
name = { zh = "小区", en = "Quarter" }

[[river]]
id = "brook"
name = { zh = "小溪", en = "Brook" }

[[site]]
id = "hourly"
medium = "air"
name = { zh = "甲", en = "A" }
zone = "quarter"
cycle = "1h"
basis = "hour"

[[site]]
id = "quick"
medium = "air"
name = { zh = "乙", en = "B" }
zone = "quarter"
cycle = "20m"

[[site]]
id = "declared"
medium = "air"
name = { zh = "丙", en = "C" }
zone = "competition"
cycle = "1h"
parameters = ["pm25", "o3"]

[[site]]
id = "upper"
medium = "water"
name = { zh = "上", en = "Upper" }
river = "brook"
cycle = "4h"

[[site]]
id = "lower"
medium = "water"
name = { zh = "下", en = "Lower" }
river = "brook"
cycle = "4h"
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    file = tmp_path / "sites.toml"
    file.write_text(SITES, encoding="utf-8")
    with closing(House(tmp_path, loader.load([file]))) as built:
        yield built
