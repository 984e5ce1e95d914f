"""Reading catalogue files: all problems at once, defaults, and what a later file does to an earlier one."""

from datetime import timedelta
from pathlib import Path

import pytest

from sensors.catalogue.loader import CatalogueError, load
from sensors.model import Name
from tests.sensors.catalogue.catalogue_texts import PARAMETER, air, load_text, parameter, problems, water


def test_the_error_itself_is_one_line_and_counts_the_rest(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_text(tmp_path, air('river = "baihe"\nlon = 200'))
    assert str(caught.value) == (
        f'{tmp_path}/my-1.toml: site "x1": river: an air site has no river (and 2 more)'
    )


def test_all_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, air('river = "baihe"') + water('zone = "city"'), "x = ", air("typo = 1"))
    assert found == [
        'my-1.toml: site "x1": river: an air site has no river',
        'my-1.toml: site "houcheng": zone: a water site has no zone',
        "my-2.toml: line 1, the last: Invalid value",
        'my-3.toml: site "x1": typo: unknown key',
    ]


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        load([tmp_path / "none.toml", tmp_path])
    assert caught.value.problems == (
        f"{tmp_path}/none.toml: No such file or directory",
        f"{tmp_path}: Is a directory",
    )


def test_other_encodings_are_named_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "gbk.toml"
    path.write_bytes('# ok\n[[zone]]\nname = "张家口"'.encode("gbk"))
    with pytest.raises(CatalogueError) as caught:
        load([path])
    assert caught.value.problems == (
        f"{path}: line 3: not UTF-8 (byte 0xd5), it looks like GBK; save it as UTF-8",
    )


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    assert "x1" in load_text(tmp_path, "\ufeff" + air("")).sites


def test_an_air_site_with_nothing_but_its_name_has_the_defaults(tmp_path: Path) -> None:
    site = load_text(tmp_path, air("")).sites["x1"]
    assert (site.cycle, site.late_after) == (timedelta(hours=1), timedelta(hours=2))
    assert (site.label, site.basis, site.area_class, site.parameters) == ("end", None, 2, ())
    assert (site.zone, site.river, site.lon, site.mn, site.units) == (None, None, None, None, {})


def test_every_key_of_a_site_arrives(tmp_path: Path) -> None:
    text = air(
        'zone = "valley"\narea_class = 1\ncycle = "5m"\nlate_after = "20m"\nlabel = "start"\nbasis = "hour"\n'
        'parameters = ["pm25", "o3"]\nlon = 115.29\nlat = 40.98\nmn = "A110000_0001"\n'
        'units = { a34004 = "ng/m3", pressure = "hPa" }'
    )
    zone = '[[zone]]\nid = "valley"\nname = { zh = "谷", en = "Valley" }\n'
    catalogue = load_text(tmp_path, text, zone)
    site = catalogue.sites["x1"]
    assert (site.zone, site.area_class, site.label, site.basis) == ("valley", 1, "start", "hour")
    assert (site.cycle, site.late_after) == (timedelta(minutes=5), timedelta(minutes=20))
    assert (site.parameters, site.lon, site.lat) == (("pm25", "o3"), 115.29, 40.98)
    assert site.units == {"a34004": "ng/m3", "pressure": "hPa"}
    assert catalogue.by_mn == {"A110000_0001": "x1"}
    assert catalogue.zones["valley"] == Name(zh="谷", en="Valley")


def test_a_later_row_replaces_the_whole_earlier_one(tmp_path: Path) -> None:
    mine = water('cycle = "1h"') + PARAMETER
    later = parameter("decimals = 0", "decimals = 2")
    catalogue = load_text(tmp_path, mine, later)
    assert catalogue.sites["houcheng"].cycle == timedelta(hours=1)
    assert catalogue.sites["houcheng"].river is None
    assert catalogue.sites["houcheng"].name.zh == "乙"
    assert catalogue.parameters["radon"].decimals == 2
    assert list(catalogue.sites) == list(load().sites)


def test_a_replaced_row_no_longer_clashes(tmp_path: Path) -> None:
    first = air('mn = "A1"', "x1")
    second = air("", "x1") + air('mn = "A1"', "x2")
    assert load_text(tmp_path, first, second).by_mn == {"A1": "x2"}


def test_a_river_needs_no_row(tmp_path: Path) -> None:
    catalogue = load_text(tmp_path, water('river = "qingshui"', "laoyazhuang"))
    assert catalogue.sites["laoyazhuang"].river == "qingshui"
    assert "qingshui" not in catalogue.rivers


def test_nesting_without_end_is_a_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "x = " + "[" * 100_000) == ["my-1.toml: nested too deeply"]
