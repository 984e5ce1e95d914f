"""`liangqu assess` from outside: the columns of docs/reference/csv.md, exit codes, messages."""

import csv
import gzip
import io
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from liangqu.assess.cells import TableHead, ValueReader
from liangqu.assess.water import WaterAssessor
from liangqu.cli.assess import assess
from liangqu.config.errors import ProblemError
from sensors.catalogue import loader
from sensors.standards.rounding import fraction_of
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import Waterbody, assessed
from tests.support.paths import REAL
from tests.support.scale import scaled

CATALOGUE = loader.load()
app = typer.Typer()
app.command("assess")(assess)

CLASSES = {"Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "Ⅳ": "4", "Ⅴ": "5", "劣Ⅴ": "6"}
ITEMS = {"ph": "ph_raw", "do": "do_mg_l_raw", "codmn": "codmn_mg_l_raw", "nh3n": "nh3n_mg_l_raw"}


class Done(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


def run(*arguments: str, stdin: bytes | str = b"") -> Done:
    result = CliRunner().invoke(app, list(arguments), input=stdin)
    if isinstance(result.exception, ProblemError):
        return Done(result.exception.exit_code, result.stdout, "\n".join(result.exception.lines))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def one(header: str, row: str, *arguments: str) -> list[str]:
    """The cells added to the one row; what is said besides is about how little that rests on."""
    done = run(*arguments, "-", stdin=f"{header}\n{row}\n")
    assert (done.code, "row 1 (line 2)" in done.err) == (0, False), done.err
    return next(csv.reader(done.out.splitlines()[1:]))[len(header.split(",")) :]


@pytest.mark.parametrize(
    ("header", "row", "added"),
    [
        pytest.param("codmn", "8.1", ["4", "codmn", "codmn:0.35"], id="times over class III"),
        pytest.param(
            "codmn,nh3n", "8.1,1.12", ["4", "codmn;nh3n", "codmn:0.35;nh3n:0.12"], id="the reference's own"
        ),
        pytest.param(
            "codmn,nh3n,target", "5,0.1,II", ["3", "codmn", "codmn:0.25", "no"], id="over the target"
        ),
        pytest.param("codmn,target", "4,Ⅱ", ["2", "codmn", "", "yes"], id="exactly at the target"),
        pytest.param("codmn,target", "4,", ["2", "codmn", "", ""], id="no target in this row"),
        pytest.param("codmn,target", ",3", ["", "", "", ""], id="nothing measured: no verdict on the target"),
        pytest.param("tp,waterbody", "0.1003,river", ["3", "tp", ""], id="river"),
        pytest.param("tp,waterbody", "0.1003,lake", ["5", "tp", "tp:1.01"], id="lake"),
        pytest.param("tp,waterbody", "0.1003,", ["3", "tp", ""], id="a river unless said"),
        pytest.param("ph,do", "9.01,1.9", ["6", "ph;do", ""], id="worse than V, without times over"),
        pytest.param("tn,water_temp,coliform", "9,40,9e9", ["", "", ""], id="none of them assessed"),
        pytest.param("nh3n", "<0.3", ["1", "nh3n", ""], id="half of the detection limit: 0.15, class I"),
        pytest.param("nh3n", " < 0.302 ", ["2", "nh3n", ""], id="half of the detection limit: 0.151"),
        pytest.param("w21003,w01009", "0.6,8", ["3", "nh3n", ""], id="HJ codes for ids"),
        pytest.param("nh3n,codmn", " ,3", ["2", "codmn", ""], id="spaces are blank"),
        pytest.param("hg", "5e-5", ["1", "hg", ""], id="scientific notation"),
        pytest.param("nh3n", "0.1500000000000000000001", ["2", "nh3n", ""], id="beyond a float's digits"),
        pytest.param("nh3n", "0.1500000000000000000000", ["1", "nh3n", ""], id="many zeros"),
        pytest.param("tn,codmn", "--,3", ["2", "codmn", ""], id="blank where it does not count"),
    ],
)
def test_water_rows(header: str, row: str, added: list[str]) -> None:
    """Expected: GB 3838-2002 table 1 by hand."""
    assert one(header, row, "water") == added


@pytest.mark.parametrize(
    ("header", "row", "arguments", "added"),
    [
        pytest.param("pm25", "60", ("--standard", "HJ 633-2026"), ["100", "2", "pm25"], id="2026"),
        pytest.param(
            "pm25", "60", ("--standard", "cnemc-live-2012"), ["82", "2", "pm25"], id="the feed's rule"
        ),
        pytest.param("pm25_24h", "60", ("--standard", "HJ 633-2012"), ["82", "2", "pm25"], id="2012, 24 h"),
        pytest.param("pm25", "60", ("--standard", "HJ 633-2012"), ["", "", ""], id="2012 has no PM 1 h"),
        pytest.param(
            "pm25,time", "75,2026-02-28", ("--statistic", "day"), ["100", "2", "pm25"], id="last of 2012"
        ),
        pytest.param(
            "pm25,time", "75,2026-03-01", ("--statistic", "day"), ["114", "3", "pm25"], id="first of 2026"
        ),
        pytest.param(
            "pm25,time", "75,2026-02-28T16:00:00Z", (), ["114", "3", "pm25"], id="the date in Shanghai"
        ),
        pytest.param(
            "pm25,time", "75,1772294400000", (), ["114", "3", "pm25"], id="milliseconds, the same time"
        ),
        pytest.param(
            "pm25,time", "75,2026-02-28T24:00:00", (), ["114", "3", "pm25"], id="24:00 is the next day"
        ),
        pytest.param(
            "pm25,time",
            "60,?",
            ("--standard", "HJ 633-2026"),
            ["100", "2", "pm25"],
            id="a standard named: no time read",
        ),
        pytest.param(
            "o3,o3_8h,time", "200,160,2020-01-01", ("--statistic", "day"), ["100", "2", "o3"], id="O3 ties"
        ),
        pytest.param(
            "o3,o3_8h,time", "900,100,2026-06-01", ("--statistic", "day"), ["50", "1", ""], id="O3 8 h only"
        ),
        pytest.param(
            "so2,no2,time", "801,20,2020-01-01", (), ["10", "1", ""], id="SO2 1 h above 800 in 2012"
        ),
        pytest.param(
            "so2,no2,time", "801,20,2026-06-01", (), ["200", "4", "so2"], id="SO2 1 h above 800 in 2026"
        ),
        pytest.param(
            "pm25,pm10", "60,120", ("--standard", "HJ 633-2026"), ["100", "2", "pm10;pm25"], id="a tie"
        ),
        pytest.param(
            "a34004", "4999", ("--standard", "HJ 633-2026"), ["500", "6", "pm25"], id="HJ code, the cap"
        ),
        pytest.param("pm25,pm10", ",", ("--standard", "HJ 633-2026"), ["", "", ""], id="nothing measured"),
        pytest.param(
            "pm25", "<71", ("--standard", "HJ 633-2026"), ["52", "2", "pm25"], id="half: 35.5 is 36"
        ),
    ],
)
def test_air_rows(header: str, row: str, arguments: Sequence[str], added: list[str]) -> None:
    """Expected: the tables of HJ 633-2012 and -2026 by hand."""
    assert one(header, row, "air", *arguments) == added


def test_other_columns_pass_through_in_order_and_verdicts_stand_at_the_end() -> None:
    text = '断面,"a ""b"", c",codmn,备注\r\n"八号桥","1\n2",8.1,"x,y"\r\n'
    done = run("water", "-", stdin=b"\xef\xbb\xbf" + text.encode())
    rows = list(csv.reader(io.StringIO(done.out.removeprefix("\ufeff"))))
    assert rows[0] == ["断面", 'a "b", c', "codmn", "备注", "class", "determining", "times_over"]
    assert rows[1] == ["八号桥", "1\n2", "8.1", "x,y", "4", "codmn", "codmn:0.35"]
    assert "\r" not in done.out


def test_a_file_by_name_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"\xef\xbb\xbfcodmn\r\n3\r\n")
    assert run("water", str(path)).out == "\ufeffcodmn,class,determining,times_over\n3,2,codmn,\n"


def test_bad_cells_leave_their_rows_without_a_verdict_and_the_rest_goes_on() -> None:
    done = run("water", "-", stdin="site,codmn,tp\na,3,?\nb,abc,0.1\nc,3,0.1\nd,x,y\n")
    assert done.code == 1
    assert [row["class"] for row in table(done.out)] == ["", "", "2", ""]
    assert done.err.splitlines() == [
        "standard input: no column of ph, do, nh3n: the class is from codmn, tp",
        "standard input: row 1 (line 2), column tp: '?' is not a number",
        "standard input: row 2 (line 3), column codmn: 'abc' is not a number",
        "standard input: row 4 (line 5), column codmn: 'x' is not a number",
        "standard input: row 4 (line 5), column tp: 'y' is not a number",
    ]


NO_NUMBERS = [
    "abc",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "-1",
    "1_000",
    "1 2",
    "0x1",
    "<",
]
NO_NUMBERS += [
    "<<1",
    "<-1",
    "<abc",
    ">5",
    "5 mg/L",
    "1e",
    ".",
    "+",
    "=1+1",
    "TRUE",
    "\u0663",
    "<0",
    "0.02L5",
    "ND",
]


@pytest.mark.parametrize("cell", NO_NUMBERS)
@pytest.mark.parametrize("medium", ["water", "air"])
def test_anything_else_that_is_no_number_is_a_bad_cell(cell: str, medium: str) -> None:
    column, options = ("codmn", ()) if medium == "water" else ("pm25", ("--standard", "HJ 633-2026"))
    done = run(medium, *options, "-", stdin=f'{column},x\n"{cell}",1\n')
    assert done.code == 1
    assert set(next(csv.reader(done.out.splitlines()[1:]))[2:]) == {""}
    assert f"row 1 (line 2), column {column}: " in done.err


@pytest.mark.parametrize(
    ("medium", "text", "reason"),
    [
        pytest.param(
            "water", "codmn,waterbody\n3,sea\n", "column waterbody: 'sea' is neither", id="waterbody"
        ),
        pytest.param("water", "codmn,target\n3,VI\n", "column target: 'VI' is no class", id="target"),
        pytest.param("air", "pm25,time\n3,\n", "column time: '' is blank", id="no time"),
        pytest.param(
            "air", "pm25,time\n3,8 o'clock\n", 'column time: "8 o\'clock" is no time', id="bad time"
        ),
        pytest.param(
            "air", "pm25,time\n3,2011-06-01\n", "no standard in force on 2011-06-01", id="too early"
        ),
        pytest.param("water", "codmn,tp\n3,1,9\n", "column 3: '9' stands beyond", id="too many cells"),
    ],
)
def test_other_cells_that_spoil_a_verdict(medium: str, text: str, reason: str) -> None:
    done = run(medium, "-", stdin=text)
    assert done.code == 1
    assert reason in done.err
    assert done.err.count("row 1 (line 2)") == 1


def test_a_short_row_ends_in_blanks_and_an_empty_line_is_no_row() -> None:
    done = run("water", "-", stdin="site,codmn,tp\na,3\n\nb\n")
    assert done.out.splitlines()[1:] == ["a,3,,2,codmn,", "b,,,,,"]
    assert done.code == 0


def test_a_header_alone_is_a_file_without_rows() -> None:
    assert run("water", "-", stdin="codmn\n").out == "codmn,class,determining,times_over\n"


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        pytest.param(("air", "-"), "pm25\n3\n", "column `time`", id="neither time nor standard"),
        pytest.param(
            ("air", "-", "--standard", "US EPA"), "pm25\n", "known are HJ 633-2012", id="unknown standard"
        ),
        pytest.param(
            ("air", "-", "--standard", "cnemc-live-2012", "--statistic", "day"),
            "pm25\n",
            "no day report",
            id="hourly",
        ),
        pytest.param(("air", "-", "--statistic", "year"), "pm25,time\n", "'year'", id="unknown statistic"),
        pytest.param(("soil", "-"), "pm25\n", "'soil'", id="unknown medium"),
        pytest.param(("water", "no/such.csv"), "", "no/such.csv: No such file", id="no such file"),
        pytest.param(("water", "-"), "", "no header line", id="an empty file"),
        pytest.param(("water", "-"), "站点,备注\n", "none of the columns", id="no item's column"),
        pytest.param(("water", "-"), "codmn,tp,codmn\n", "codmn stands twice", id="an item twice"),
        pytest.param(("water", "-"), "nh3n,w21003\n", "nh3n stands twice", id="an item by id and by code"),
        pytest.param(("water", "-", "--standard", "HJ 633-2026"), "codmn\n", "for air", id="air's option"),
    ],
)
def test_wrong_usage_is_exit_2_and_writes_nothing(arguments: Sequence[str], stdin: str, words: str) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.code == 2
    assert words in done.err
    assert done.out == ""


@pytest.mark.parametrize(
    ("stdin", "words"),
    [
        pytest.param(b"codmn\n3\n\xff\xff\n", "line 3: not UTF-8 (byte 0xff); --encoding", id="no text"),
        pytest.param(b'codmn\n3\n"4\n', "unexpected end of data", id="an open quote"),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_is_exit_1(stdin: bytes, words: str) -> None:
    done = run("water", "-", stdin=stdin)
    assert done.code == 1
    assert words in done.err


@given(st.decimals(0, 10**6, places=6))
def test_a_cell_is_read_exactly(value: object) -> None:
    read = ValueReader("water", "mg/L", 0, 10**6)

    assert fraction_of(read(str(value)) or 0) == fraction_of(str(value))
    if value:
        assert fraction_of(read(f"<{value}") or 0) == fraction_of(str(value)) / 2


CELLS = st.one_of(
    st.decimals(0, 25, places=3).map(str),
    st.decimals(0, 3, places=18).map(str),
    st.sampled_from(["", "0.15", "0.2", "6", "9", "7.5", "2.0", "<0.3"]),
)


@given(
    st.dictionaries(st.sampled_from(["do", "codmn", "cod", "nh3n", "tp", "cu"]), CELLS, min_size=1),
    st.sampled_from(["river", "lake"]),
    st.integers(1, 5),
)
def test_a_row_is_judged_as_its_exact_values(cells: dict[str, str], body: Waterbody, target: int) -> None:
    """Remembered texts and float comparisons change nothing: the same verdict from exact fractions."""
    given = {item: cell for item, cell in cells.items() if cell}
    exact = {item: fraction_of(cell.lstrip("<")) / (2 if "<" in cell else 1) for item, cell in given.items()}
    expected = sample_class(exact, assessed("GB 3838-2002", body), target=target)
    head = TableHead(["waterbody", "target", *cells], [], CATALOGUE)
    found = WaterAssessor(head)([body, str(target), *cells.values()], [])
    if expected is None:
        assert found == ["", "", "", ""]
    else:
        over = ";".join(map(str, expected.times_over))
        met = "yes" if expected.met else "no"
        assert found == [str(expected.number), ";".join(expected.determining), over, met]


@pytest.mark.real
def test_the_national_classes_of_2020_through_the_door(tmp_path: Path) -> None:
    """Every 20th labelled row of the daily data, its section's kind as `waterbody`: all reproduced."""
    water = REAL / "water-cnemc-2020-2021" / "open"
    with (water / "section_type_inferred.csv").open(encoding="utf-8") as file:
        kinds = {(r["province"], r["section"]): r["inferred"] for r in csv.DictReader(file)}
    with gzip.open(water / "daily_2020-05-08_2020-10-31.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["class_given"] in CLASSES][::20]
    path = tmp_path / "water.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["given", "waterbody", *ITEMS, "tp"])
        for row in rows:
            kind = "lake" if kinds.get((row["province"], row["section"])) == "lake" else "river"
            cells = [row[column] for column in [*ITEMS.values(), "tp_mg_l_raw"]]
            writer.writerow([CLASSES[row["class_given"]], kind, *cells])
    done = run("water", str(path))
    assert done.code == 0
    assert re.fullmatch(
        r"[^\n]*: [0-9]+ rows?: the class is without tp\n", done.err
    )  # as the authority gives it
    assert [row["class"] for row in table(done.out)] == [row["given"] for row in table(done.out)]
    assert len(rows) > 600


# VmHWM and not ru_maxrss, which a child inherits from the process that started it.
MEASURED = """
import sys, typer
from liangqu.cli.assess import assess
app = typer.Typer()
app.command()(assess)
app(standalone_mode=False)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(peak.split()[1], file=sys.stderr)
"""


def _peak_kib(path: Path, rows: int) -> int:
    with path.open("w", encoding="utf-8") as file:
        file.write("site,ph,do,codmn,nh3n,tp\n")
        file.writelines(
            f"s{n % 98},{6 + n % 307 / 100},{n % 1201 / 100},{n % 1999 / 100},{n / rows},{n % 7001 / 1e4}\n"
            for n in range(rows)
        )
    command = [sys.executable, "-c", MEASURED, "water", str(path)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return int(done.stderr)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """A million rows in full (a tenth in CI) take hardly more than a tenth of that; all values distinct."""
    rows = scaled(1_000_000)
    small, large = (_peak_kib(tmp_path / f"{count}.csv", count) for count in (rows // 10, rows))
    print(f"{rows // 10} rows {small} KiB, {rows} rows {large} KiB")
    assert large - small < 16_384


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        pytest.param(
            "/dev/zero", 2, "line 1: the header is longer than 262144 characters", id="without an end"
        ),
        pytest.param("long.csv", 1, "line 3: longer than 262144 characters", id="one long line"),
        pytest.param("/proc/self/mem", 1, "Input/output error", id="what cannot be read"),
    ],
)
def test_what_is_no_line_of_a_table_ends_it_with_one_line(
    file: str, code: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "long.csv").write_text("codmn\n3\n" + "1" * 300_000 + "\n", encoding="utf-8")

    ended = CliRunner().invoke(app, ["water", file])

    assert isinstance(ended.exception, ProblemError), ended.exception
    assert ended.exception.exit_code == code
    assert ended.exception.lines == (f"{file}: {words}",)
