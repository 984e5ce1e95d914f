"""Every how-to is followed literally, in a copy of the program, and has the effect it says."""

import shutil
from pathlib import Path

import pytest

from tests.docs.how_to import blocks, follow
from tests.support.paths import ROOT

PAGES = sorted((ROOT / "docs/how-to").glob("add-*.md"))
PACKAGES = ("alerts", "dashboards", "ingest", "liangqu", "sensors")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The five packages in a folder that may be changed, compiled: what is altered is compiled anew."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_how_to_says_is_what_happens(page: Path, copy: Path) -> None:
    assert follow(page, copy) > 0, "it expects nothing"


def test_a_how_to_whose_effect_does_not_show_would_fail(copy: Path, tmp_path: Path) -> None:
    page = ROOT / "docs/how-to/add-a-rule.md"
    wrong = tmp_path / "altered_page"
    wrong.write_text(page.read_text(encoding="utf-8").replace("limit = 400", "limit = 500"), encoding="utf-8")
    with pytest.raises(AssertionError, match="not printed: rule"):
        follow(wrong, copy)


def test_a_diff_that_does_not_fit_would_fail(copy: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "altered_page"
    wrong.write_text("```diff\n--- ingest/checks/__init__.py\n@@\n-NOT_THERE = 1\n```\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="has 0 times"):
        follow(wrong, copy)


def test_the_index_names_every_page() -> None:
    index = (ROOT / "docs/how-to/README.md").read_text(encoding="utf-8")
    assert [page.name for page in PAGES if f"]({page.name})" not in index] == []


def test_no_block_is_passed_over_by_mistake() -> None:
    for page in PAGES:
        fences = page.read_text(encoding="utf-8").count("\n```") // 2
        assert len(list(blocks(page))) == fences, page.name
