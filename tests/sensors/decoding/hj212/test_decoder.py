import math
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.hj212.frame import build_frame
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.tolerances import TOLERANCES, TOLERATED
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Medium, Name

CHINA = timezone(timedelta(hours=8))
RECEIVED = datetime(2026, 7, 6, 4, 0, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))
AIR_MN, WATER_MN = "JLYP01_AIR01_0001", "A110000_0001"


def station(mn: str, medium: Medium, **units: str) -> Site:
    hour = timedelta(hours=1)
    return Site(
        id=f"site-{mn}", medium=medium, name=Name(mn, mn), cycle=hour, late_after=hour, mn=mn, units=units
    )


def with_stations(sites: Iterable[Site]) -> Catalogue:
    """The shipped parameters, and these stations."""
    by_id = {site.id: site for site in sites}
    return replace(load(), sites=by_id, by_mn={site.mn or "": site.id for site in by_id.values()})


CATALOGUE = with_stations([station(AIR_MN, "air"), station(WATER_MN, "water")])


def data(area: str, cn: str = "2011", mn: str = WATER_MN) -> bytes:
    return build_frame(
        Hj212Frame(mn=mn, cn=cn, st="21", pw="123456", qn="20260706120000000", flag=9, area=area)
    )


def framed(area: str, cn: str = "2011") -> bytes:
    """A frame of any data area, its sum right."""
    segment = f"QN=1;ST=21;CN={cn};PW=1;MN={WATER_MN};Flag=9;CP=&&{area}&&".encode()
    return b"##%04d%b%04X" % (len(segment), segment, crc16(segment))


def decoded(
    area: str,
    cn: str = "2011",
    mn: str = WATER_MN,
    catalogue: Catalogue = CATALOGUE,
    bounds: InputBounds = BOUNDS,
) -> Decoded:
    return decode_frame(mn, data(area, cn, mn), RECEIVED, catalogue, bounds).decoded


def values(answer: Decoded) -> dict[str, float]:
    assert len({reading.parameter for reading in answer.readings}) == len(answer.readings)
    return {reading.parameter: reading.value for reading in answer.readings}


def reasons(answer: Decoded) -> dict[str, str]:
    return {refused.where: refused.reason for refused in answer.refused}


# --- the recorded frames as readings ------------------------------------------------------------------


def test_a_water_stations_hour(packets: dict[str, bytes]) -> None:
    """P2: 15 factors, the hour named by its start; total arsenic as 0.00000 is a value."""
    catalogue = with_stations([station("NM100000_0005", "water")])

    answer = decode_frame("NM100000_0005", packets["P2"], RECEIVED, catalogue, BOUNDS).decoded

    assert values(answer) == {
        "water_temp": 23.1,
        "ph": 7.64,
        "do": 6.60,
        "conductivity": 300,
        "turbidity": 17,
        "codmn": 1.4,
        "tp": 0.042,
        "tn": 3.04,
        "nh3n": 0.16,
        "pb": 0.00011,
        "as": 0.0,
        "phenol": 0.0005,
        "cn": 0.002,
        "cd": 0.00001,
        "cu": 0.00005,
    }
    assert {reading.kind for reading in answer.readings} == {"hour"}
    assert {reading.time for reading in answer.readings} == {datetime(2020, 11, 29, 21, 0, 1, tzinfo=CHINA)}
    assert answer.refused == []


def test_nanograms_are_a_property_of_the_station_and_move_the_decimal_point_only(
    packets: dict[str, bytes],
) -> None:
    """P9 sends 75600.000 and means 75.6 µg/m³; its TSP and noise are no parameters of ours."""
    mn = "LXHB0CS0306310"
    nano = with_stations([station(mn, "air", a34004="ng/m3", pm10="ng/m3")])

    answer = decode_frame(mn, packets["P9"], RECEIVED, nano, BOUNDS).decoded

    assert values(answer) == {
        "pm25": 75.6,
        "pm10": 140.6,
        "air_temp": 24.8,
        "humidity": 46.8,
        "pressure": 101.38,
        "wind_speed": 0.0,
        "wind_dir": 25,
    }
    assert reasons(answer) == {"a34001": "unknown_parameter", "LA": "unknown_parameter"}
    plain = decode_frame(mn, packets["P9"], RECEIVED, with_stations([station(mn, "air")]), BOUNDS).decoded
    assert values(plain)["pm25"] == 75600.0


def test_a_sample_has_the_time_it_was_taken(packets: dict[str, bytes]) -> None:
    """P11: total nitrogen was sampled 40 minutes before the frame; sent again, it is the same reading."""
    mn = "81733553213013"

    answer = decode_frame(mn, packets["P11"], RECEIVED, with_stations([station(mn, "water")]), BOUNDS).decoded

    times = {reading.parameter: reading.time for reading in answer.readings}
    assert times["tn"] == datetime(2021, 3, 20, 0, 54, tzinfo=CHINA)
    assert times["nh3n"] == times["flow"] == datetime(2021, 3, 20, 1, 34, tzinfo=CHINA)
    assert times["ph"] == datetime(2021, 3, 20, 1, 34, 6, tzinfo=CHINA)
    assert values(answer)["flow"] == 0.181682


@pytest.mark.parametrize(
    ("name", "sender", "expected"),
    [
        pytest.param("P1", ("010000A8900016F000169DC0", "water"), (0, set()), id="P1 sets an interval"),
        pytest.param("P3", ("JLYP01_AIR01_0001", "air"), (11, set()), id="P3 air, minutes"),
        pytest.param("P4", ("ZLDSZ20210127", "water"), (10, {"unknown_parameter"}), id="P4 w01008 unknown"),
        pytest.param(
            "P5", ("JSRCTD000YD107", "air"), (6, {"unknown_parameter"}), id="P5 position is not a factor"
        ),
        pytest.param("P6", ("010000A8900016F000169DC0", "water"), (2, set()), id="P6 first part"),
        pytest.param("P7", ("010000A8900016F000169DC0", "water"), (1, set()), id="P7 second part"),
        pytest.param("P8", ("010000A8900016F000169DC0", "water"), (0, set()), id="P8 asks for the time"),
        pytest.param(
            "P10", ("WJTHGY91320509703697203A", "air"), (1, {"unknown_parameter"}), id="P10 flue gas"
        ),
        pytest.param("P12", ("chang000003", "water"), (7, {"unknown_parameter"}), id="P12 no marks"),
        pytest.param("P13", ("A110000_0001", "water"), (5, set()), id="P13 water, real time"),
        pytest.param("P14", ("410183160889201000212505", "water"), (0, set()), id="P14 a platform's answer"),
        pytest.param("P15", ("2019051703100020", "air"), (0, {"unknown_parameter"}), id="P15 lampblack"),
    ],
)
def test_every_factor_of_a_packet_is_a_reading_or_refused(
    name: str, sender: tuple[str, Medium], expected: tuple[int, set[str]], packets: dict[str, bytes]
) -> None:
    catalogue = with_stations([station(*sender)])
    accepted, refused = expected

    read = decode_frame(sender[0], packets[name], RECEIVED, catalogue, BOUNDS)

    assert len(read.decoded.readings) == accepted
    assert {each.reason for each in read.decoded.refused} == refused
    assert read.frame is not None
    if read.frame.cn.startswith("2"):
        factors = {pair.split("-")[0] for pair in read.frame.area.replace(",", ";").split(";") if "-" in pair}
        assert len(factors) == accepted + len(read.decoded.refused)


@pytest.mark.real
def test_every_factor_of_the_30_field_frames_is_a_reading_or_refused(
    field_frames: list[dict[str, Any]],
) -> None:
    counted = 0
    for row in field_frames:
        mn = row["mn"]
        for medium in ("air", "water"):
            catalogue = with_stations([station(mn, medium)])
            read = decode_frame("", row["frame"].encode(), RECEIVED, catalogue, BOUNDS)
            if not row["crc_ok"]:
                assert [each.reason for each in read.decoded.refused] == ["bad_frame"]
                continue
            assert read.frame is not None
            assert read.frame.mn == mn
            pairs = read.frame.area.replace(",", ";").split(";") if row["cn"].startswith("20") else []
            factors = {pair.split("-")[0] for pair in pairs if "-" in pair}
            items = len(read.decoded.readings) + len(read.decoded.refused)
            assert items == (0 if row["cn"] == "2081" else len(factors))
            counted += items
    assert counted == 2 * 157


# --- commands -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cn", "field", "kind"),
    [("2011", "Rtd", "rtd"), ("2051", "Avg", "min"), ("2061", "Avg", "hour"), ("2031", "Avg", "day")],
)
def test_each_data_command_has_its_kind_and_its_field(cn: str, field: str, kind: str) -> None:
    area = f"DataTime=20260706080000;w01001-Min=1,w01001-{field}=7.1,w01001-Max=9,w01001-Cou=3,w01001-Flag=N"

    (reading,) = decoded(area, cn).readings

    assert (reading.kind, reading.value, reading.flag) == (kind, 7.1, "N")
    assert reading.time == datetime(2026, 7, 6, 0, 0, tzinfo=UTC)
    assert reading.received == RECEIVED


@pytest.mark.parametrize("cn", ["2021", "2041", "2081", "9014", "9015", "1062", "3011"])
def test_a_frame_without_measurements_has_no_items(cn: str) -> None:
    assert decoded("DataTime=20260706080000;SB1-RS=1", cn) == Decoded([], [])


def test_a_data_command_we_do_not_know_is_refused_and_not_passed_over() -> None:
    """2062 is named by HJ 212-2025 (one source); its content must not vanish."""
    assert reasons(decoded("DataTime=20260706080000;w01001-Avg=7", "2062")) == {"": "unknown_kind"}


def test_the_value_of_another_command_is_refused() -> None:
    area = "DataTime=20260706080000;w01001-Max=7,w01001-Flag=N;w01009-td=8"

    assert reasons(decoded(area, "2061")) == {"w01001": "unknown_kind", "w01009": "unknown_kind"}


def test_the_time_of_an_interval_is_not_replaced_by_a_sampling_time() -> None:
    area = "DataTime=20260706080000;w21003-SampleTime=20260706084500,w21003-Avg=0.2,w21003-Flag=N"

    (reading,) = decoded(area, "2061").readings

    assert reading.time == datetime(2026, 7, 6, 8, 0, tzinfo=CHINA)


# --- what is refused, and where -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("factor", "reason"),
    [
        pytest.param("w01001-Rtd=,w01001-Flag=D", "not_a_number", id="blank"),
        pytest.param("w01001-Rtd=--,w01001-Flag=N", "not_a_number", id="dashes"),
        pytest.param("w01001-Rtd=NaN,w01001-Flag=N", "not_a_number", id="NaN"),
        pytest.param("w01001-Rtd=inf,w01001-Flag=N", "not_a_number", id="inf"),
        pytest.param("w01001-Rtd=1_0,w01001-Flag=N", "not_a_number", id="what Python alone takes for ten"),
        pytest.param("w01001-Rtd=7 5,w01001-Flag=N", "not_a_number", id="a blank within"),
        pytest.param("w01001-Rtd=７,w01001-Flag=N", "not_a_number", id="a full-width digit"),
        pytest.param("w01001-Rtd=1e400,w01001-Flag=N", "not_a_number", id="beyond the floats"),
        pytest.param("w01001-Rtd=7,w01001-Flag=", "unknown_flag", id="empty mark"),
        pytest.param("w01001-Rtd=7,w01001-Flag=hd", "unknown_flag", id="a mark of the water network"),
        pytest.param("w01001-Rtd=7,w01001-Rtd=8,w01001-Flag=N", "bad_frame", id="two values"),
        pytest.param("w01001-Rtd=7,w01001-Flag=N,w01001-Flag=D", "bad_frame", id="two marks"),
        pytest.param("w01001-Flag=N", "unknown_kind", id="a mark alone"),
        pytest.param("w99999-Rtd=7,w99999-Flag=N", "unknown_parameter", id="unknown code"),
        pytest.param("a34004-Rtd=7,a34004-Flag=N", "wrong_medium", id="PM2.5 from the water"),
        pytest.param("w01001-SampleTime=20261306000000,w01001-Rtd=7", "bad_time", id="13th month"),
        pytest.param("w01001-SampleTime=19990706000000,w01001-Rtd=7", "time_too_old", id="1999"),
        pytest.param("w01001-SampleTime=20270706000000,w01001-Rtd=7", "time_in_future", id="next year"),
        pytest.param("NOISE=N", "unknown_parameter", id="no factor at all"),
        pytest.param("NOISE=1;NOISE=2", "unknown_parameter", id="no factor at all, twice"),
        pytest.param("w01001", "bad_frame", id="no value"),
        pytest.param("位置-Rtd=3,位置-Flag=N", "unknown_parameter", id="a Chinese name"),
    ],
)
def test_one_bad_factor_refuses_only_itself(factor: str, reason: str) -> None:
    answer = decoded(f"DataTime=20260706080000;w01009-Rtd=8.1,w01009-Flag=N;{factor}")

    assert values(answer) == {"do": 8.1}
    assert [each.reason for each in answer.refused] == [reason]
    assert answer.refused[0].where == factor.split("=", maxsplit=1)[0].split("-", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("area", "reason"),
    [
        pytest.param("w01001-Rtd=7", "no_time", id="no DataTime"),
        pytest.param("DataTime=2026070608;w01001-Rtd=7", "bad_time", id="DataTime cut short"),
        pytest.param("DataTime=20260230000000;w01001-Rtd=7", "bad_time", id="30 February"),
        pytest.param("DataTime=00010101000000;w01001-Rtd=7", "bad_time", id="before the first year in UTC"),
        pytest.param("DataTime=19991231235959;w01001-Rtd=7", "time_too_old", id="1999"),
        pytest.param("DataTime=20260706120501;w01001-Rtd=7", "time_in_future", id="beyond five minutes"),
        pytest.param("DataTime=20260706120000;DataTime=20260706110000", "bad_frame", id="two times"),
    ],
)
def test_what_spoils_the_frame_refuses_it_as_one_item(area: str, reason: str) -> None:
    answer = decoded(area)

    assert answer.readings == []
    assert reasons(answer) == {"": reason}


def test_bounds_are_named_in_the_loggers_own_time() -> None:
    (late,) = decoded("DataTime=20260706120501;w01001-Rtd=7").refused
    (early,) = decoded("DataTime=19991231235959;w01001-Rtd=7").refused

    assert late.detail == "DataTime 20260706120501 is after 2026-07-06T12:05:00+08:00"
    assert early.detail.endswith(" is before 2000-01-01T08:00:00+08:00")


def test_an_old_frame_is_told_its_day() -> None:
    aged = replace(BOUNDS, max_age=timedelta(days=60))
    frame = "DataTime=20250706120000;w01001-Rtd=7"

    (refused,) = decoded(frame, bounds=aged).refused

    assert refused.reason == "time_too_old"
    assert "is of 2025-07-06, 365 days old" in refused.detail
    assert decoded(frame).readings


def test_exactly_at_the_bounds_is_within_them() -> None:
    assert values(decoded("DataTime=20260706120500;w01001-Rtd=7")) == {"ph": 7}
    assert values(decoded("DataTime=20000101080000;w01001-Rtd=7")) == {"ph": 7}


def test_a_station_nobody_knows_and_a_frame_under_a_foreign_topic() -> None:
    payload = data("DataTime=20260706080000;w01001-Rtd=7")

    assert reasons(decoded("DataTime=20260706080000", mn="NOBODY")) == {"": "unknown_site"}
    assert reasons(decode_frame(AIR_MN, payload, RECEIVED, CATALOGUE, BOUNDS).decoded) == {"": "bad_frame"}


def test_a_bad_frame_says_what_is_wrong(packets: dict[str, bytes]) -> None:
    (refused,) = decode_frame("ABCDEFG1234567", packets["N1"], RECEIVED, CATALOGUE, BOUNDS).decoded.refused

    assert (refused.reason, refused.where) == ("bad_frame", "")
    assert refused.detail == "CRC: the sum of Modbus instead of HJ 212's (tolerance crc_modbus is off)"


def test_two_codes_for_one_parameter_are_one_reading_and_one_refusal() -> None:
    """Total and plain lead are both `pb`; one frame cannot have two values of it."""
    answer = decoded("DataTime=20260706080000;w20120-Rtd=0.01;w20144-Rtd=0.02")

    assert values(answer) == {"pb": 0.01}
    assert reasons(answer) == {"w20144": "bad_frame"}


def test_positions_for_a_replay_are_the_codes_as_sent() -> None:
    payload = data("DataTime=20260706080000;w01001-Rtd=7;x-Rtd=1;W01009-Rtd=8")

    answer = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS, located=True).decoded

    assert answer.positions == ["w01001", "W01009"]
    assert reasons(answer) == {"x": "unknown_parameter"}


# --- tolerances ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "factor", "expected", "reason"),
    [
        pytest.param(
            "old_code", "060-Rtd=1.8,060-Flag=N", {"nh3n": 1.8}, "unknown_parameter", id="2005 code"
        ),
        pytest.param("code_case", "W01001-Rtd=7,W01001-Flag=N", {"ph": 7}, "unknown_parameter", id="W01001"),
        pytest.param("mark_case", "w01001-Rtd=7,w01001-Flag=n", {"ph": 7}, "unknown_flag", id="mark n"),
        pytest.param("missing_mark", "w01001-Rtd=7", {"ph": 7}, "unknown_flag", id="no mark"),
        pytest.param(
            "milliseconds",
            "w01001-SampleTime=20260706080000123,w01001-Rtd=7,w01001-Flag=N",
            {"ph": 7},
            "bad_time",
            id="milliseconds",
        ),
    ],
)
def test_a_deviation_of_a_value_passes_by_name_or_refuses_the_value(
    name: str, factor: str, expected: dict[str, float], reason: str
) -> None:
    payload = data(f"DataTime=20260706080000;{factor}")

    on = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS)
    off = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, replace(BOUNDS, tolerated=TOLERATED - {name}))

    assert (values(on.decoded), on.deviations) == (expected, ("mn_form", name))
    assert [each.reason for each in off.decoded.refused] == [reason]


def test_the_tolerances_of_the_settings_decide_about_the_frame_too(packets: dict[str, bytes]) -> None:
    lenient = replace(BOUNDS, tolerated=TOLERATED | {"crc_swapped"})
    dust = with_stations([station("JH0201712SD8763", "air")])

    refused = decode_frame("JH0201712SD8763", packets["N2"], RECEIVED, dust, BOUNDS).decoded
    taken = decode_frame("JH0201712SD8763", packets["N2"], RECEIVED, dust, lenient).decoded

    assert reasons(refused) == {"": "bad_frame"}
    assert values(taken) == {
        "pm25": 15.4,
        "pm10": 31.7,
        "air_temp": 10,
        "humidity": 0,
        "wind_speed": 0,
        "wind_dir": 0,
    }
    assert reasons(taken) == dict.fromkeys(("TSP", "NOIS"), "unknown_parameter")


def test_milliseconds_are_kept() -> None:
    (reading,) = decoded("DataTime=20260706080000123;w01001-Rtd=7").readings

    assert reading.time == datetime(2026, 7, 6, 0, 0, 0, 123_000, tzinfo=UTC)


DIALECTS = {
    # what differs: (the tolerance, CN, the data area, the readings)
    "means only under 2011": (
        "mean_in_real_time",
        "2011",
        "DataTime=20260706080000;w21003-Avg=0.086,w21003-Max=0.09,w21003-Min=0.08,w21003-Flag=N",
        {"nh3n": 0.086},
    ),
    "-Rtd under 2051": (
        "real_time_in_interval",
        "2051",
        "DataTime=20260706080000;w01001-Rtd=7.1,w01001-Flag=N",
        {"ph": 7.1},
    ),
    "-Rtd under 2061": (
        "real_time_in_interval",
        "2061",
        "DataTime=20260706080000;w01001-Rtd=7.1,w01001-Flag=N",
        {"ph": 7.1},
    ),
    "a mark run into the next factor, twice": (
        "missing_separator",
        "2011",
        "DataTime=20260706080000;w01019-Rtd=3.1,w01019-Flag=Nw01001-Rtd=7.5,w01001-Flag=Nw01009-Rtd=8,w01009-Flag=N",
        {"codmn": 3.1, "ph": 7.5, "do": 8},
    ),
    "a value run into its mark": (
        "missing_separator",
        "2011",
        "DataTime=20260706080000;w01001-Rtd=7.5w01001-Flag=N;w01009-Rtd=8,w01009-Flag=N",
        {"ph": 7.5, "do": 8},
    ),
    "values, marks and factors, none apart": (
        "missing_separator",
        "2011",
        "DataTime=20260706080000;w01001-Rtd=7.5w01001-Flag=Nw01009-Rtd=8w01009-Flag=N",
        {"ph": 7.5, "do": 8},
    ),
    "blanks before numbers, as %6.1f prints them": (
        "blanks",
        "2011",
        "DataTime=20260706080000;w01001-Rtd=   7.5,w01001-Flag=N;w01010-Rtd=  -0.5,w01010-Flag=N",
        {"ph": 7.5, "water_temp": -0.5},
    ),
    "blanks around names and separators": (
        "blanks",
        "2011",
        " DataTime = 20260706080000 ; w01001 -Rtd = 7.5 , w01001-Flag = N ",
        {"ph": 7.5},
    ),
    "fields in capitals": (
        "name_case",
        "2011",
        "DATATIME=20260706080000;w01001-RTD=7.5,w01001-FLAG=N",
        {"ph": 7.5},
    ),
    "fields in small letters": (
        "name_case",
        "2061",
        "datatime=20260706080000;w01001-avg=7.5,w01001-min=7,w01001-flag=N",
        {"ph": 7.5},
    ),
    "one mark for all": (
        "mark_of_all",
        "2011",
        "DataTime=20260706080000;w01001-Rtd=7.5;w01009-Rtd=8;Flag=N",
        {"ph": 7.5, "do": 8},
    ),
    "hundredths of a second": (
        "milliseconds",
        "2011",
        "DataTime=2026070608000000;w01001-Rtd=7.5,w01001-Flag=N",
        {"ph": 7.5},
    ),
    "a time without seconds": (
        "time_form",
        "2011",
        "DataTime=202607060800;w01001-Rtd=7.5,w01001-Flag=N",
        {"ph": 7.5},
    ),
    "a time with dashes and colons": (
        "time_form",
        "2011",
        "DataTime=2026-07-06 08:00:00;w01001-Rtd=7.5,w01001-Flag=N",
        {"ph": 7.5},
    ),
    "a time as a spreadsheet shows it": (
        "time_form",
        "2011",
        "DataTime=2026/7/6 8:00;w01001-Rtd=7.5,w01001-Flag=N",
        {"ph": 7.5},
    ),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_is_read_by_its_own_tolerance_and_by_none_else(name: str) -> None:
    tolerance, cn, area, expected = DIALECTS[name]
    payload = framed(area, cn)
    own = frozenset({tolerance, "qn_form", "mn_form"})

    read = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, replace(BOUNDS, tolerated=own))
    without = decode_frame(
        WATER_MN, payload, RECEIVED, CATALOGUE, replace(BOUNDS, tolerated=TOLERATED - {tolerance})
    )

    assert values(read.decoded) == expected
    assert {reading.time for reading in read.decoded.readings} == {datetime(2026, 7, 6, tzinfo=UTC)}
    assert read.decoded.refused == []
    assert set(read.deviations) == own
    assert len(without.decoded.readings) < len(expected)
    assert any(f"tolerance {tolerance} is off" in each.detail for each in without.decoded.refused)


def test_a_mean_under_2011_is_a_real_time_reading_and_gives_way_to_one() -> None:
    """As kind `min` it would be the same reading as the mean that 2051 names by its start."""
    area = "DataTime=20260706080000;w01001-Avg=7.1,w01001-Flag=N;w01009-Avg=9,w01009-Rtd=8,w01009-Flag=N"

    answer = decoded(area)

    assert values(answer) == {"ph": 7.1, "do": 8}
    assert {reading.kind for reading in answer.readings} == {"rtd"}


def test_one_mark_for_all_counts_where_a_factor_has_none() -> None:
    answer = decoded("DataTime=20260706080000;w01001-Rtd=7;w01009-Rtd=8,w01009-Flag=N;Flag=D")

    assert {reading.parameter: reading.flag for reading in answer.readings} == {"ph": "D", "do": "N"}


@pytest.mark.parametrize(
    ("area", "expected", "refused"),
    [
        pytest.param(
            "w01001-Rtd=7,w01001-Flag=XX-Rtd=3",
            {},
            {"w01001": "unknown_flag"},
            id="nobody can say where the code begins",
        ),
        pytest.param(
            "w01001-Rtd=7,w01001-Flag=Qw01009-Rtd=8,w01009-Flag=N",
            {"do": 8},
            {"w01001": "unknown_flag"},
            id="no mark, but the code is one",
        ),
        pytest.param(
            "w01001-Rtd=7w01009-Rtd=8,w01001-Flag=N",
            {},
            {"w01001": "not_a_number"},
            id="two numbers run together",
        ),
        pytest.param(
            "w01009,Rtd=8,Flag=N;w01001-Rtd=7,w01001-Flag=N",
            {"ph": 7},
            {"w01009": "bad_frame", "Rtd": "unknown_parameter"},
            id="a comma for the dash",
        ),
        pytest.param("-Rtd=7;w01001-Rtd=7", {"ph": 7}, {"-Rtd=7": "bad_frame"}, id="a value of nothing"),
        pytest.param("w01001-Rtd=***;w01009-Rtd=8", {"do": 8}, {"w01001": "not_a_number"}, id="asterisks"),
    ],
)
def test_what_cannot_be_told_apart_costs_itself_only(
    area: str, expected: dict[str, float], refused: dict[str, str]
) -> None:
    payload = framed(f"DataTime=20260706080000;{area}")

    answer = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS).decoded

    assert (values(answer), reasons(answer)) == (expected, refused)


@pytest.mark.parametrize(
    ("before", "strange", "where", "reason"),
    [
        pytest.param("", "位置-Rtd=3".encode("gbk"), "位置", "unknown_parameter", id="a name in GBK"),
        pytest.param(
            "", b"w01001-Rtd=7,w01001-Flag=N\xb5", "w01001", "unknown_flag", id="a byte after a mark"
        ),
        pytest.param(
            "", b"w01001-Rtd=7\xff,w01001-Flag=N", "w01001", "not_a_number", id="a byte in a number"
        ),
        pytest.param("", b"w01001-Rtd=7\x81,w01001-Flag=N", "w01001", "not_a_number", id="half a letter"),
        pytest.param("", "Info=仪器校准".encode("gbk"), "Info", "unknown_parameter", id="words in GBK"),
        pytest.param("位置=张家口;", b"Info=\xb0", "Info", "unknown_parameter", id="after words in UTF-8"),
    ],
)
def test_a_byte_that_is_not_utf8_costs_its_own_field(
    before: str, strange: bytes, where: str, reason: str
) -> None:
    head = f"QN=1;ST=21;CN=2011;PW=1;MN={WATER_MN};Flag=9;CP=&&".encode()
    area = b"DataTime=20260706080000;w01009-Rtd=8,w01009-Flag=N;%b%b;w01010-Rtd=9,w01010-Flag=N"
    segment = head + area % (before.encode(), strange) + b"&&"
    payload = b"##%04d%b%04X" % (len(segment), segment, crc16(segment))

    read = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS)

    assert values(read.decoded) == {"do": 8, "water_temp": 9}
    assert reasons(read.decoded)[where] == reason
    assert "not_utf8" in read.deviations
    assert all(str(each).isprintable() for each in read.decoded.refused)


# --- units --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "unit", "sent", "kept"),
    [
        pytest.param("w20115", "ug/L", "1.0", 0.001, id="cadmium as annex B has it"),
        pytest.param("w20115", "mg/L", "0.00001", 0.00001, id="cadmium as stations send it"),
        pytest.param("w01014", "mS/m", "102.5", 1025.0, id="conductivity in mS/m"),
        pytest.param("w21003", "mg/L", "0.09055002", 0.09055002, id="many digits"),
        pytest.param("w20111", "ug/L", "1.5e-1", 0.00015, id="an exponent"),
        pytest.param("w20111", "ug/L", ".5E1", 0.005, id="another exponent"),
    ],
)
def test_units_are_a_property_of_site_and_factor(code: str, unit: str, sent: str, kept: float) -> None:
    catalogue = with_stations([station(WATER_MN, "water", **{code: unit})])

    answer = decoded(f"DataTime=20260706080000;{code}-Rtd={sent}", catalogue=catalogue)

    assert [reading.value for reading in answer.readings] == [kept]


@given(st.decimals(-1_000_000, 1_000_000, allow_nan=False, allow_infinity=False, places=30))
def test_moving_the_decimal_point_is_exact_on_the_text(sent: Decimal) -> None:
    """The nearest float of the exact value, rounded once, also with more digits than a float holds."""
    nano = with_stations([station(AIR_MN, "air", a34004="ng/m3")])

    (reading,) = decoded(f"DataTime=20260706080000;a34004-Rtd={sent:f}", mn=AIR_MN, catalogue=nano).readings

    assert reading.value == float(Decimal(f"{sent:f}e-3"))


# --- nothing raises -----------------------------------------------------------------------------------


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=80),
    st.sampled_from(["2011", "2061"]),
)
def test_any_data_area_ends_in_readings_and_refusals(area: str, cn: str) -> None:
    for text in (
        area,
        f"DataTime=20260706080000;{area}",
        f"DataTime=20260706080000;w01001-Rtd=7,w01001-{area}",
    ):
        if "&&" not in text:
            answer = decode_frame(WATER_MN, framed(text, cn), RECEIVED, CATALOGUE, BOUNDS).decoded
            assert all(math.isfinite(reading.value) for reading in answer.readings)


def test_100_000_arbitrary_data_areas_never_raise() -> None:
    dice = random.Random(2017)
    words = [
        "DataTime=20260706080000",
        "w01001",
        "a34004",
        "-Rtd",
        "-Avg",
        "-Flag",
        "-SampleTime",
        "=",
        ";",
        ",",
    ]
    words += [
        "N",
        "7.25",
        "1e5",
        "20260706080000",
        "&",
        "-",
        "&",
        "W01009",
        "060",
        "\u7ef4",
        "9" * 400,
    ]
    everything = replace(BOUNDS, tolerated=frozenset(TOLERANCES))
    items = 0
    for _ in range(100_000):
        area = "".join(dice.choices(words, k=dice.randrange(14))).replace("&&", "&")
        segment = f"QN=1;ST=21;CN=2011;MN={WATER_MN};CP=&&DataTime=20260706080000;{area}&&".encode()
        payload = b"##%04d%b%04X" % (len(segment), segment, crc16(segment))
        answer = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, everything).decoded
        items += len(answer.readings) + len(answer.refused)
    assert items > 90_000


@pytest.mark.parametrize("end", ["x", ".x", "e", "e5x"])
def test_a_value_of_nine_thousand_digits_and_something_else_is_looked_through_once(end: str) -> None:
    """In steps that grow with the square, such frames cost half a second each."""
    payload = data(f"DataTime=20260706080000;w01001-Rtd={'7' * 9_000}{end},w01001-Flag=N")

    for _ in range(200):
        answer = decode_frame(WATER_MN, payload, RECEIVED, CATALOGUE, BOUNDS).decoded

    assert reasons(answer) == {"w01001": "not_a_number"}
