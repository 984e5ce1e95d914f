"""What is cited is there: pages, their headings, and nothing outside the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import ROOT

ROOMS = ("alerts", "benchmarks", "dashboards", "deploy", "docs", "ingest", "liangqu", "sensors", "tests")
TEXTS = {".conf", ".md", ".py", ".service", ".sh", ".toml", ".yml", ""}
CITED = re.compile(r"(?<![\w/.:-])(?:\.\./)*(docs/[\w./-]*\w\.(?:md|sql|svg|png))(#[\w-]+)?")
NAMED = re.compile(r"(?<![\w/.-])[\w.-]*\w\.md\b")
LINKED = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
# A document beside the repository, by the names it once had here.
OUTSIDE = re.compile(
    r"\b(?:the|design) contract(?! tests?\b)|contract's|\bdesign \(?(?:section|\d)", re.IGNORECASE
)


def texts() -> Iterator[Path]:
    """Every text of the repository that people or programs read."""
    at_top = (file for file in ROOT.iterdir() if file.name != ".coverage")  # what an earlier run left
    yield from (file for file in at_top if file.is_file() and file.suffix in TEXTS)
    for room in ROOMS:
        yield from (file for file in (ROOT / room).rglob("*") if file.is_file() and file.suffix in TEXTS)


def anchors(page: Path) -> set[str]:
    """The headings of a page as GitHub names them in links."""
    headings = HEADING.findall(
        re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def absent(page: Path, anchor: str) -> bool:
    if not page.exists():
        return True
    return bool(anchor) and page.suffix == ".md" and anchor.removeprefix("#") not in anchors(page)


def test_every_page_that_is_cited_exists_and_has_the_heading() -> None:
    found = [
        (file.relative_to(ROOT), path, anchor)
        for file in texts()
        if file != Path(__file__)
        for path, anchor in CITED.findall(file.read_text(encoding="utf-8"))
    ]

    assert len(found) > 20
    assert not [cited for cited in found if absent(ROOT / cited[1], cited[2])]


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [link for link in LINKED.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    parted = [link.partition("#") for link in links]

    assert not [
        f"{path}#{anchor}"
        for path, _, anchor in parted
        if absent(page.parent / path if path else page, anchor)
    ]


def test_nothing_cites_a_document_outside_the_repository() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in texts()
        if file != Path(__file__)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if OUTSIDE.search(line)
    ]

    assert not found


def test_every_page_that_is_named_exists() -> None:
    there = {file.name for file in texts() if file.suffix == ".md"}
    named = {
        (str(file.relative_to(ROOT)), name)
        for file in texts()
        if file != Path(__file__)
        for name in NAMED.findall(file.read_text(encoding="utf-8"))
    }

    assert not {(file, name) for file, name in named if name not in there}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("see docs/guide.md#a-b.", [("docs/guide.md", "#a-b")], id="page"),
        pytest.param("[guide](../docs/guide.md)", [("docs/guide.md", "")], id="from a room"),
        pytest.param("https://example.org/docs/a.md", [], id="address"),
        pytest.param("docs/boards/*.svg", [], id="pattern"),
    ],
)  # fmt: skip
def test_what_counts_as_a_citation(text: str, found: list[tuple[str, str]]) -> None:
    assert CITED.findall(text) == found
