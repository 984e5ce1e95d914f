"""Every link of every page leads somewhere, and every file of a room that its README names is there."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT

ROOMS = ("alerts", "dashboards", "ingest", "liangqu", "sensors", "tests")


def pages() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.splitlines()]


PAGES = pages()
READMES = [page for page in PAGES if page.name == "README.md" and page.relative_to(ROOT).parts[0] in ROOMS]


def path_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=path_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", READMES, ids=path_of)
def test_a_room_s_page_names_files_that_are_there(page: Path) -> None:
    named = re.findall(r"`([a-z_0-9/]+(?:\.py|\.toml|\.html|/))`", page.read_text(encoding="utf-8"))
    folders = [page.parent, ROOT, *(folder for folder in page.parent.rglob("*") if folder.is_dir())]
    assert [name for name in named if not any((folder / name).exists() for folder in folders)] == []


@pytest.mark.parametrize("page", READMES, ids=path_of)
def test_a_room_s_page_is_a_page(page: Path) -> None:
    text = re.sub(
        r"<!-- messages: .*?```text\n.*?```\n", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert len(text.splitlines()) <= 90  # what messages look like is printed below it
