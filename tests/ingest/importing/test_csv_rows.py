"""CSV (docs/reference/csv.md) becomes rows, bad cells with the reasons of messages, or nothing."""

import gzip
import io
import re
import tracemalloc
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.importing import csv_lines, csv_rows
from ingest.importing.cells import BadCell, CsvReading, number
from ingest.importing.csv_rows import RowOptions, rows
from sensors.catalogue import loader
from tests.support.paths import REAL

CATALOGUE = loader.load()
SHANGHAI = ZoneInfo("Asia/Shanghai")
EIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def read(text: str, **options: object) -> list[CsvReading | BadCell]:
    stream = io.BytesIO(text.encode(errors="surrogateescape"))
    return list(rows(stream, CATALOGUE, RowOptions(**options)))  # type: ignore[arg-type]


def the_row(text: str, **options: object) -> CsvReading:
    (cell,) = read(text, **options)
    assert isinstance(cell, CsvReading), cell
    return cell


def the_bad_cell(text: str, **options: object) -> BadCell:
    (cell,) = read(text, **options)
    assert isinstance(cell, BadCell), cell
    return cell


def test_a_long_row_carries_its_flag_and_kind() -> None:
    text = "site,parameter,time,value,flag,kind\nyanchang,pm25,2026-11-22T08:00:00+08:00,31.2,M,hour\n"

    assert read(text) == [CsvReading("yanchang", "pm25", EIGHT, 31.2, "M", "hour", 2)]


def test_what_was_sent_is_read_instead_of_what_counted_in_its_place() -> None:
    text = "site,parameter,time,value,sent\nyanchang,pm25,2026-11-22T08:00:00+08:00,1,{}\n"

    assert the_row(text.format("-3")).value == -3.0
    assert the_row(text.format(" ")).value == 1.0
    assert the_row(text.format("")).value == 1.0


def test_a_wide_line_gives_a_row_for_each_cell() -> None:
    """A row for each measured cell, in the order of the columns."""
    text = "time,site,pm10,a34004,kind\n2026-11-22T00:00:00Z,yanchang,54,31.2,hour\n1795305600000,x,,7,\n"

    assert read(text) == [
        CsvReading("yanchang", "pm10", EIGHT, 54.0, "N", "hour", 2),
        CsvReading("yanchang", "a34004", EIGHT, 31.2, "N", "hour", 2),
        CsvReading("x", "a34004", EIGHT, 7.0, "N", "rtd", 3),
    ]


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        pytest.param("2026-11-22T08:00:00+08:00", EIGHT, id="offset"),
        pytest.param("2026-11-22T00:00:00Z", EIGHT, id="utc"),
        pytest.param("1795305600000", EIGHT, id="epoch milliseconds"),
        pytest.param("2026-11-22 08:00", EIGHT, id="without offset, in tz"),
        pytest.param("2026-11-21T24:00:00Z", EIGHT, id="24:00 is the next day's 00:00"),
        pytest.param("2026-11-21 24:00", EIGHT - timedelta(hours=8), id="24:00 in tz"),
        pytest.param(" 2026-11-22T00:00:00Z ", EIGHT, id="spaces around"),
    ],
)
def test_times(time: str, expected: datetime) -> None:
    assert the_row(f"site,time,pm25\na,{time},1\n", tz=SHANGHAI).time == expected


@pytest.mark.parametrize(
    ("row", "column", "reason", "text"),
    [
        pytest.param("a,pm25,,1,N,rtd", "time", "no_time", "", id="no time"),
        pytest.param("a,pm25,yesterday,1,N,rtd", "time", "bad_time", "yesterday", id="time is text"),
        pytest.param(
            "a,pm25,2026-02-30T00:00Z,1,N,rtd", "time", "bad_time", "2026-02-30T00:00Z", id="no such day"
        ),
        pytest.param("a,pm25,0,1e,N,rtd", "value", "not_a_number", "1e", id="value is text"),
        pytest.param("a,pm25,0,NaN,N,rtd", "value", "not_a_number", "NaN", id="NaN unless told"),
        pytest.param("a,pm25,0,1e999,N,rtd", "value", "not_a_number", "1e999", id="no float holds it"),
        pytest.param("a,pm25,0,1,X,rtd", "flag", "unknown_flag", "X", id="flag"),
        pytest.param("a,pm25,0,1,N,week", "kind", "unknown_kind", "week", id="kind"),
        pytest.param("a,pm99,0,1,N,rtd", "parameter", "unknown_parameter", "pm99", id="parameter"),
        pytest.param("a,,0,1,N,rtd", "parameter", "unknown_parameter", "", id="no parameter"),
        pytest.param(",pm25,0,1,N,rtd", "site", "unknown_site", "", id="no site"),
        pytest.param("a,pm25,0,1", "", "bad_envelope", "a,pm25,0,1", id="torn line"),
        pytest.param(
            "a,pm25,0,1,N,rtd,more", "", "bad_envelope", "a,pm25,0,1,N,rtd,more", id="a cell too many"
        ),
        pytest.param('a,pm25,0,"1,N,rtd', "", "bad_envelope", 'a,pm25,0,"1,N,rtd', id="open quote"),
        pytest.param("a,pm25,0,\udcff,N,rtd", "", "not_utf8", "a,pm25,0,\ufffd,N,rtd", id="not UTF-8"),
    ],
)
def test_a_bad_cell_names_line_column_and_reason_and_spares_its_neighbours(
    row: str, column: str, reason: str, text: str
) -> None:
    header = "site,parameter,time,value,flag,kind"
    before, bad, after = read(f"{header}\nb,pm25,0,1,N,rtd\n{row}\nc,pm25,0,2,N,rtd\n")

    assert isinstance(bad, BadCell)
    assert (bad.line, bad.column, bad.reason, bad.text) == (3, column, reason, text)
    assert [cell.site for cell in (before, after) if isinstance(cell, CsvReading)] == ["b", "c"]


def test_a_bad_time_in_a_wide_line_is_many_bad_cells() -> None:
    """One for each measured cell."""
    cells = read("site,time,pm25,pm10\na,then,1,\na,then,1,x\n")

    assert [(c.line, c.parameter, c.reason, c.time, c.value) for c in cells if isinstance(c, BadCell)] == [
        (2, "pm25", "bad_time", "then", "1"),
        (3, "pm25", "bad_time", "then", "1"),
        (3, "pm10", "bad_time", "then", "x"),
    ]


def test_what_is_missing_is_no_cell() -> None:
    text = "site,time,pm25,pm10,so2,no2,co\na,0, ,-, -- ,*,NaN\n"

    assert read(text, missing=frozenset({"-", "--", "*", "NaN"})) == []
    assert [c.parameter for c in read(text)] == ["pm10", "so2", "no2", "co"]


@pytest.mark.parametrize(
    "text", ["1_000", "inf", "-Infinity", "nan", "0x10", "1,5", "１", "1 2", "", ".", "1e5.0"]
)
def test_what_python_would_take_for_a_number_but_is_no_decimal_number(text: str) -> None:
    assert number(text) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_bit_for_bit(value: float) -> None:
    assert number(repr(value)) == value
    assert str(number(repr(value))) == str(value)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        pytest.param("", "no header", id="empty file"),
        pytest.param("time,pm25", "has no column site", id="no site"),
        pytest.param("site,pm25", "has no column time", id="no time"),
        pytest.param("site,parameter,value", "has no column time", id="long without time"),
        pytest.param("site,time", "names no parameter", id="nothing measured"),
        pytest.param("site,time,pm25,pm25", "column pm25 stands twice", id="twice"),
        pytest.param(
            "site,time,pm25,aqi,level", "column aqi, level: no parameter id or HJ code", id="unknown"
        ),
        pytest.param(
            "site,parameter,time,value,aqi", "column aqi: not of the long form", id="unknown in long"
        ),
        pytest.param("site,time,flag,pm25,标记", "columns flag, 标记 both flag the same", id="two flags"),
        pytest.param("PK\x03\x04\0", "not a workbook", id="a workbook that is none"),
        pytest.param('"site,time', "line 1: quotes", id="open quote"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused_before_anything_is_read(header: str, words: str) -> None:
    stream = io.BytesIO(f"{header}\n".encode() if header else b"")
    stream.name = "x.csv"

    with pytest.raises(ValueError, match=r"^x\.csv: ") as refused:
        rows(stream, CATALOGUE)

    assert words in str(refused.value)


def test_ignored_columns_are_passed_over() -> None:
    assert the_row("site,time,aqi,pm25,\na,0,excellent,3,\n", ignore=frozenset({"aqi"})).value == 3.0


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_files_with_and_without_byte_order_mark_and_compression(
    tmp_path: Path, name: str, end: str, mark: str
) -> None:
    path = tmp_path / name
    content = f'{mark}site,time,pm25{end}"a",0,"1.5"{end}{end}b,0,{end}'.encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)

    assert list(rows(path, CATALOGUE)) == [
        CsvReading("a", "pm25", datetime(1970, 1, 1, tzinfo=UTC), 1.5, "N", "rtd", 2)
    ]


def test_bytes_that_are_no_utf_8_cost_their_line_only(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"site,time,pm25\na,0,1\n\x80\xff\x80,0,2\nb,0,3\n")

    found = [(c.line, c.reason if isinstance(c, BadCell) else c.value) for c in rows(path, CATALOGUE)]

    assert found == [(2, 1.0), (3, "not_utf8"), (4, 3.0)]


def test_compressed_data_that_end_early_are_said_by_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv.gz"
    lines = "".join(f"a,{n},{n * n % 9973}\n" for n in range(50_000))
    path.write_bytes(gzip.compress(f"site,time,pm25\n{lines}".encode())[:-1000])

    with pytest.raises(ValueError, match=r"x\.csv\.gz: damaged after line \d+"):
        list(rows(path, CATALOGUE))


def test_a_file_whose_header_is_bad_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("no,header\n")

    with pytest.raises(ValueError, match="has no column site, time"):
        rows(path, CATALOGUE)  # an open file would warn, and warnings are errors


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(csv_rows, "LINES_REMEMBERED", 100)
    path = tmp_path / "x.csv"
    path.write_text("site,time,pm25\n" + "".join(f"a,{n},{n}\n" for n in range(30_000)))

    tracemalloc.start()
    count = sum(1 for _ in rows(path, CATALOGUE))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 30_000
    assert peak < 500_000  # bytes; the rows alone would take ten times that


MEASURED = st.lists(
    st.tuples(
        st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,9}", fullmatch=True),
        st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
        st.sampled_from(["rtd", "min", "hour", "day"]),
        st.dictionaries(
            st.sampled_from(["pm25", "pm10", "so2", "a21004", "ph"]),
            st.floats(allow_nan=False, allow_infinity=False),
            min_size=1,
        ),
    )
)


@given(MEASURED)
def test_rows_written_long_and_wide_read_back_equal(
    measured: list[tuple[str, datetime, str, dict[str, float]]],
) -> None:
    names = ["pm25", "pm10", "so2", "a21004", "ph"]
    long, wide, expected = ["site,parameter,time,value,kind"], ["site,time,kind," + ",".join(names)], []
    for site, given_time, kind, values in measured:
        time = given_time.replace(microsecond=given_time.microsecond // 1000 * 1000)
        cells = {name: values[name] for name in names if name in values}
        wide.append(f"{site},{time.isoformat()},{kind}," + ",".join(repr(cells.get(n, "")) for n in names))
        wide[-1] = wide[-1].replace("''", "")
        for name, value in cells.items():
            long.append(f"{site},{name},{time.isoformat()},{value!r},{kind}")
            expected.append((site, name, time, repr(value), kind))

    for lines in (long, wide):
        found = [cell for cell in read("\n".join(lines)) if isinstance(cell, CsvReading)]
        assert [(c.site, c.parameter, c.time, repr(c.value), c.kind) for c in found] == expected


@given(st.text(max_size=200))
def test_any_text_below_a_header_ends_in_cells(text: str) -> None:
    for header in ("site,parameter,time,value,flag,kind", "site,time,pm25,pm10"):
        for cell in read(f"{header}\n{text}"):
            assert isinstance(cell, (CsvReading, BadCell))


@pytest.mark.real
def test_a_real_archive_is_read_whole() -> None:
    """20,658 data lines; the count of numbers is that of the standard library's reader."""
    path = REAL / "water-cnemc-2020-2021" / "open" / "daily_2020-05-08_2020-10-31.csv.gz"
    columns = {"section": "site", "file_date": "time", "codmn_mg_l_raw": "codmn", "tp_mg_l_raw": "tp"}
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        first, *rest = stream.read().splitlines()
    named = [columns.get(c, c if c not in {"time", "ph"} else f"{c}_shown") for c in first.split(",")]
    others = [c for c in named if c not in set(columns.values())]

    cells = read("\n".join([",".join(named), *rest]), tz=SHANGHAI, ignore=others, missing={"*", "--", "-"})

    at = [named.index("codmn"), named.index("tp")]
    filled = sum(line.split(",")[place] not in {"", "*", "--", "-"} for line in rest for place in at)
    assert len(rest) == 20_658
    assert len(cells) == filled > 20_000
    assert all(isinstance(cell, CsvReading) for cell in cells)


def test_a_line_without_an_end_costs_itself_and_no_memory() -> None:
    long = "1" * (csv_lines.LONGEST * 3)
    text = f"site,time,pm25\nwujinku,2025-01-01T00:00:00Z,{long}\nwujinku,2025-01-01T01:00:00Z,7\n"

    bad, good = csv_rows.rows(io.BytesIO(text.encode()), CATALOGUE)

    assert isinstance(bad, BadCell)
    assert (bad.line, bad.reason, len(bad.text)) == (2, "oversize", csv_lines.LONGEST + 1)
    assert isinstance(good, CsvReading)
    assert (good.line, good.value) == (3, 7.0)


@pytest.mark.parametrize("length", [csv_lines.LONGEST - 1, csv_lines.LONGEST, csv_lines.LONGEST + 1])
@pytest.mark.parametrize("ended", ["\n", ""])
def test_exactly_the_longest_line_is_taken(length: int, ended: str) -> None:
    text = "a" * (length - len(ended)) + ended

    lines = list(csv_lines.lines_of(io.StringIO(f"{text}next" if ended else text)))

    assert lines == [text, *(["next"] if ended else [])]


@pytest.mark.parametrize("digits", [10, 200_000])
@pytest.mark.parametrize("end", ["x", ".x", "e", "e5x", ".5.", "e99999"])
def test_digits_and_then_something_else_are_looked_through_once(digits: int, end: str) -> None:
    assert number("7" * digits + end) is None  # in steps that grow with the square: minutes


@given(
    st.lists(
        st.text("+-", max_size=1) | st.text("0123456789", max_size=3) | st.sampled_from(".eE"), max_size=6
    ).map("".join)
)
def test_a_number_is_what_it_was_before_digits_were_kept_together(text: str) -> None:
    before = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")

    assert (number(text) is not None) == bool(before.fullmatch(text) and isfinite(float(text)))
