"""Files as no friend would write them, for the command that reads them: one line and the right exit code."""

import gzip
import resource
import struct
import zlib
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from tests.liangqu.cli.test_import import Place

DEEP = 100_000
FEED = "<R><AQIDataPublishLive><StationCode>1057A</StationCode></AQIDataPublishLive></R>"
TABLE = "省份,断面名称,监测时间,pH(无量纲),站点情况\n河北省,八号桥,04-01 04:00,8.38,正常\n"
GZIP = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"  # RFC 1952: deflate, no name, no time
MEGABYTES = 200  # of zeros, in two hundred kilobytes


def _bomb(head: bytes = b"") -> bytes:
    """One gzip file of `head` and the zeros: a megabyte of them, packed once, again and again."""
    packer, zeros = zlib.compressobj(wbits=-zlib.MAX_WBITS), bytes([48]) * 1024**2
    first = packer.compress(head) + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = reduce(lambda sum_, _: zlib.crc32(zeros, sum_), range(MEGABYTES), zlib.crc32(head))
    end = struct.pack("<II", checksum, len(head) + MEGABYTES * len(zeros))
    return GZIP + first + megabyte * MEGABYTES + packer.flush() + end


def _toml(key: str) -> bytes:
    return f"{key} = ".encode() + b"[" * DEEP


def _tree(opened: bytes, closed: bytes, depth: int, inside: bytes = b"") -> bytes:
    return opened * depth + inside + closed * depth


# What `check` is given: which key of the settings names the file ("" = the settings themselves).
SETTINGS = [
    pytest.param("", _toml("mqtt"), "nested too deeply", id="settings, arrays 100,000 deep"),
    pytest.param("", b"a = " + b"{b = " * DEEP, "nested too deeply", id="settings, tables 100,000 deep"),
    pytest.param("", b"mqtt." + b"a." * 5_000 + b"a = 1", "unknown", id="settings, a key 5,000 deep"),
    pytest.param("", b"[mqtt]\nport = " + b"9" * 5_000, "digits", id="settings, 5,000 digits"),
    pytest.param("", b"[mqtt]\nport = 1e400", "port", id="settings, beyond the floats"),
    pytest.param("", b"[mqtt]\nhost = '\xff'", "not UTF-8", id="settings, no UTF-8"),
    pytest.param("catalogue.extra", _toml("site"), "nested too deeply", id="catalogue, arrays"),
    pytest.param(
        "catalogue.extra", b"[[site]]\nlon = " + b"9" * 5_000, "digits", id="catalogue, 5,000 digits"
    ),
    pytest.param("catalogue.extra", b"site = 1", "[[site]]", id="catalogue, no table"),
    pytest.param("alerts.rules", _toml("rule"), "nested too deeply", id="rules, arrays"),
    pytest.param("alerts.rules", b"rule = [1, 'a']", "rule 1", id="rules, no tables"),
    pytest.param("alerts.notify_file", _toml("channel"), "nested too deeply", id="notify file, arrays"),
    pytest.param(
        "alerts.notify_file", b"channel = [[[1]]]\nperson = 3", "channel 1", id="notify file, no tables"
    ),
    pytest.param(
        "alerts.notify_file",
        b"[[channel]]\nid = 'a'\nwebhook = 'http://[::1'",
        "channel a",
        id="notify file, an address cut in two",
    ),
    pytest.param(
        "alerts.notify_file",
        b"[[channel]]\nid = 'a'\nurl = 'http://[::1'",
        "channel a",
        id="notify file, an apprise address cut in two",
    ),
    pytest.param(
        "alerts.notify_file",
        b"[heartbeat]\nurl = 'http://[::1'",
        "heartbeat.url",
        id="heartbeat, cut in two",
    ),
    pytest.param("mqtt.password_file", b"\xff\xfe\xfa", "mqtt.password_file", id="password, no UTF-8"),
    pytest.param("influxdb.token_file", b"a\0b", "influxdb.token_file", id="token, a NUL"),
]


@pytest.mark.parametrize(("key", "content", "words"), SETTINGS)
def test_settings_and_what_they_name(key: str, content: bytes, words: str, tmp_path: Path) -> None:
    settings = tmp_path / "liangqu.toml"
    (tmp_path / "other").write_bytes(content)
    section, _, name = key.partition(".")
    named = '["other"]' if name in {"extra", "rules"} else '"other"'
    more = 'org = "o"\n' if name == "token_file" else ""
    settings.write_bytes(f"[{section}]\n{name} = {named}\n{more}".encode() if key else content)

    done = CliRunner().invoke(app, ["check", "-c", str(settings)])

    assert isinstance(done.exception, ProblemError), done.exception
    assert done.exception.exit_code == 2
    assert words in str(done.exception)
    assert all(len(line) < 2_000 and "\r" not in line for line in done.exception.lines)
    assert str(tmp_path) in str(done.exception) or "notify_file" in str(done.exception)


IMPORTS = [
    pytest.param("csv", "x.csv.gz", b"no gzip", 2, "damaged", id="csv, packed by nobody"),
    pytest.param(
        "csv", "x.csv.gz", gzip.compress(b"site,time,pm25\n" * 9999)[:60], 1, "damaged", id="csv, cut"
    ),
    pytest.param("csv", "x.csv.gz", _bomb(), 2, "header is longer", id="csv, a bomb for a header"),
    pytest.param(
        "csv",
        "x.csv.gz",
        _bomb(b"site,time,pm25\nwujinku,"),
        1,
        "items refused: 1",
        id="csv, a bomb of a cell",
    ),
    pytest.param(
        "csv",
        "x.csv",
        b'site,time,pm25\nwujinku,"' + b"1" * 200_000 + b'",1\n',
        1,
        "items refused: 1",
        id="csv, a quoted cell of 200 kB",
    ),
    pytest.param(
        "csv", "x.csv", b"a," * 100_000 + b"\n", 2, "stands twice", id="csv, 100,000 columns of a name"
    ),
    pytest.param("csv", "x.csv", b"\xff\xfea,b\n", 2, "has no column site", id="csv, UTF-16, odd"),
    pytest.param("csv", "x.csv", b"", 2, "no header", id="csv, nothing"),
    pytest.param("cnemc-air", "x.xml.gz", b"no gzip", 1, "damaged", id="air, packed by nobody"),
    pytest.param("cnemc-air", "x.xml.gz", gzip.compress(FEED.encode())[:40], 1, "damaged", id="air, cut"),
    pytest.param("cnemc-air", "x.xml.gz", _bomb(), 1, "more than 64 MB", id="air, a bomb"),
    *(
        pytest.param(
            "cnemc-air",
            "x.xml",
            f'<?xml version="1.0" encoding="{name}"?>{FEED}'.encode(),
            1,
            "the feed is in UTF-8",
            id=f"air, encoding {name}",
        )
        for name in ("nope", "gb2312", "hex", "idna", "unicode_escape", "utf-7", "cp037")
    ),
    pytest.param("cnemc-air", "x.xml", _tree(b"<a>", b"</a>", DEEP), 0, "0 stored", id="air, 100,000 deep"),
    pytest.param("cnemc-air", "x.xml", b"<a>" * DEEP, 1, "not XML", id="air, 100,000 deep and never closed"),
    pytest.param(
        "cnemc-air",
        "x.xml",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        1,
        "a document type",
        id="air, entities",
    ),
    pytest.param("cnemc-air", "x.xml", b"\0" * 1000, 1, "not XML", id="air, NULs"),
    pytest.param("cnemc-water", "x.json", b'{"a":' * DEEP, 1, "nested too deeply", id="water, 100,000 deep"),
    pytest.param(
        "cnemc-water",
        "x.json",
        b'{"thead":[],"tbody":[' + _tree(b"[", b"]", DEEP) + b"]}",
        1,
        "nested too deeply",
        id="water, a cell 100,000 deep",
    ),
    pytest.param(
        "cnemc-water", "x.json", b'{"thead":["\xff"]}', 1, "byte 11 is not UTF-8", id="water, no UTF-8"
    ),
    pytest.param(
        "cnemc-water", "x.json", b'{"thead":{}}', 1, "not the water feed", id="water, another shape"
    ),
    pytest.param("cnemc-water", "x.json.gz", _bomb(b'{"'), 1, "more than 64 MB", id="water, a bomb"),
    pytest.param(
        "cnemc-water",
        "x.csv",
        f"{TABLE}{'8' * 200_000},b\n".encode(),
        1,
        "field limit",
        id="water, a cell of 200 kB",
    ),
    pytest.param("cnemc-water", "x.csv", b"\xff\n", 1, "not UTF-8", id="water, csv no UTF-8"),
]


@pytest.fixture
def _little_memory() -> Iterator[None]:
    """A hundred megabytes more than now: what unpacks a bomb whole, or keeps a line of it, fails."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 160 * 1024**2, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.usefixtures("_little_memory")
@pytest.mark.parametrize(("form", "name", "content", "code", "words"), IMPORTS)
def test_imported_files(form: str, name: str, content: bytes, code: int, words: str, tmp_path: Path) -> None:
    place = Place(tmp_path)
    file = tmp_path / name
    file.write_bytes(content)
    zone = ("--tz", "Asia/Shanghai") if form == "csv" else ("--day", "2021-04-30")

    found, said = place.run("import", "--format", form, *zone, str(file))

    assert (found, words in said) == (code, True), said[-2_000:]
    assert said.count("\n") <= 3
    assert len(said) < 4_000


def test_a_day_that_is_none_is_named(tmp_path: Path) -> None:
    place = Place(tmp_path)
    header, row = TABLE.splitlines()

    said = place.run(
        "import", "--format", "cnemc-water", place.file(f"file_date,{header}\n\x1b[2J,{row}\n", "x.csv")
    )

    assert said == (1, f"{tmp_path}/x.csv: line 2: file_date: '\\x1b[2J' is no date")


ASSESSED = [
    pytest.param(
        "water", b"ph\n" + b"7" * 120_000 + b"x\n", 1, "is not a number", id="120,000 digits and an x"
    ),
    pytest.param("water", b"ph\n" + b"7" * 200_000 + b"\n", 1, "field limit", id="a cell of 200 kB"),
    pytest.param("water", b'ph\n"' + b"7\n" * 200_000, 1, "field limit", id="a quote that never ends"),
    pytest.param("water", b"ph\n\xff\n", 1, "not UTF-8", id="no UTF-8"),
    pytest.param(
        "air", b"time,pm25\n" + b"9" * 5_000 + b",1\n", 1, "is no time", id="a time of 5,000 digits"
    ),
    pytest.param(
        "air", b"time,pm25\n99999999999999999,1\n", 1, "is no time", id="a time beyond the calendar"
    ),
]


@pytest.mark.parametrize(("medium", "content", "code", "words"), ASSESSED)
def test_assessed_files(medium: str, content: bytes, code: int, words: str, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)

    done = CliRunner().invoke(app, ["assess", medium, str(file)])

    found = done.exception.exit_code if isinstance(done.exception, ProblemError) else done.exit_code
    assert not isinstance(done.exception, Exception) or isinstance(done.exception, ProblemError)
    assert (found, words in f"{done.output}{done.exception}") == (code, True)


ENCODED = [
    pytest.param(b'{"a":' * 20_000, "nested too deeply", id="objects 20,000 deep"),
    pytest.param(b'{"mn":"m","cn":"2011","x":' + b"[" * 20_000 + b"}", "nested too deeply", id="arrays"),
    pytest.param(b'{"mn":"\xff"}', "byte 7 is not UTF-8", id="no UTF-8"),
    pytest.param(b'{"mn":"m","cn":"2011","flag":' + b"9" * 5_000 + b"}", "out of range", id="5,000 digits"),
    pytest.param(b'{"mn":"\\ud800","cn":"2011"}', "surrogate", id="half a character"),
    pytest.param(b"[1]", "object", id="an array"),
]


@pytest.mark.parametrize(("line", "words"), ENCODED)
def test_frames_to_encode(line: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "frames.jsonl"
    file.write_bytes(line + b"\n")

    done = CliRunner().invoke(app, ["hj212", "encode", str(file)])

    assert done.exit_code == 1
    assert "line 1: " in done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
