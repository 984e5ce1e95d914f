"""Tables opened: encoding, what separates cells, where the head stands; hostile files are one line."""

import contextlib
import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.importing.csv_lines import LONGEST
from ingest.importing.tables import workbook
from ingest.importing.tables.encoding import check_encoding, encoding_of
from ingest.importing.tables.table import Table, TableOptions
from sensors.catalogue import loader
from sensors.decoding.tables.headings import Headings

HEADINGS = Headings(loader.load())


def opened(content: bytes | str, options: TableOptions | None = None) -> Table:
    raw = content.encode() if isinstance(content, str) else content
    return Table(io.BytesIO(raw), HEADINGS, options)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        pytest.param(b"plain", "utf-8", id="ASCII"),
        pytest.param("后城".encode(), "utf-8", id="UTF-8"),
        pytest.param("后城".encode()[:-1], "utf-8", id="UTF-8, cut in the middle of a sign"),
        pytest.param("后城,八号桥".encode("gbk"), "gb18030", id="GBK"),
        pytest.param("后城,八号桥".encode("gbk") + b"\xb0", "gb18030", id="GBK, cut in the middle of a sign"),
        pytest.param("后城,八号桥,".encode() + b"\xb0\xa1", "utf-8", id="UTF-8 with a damaged cell"),
        pytest.param("\ufeff后".encode(), "utf-8-sig", id="mark"),
        pytest.param("后".encode("utf-16"), "utf-16", id="UTF-16"),
        pytest.param(b"\x80\x81\xff", "utf-8", id="neither"),
    ],
)
def test_the_encoding_is_told_by_the_first_bytes(content: bytes, encoding: str) -> None:
    assert encoding_of(content) == encoding


@pytest.mark.parametrize(("name", "found"), [("GBK", "gb18030"), ("gb2312", "gb18030"), ("UTF8", "utf-8")])
def test_an_encoding_by_its_name(name: str, found: str) -> None:
    assert check_encoding(name) == found


@pytest.mark.parametrize("name", ["hex", "zlib", "rot13", "base64", "klingon", "a\0b", ""])
def test_what_is_no_encoding_of_text(name: str) -> None:
    with pytest.raises(ValueError, match="there is no encoding"):
        check_encoding(name)


@pytest.mark.parametrize(
    ("text", "header", "line", "delimiter"),
    [
        pytest.param("site,time,pm25\na,0,1\n", ["site", "time", "pm25"], 1, ",", id="plain"),
        pytest.param("site;time;pm25\na;0;1\n", ["site", "time", "pm25"], 1, ";", id="semicolons"),
        pytest.param("a|b|pm25\n1|2|3\n", ["a", "b", "pm25"], 1, "|", id="bars"),
        pytest.param("no,known\n1,2\n", ["no", "known"], 1, ",", id="nothing known: the first line"),
        pytest.param("一月报表\n\n站点,氨氮\na,1\n", ["站点", "氨氮"], 3, ",", id="a title and a blank line"),
        pytest.param("站点,氨氮\n,mg/L\na,1\n", ["站点", "氨氮(mg/L)"], 2, ",", id="units below"),
        pytest.param("站点,氨氮\n-,-\n", ["站点", "氨氮"], 1, ",", id="dashes are no units"),
        pytest.param("站点,氨氮\na,NH3-N\nb,1\n", ["站点", "氨氮"], 1, ",", id="a symbol in a row of data"),
        pytest.param(
            "断面,五参数,,氨氮\n,pH,溶解氧,\na,7,8,1\n",
            ["断面", "pH", "溶解氧", "氨氮"],
            2,
            ",",
            id="merged heads",
        ),
        pytest.param(
            "站点,PM2.5,,O3,\n,小时值,24小时均值,1h,8h\na,1,2,3,4\n",
            ["站点", "PM2.5小时值", "PM2.524小时均值", "O31h", "O38h"],
            2,
            ",",
            id="spans below merged names",
        ),
        pytest.param(
            '站点,"氨氮\n(mg/L)"\na,1\n', ["站点", "氨氮\n(mg/L)"], 2, ",", id="a break in a heading"
        ),
        pytest.param("codmn,tp,,\n3,1,,\n", ["codmn", "tp"], 1, ",", id="blank columns at the end"),
    ],
)
def test_the_head_of_a_table(text: str, header: list[str], line: int, delimiter: str) -> None:
    with opened(text) as table:
        assert (table.header, table.header_line, table.delimiter) == (header, line, delimiter)
        assert "".join(table.lines()) == "".join(text.splitlines(keepends=True)[line:])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "there is no header", id="nothing"),
        pytest.param(b"\n\n", "there is no header", id="blank lines"),
        pytest.param(b"a\0b,c\n", "not UTF-8 text", id="a NUL"),
        pytest.param(b"\x80\xff,c\n", "--encoding names another", id="no text"),
        pytest.param(b'"site,time\n1,2\n', "line 1: quotes", id="an open quote"),
        pytest.param(b"1" * (LONGEST + 5), "the header is longer", id="without an end"),
        pytest.param(workbook.OLD_MAGIC, "Excel 97 to 2003; save it as .xlsx", id="old workbook"),
        pytest.param(workbook.MAGIC + b"\0\0", "not a workbook", id="a zip that is none"),
        pytest.param(b"ph;tp\n7,5;1.2\n", "--decimal says which one counts", id="two decimal marks"),
    ],
)
def test_what_is_no_table_is_one_line(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=r"^standard input: ") as refused:
        opened(content)

    assert words in str(refused.value)


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: b"site,time,pm25\n" + tail))
def test_no_file_is_too_strange(content: bytes) -> None:
    with contextlib.suppress(ValueError), opened(content) as table:
        list(table.lines())


def _packed(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return out.getvalue()


def _saved(rows: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(_packed({"a.txt": b"x"}), "not a workbook", id="a zip of something else"),
        pytest.param(_saved([["氨氮"]])[:-200], "not a workbook", id="cut"),
        pytest.param(_saved([]), "there is no header", id="empty sheet"),
        pytest.param(
            _packed({"xl/sharedStrings.xml": bytes(workbook.LARGEST_TEXTS + 1)}), "MB unpacked", id="a bomb"
        ),
    ],
)
def test_workbooks_that_are_none(content: bytes, words: str, tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    file.write_bytes(content)

    with pytest.raises(ValueError, match=r"x\.xlsx: ") as refused:
        Table(file, HEADINGS)

    assert words in str(refused.value)


def test_a_sheet_that_is_left_half_way_is_given_back(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    numbers: list[list[object]] = [[n / 7] for n in range(500)]
    file.write_bytes(_saved([["氨氮"], *numbers]))

    with Table(file, HEADINGS) as table:
        rows = table.rows()
        next(rows)

    assert str(file) not in {os.path.realpath(each) for each in Path("/proc/self/fd").iterdir()}


def test_a_sheet_that_is_damaged_is_said_with_its_row(tmp_path: Path) -> None:
    file = tmp_path / "x.xlsx"
    numbers: list[list[object]] = [[n / 7] for n in range(5000)]
    whole = _saved([["氨氮"], *numbers])
    with zipfile.ZipFile(io.BytesIO(whole)) as packed:
        entries = {entry: packed.read(entry) for entry in packed.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    file.write_bytes(_packed(entries | {sheet: entries[sheet][: len(entries[sheet]) // 2]}))

    with Table(file, HEADINGS) as table, pytest.raises(ValueError, match=r"damaged after row [0-9]{4}"):
        list(table.rows())


def test_a_packed_file(tmp_path: Path) -> None:
    file = tmp_path / "x.csv.gz"
    file.write_bytes(gzip.compress("站点,氨氮\n后城,1\n".encode("gbk")))

    with Table(file, HEADINGS) as table:
        assert (table.header, list(table.lines())) == (["站点", "氨氮"], ["后城,1\n"])
