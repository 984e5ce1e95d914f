"""The README of a room names every module that stands in it, and none that does not."""

import importlib
import re
from pathlib import Path

import pytest

from benchmarks.__main__ import find_benchmarks
from sensors.catalogue import loader
from tests.support.paths import ROOT

ROOMS = ("sensors", "ingest", "alerts", "dashboards", "liangqu")
PAGES = [page for room in ROOMS for page in sorted((ROOT / room).rglob("README.md"))]
BY_TEMPLATE = {"__init__.py", "__main__.py"}


def named(page: Path) -> set[str]:
    """The modules in backticks, by their last name."""
    return {Path(name).name for name in re.findall(r"`([\w/]+\.py)`", page.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.parent.relative_to(ROOT)))
def test_every_module_of_a_room_is_named(page: Path) -> None:
    there = {file.name for file in page.parent.glob("*.py")} - BY_TEMPLATE

    assert there - named(page) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.parent.relative_to(ROOT)))
def test_what_is_named_is_there(page: Path) -> None:
    there = {file.name for file in page.parent.rglob("*.py")}
    elsewhere = {file.name for file in (ROOT / "tests").rglob("*.py")}

    assert named(page) - there - elsewhere == set()


def test_every_benchmark_is_named_and_found_by_its_name() -> None:
    files = [file for file in (ROOT / "benchmarks").glob("*/*.py") if not file.name.startswith("_")]
    found = {name: importlib.import_module(module) for name, module in find_benchmarks().items()}

    assert sorted(f"{name}.py" for name in found) == sorted(file.name for file in files)
    assert {file.name for file in files} <= named(ROOT / "benchmarks/README.md")
    assert [name for name, module in found.items() if not callable(module.main)] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_first_page_names_what_stations_cannot_tell(page: str) -> None:
    """Each `[[load]]` of the plan with amount and year, as the report's notes have them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    loads = loader.load().loads

    assert len(loads) == 2
    for load in loads:
        assert re.search(rf"{re.escape(str(load.amount))}\D", text)
        assert str(load.due) in text
