"""Catalogue files for tests: short rows, written to a folder and read."""

from pathlib import Path

import pytest

from sensors.catalogue.loader import CatalogueError, load
from sensors.catalogue.model import Catalogue

AIR = 'medium = "air"\nname = { zh = "甲", en = "A" }\n'
WATER = 'medium = "water"\nname = { zh = "乙", en = "B" }\n'
PARAMETER = (
    '[[parameter]]\nid = "radon"\nmedium = "air"\ncodes = ["a99999"]\nname = { zh = "氡", en = "Radon" }\n'
    'unit = "Bq/m³"\ndecimals = 0\nlow = 0\nhigh = 1000\nsource = "test"\nchecks = { source = "test" }\n'
)
TARGET = (
    'place = "zone-city"\nclass = 3\nwording = "stable"\nvalid_from = 2026-01-01\ndue = 2035\n'
    'confirmed = "ours"\n'
)


def air(rest: str, site: str = "x1") -> str:
    return f'[[site]]\nid = "{site}"\n{AIR}{rest}\n'


def water(rest: str, site: str = "houcheng") -> str:
    return f'[[site]]\nid = "{site}"\n{WATER}{rest}\n'


def parameter(old: str, new: str) -> str:
    assert old in PARAMETER
    return PARAMETER.replace(old, new)


def target(rest: str) -> str:
    return f'[[target]]\nid = "t"\n{TARGET}{rest}\n'


def load_text(folder: Path, *texts: str) -> Catalogue:
    paths = [folder / f"my-{number}.toml" for number, _ in enumerate(texts, 1)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return load(paths)


def problems(folder: Path, *texts: str) -> list[str]:
    """The problem lines without the folder's name."""
    with pytest.raises(CatalogueError) as caught:
        load_text(folder, *texts)
    return [line.removeprefix(f"{folder}/") for line in caught.value.problems]
