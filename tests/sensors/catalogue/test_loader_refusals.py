"""Each contradiction of a catalogue file, and the whole line its author reads."""

from pathlib import Path

import pytest

from tests.sensors.catalogue.catalogue_texts import AIR, PARAMETER, air, parameter, problems, target, water

RESERVED = "time, site, parameter, kind and names that end in _qc are reserved for the store"

REFUSALS = {
    # TOML and the shape of the file
    "syntax": (
        "\n[[site]\n",
        "my-1.toml: line 2, column 7: Expected ']]' at the end of an array declaration",
    ),
    "cut off": ("x = [\n1,\n", "my-1.toml: line 2, the last: Invalid value"),
    "unknown table": (
        "sites = 3",
        "my-1.toml: sites: unknown key; a catalogue holds "
        + ", ".join(
            f"[[{kind}]]" for kind in ("load", "parameter", "region", "river", "site", "target", "zone")
        ),
    ),
    "single brackets": (
        '[site]\nid = "x"',
        "my-1.toml: site: each one is written as [[site]], in double brackets",
    ),
    "no table": ("site = [1]", "my-1.toml: site 1: must be a table, not a whole number"),
    # keys and types
    "unknown key": (air('colour = "red"'), 'my-1.toml: site "x1": colour: unknown key'),
    "unknown key below": (
        '[[zone]]\nid = "z"\nname = { zh = "甲", en = "A", fr = "A" }',
        'my-1.toml: zone "z": name.fr: unknown key',
    ),
    "no id": (f"[[site]]\n{AIR}", "my-1.toml: site 1: id: missing"),
    "no name": ('[[site]]\nid = "x1"\nmedium = "air"', 'my-1.toml: site "x1": name: missing'),
    "no medium": (
        '[[site]]\nid = "x1"\nname = { zh = "甲", en = "A" }',
        'my-1.toml: site "x1": medium: missing',
    ),
    "one language": (
        '[[river]]\nid = "r"\nname = { zh = "甲" }',
        'my-1.toml: river "r": name.en: missing',
    ),
    "blank name": (
        '[[river]]\nid = "r"\nname = { zh = " ", en = "R" }',
        'my-1.toml: river "r": name.zh: must not be blank',
    ),
    "medium soil": (
        '[[site]]\nid = "x1"\nmedium = "soil"\nname = { zh = "甲", en = "A" }',
        'my-1.toml: site "x1": medium: "soil" is not one of air, water',
    ),
    "area class": (air("area_class = 3"), 'my-1.toml: site "x1": area_class: 3 is not one of 1, 2'),
    "waterbody": (
        water('waterbody = "sea"'),
        'my-1.toml: site "houcheng": waterbody: "sea" is not one of river, lake',
    ),
    "renamed from itself": (
        air('renamed_from = ["x1"]'),
        "my-1.toml: site \"x1\": renamed_from: 'x1' cannot have been the id of x1",
    ),
    "renamed from a zone": (
        air('renamed_from = ["zone-city"]'),
        "my-1.toml: site \"x1\": renamed_from: 'zone-city' cannot have been the id of x1",
    ),
    "renamed from a present one": (
        air('renamed_from = ["wujinku"]'),
        'my-1.toml: site "x1": renamed_from: "wujinku" is already that of site "wujinku"',
    ),
    "two renamed from one": (
        air('renamed_from = ["old"]') + air('renamed_from = ["old"]', "x2"),
        'my-1.toml: site "x2": renamed_from: "old" is already that of site "x1"',
    ),
    "text for number": (
        air('lon = "115"\nlat = 40'),
        'my-1.toml: site "x1": lon: must be a number, not text in quotes',
    ),
    "number for duration": (
        air("cycle = 60"),
        'my-1.toml: site "x1": cycle: must be text in quotes, not a whole number',
    ),
    "label": (air('label = "middle"'), 'my-1.toml: site "x1": label: "middle" is not one of end, start'),
    "a target of a month": (
        target('statistic = "month"'),
        'my-1.toml: target "t": statistic: must be "year", not "month"',
    ),
    # ids
    "id with a space": (
        air("", "x 1"),
        'my-1.toml: site "x 1": id: must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}',
    ),
    "id in Chinese": (
        air("", "后城"),
        'my-1.toml: site "后城": id: must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}',
    ),
    "id for another topic": (
        air("", "a/b"),
        'my-1.toml: site "a/b": id: must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}',
    ),
    "id of 65": (
        air("", "x" * 65),
        f'my-1.toml: site "{"x" * 65}": id: must match [A-Za-z0-9][A-Za-z0-9_.-]{{0,63}}',
    ),
    "reserved zone-": (
        air("", "zone-city"),
        'my-1.toml: site "zone-city": id: zone- and river- are reserved for the means of zones and rivers',
    ),
    "reserved river-": (
        water("", "river-1"),
        'my-1.toml: site "river-1": id: zone- and river- are reserved for the means of zones and rivers',
    ),
    "twice in one file": (air("") + air(""), 'my-1.toml: site "x1": id: stands twice in this file'),
    "parameter twice in one file": (
        PARAMETER * 2,
        'my-1.toml: parameter "radon": id: stands twice in this file',
    ),
    # what counts in place of what was sent
    "floor of an unknown parameter": (
        air("floor = { pm11 = -5 }"),
        'my-1.toml: site "x1": floor: unknown parameter "pm11"',
    ),
    "detection limit of the other medium": (
        air("detection_limit = { nh3n = 0.1 }"),
        'my-1.toml: site "x1": detection_limit: "nh3n" is measured in water, not in air',
    ),
    "floor above 0": (
        air("floor = { pm25 = 5 }\ndetection_limit = { pm25 = 2 }"),
        'my-1.toml: site "x1": floor: 5.0 of pm25 is not below 0',
    ),
    "floor of what may be negative": (
        air("floor = { air_temp = -70 }\ndetection_limit = { air_temp = 1 }"),
        'my-1.toml: site "x1": floor: air_temp may be as low as -60.0 anyway',
    ),
    "floor without a detection limit": (
        air("floor = { pm25 = -5 }"),
        (
            'my-1.toml: site "x1": floor: half of its detection limit counts in place of a value below 0: '
            "detection_limit = { pm25 = … } is missing"
        ),
    ),
    "a detection limit of 0": (
        air("detection_limit = { pm25 = 0 }"),
        'my-1.toml: site "x1": detection_limit: 0.0 of pm25 is not above 0',
    ),
    "a detection limit that is text": (
        air('detection_limit = { pm25 = "2" }'),
        'my-1.toml: site "x1": detection_limit: must be a number, not text in quotes',
    ),
    "missing that is one code": (
        air("missing = -99.8"),
        'my-1.toml: site "x1": missing: must be a table or a list, not a number',
    ),
    "missing of an unknown parameter": (
        air("missing = { pm11 = [-1] }"),
        'my-1.toml: site "x1": missing: unknown parameter "pm11"',
    ),
    "a ceiling below high": (
        parameter("high = 1000", "high = 1000\nceiling = 1000"),
        'my-1.toml: parameter "radon": ceiling: 1000.0 is not above high = 1000.0',
    ),
    "a parameter's detection limit below 0": (
        parameter("high = 1000", "high = 1000\ndetection_limit = -1"),
        'my-1.toml: parameter "radon": detection_limit: -1.0 is not above 0',
    ),
    # medium against zone, river, waterbody, area class
    "air with river": (air('river = "baihe"'), 'my-1.toml: site "x1": river: an air site has no river'),
    "air with waterbody": (
        air('waterbody = "river"'),
        'my-1.toml: site "x1": waterbody: an air site has no waterbody',
    ),
    "water with zone": (
        water('zone = "city"'),
        'my-1.toml: site "houcheng": zone: a water site has no zone',
    ),
    "water with area class": (
        water("area_class = 2"),
        'my-1.toml: site "houcheng": area_class: a water site has no area_class',
    ),
    "unknown zone": (
        air('zone = "moon"'),
        'my-1.toml: site "x1": zone: no [[zone]] has the id "moon"',
    ),
    "river id": (
        water('river = "bai he"'),
        'my-1.toml: site "houcheng": river: must match [A-Za-z0-9][A-Za-z0-9_.-]{0,63}',
    ),
    # place and time
    "lon": (
        air("lon = 181\nlat = 40"),
        'my-1.toml: site "x1": lon: 181.0 is outside -180 to 180 degrees',
    ),
    "lat": (
        air("lon = 115\nlat = -90.5"),
        'my-1.toml: site "x1": lat: -90.5 is outside -90 to 90 degrees',
    ),
    "lon not a number": (
        air("lon = nan\nlat = 40"),
        'my-1.toml: site "x1": lon: nan is outside -180 to 180 degrees',
    ),
    "lon alone": (
        air("lon = 115"),
        'my-1.toml: site "x1": lat: missing; lon and lat stand together or not at all',
    ),
    "lat alone": (
        air("lat = 40"),
        'my-1.toml: site "x1": lon: missing; lon and lat stand together or not at all',
    ),
    "cycle": (
        air('cycle = "hourly"'),
        'my-1.toml: site "x1": cycle: "hourly" is no duration like 30s, 5m, 4h or 1d',
    ),
    "late_after zero": (
        air('late_after = "0m"'),
        'my-1.toml: site "x1": late_after: "0m" is no duration like 30s, 5m, 4h or 1d',
    ),
    "late_after within the cycle": (
        water('late_after = "3h"'),
        'my-1.toml: site "houcheng": late_after: 3h is shorter than the cycle of 4h',
    ),
    # parameters, units, numbers
    "unknown parameter": (
        air('parameters = ["pm25", "pm2.5"]'),
        'my-1.toml: site "x1": parameters: unknown parameter "pm2.5"',
    ),
    "the other medium's parameter": (
        air('parameters = ["ph"]'),
        'my-1.toml: site "x1": parameters: "ph" is measured in water, not in air',
    ),
    "parameter twice": (
        air('parameters = ["pm25", "pm25"]'),
        'my-1.toml: site "x1": parameters: one stands twice',
    ),
    "units of an unknown code": (
        air('units = { a99999 = "ng/m3" }'),
        'my-1.toml: site "x1": units: "a99999" is neither a parameter nor an HJ 212 code',
    ),
    "units in the wrong case": (
        air('units = { A34004 = "ng/m3" }'),
        'my-1.toml: site "x1": units: "A34004" is neither a parameter nor an HJ 212 code',
    ),
    "units of the other medium": (
        water('units = { a34004 = "ng/m3" }'),
        'my-1.toml: site "houcheng": units: "a34004" is measured in air, not in water',
    ),
    "units that do not convert": (
        air('units = { o3 = "ppb" }'),
        'my-1.toml: site "x1": units: "ppb" of o3 does not convert to µg/m³',
    ),
    "mn twice": (
        air('mn = "A1"', "x1") + air('mn = "A1"', "x2"),
        'my-1.toml: site "x2": mn: "A1" is already that of site "x1"',
    ),
    "mn blank": (air('mn = ""'), 'my-1.toml: site "x1": mn: must not be blank'),
    "code of a shipped site": (
        air('code = "1057A"'),
        'my-1.toml: site "x1": code: "1057A" is already that of site "renmin-gongyuan"',
    ),
    "one alias of two sites": (
        air('aliases = ["old", "older"]', "x1") + air('aliases = ["older"]', "x2"),
        'my-1.toml: site "x2": aliases: "older" is already that of site "x1"',
    ),
    "alias that is a section's name": (
        water('aliases = ["八号桥"]', "x1"),
        'my-1.toml: site "x1": aliases: "八号桥" is already that of site "bahaoqiao"',
    ),
    "contact of two lines": (
        air('contact = "a\\nb"'),
        'my-1.toml: site "x1": contact: at most 100 printable characters on one line',
    ),
    "alias blank": (air('aliases = [" "]'), 'my-1.toml: site "x1": aliases: must not be blank'),
    # rows of parameters
    **{
        f"parameter called {name}": (
            parameter("radon", name),
            f'my-1.toml: parameter "{name}": id: {RESERVED}',
        )
        for name in ("radon_qc", "time", "site", "parameter", "kind")
    },
    "low above high": (
        parameter("low = 0", "low = 2000"),
        'my-1.toml: parameter "radon": low: 2000.0 is not below high = 1000.0',
    ),
    "low equals high": (
        parameter("low = 0", "low = 1000"),
        'my-1.toml: parameter "radon": low: 1000.0 is not below high = 1000.0',
    ),
    "high not a number": (
        parameter("high = 1000", "high = nan"),
        'my-1.toml: parameter "radon": low: 0.0 is not below high = nan',
    ),
    "decimals": (
        parameter("decimals = 0", "decimals = -1"),
        'my-1.toml: parameter "radon": decimals: -1 is outside 0 to 9',
    ),
    "code of another": (
        parameter("a99999", "a34004"),
        'my-1.toml: parameter "radon": codes: "a34004" already means "pm25"',
    ),
    "code that is an id": (
        parameter("a99999", "pm10"),
        'my-1.toml: parameter "radon": codes: "pm10" already means "pm10"',
    ),
    "step of zero": (
        parameter('{ source = "test" }', '{ source = "test", step = 0 }'),
        'my-1.toml: parameter "radon": checks.step: 0.0 is not above 0; leave it out to switch the check off',
    ),
    "part of what is not there": (
        parameter('{ source = "test" }', '{ source = "test", part_of = "radium" }'),
        'my-1.toml: parameter "radon": checks.part_of: "radium" is no parameter of air in Bq/m³',
    ),
    "part of another medium": (
        parameter('{ source = "test" }', '{ source = "test", part_of = "ph" }'),
        'my-1.toml: parameter "radon": checks.part_of: "ph" is no parameter of air in Bq/m³',
    ),
    "margin below zero": (
        parameter('{ source = "test" }', '{ source = "test", part_margin = -1 }'),
        'my-1.toml: parameter "radon": checks.part_margin: -1.0 is below 0',
    ),
    "checks without source": (
        parameter('{ source = "test" }', "{ step = 1 }"),
        'my-1.toml: parameter "radon": checks.source: missing',
    ),
    "unknown threshold": (
        parameter('{ source = "test" }', '{ source = "test", jump = 1 }'),
        'my-1.toml: parameter "radon": checks.jump: unknown key',
    ),
}


@pytest.mark.parametrize(("text", "line"), REFUSALS.values(), ids=REFUSALS.keys())
def test_refused_with_file_row_key_and_reason(tmp_path: Path, text: str, line: str) -> None:
    assert problems(tmp_path, text) == [line]
