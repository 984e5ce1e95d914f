"""The pictures of the READMEs and the guide are today's; `./do pictures` makes them anew."""

import re
from pathlib import Path

import pytest
from PIL import Image

from tests.docs import report_picture
from tests.support.paths import ROOT

DOCS = ROOT / "docs"
MADE = {"demo.svg", "demo.en.svg", *report_picture.FILES.values()}


def test_the_report_s_picture_has_the_headings_of_today() -> None:
    """Those of the demonstration and of the boards are compared in test_demo.py and test_guide.py."""
    recorded = (DOCS / report_picture.RECORD).read_text(encoding="utf-8").strip()
    assert recorded == report_picture.digest(), "the report has changed: ./do pictures"


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh")])
def test_a_readme_shows_pictures_in_its_own_language_that_are_made(readme: str, language: str) -> None:
    shown = re.findall(r"!\[[^]]*\]\(docs/([^)]+)\)", (ROOT / readme).read_text(encoding="utf-8"))
    assert {*shown} <= MADE
    assert {name.removesuffix(".svg").removesuffix(".png").endswith(".en") for name in shown} == {
        language == "en"
    }


@pytest.mark.parametrize("name", report_picture.FILES.values())
def test_a_picture_of_the_report_is_two_pages_side_by_side(name: str) -> None:
    with Image.open(DOCS / name) as picture:
        width, height = picture.size
    assert 1.3 < width / height < 1.5  # twice 210 mm by 297 mm


@pytest.mark.parametrize("name", ["demo.svg", "demo.en.svg"])
def test_a_picture_of_the_demonstration_loads_nothing(name: str) -> None:
    asked = re.findall(r"url\(([^)]*)\)", (DOCS / name).read_text(encoding="utf-8"))

    assert [address for address in asked if not address.startswith("#")] == []


def test_headings_are_found_in_order(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        "<h1>A <b>b</b></h1><p>no</p><table><tr><th>C</th><td>no</td></tr></table>", encoding="utf-8"
    )
    assert report_picture.headings(page) == ["A b", "C"]
