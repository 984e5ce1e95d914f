"""The shipped catalogue: whole, unambiguous, and as docs/reference/messages.md names it."""

from datetime import timedelta

import pytest

from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue

# The parameter ids and units promised first; kPa, cells/L, count/L and m³/s are ours.
AIR = "pm25 pm10 so2 no2 co o3 air_temp humidity pressure wind_speed wind_dir rain"
NINE = "water_temp ph do conductivity turbidity codmn nh3n tp tn"
GB3838 = "cod bod5 cu zn fluoride se as hg cd cr6 pb cn phenol oil las sulfide coliform"
BEYOND = "chla algae flow"
UNITS = {
    **dict.fromkeys(["pm25", "pm10", "so2", "no2", "o3"], "µg/m³"),
    "co": "mg/m³",
    "air_temp": "°C",
    "humidity": "%",
    "pressure": "kPa",
    "wind_speed": "m/s",
    "wind_dir": "°",
    "rain": "mm/h",
    "water_temp": "°C",
    "ph": "–",
    "conductivity": "µS/cm",
    "turbidity": "NTU",
    "coliform": "count/L",
    "algae": "cells/L",
    "flow": "m³/s",
}
# Water: an hour value's decimals by 总站水字〔2020〕90号. Air: those HJ 633-2026 4.2.2 rounds to.
DECIMALS = {
    0: "pm25 pm10 so2 no2 o3 coliform algae",
    1: "co water_temp conductivity turbidity",
    2: "ph do codmn cod tn",
    3: "nh3n tp oil las",
    4: "cr6 pb cu zn fluoride cn sulfide",
    5: "se as cd phenol",
    6: "hg",
}


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load()


def test_the_promised_parameters_are_there_and_no_others(shipped: Catalogue) -> None:
    air = [p.id for p in shipped.parameters.values() if p.medium == "air"]
    water = [p.id for p in shipped.parameters.values() if p.medium == "water"]
    assert air == AIR.split()
    assert water == f"{NINE} {GB3838} {BEYOND}".split()


def test_units_are_the_promised_ones(shipped: Catalogue) -> None:
    assert {p.id: p.unit for p in shipped.parameters.values()} == {
        name: UNITS.get(name, "mg/L") for name in shipped.parameters
    }


@pytest.mark.parametrize(("decimals", "names"), DECIMALS.items())
def test_decimals_are_the_standards(shipped: Catalogue, decimals: int, names: str) -> None:
    assert {name: shipped.parameters[name].decimals for name in names.split()} == dict.fromkeys(
        names.split(), decimals
    )


def test_every_number_says_where_it_comes_from(shipped: Catalogue) -> None:
    assert [p.id for p in shipped.parameters.values() if not p.source or not p.checks.source] == []
    assert [s.id for s in shipped.sites.values() if not s.source] == []


def test_each_code_means_one_parameter_and_is_taken_wherever_an_id_is(shipped: Catalogue) -> None:
    codes = [code for p in shipped.parameters.values() for code in p.codes]
    assert len(codes) == len(set(codes)) == len(shipped.by_code)
    for parameter in shipped.parameters.values():
        assert parameter.codes or parameter.id == "rain"  # HJ 212-2017 annex B has none for it
        assert all(shipped.parameter(name) is parameter for name in (parameter.id, *parameter.codes))


@pytest.mark.parametrize("name", ["A34004", "PM25", "w99999", "", "a34004 "])
def test_names_are_matched_exactly(shipped: Catalogue, name: str) -> None:
    assert shipped.parameter(name) is None


@pytest.mark.parametrize(
    ("code", "parameter"),
    [
        ("a34004", "pm25"),
        ("a05024", "o3"),
        ("w21003", "nh3n"),
        ("w20122", "cu"),
        ("w20138", "cu"),
        ("w20119", "as"),
        ("w20141", "as"),
        ("w20142", "hg"),
        ("w01019", "codmn"),
        ("w01018", "cod"),
    ],
)
def test_codes_of_hj_212(shipped: Catalogue, code: str, parameter: str) -> None:
    assert shipped.by_code[code] == parameter


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        pytest.param("pm10", 8108.0, id="Beijing's inner districts, ministry's notice of 2021-03-15"),
        pytest.param("pm10", 10_000.0, id="sandstorm of 2023-03-22, single stations"),
        pytest.param("pm25", 2384.0, id="national feed, March 2020"),
        pytest.param("conductivity", 79634.7, id="national feed 2020, an estuary"),
        pytest.param("do", 28.64, id="national feed 2021, a bloom"),
        pytest.param("algae", 258_750_000.0, id="national feed 2021"),
        pytest.param("nh3n", 25.5, id="national feed 2020"),
        pytest.param("pressure", 83.0, id="Chongli's ski slopes, about 1,650 m"),
    ],
)
def test_what_was_really_measured_is_within_range(shipped: Catalogue, parameter: str, value: float) -> None:
    assert shipped.parameters[parameter].low <= value <= shipped.parameters[parameter].high


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        pytest.param("pm25", 75600.0, id="ng/m³, dossier packet P9"),
        pytest.param("pressure", 1013.0, id="hPa"),
        pytest.param("chla", 32.56, id="µg/L under the name mg/L, national feed 2020"),
        pytest.param("ph", 15.996, id="a logger's test ramp, dossier packet P12"),
        pytest.param("water_temp", 9998.6, id="the same ramp"),
    ],
)
def test_a_wrong_unit_is_outside_the_range(shipped: Catalogue, parameter: str, value: float) -> None:
    assert not shipped.parameters[parameter].low <= value <= shipped.parameters[parameter].high


def test_a_dust_front_is_no_step(shipped: Catalogue) -> None:
    """PM10 of Beijing from 08:00 to 09:00 on 2021-03-15, by the ministry's notice of that day."""
    checks = shipped.parameters["pm10"].checks
    assert checks.step is not None
    assert checks.step > 6450 - 1370
    assert checks.step > 8108 - 1370


def test_zones_and_rivers_of_the_plan(shipped: Catalogue) -> None:
    assert set(shipped.zones) == {"competition", "city"}
    assert set(shipped.rivers) == {"baihe", "yongding"}
    assert {s.zone for s in shipped.sites.values() if s.medium == "air"} == {"competition", "city"}


def test_the_assessed_sections(shipped: Catalogue) -> None:
    for site, river in (("houcheng", "baihe"), ("bahaoqiao", "yongding")):
        section = shipped.sites[site]
        assert (section.medium, section.river, section.waterbody) == ("water", river, "river")
        assert (section.cycle, section.late_after) == (timedelta(hours=4), timedelta(hours=8))


def test_examples_carry_nothing_that_looks_real(shipped: Catalogue) -> None:
    examples = [site for site in shipped.sites.values() if site.status == "example"]
    assert {site.id for site in examples} == {"yunding", "guyangshu", "taizicheng"}
    for site in examples:
        assert (site.code, site.mn, site.lon, site.lat) == (None, None, None, None)
        assert "示例" in site.name.zh
        assert "example" in site.name.en
