import json
from pathlib import Path
from typing import Any

import pytest

from sensors.decoding.hj212.frame import build_frame
from sensors.decoding.hj212.segment import Hj212Frame
from tests.support.paths import ROOT
from tests.support.typed_command import type_command

PACKETS = ROOT / "tests" / "sensors" / "decoding" / "hj212" / "packets.txt"

STATION = """
[[site]]
id = "station-1"
medium = "water"
name = { zh = "一号站", en = "Station 1" }
mn = "A110000_0001"
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param([], "exactly one of", id="no password at all"),
        pytest.param(["--any-password", "--passwords", "PASSWORDS"], "exactly one of", id="two ways"),
        pytest.param(
            ["--any-password", "--listen", "0.0.0.0:9212"], "which others can reach", id="open to the world"
        ),
        pytest.param(["--any-password", "--listen", "9212"], "not an address", id="no host"),
        pytest.param(["--passwords", "missing"], "missing: No such file", id="no password file"),
        pytest.param(["--passwords", "BAD"], "line 2: not of the form", id="bad password file"),
        pytest.param(["--any-password", "--tls-key", "key"], "--tls-key: needs --tls-cert", id="key alone"),
        pytest.param(["--any-password", "--tls-cert", "cert"], "cert: No such file", id="no certificate"),
        pytest.param(
            ["--any-password", "--listen", "192.0.2.1:9212"], "which others can reach", id="elsewhere"
        ),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], words: str, tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text(STATION)
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["stations.toml"]\n')
    (tmp_path / "PASSWORDS").write_text("* 123456\n")
    (tmp_path / "BAD").write_text("# ours\nA110000_0001\n")
    named = [str(tmp_path / word) if word in {"PASSWORDS", "BAD"} else word for word in arguments]

    ended = type_command("gateway", "-c", str(tmp_path / "liangqu.toml"), *named)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_tolerance_that_is_none_is_a_mistake_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text('[hj212]\nrefuse = ["crc"]\n', encoding="utf-8")

    ended = type_command("gateway", "-c", str(tmp_path / "liangqu.toml"), "--any-password")

    assert ended.returncode == 2
    assert "there is no tolerance crc; there are " in ended.stderr
    assert " code_case, " in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_without_any_mn_there_is_nobody_to_let_in() -> None:
    ended = type_command("gateway", "--any-password")

    assert ended.returncode == 2
    assert "no site of the catalogue has an `mn`" in ended.stderr


def decoded(source: Path, *options: str) -> tuple[int, list[dict[str, Any]], str]:
    ended = type_command("hj212", "decode", str(source), *options)
    return ended.returncode, [json.loads(line) for line in ended.stdout.splitlines()], ended.stderr


def test_decode_says_what_is_in_each_packet_and_what_is_wrong() -> None:
    code, lines, words = decoded(PACKETS)

    frames = [line for line in lines if "missing" not in line]
    assert code == 1
    assert [line["ok"] for line in frames] == [True] * 15 + [False] * 2 + [True] * 2
    refused = [(line["mn"], line["where"], line["detail"]) for line in frames if not line["ok"]]
    assert refused == [
        ("ABCDEFG1234567", "CRC", "the sum of Modbus instead of HJ 212's (tolerance crc_modbus is off)"),
        ("JH0201712SD8763", "CRC", "the sum with its bytes swapped (tolerance crc_swapped is off)"),
    ]
    assert frames[1]["factors"]["w20120"] == {"Avg": "0.00011", "Flag": "N"}
    assert frames[6]["command"] == {"zh": "污染物小时数据", "en": "hour values"}
    # P10 is the first of two parts; P6 and P7 are whole together.
    assert [line["missing"] for line in lines if "missing" in line] == [[2]]
    assert words.startswith("17 frames, 2 refused, ")


def test_tolerances_are_switched_by_name() -> None:
    code, lines, _ = decoded(
        PACKETS, "--tolerate", "crc_modbus", "--tolerate", "crc_swapped", "--refuse", "crc_case"
    )

    wrong = [line["detail"] for line in lines if not line["ok"] and "missing" not in line]
    assert code == 1
    assert wrong == ["the sum in lower case (tolerance crc_case is off)"] * 3


def test_a_station_of_the_catalogue_is_shown_as_readings(tmp_path: Path) -> None:
    (tmp_path / "stations.toml").write_text(STATION, encoding="utf-8")
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["stations.toml"]\n', encoding="utf-8")

    _, lines, _ = decoded(PACKETS, "-c", str(tmp_path / "liangqu.toml"))

    (ours,) = [line for line in lines if line["mn"] == "A110000_0001"]
    assert ours["readings"][0] == {
        "site": "station-1",
        "parameter": "water_temp",
        "kind": "rtd",
        "time": "2026-07-06T10:30:00+08:00",
        "value": 28.6,
        "flag": "N",
    }
    assert ours["refused"] == []


def test_encode_makes_the_frames_again_that_decode_read(tmp_path: Path) -> None:
    """P1, P2, P3 and the others that are written to the letter come back byte for byte."""
    ended = type_command("hj212", "decode", str(PACKETS))
    kept = [line for line in ended.stdout.splitlines() if '"ok":true' in line]
    (tmp_path / "lines").write_text("\n".join(kept), encoding="utf-8")

    made = type_command("hj212", "encode", str(tmp_path / "lines"))

    packets = [line.split(" ", 1) for line in PACKETS.read_text(encoding="utf-8").splitlines()]
    spelt_otherwise = {"P4", "P14", "N1", "N2", "N3", "N4"}
    wanted = [frame for name, frame in packets if name != "#" and name not in spelt_otherwise]
    assert made.returncode == 0
    assert set(wanted) <= set(made.stdout.splitlines())
    assert len(made.stdout.splitlines()) == len(kept)


def test_encode_takes_factors_and_names_the_line_that_is_no_frame(tmp_path: Path) -> None:
    good = {
        "mn": "A1",
        "cn": "2011",
        "fields": {"DataTime": "20260706080000"},
        "factors": {"w01001": {"Rtd": "7"}},
    }
    lines = [json.dumps(good), '{"mn": "A/1", "cn": "2011"}', '{"cn": 5}', "[]", "{"]
    (tmp_path / "lines").write_text("\n".join(lines), encoding="utf-8")

    ended = type_command("hj212", "encode", str(tmp_path / "lines"))

    assert ended.returncode == 1
    area = "DataTime=20260706080000;w01001-Rtd=7"
    assert ended.stdout.encode() == build_frame(Hj212Frame(mn="A1", cn="2011", area=area)).replace(
        b"\r\n", b"\n"
    )
    assert [line.split(": ")[2] for line in ended.stderr.splitlines()] == [
        f"line {number}" for number in (2, 3, 4, 5)
    ]


def test_encode_keeps_no_line_without_an_end_in_memory(tmp_path: Path) -> None:
    good = b'{"mn": "A1", "cn": "2011", "area": "DataTime=20260301000000"}\n'
    (tmp_path / "lines").write_bytes(b"\0" * 3_000_000 + b"\n" + good)

    ended = type_command("hj212", "encode", str(tmp_path / "lines"))

    assert ended.returncode == 1
    assert f"line 1: longer than {262_144} bytes" in ended.stderr
    assert ended.stdout.startswith("##")


@pytest.mark.parametrize("command", ["decode", "encode"])
def test_a_file_that_is_not_there_is_one_line(command: str) -> None:
    ended = type_command("hj212", command, "nowhere")

    assert (ended.returncode, ended.stderr) == (2, "liangqu: nowhere: No such file or directory\n")
