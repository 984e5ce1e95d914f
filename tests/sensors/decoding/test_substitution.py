"""What counts in place of what was sent, by both doors of messages: JSON and HJ 212."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.value_settings import missing_codes
from sensors.decoding.decoder import decode_message
from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.json_payload import decode_json
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Medium, Name
from tests.sensors.decoding.test_below_detection import NAMED, WORDS

MN = "A110000_0001"
TIME = datetime(2026, 7, 6, 4, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))
HOUR = timedelta(hours=1)
SHIPPED = load()
SITES: dict[Medium, Site] = {
    "water": Site("w", "water", Name("w", "w"), HOUR, HOUR, mn=MN, detection_limit={"nh3n": 0.05}),
    "air": Site(
        "a", "air", Name("a", "a"), HOUR, HOUR, mn=MN, floor={"pm25": -5.0}, detection_limit={"pm25": 2.0}
    ),
}


def catalogue_of(site: Site) -> Catalogue:
    return replace(SHIPPED, sites={site.id: site}, by_mn={MN: site.id})


def by_json(sent: str | float, parameter: str, site: Site) -> Decoded:
    payload = json.dumps({"time": TIME.isoformat(), "values": {parameter: sent}}).encode()
    return decode_json(site, payload, TIME, catalogue_of(site), BOUNDS, located=True)


def by_hj212(sent: str | float, parameter: str, site: Site) -> Decoded:
    code = SHIPPED.parameters[parameter].codes[0]
    area = f"DataTime=20260706120000;{code}-Rtd={sent},{code}-Flag=N"
    segment = f"QN=20260706120000000;ST=21;CN=2011;PW=1;MN={MN};Flag=9;CP=&&{area}&&".encode()
    frame = b"##%04d%b%04X" % (len(segment), segment, crc16(segment))
    return decode_frame(MN, frame, TIME, catalogue_of(site), BOUNDS, located=True).decoded


Door = Callable[[str | float, str, Site], Decoded]
DOORS = pytest.mark.parametrize("door", [by_json, by_hj212])


def counted(decoded: Decoded) -> tuple[float, str]:
    """The value that counts, and what was sent."""
    (reading,) = decoded.readings
    assert not decoded.refused
    return reading.value, reading.sent


@DOORS
@pytest.mark.parametrize("form", NAMED.values(), ids=NAMED)
def test_below_a_limit_that_is_named(form: str, door: Door) -> None:
    """Expected: 82号 item 7, half of 0.025."""
    sent = form.format("0.025")

    assert counted(door(sent, "nh3n", SITES["water"])) == (0.0125, " ".join(sent.split()))


@DOORS
@pytest.mark.parametrize("word", WORDS)
def test_below_the_limit_of_the_sites_method(word: str, door: Door) -> None:
    assert counted(door(word, "nh3n", SITES["water"])) == (0.025, word.strip())


@DOORS
def test_the_limit_of_a_parameter_counts_where_the_site_names_none(door: Door) -> None:
    row = replace(SHIPPED.parameters["tp"], detection_limit=0.01)
    known = replace(SHIPPED, parameters=dict(SHIPPED.parameters) | {"tp": row})
    site = SITES["water"]
    payload = json.dumps({"time": TIME.isoformat(), "values": {"tp": "ND"}}).encode()

    found = decode_json(site, payload, TIME, replace(known, sites={"w": site}), BOUNDS)

    assert counted(found) == (0.005, "ND")
    assert [each.reason for each in door("ND", "tp", site).refused] == ["no_detection_limit"]


@DOORS
def test_a_limit_that_nobody_names_is_refused_with_the_cure(door: Door) -> None:
    (refused,) = door("ND", "tp", SITES["water"]).refused

    assert refused.reason == "no_detection_limit"
    assert "'ND'" in refused.detail
    assert "detection_limit = { tp = … } at the site w" in refused.detail


@DOORS
def test_a_limit_is_in_the_unit_in_which_the_site_sends(door: Door) -> None:
    site = replace(SITES["water"], units={"nh3n": "µg/L"})

    assert counted(door("<25", "nh3n", site)) == (0.0125, "<0.025")
    assert counted(door("ND", "nh3n", site)) == (0.025, "ND")  # the setting is in the catalogue's


@DOORS
@pytest.mark.parametrize(("parameter", "medium"), [("nh3n", "water"), ("pm25", "air")])
@given(
    limit=st.decimals(min_value="1e-6", max_value=100, places=6),
    form=st.sampled_from(sorted(NAMED.values())),
)
def test_any_limit_in_any_notation_counts_as_half_of_it(
    parameter: str, medium: Medium, door: Door, limit: Decimal, form: str
) -> None:
    sent = form.format(f"{limit:f}")

    assert counted(door(sent, parameter, SITES[medium])) == (float(limit / 2), " ".join(sent.split()))


@DOORS
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(-1.0, (1.0, "-1"), id="within"),
        pytest.param(-0.5, (1.0, "-0.5"), id="a fraction"),
        pytest.param(-5.0, (1.0, "-5"), id="exactly at the floor"),
        pytest.param(-5.01, (-5.01, ""), id="below the floor: out of range, as it came"),
        pytest.param(-999.0, (-999.0, ""), id="an error code"),
        pytest.param(0.0, (0.0, ""), id="zero is a value"),
        pytest.param(-0.0, (0.0, ""), id="minus zero too"),
        pytest.param(0.1, (0.1, ""), id="above"),
    ],
)
def test_a_number_within_the_noise_counts_as_half_the_detection_limit(
    sent: float, expected: tuple[float, str], door: Door
) -> None:
    """Expected: half of the 2 µg/m³ of the site (HJ/T 193-2005, from memory)."""
    assert counted(door(sent, "pm25", SITES["air"])) == expected


@DOORS
def test_without_a_floor_a_number_below_zero_stays_as_it_came(door: Door) -> None:
    assert counted(door(-1.0, "pm10", SITES["air"])) == (-1.0, "")
    assert counted(door(-1.0, "pm25", replace(SITES["air"], floor={}))) == (-1.0, "")


@DOORS
@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(100.0, (100.0, ""), id="exactly 100"),
        pytest.param(100.4, (100.0, "100.4"), id="fog"),
        pytest.param(101.0, (100.0, "101"), id="a whole number"),
        pytest.param(105.0, (100.0, "105"), id="exactly at the ceiling"),
        pytest.param(105.1, (105.1, ""), id="above it: out of range, as it came"),
        pytest.param(121_318.0, (121_318.0, ""), id="a broken sensor"),
    ],
)
def test_humidity_above_saturation_counts_as_100(
    sent: float, expected: tuple[float, str], door: Door
) -> None:
    assert counted(door(sent, "humidity", SITES["air"])) == expected


CODES = {
    "a number": -99.8,
    "a number as text": "-99.80",
    "one that could be dust": 985.0,
    "a word": "NA",
    "a word in another case": " na ",
}


@DOORS
@pytest.mark.parametrize("sent", CODES.values(), ids=CODES)
def test_a_code_of_the_site_is_missing(sent: str | float, door: Door) -> None:
    site = replace(SITES["air"], missing=missing_codes((-99.8, 985, "NA")))

    decoded = door(sent, "pm25", site)

    assert (decoded.readings, decoded.refused, len(decoded.missing)) == ([], [], 1)


@DOORS
def test_codes_may_be_of_one_parameter(door: Door) -> None:
    site = replace(SITES["air"], missing=missing_codes({"all": (-99.8,), "pm25": (985,)}))

    missing = {(p, v): door(v, p, site).missing != [] for p in ("pm25", "pm10") for v in (985.0, -99.8)}

    assert missing == {
        ("pm25", 985.0): True, ("pm25", -99.8): True, ("pm10", 985.0): False, ("pm10", -99.8): True,
    }  # fmt: skip


@DOORS
def test_a_code_is_compared_before_units_are_converted(door: Door) -> None:
    site = replace(SITES["water"], units={"nh3n": "µg/L"}, missing=missing_codes((9999,)))

    assert len(door(9999, "nh3n", site).missing) == 1
    assert counted(door(999, "nh3n", site)) == (0.999, "")


def test_a_replay_takes_what_is_missing_at_its_positions_only() -> None:
    site = replace(SITES["air"], missing=missing_codes(("NA",)))
    payload = json.dumps({"time": TIME.isoformat(), "values": {"pm25": "NA", "pm10": "NA", "so2": 5}})

    found = decode_message(
        "liangqu/air/a", payload.encode(), TIME, catalogue_of(site), BOUNDS, only=("values.pm25",)
    )

    assert (found.missing, found.readings, found.refused) == (["values.pm25"], [], [])


@DOORS
@pytest.mark.parametrize("sent", ["0.025 mg/L", "≥24000", "x", "<0", "未测"])
def test_other_texts_are_refused_as_before(sent: str, door: Door) -> None:
    (refused,) = door(sent, "nh3n", SITES["water"]).refused

    assert refused.reason in {"wrong_type", "not_a_number"}
