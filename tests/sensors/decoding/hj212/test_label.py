from pathlib import Path

import pytest

from sensors.catalogue.loader import CatalogueError, load

SITE = '[[site]]\nid = "mine"\nmedium = "air"\nname = { zh = "我", en = "Mine" }\n'


def with_site(folder: Path, *lines: str) -> str:
    (folder / "sites.toml").write_text(SITE + "\n".join(lines), encoding="utf-8")
    return load([folder / "sites.toml"]).sites["mine"].label


def test_a_site_with_an_mn_names_its_hours_by_their_start(tmp_path: Path) -> None:
    """Else its means would be shifted by an hour: HJ 212's 08:00 is 08:00 to 09:00."""
    assert with_site(tmp_path, 'mn = "A110000_0001"') == "start"
    assert with_site(tmp_path, 'mn = "A110000_0001"', 'label = "start"') == "start"
    assert with_site(tmp_path) == "end"


def test_a_site_with_an_mn_cannot_say_end(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="label: HJ 212 names intervals by their start"):
        with_site(tmp_path, 'mn = "A110000_0001"', 'label = "end"')
