import random
import string
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensors.decoding.hj212.area import Area, build_area, parse_area
from sensors.decoding.hj212.crc import crc16, modbus_crc16
from sensors.decoding.hj212.frame import (
    LONGEST_FRAME,
    Received,
    build_frame,
    parse_frame,
    stated_frame,
    stated_mn,
)
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.tolerances import TOLERANCES, TOLERATED, Deviations, Malformed
from sensors.model import Refused

PLAIN = string.ascii_letters + string.digits + "_."
TEXT = st.text(st.characters(exclude_characters=";,=&\r\n \t", codec="utf-8"), max_size=12)
# A name like one of these in other case is a deviation.
OWN_NAMES = {"CP", "RTD", "AVG", "MIN", "MAX", "COU", "FLAG", "EFLAG", "SAMPLETIME", "DATATIME"}
NAME = st.text(PLAIN, min_size=1, max_size=8).map(
    lambda name: f"{name}_" if name.upper() in OWN_NAMES else name
)

areas = st.builds(
    Area,
    plain=st.dictionaries(NAME, TEXT, max_size=3),
    factors=st.dictionaries(NAME, st.dictionaries(NAME, TEXT, min_size=1, max_size=4), max_size=5),
)
numbered = st.integers(1, 9999).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n)))
frames = st.builds(
    lambda numbers, **fields: Hj212Frame(pnum=numbers[0], pno=numbers[1], **fields),
    numbers=st.one_of(st.just((None, None)), numbered),
    mn=st.text(PLAIN + "-", min_size=1, max_size=64),
    cn=st.from_regex(r"[0-9]{4}", fullmatch=True),
    st=st.one_of(st.just(""), st.from_regex(r"[0-9A-Z]{2,3}", fullmatch=True)),
    pw=TEXT,
    qn=st.from_regex(r"([0-9]{14}|[0-9]{17})?", fullmatch=True),
    flag=st.one_of(st.none(), st.integers(0, 255)),
    rf=st.booleans(),
    area=areas.map(build_area),
)


SUM_OF_ZEROS = Hj212Frame(mn="A", cn="2011", area="pm25-Rtd=1112.5")


def read(payload: bytes, *names: str) -> Hj212Frame:
    """The frame, after checking that exactly these tolerances were needed besides `mn_form`."""
    received = parse_frame(payload)
    assert isinstance(received, Received), received
    assert set(received.deviations) - {"mn_form"} == set(names)
    return received.frame


def refused(payload: bytes, *off: str) -> Refused:
    answer = parse_frame(payload, TOLERATED - set(off))
    assert isinstance(answer, Refused), answer
    assert answer.reason == "bad_frame"
    return answer


# --- what the dossier and the field hold --------------------------------------------------------------


@pytest.mark.real
def test_the_verdict_on_each_of_the_30_frames_of_the_field(field_frames: list[dict[str, Any]]) -> None:
    for row in field_frames:
        answer = parse_frame(row["frame"].encode())
        if row["crc_ok"]:
            assert isinstance(answer, Received), row["id"]
            assert (answer.frame.st, answer.frame.cn, answer.frame.mn) == (row["st"], row["cn"], row["mn"])
        else:
            assert isinstance(answer, Refused), row["id"]
            given, right = row["crc_given"].upper(), row["crc_computed"]
            assert answer.detail == f"the sum says {given}, the segment gives {right}"
            assert stated_mn(row["frame"].encode()) == row["mn"]
        assert isinstance(answer, Received) == (row["crc_ok"] and row["len_ok"])
    assert len(field_frames) == 30


PACKETS = {
    "P1": ("32", "1062", "010000A8900016F000169DC0", 0, ()),
    "P2": ("21", "2061", "NM100000_0005", 15, ()),
    "P3": ("22", "2051", "JLYP01_AIR01_0001", 11, ()),
    "P4": ("21", "2011", "ZLDSZ20210127", 11, ("crc_case",)),
    "P5": ("22", "2011", "JSRCTD000YD107", 8, ()),
    "P6": ("32", "2061", "010000A8900016F000169DC0", 2, ()),
    "P7": ("32", "2061", "010000A8900016F000169DC0", 1, ()),
    "P8": ("32", "1011", "010000A8900016F000169DC0", 0, ()),
    "P9": ("22", "2011", "LXHB0CS0306310", 9, ()),
    "P10": ("31", "2051", "WJTHGY91320509703697203A", 8, ()),
    "P11": ("32", "2011", "81733553213013", 6, ()),
    "P12": ("21", "2061", "chang000003", 8, ("missing_qn", "missing_flag")),
    "P13": ("21", "2011", "A110000_0001", 5, ()),
    "P14": ("91", "9014", "410183160889201000212505", 0, ("crc_case",)),
    "P15": ("22", "2031", "2019051703100020", 3, ()),
    "N3": ("22", "2011", "120112TJTGGN13", 2, ("length_wrong", "missing_qn", "missing_flag")),
    "N4": ("22", "2011", "010000A8900016F000169DC0", 13, ("length_wrong", "crc_case", "packet_numbers")),
}


@pytest.mark.parametrize("name", PACKETS)
def test_station_command_factors_and_deviations_of_the_packets(name: str, packets: dict[str, bytes]) -> None:
    system, command, station, factors, deviations = PACKETS[name]

    frame = read(packets[name], *deviations)

    assert (frame.st, frame.cn, frame.mn) == (system, command, station)
    assert len(parse_area(frame.area, Deviations()).factors) == factors


def test_n1_carries_the_sum_of_modbus_and_is_refused_unless_told(packets: dict[str, bytes]) -> None:
    assert (
        refused(packets["N1"]).detail == "the sum of Modbus instead of HJ 212's (tolerance crc_modbus is off)"
    )
    assert isinstance(parse_frame(packets["N1"], TOLERATED | {"crc_modbus"}), Received)


def test_n2_has_its_sum_the_wrong_way_round_and_is_refused_unless_told(packets: dict[str, bytes]) -> None:
    assert refused(packets["N2"]).detail == "the sum with its bytes swapped (tolerance crc_swapped is off)"
    assert isinstance(parse_frame(packets["N2"], TOLERATED | {"crc_swapped"}), Received)


def test_packet_numbers_flag_bits_and_back_fill_of_the_packets(packets: dict[str, bytes]) -> None:
    parts = [read(packets[name]) for name in ("P6", "P7")]

    assert [(part.pnum, part.pno, part.reply_wanted) for part in parts] == [(2, 1, True), (2, 2, True)]
    assert not read(packets["P3"]).reply_wanted
    assert not read(packets["P12"], "missing_qn", "missing_flag").reply_wanted


# --- round trip ---------------------------------------------------------------------------------------


@given(frames)
def test_a_frame_comes_back_as_it_was(frame: Hj212Frame) -> None:
    answer = parse_frame(build_frame(frame))

    assert isinstance(answer, Received), answer
    assert answer.frame == frame


@given(areas)
def test_a_data_area_comes_back_as_it_was(area: Area) -> None:
    seen = Deviations(frozenset())

    assert parse_area(build_area(area), seen) == area
    assert seen.names == []


@given(st.integers(0, 3), frames)
@example(0, SUM_OF_ZEROS)
def test_a_frame_that_lost_bytes_is_refused_or_passes_by_the_length_tolerance_alone(
    cut: int, frame: Hj212Frame
) -> None:
    """But for one digit of a sum of 0000, of which the other three say as much."""
    answer = parse_frame(build_frame(frame)[cut:-3])

    if isinstance(answer, Received) and "length_wrong" not in answer.deviations:
        assert (cut, answer.frame) == (0, frame)
        assert build_frame(frame).endswith(b"0000\r\n")
        assert "crc_digits" in answer.deviations


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(
            Hj212Frame(mn="A", cn="2011", area="x=" + "1" * 9999), id="longer than the length field can say"
        ),
        pytest.param(Hj212Frame(mn="A", cn="2011", pw="1;CN=9"), id="a separator in a field"),
        pytest.param(Hj212Frame(mn="A/B", cn="2011"), id="an MN that is none"),
        pytest.param(Hj212Frame(mn="A", cn="2011", area="a=1&&b=2"), id="the end mark in the data area"),
    ],
)
def test_what_could_not_be_read_back_is_not_built(frame: Hj212Frame) -> None:
    with pytest.raises(ValueError, match=r"no frame|a segment of"):
        build_frame(frame)


# --- each tolerance: on it passes and is named, off it is refused ---------------------------------------

BASE = (
    "QN=20240601085857223;ST=21;CN=2011;PW=123456;MN=010000A8900016F000169DC0;Flag=4;"
    "CP=&&DataTime=20240601085800&&"
)


def framed(segment: str, length: str = "", spelt: Callable[[bytes], bytes] = bytes) -> bytes:
    """A frame of any segment, its sum right and then spelt so."""
    raw = segment.encode()
    return f"##{length or f'{len(raw):04d}'}".encode() + raw + spelt(b"%04X" % crc16(raw))


def in_gbk(segment: str) -> bytes:
    """A frame in GBK, its sum right."""
    raw = segment.encode("gbk")
    return b"##%04d%b%04X" % (len(raw), raw, crc16(raw))


DEVIANT = {
    "missing_qn": framed(BASE.replace("QN=20240601085857223;", "")),
    "qn_form": framed(BASE.replace("20240601085857223", "20240601085857")),
    "missing_flag": framed(BASE.replace("Flag=4;", "")),
    "missing_password": framed(BASE.replace("PW=123456;", "")),
    "st_form": framed(BASE.replace("ST=21", "ST=101")),
    "mn_form": framed(BASE.replace("010000A8900016F000169DC0", "A110000_0001")),
    "unknown_field": framed(BASE.replace("Flag=4;", "Flag=4;XY=1;")),
    "comma_in_head": framed(BASE.replace("223;ST", "223,ST")),
    "packet_numbers": framed(BASE.replace("Flag=4;", "Flag=6;")),
    "rf_form": framed(BASE.replace("Flag=4;", "Flag=4;RF=0;")),
    "length_digits": framed(BASE, length=str(len(BASE))),
    "length_wrong": framed(BASE, length=f"{len(BASE) + 6:04d}"),
    "long_segment": framed(BASE.replace("&&Data", f"&&Note={'x' * 1024};Data")),
    "crc_case": framed(BASE.replace("PW=123456", "PW=123450"), spelt=bytes.lower),
    "crc_swapped": framed(BASE, spelt=lambda right: right[2:] + right[:2]),
    "crc_modbus": framed(BASE, spelt=lambda _: b"%04X" % modbus_crc16(BASE.encode())),
    "crc_digits": framed(BASE.replace("PW=123456", "PW=123474"), spelt=lambda right: right.lstrip(b"0")),
    "length_hex": framed(BASE, length=f"{len(BASE):04X}"),
    "blanks": framed(BASE.replace(";", "; ").replace("=2011", " = 2011")),
    "name_case": framed(BASE.replace("Flag", "FLAG").replace("ST=", "st=").replace("CP=", "cp=")),
    "area_marks": framed(BASE.replace("CP=&&", "CP=&")),
    "not_utf8": in_gbk(BASE.replace("&&Data", "&&Info=维护;Data")),
}
IN_THE_DATA = {
    "trailing_separator",
    "comma_between_items",
    "semicolon_within_item",
    "repeated_value",
    "milliseconds",
    "missing_separator",
    "missing_mark",
    "mark_case",
    "mark_of_all",
    "time_form",
    "mean_in_real_time",
    "real_time_in_interval",
    "old_code",
    "code_case",
}


def test_every_tolerance_has_its_deviant_here_or_among_the_readings() -> None:
    assert set(DEVIANT) | IN_THE_DATA == set(TOLERANCES)


@pytest.mark.parametrize("name", DEVIANT)
def test_a_deviation_passes_by_its_own_tolerance_and_by_no_other(name: str) -> None:
    everything = frozenset(TOLERANCES)

    answer = parse_frame(DEVIANT[name], everything)

    assert isinstance(answer, Received), answer
    assert answer.deviations == (name,)
    without = parse_frame(DEVIANT[name], everything - {name})
    assert isinstance(without, Refused)
    assert without.detail == f"{TOLERANCES[name].en} (tolerance {name} is off)"
    assert isinstance(parse_frame(DEVIANT[name]), Received) == TOLERANCES[name].on


def test_a_frame_to_the_letter_needs_no_tolerance() -> None:
    assert parse_frame(framed(BASE), frozenset()) == parse_frame(framed(BASE) + b"\r\n", frozenset())
    assert isinstance(parse_frame(framed(BASE), frozenset()), Received)


@pytest.mark.parametrize(
    ("area", "name"),
    [
        pytest.param("DataTime=1;;a1-Rtd=1;", "trailing_separator", id="separators with nothing after them"),
        pytest.param("a1-Rtd=1,a2-Rtd=2", "comma_between_items", id="comma between factors"),
        pytest.param("DataTime=1,a1-Rtd=1", "comma_between_items", id="comma after the time"),
        pytest.param("a1-Rtd=1;a1-Flag=N", "semicolon_within_item", id="semicolon within a factor"),
        pytest.param("a1-Rtd=1,a1-Rtd=1", "repeated_value", id="the same once more"),
    ],
)
def test_deviations_of_the_data_area(area: str, name: str) -> None:
    seen = Deviations()

    parse_area(area, seen)

    assert seen.names == [name]
    with pytest.raises(Malformed, match=f"tolerance {name} is off"):
        parse_area(area, Deviations(TOLERATED - {name}))


def test_two_different_values_in_one_frame_contradict_each_other() -> None:
    area = parse_area("a1-Rtd=1,a1-Flag=N;a2-Rtd=3,a2-Rtd=4", Deviations())

    assert area.contradicted == {"a2-Rtd"}


# --- strict where it matters --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("payload", "where", "words"),
    [
        pytest.param(b"", "##", "does not begin with ##", id="empty"),
        pytest.param(b"\r\n", "##", "does not begin with ##", id="line end only"),
        pytest.param(b"0101QN=1&&1C80", "##", "does not begin with ##", id="no mark"),
        pytest.param(b"##0001", "CRC", "four hex digits", id="nothing after the length"),
        pytest.param(b"##" + b"9" * 20_000, "length", "longer than any frame", id="too long"),
        pytest.param(framed(BASE)[:-4] + b"GGGG", "CRC", "four hex digits", id="a sum that is no hex"),
        pytest.param(
            framed(BASE).replace(b"PW=123456", b"PW=123457"), "CRC", "the segment gives", id="one digit"
        ),
        pytest.param(framed(BASE.replace("CP=&&", "")), "CP", "no CP=&&", id="no data area"),
        pytest.param(framed(BASE + "&&"), "CP", "more than one data area", id="data area closed twice"),
        pytest.param(
            framed(f"{BASE};CP=&&DataTime=20240601085900&&"), "CP", "more than one", id="two data areas"
        ),
        pytest.param(framed(BASE.replace("MN=010000A8900016F000169DC0;", "")), "MN", "no MN", id="no MN"),
        pytest.param(framed(BASE.replace("A8900016", "A/#+0016")), "MN", "MN", id="an MN no topic can hold"),
        pytest.param(framed(BASE.replace("CN=2011;", "")), "CN", "no CN", id="no CN"),
        pytest.param(
            framed(BASE.replace("CN=2011", "CN=20l1")), "CN", "CN '20l1'", id="a CN that is not a number"
        ),
        pytest.param(framed(BASE.replace("CN=2011", "CN=2011;CN=2051")), "CN", "two different", id="two CN"),
        pytest.param(framed(BASE.replace("Flag=4", "Flag=256")), "Flag", "0 to 255", id="Flag above 8 bits"),
        pytest.param(
            framed(BASE.replace("Flag=4", "Flag=6;PNUM=2;PNO=3")), "PNO", "not from 1 to", id="part 3 of 2"
        ),
        pytest.param(framed(BASE.replace("Flag=4", "Flag=6;PNUM=2;PNO=x")), "PNUM", "numbers", id="part x"),
        pytest.param(
            framed(BASE.replace("Flag=4", "Flag=8;{0xE41B}")), "head", "not name=value", id="no name"
        ),
    ],
)
def test_what_is_wrong_is_said_and_where(payload: bytes, where: str, words: str) -> None:
    answer = refused(payload)

    assert answer.where == where
    assert words in answer.detail


def test_an_encrypted_frame_is_named_for_what_it_is() -> None:
    """The sum of HJ 212-2025 is taken before SM4, so it never fits what is on the wire."""
    plain = crc16(BASE.encode())
    segment = BASE.replace("DataTime=20240601085800", "{0xE41BD9}").encode()

    assert "SM4" in refused(b"##%04d%b%04X" % (len(segment), segment, plain)).detail


@pytest.mark.parametrize(
    "segment",
    [
        pytest.param(BASE[:-2], id="no && behind"),
        pytest.param(BASE[:-1], id="one & behind"),
        pytest.param(BASE.replace("CP=&&", "CP="), id="no && before"),
        pytest.param(BASE.replace("CP=&&", "CP=&")[:-1], id="one & on either side"),
        pytest.param(BASE.replace("CP=&&", "cp=&"), id="one &, and small letters"),
    ],
)
def test_the_data_area_is_found_without_its_marks(segment: str) -> None:
    assert read(framed(segment), "area_marks").area == "DataTime=20240601085800"


@pytest.mark.parametrize(
    ("payload", "names"),
    [
        pytest.param(
            framed(BASE, length=f"{len(BASE):4d}"), ["length_digits"], id="length padded with blanks"
        ),
        pytest.param(framed(BASE, length=f"{len(BASE):04X}"), ["length_hex"], id="length in hex"),
        pytest.param(
            framed(BASE.replace("QN=", "Note=123456789012;QN="), length="0080"),
            ["length_hex", "unknown_field"],
            id="length in hex, of digits only",
        ),
        pytest.param(framed(BASE) + b"\0", [], id="a NUL behind"),
        pytest.param(framed(BASE) + b" \0\r\n", [], id="a blank and a NUL before the end of line"),
    ],
)
def test_around_the_segment(payload: bytes, names: list[str]) -> None:
    assert read(payload, *names).area == "DataTime=20240601085800"


def test_chinese_text_reads_the_same_in_gbk_and_in_utf8() -> None:
    named = BASE.replace("&&Data", "&&Info=维护;Data")

    assert read(in_gbk(named), "not_utf8") == read(framed(named))


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        pytest.param(BASE.replace("CP=&&", ""), ("2011", 4), id="no data area"),
        pytest.param(BASE.replace("CN=2011", "CN=20l1"), ("", 4), id="a CN that is not a number"),
        pytest.param(
            BASE.replace("Flag=4", "Flag=256"), ("2011", 1), id="Flag above 8 bits asks for a reply"
        ),
        pytest.param(BASE.replace("Flag=4;", ""), ("2011", None), id="no Flag"),
        pytest.param(f"{BASE};CP=&&DataTime=20240601085900&&", ("2011", 4), id="two data areas"),
        pytest.param(BASE.replace("CN=2011", "cn = 2011"), ("2011", 4), id="blanks and small letters"),
    ],
)
def test_a_frame_that_is_refused_says_who_sent_it_if_its_sum_is_right(
    segment: str, expected: tuple[str, int | None]
) -> None:
    stated = stated_frame(framed(segment))

    assert stated is not None
    assert (stated.cn, stated.flag) == expected
    assert (stated.mn, stated.pw, stated.qn) == ("010000A8900016F000169DC0", "123456", "20240601085857223")
    assert stated_frame(framed(segment)[:-4] + b"0000") is None


def test_a_length_in_characters_is_as_good_as_one_in_bytes() -> None:
    """HJ 212-2017 says characters, one implementer of 2025 bytes; they differ only in Chinese text."""
    named = BASE.replace("&&Data", "&&Info=维护;Data")

    assert parse_frame(framed(named, length=f"{len(named):04d}")) == parse_frame(framed(named))


# --- nothing raises -----------------------------------------------------------------------------------


@pytest.mark.real
def test_100_000_arbitrary_inputs_end_in_a_frame_or_a_refusal(field_frames: list[dict[str, Any]]) -> None:
    """Bytes of any kind, and recorded frames with bytes changed, cut, doubled and summed anew."""
    dice = random.Random(212)
    originals = [row["frame"].encode() for row in field_frames]
    outcomes = Counter(type(parse_frame(garbled(dice, originals))).__name__ for _ in range(100_000))

    assert outcomes["Refused"] > 10_000
    assert outcomes["Received"] > 1_000
    assert outcomes.total() == 100_000


def garbled(dice: random.Random, originals: list[bytes]) -> bytes:
    if dice.random() < 0.2:
        return dice.randbytes(dice.randrange(64))
    segment = bytearray(dice.choice(originals)[6:-4])
    for _ in range(dice.randrange(4)):
        at = dice.randrange(len(segment))
        piece = dice.choice(
            [b"", b"&&", b";", b",", b"=", b"-", b"##", dice.randbytes(2), segment[at : at + 9]]
        )
        segment[at : at + dice.randrange(3)] = piece
    whole = b"##%04d%b%04X" % (min(len(segment), 9999), bytes(segment), crc16(bytes(segment)))
    return whole[: dice.choice([len(whole), len(whole), dice.randrange(len(whole))])]


@given(st.binary(max_size=LONGEST_FRAME + 10))
def test_any_bytes_are_a_value(payload: bytes) -> None:
    assert isinstance(parse_frame(payload), (Received, Refused))
    assert isinstance(parse_frame(b"##0010" + payload), (Received, Refused))


@given(st.text(max_size=200))
def test_any_data_area_is_taken_apart_or_refused(text: str) -> None:
    with suppress(Malformed):
        assert isinstance(parse_area(text, Deviations()), Area)
