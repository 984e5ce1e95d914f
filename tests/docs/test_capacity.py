"""The capacity page: its figures are those of the text, and what it multiplies was worked out by hand."""

import json
import re
import shutil
import subprocess
from html import unescape
from typing import Any

import pytest

from tests.support.paths import ROOT
from tests.support.servers import PATIENCE

PAGE = ROOT / "docs" / "capacity.html"
TEXT = ROOT / "docs" / "capacity.md"


def figures() -> dict[str, dict[str, Any]]:
    found = re.search(r'id="figures">(.*?)</script>', PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    read: dict[str, dict[str, Any]] = json.loads(found[1])
    return read


def test_each_figure_is_measured_or_reckoned_and_said_in_both_languages() -> None:
    for name, one in figures().items():
        assert one.keys() == {"value", "unit", "source", "zh", "en"}, name
        assert one["source"] in {"measured", "reckoned"}, name
        assert one["value"] > 0, name


def test_the_text_has_the_figures_of_the_page() -> None:
    rows = "".join(
        f"| {one['en']} | {one['value']} {one['unit']} | {one['source']} |\n" for one in figures().values()
    )
    table = TEXT.read_text("utf-8").partition("| figure | value | |\n|---|---|---|\n")[2].partition("\n\n")[0]

    assert f"{table}\n" == rows


def test_the_page_asks_no_other_machine() -> None:
    assert not re.search(r"(?:src|href)=|https?:", PAGE.read_text("utf-8"))


@pytest.mark.server
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(
            "sites=1000",  # 150 readings/s: 150 × 61 µs; 118 + 9,000 × 44 / 1,024; 1,440,000 × 587.6 B
            {
                "pipeline": "0.01",
                "memory": "505 MB",
                "queue": "807 MB",
                "network": "0.041 Mbit/s",
                "restart": "18 s",
            },
            id="a thousand sites",
        ),
        pytest.param(
            "sites=200000",  # 30,000 readings/s × 61 µs; 118 + 1.8 million × 44 / 1,024
            {"pipeline": "1.83", "memory": "77,462 MB", "verdict": "One service is not enough: 5 shards"},
            id="the country, by memory in five",
        ),
        pytest.param(
            "sites=43000&cycle=3600",
            {"verdict": "One service is not enough: 2 shards"},
            id="just too much memory",
        ),
        pytest.param("sites=42000&cycle=3600", {"verdict": "One service is enough."}, id="just enough"),
    ],
)
def test_what_it_reckons(asked: str, expected: dict[str, str]) -> None:
    done = subprocess.run(
        [shutil.which("chromium") or "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom",
         f"{PAGE.as_uri()}?language=en&{asked}"],
        capture_output=True, text=True, check=True, timeout=PATIENCE,
    )  # fmt: skip
    rows = dict(re.findall(r'<tr id="(\w+)">.*?<td class="number">(.*?)</td>', done.stdout))
    [verdict] = re.findall(r'<p id="verdict".*?>(.*?)</p>', done.stdout)

    assert {name: value for name, value in rows.items() if name in expected} == {
        name: value for name, value in expected.items() if name != "verdict"
    }
    assert unescape(verdict).startswith(expected.get("verdict", ""))
