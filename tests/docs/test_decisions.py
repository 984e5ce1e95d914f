"""Each decision is one page with the same sections; its proof exists, and so do those of the law.

Tests move between files, so a proof is found by its function's name anywhere below `tests/`.
"""

import re
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name

import pytest

from tests.support.paths import ROOT

PAGES = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
SECTIONS = ["## Context", "## Decision", "## Alternatives rejected", "## Consequences", "Shown by:"]
PROOF = re.compile(r"^- `(tests/\S+\.py)::(\w+)`$", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Every test function and class below `tests/`."""
    pattern = re.compile(r"^ *(?:def|class) (test_\w+|Test\w+)", re.MULTILINE)
    files = (ROOT / "tests").rglob("*.py")
    return {name for file in files for name in pattern.findall(file.read_text(encoding="utf-8"))}


@each_page
def test_a_page_has_its_sections_in_order_and_says_something_in_each(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    places = [text.find(f"\n{section}\n") for section in SECTIONS]
    assert -1 not in places, f"missing: {SECTIONS[places.index(-1)]}"
    assert places == sorted(places)
    for start, stop in pairwise([*places, len(text)]):
        assert text[start:stop].strip().partition("\n")[2].strip(), "an empty section"
    assert len(text.splitlines()) <= 45, "a decision fits on a page"


@each_page
def test_what_shows_it_exists(page: Path, names: set[str]) -> None:
    proofs = PROOF.findall(page.read_text(encoding="utf-8"))
    assert proofs, "no test shows it"
    assert {function for _, function in proofs} <= names


@each_page
def test_the_room_and_every_file_it_names_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = [page.parent / target for target in re.findall(r"\]\(([^)#]+)\)", text)]
    named = [ROOT / path for path in re.findall(r"`([\w./-]+/[\w.-]+\.(?:py|toml|md))`", text)]
    missing = [path for path in links + named if not path.resolve().exists()]
    assert not missing


def test_the_index_lists_every_page_once_by_number() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{4}) \| \[(.+)\]\((\S+)\) \|$", index, re.MULTILINE)
    assert sorted(name for _, _, name in listed) == [page.name for page in PAGES]
    assert len({number for number, _, _ in listed}) == len(PAGES), "two pages with one number"
    for number, title, name in listed:
        first = (ROOT / "docs/decisions" / name).read_text(encoding="utf-8").partition("\n")[0]
        assert first == f"# {number} {title}"


LAW = ROOT / "docs/reference/law.md"


def test_what_shows_a_rule_of_the_law_exists(names: set[str]) -> None:
    proofs = set(re.findall(r"`(test_\w+)`", LAW.read_text(encoding="utf-8")))
    assert len(proofs) > 40
    assert proofs <= names


def test_the_code_that_applies_a_rule_exists() -> None:
    named = re.findall(r"`((?:averages|standards)\.[\w.]+)`", LAW.read_text(encoding="utf-8"))
    assert named
    for path in named:
        resolve_name(f"sensors.{path}")
