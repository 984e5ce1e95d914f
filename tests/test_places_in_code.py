"""Ids of zones and rivers begin as one module says, and no place of the shipped region stands in code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensors.catalogue import loader
from tests.support.paths import ROOT

PACKAGES = ("alerts", "dashboards", "ingest", "liangqu", "sensors")
PLACES = ROOT / "sensors" / "catalogue" / "places.py"
PREFIX = re.compile(r"\b(zone|river)-")


def modules() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def texts_of(tree: ast.AST) -> Iterator[str]:
    """Every string of a module, those inside f-strings and docstrings too."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return (value for value in constants if isinstance(value, str))


def cuts_of_ids(tree: ast.AST) -> list[str]:
    """Ids taken apart: `place.partition("-")` and the like, of what is called a place, zone or site."""
    cutting = {"partition", "rpartition", "split", "rsplit"}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in cutting
        and [ast.unparse(arg) for arg in node.args[:1]] == ["'-'"]
        and re.search(r"place|zone|river|site|target", ast.unparse(node.func.value))
    ]


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('x = "zone-city"', id="an id"),
        pytest.param('x = place.removeprefix("river-")', id="cut off"),
        pytest.param('x = f"zone-{zone}"', id="put on"),
    ],
)
def test_a_prefix_would_be_noticed(code: str) -> None:
    assert any(PREFIX.search(text) for text in texts_of(ast.parse(code)))


def test_an_id_taken_apart_would_be_noticed() -> None:
    assert cuts_of_ids(ast.parse('kind, _, id_ = target.place.partition("-")'))
    assert not cuts_of_ids(ast.parse('start, _, end = self.quiet.partition("-")'))


def test_how_ids_of_zones_and_rivers_begin_is_spelled_in_one_module() -> None:
    spelled = {}
    for file in modules():
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found = [text for text in texts_of(tree) if PREFIX.search(text)] + cuts_of_ids(tree)
        if found and file != PLACES:
            spelled[str(file.relative_to(ROOT))] = found

    assert not spelled


def test_no_place_of_the_shipped_region_stands_in_code() -> None:
    """Its ids and names are rows; "city" and "competition" count as whole strings, the others anywhere."""
    catalogue = loader.load()
    names = [*catalogue.zones.values(), *catalogue.rivers.values(), *catalogue.short_names.values()]
    names += [site.name for site in catalogue.sites.values()]
    whole = {*catalogue.zones, *catalogue.rivers, *(name.en for name in names)}
    anywhere = {*catalogue.sites, *(name.zh for name in names), "张家口", "Zhangjiakou", "zhangjiakou"}

    found = {
        str(file.relative_to(ROOT)): text
        for file in modules()
        for text in texts_of(ast.parse(file.read_text(encoding="utf-8")))
        if text in whole or any(word in text for word in anywhere)
    }

    assert not found
