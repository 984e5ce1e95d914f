"""Places: what a zone or river is made of, and what follows from its members."""

from pathlib import Path

import pytest

from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import RESERVED, area_of


def section(id_: str, waterbody: str) -> str:
    return f"""
[[site]]
id = "{id_}"
medium = "water"
name = {{ zh = "甲", en = "A" }}
river = "mixed"
waterbody = "{waterbody}"
"""


def station(id_: str, area_class: int, parameters: str = "[]") -> str:
    return f"""
[[site]]
id = "{id_}"
medium = "air"
name = {{ zh = "乙", en = "B" }}
zone = "trial"
area_class = {area_class}
parameters = {parameters}
"""


ZONE = '[[zone]]\nid = "trial"\nname = { zh = "试区", en = "Trial" }\n'


def catalogue(tmp_path: Path, *rows: str) -> Catalogue:
    file = tmp_path / "sites.toml"
    file.write_text(ZONE + "".join(rows), encoding="utf-8")
    return loader.load([file])


@pytest.mark.parametrize(
    ("waterbodies", "expected"),
    [
        pytest.param(["river", "river"], "river", id="rivers"),
        pytest.param(["lake", "lake"], "lake", id="lakes"),
        pytest.param(["lake", "river"], "river", id="a lake first: all of them must be lakes"),
        pytest.param(["river", "lake"], "river", id="a river first"),
    ],
)
def test_a_river_is_a_lake_only_if_all_its_sections_are(
    tmp_path: Path, waterbodies: list[str], expected: str
) -> None:
    rows = [section(f"s{number}", waterbody) for number, waterbody in enumerate(waterbodies)]

    place = catalogue(tmp_path, *rows).places["river-mixed"]

    assert place.waterbody == expected
    assert (place.kind, place.members) == ("river", tuple(f"s{n}" for n in range(len(waterbodies))))


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        pytest.param([1, 1], 1, id="all of class 1"),
        pytest.param([1, 2], 2, id="mixed"),
        pytest.param([2, 2], 2, id="all of class 2"),
    ],
)
def test_a_zone_is_of_class_1_only_if_all_its_stations_are(
    tmp_path: Path, classes: list[int], expected: int
) -> None:
    rows = [station(f"s{number}", class_) for number, class_ in enumerate(classes)]

    assert catalogue(tmp_path, *rows).places["zone-trial"].area_class == expected


def test_what_is_never_measured_is_what_a_declaration_leaves_out(tmp_path: Path) -> None:
    found = catalogue(tmp_path, station("some", 2, '["pm25", "pm10"]'), station("any", 2)).places

    assert found["some"].never_measured(["pm25", "o3"]) == ("o3",)
    assert found["any"].never_measured(["pm25", "o3"]) == ()
    assert found["zone-trial"].never_measured(["o3"]) == ()  # one of its stations may measure it


def test_every_site_and_every_area_with_a_site_is_a_place() -> None:
    shipped = loader.load()

    areas = {area_of(site) for site in shipped.sites.values()} - {None}
    assert set(shipped.places) == set(shipped.sites) | areas
    assert all(id_.startswith(RESERVED) == place.is_area for id_, place in shipped.places.items())
