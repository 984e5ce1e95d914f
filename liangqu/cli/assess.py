"""`liangqu assess water|air FILE.csv|-`: add assessment columns to a CSV of any length, row by row."""

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from ingest.importing.csv_lines import LONGEST, lines_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_name
from liangqu.terminal.output import MachineOutput, say
from sensors.model import IndexSpan

if TYPE_CHECKING:
    from _csv import Reader

    from liangqu.assess.rows import Assessor, UnreadableCell

_FAILED = 1
_SHOWN = 40

_Medium = Literal["water", "air"]


def assess(
    medium: Annotated[_Medium, typer.Argument(help="What was measured.", metavar="MEDIUM")],
    file: Annotated[
        str, typer.Argument(help="A CSV file in UTF-8, or - for standard input.", metavar="FILE")
    ],
    statistic: Annotated[
        IndexSpan | None, typer.Option(help="Air: what a row covers; hour by default.")
    ] = None,
    standard: Annotated[
        str | None,
        typer.Option(
            help="Air: HJ 633-2012, HJ 633-2026 or cnemc-live-2012; else chosen by each row's time."
        ),
    ] = None,
) -> None:
    """Add water class or AQI to the rows of a CSV.

    The file is written to standard output with the result appended to each row.

    Water adds class, determining, times_over and, if there is a target column, met; air adds aqi, level and
    primary. A blank cell means not measured; <0.02 and 0.02L mean below that detection limit. Any other cell
    that is not a number leaves its row without a result and puts a line on standard error; the exit code is
    then 1.
    """
    if medium == "water" and (statistic or standard):
        raise ProblemError("--statistic and --standard are for air")
    if standard is not None:
        from sensors.standards import aqi

        check_name("--standard", standard, "standard", aqi.rules())
    name = "standard input" if file == "-" else file
    with _opened(file) as source:
        bad = _assessed(
            medium, name, csv.reader(_lines(source, name), strict=True), statistic or "hour", standard
        )
    sys.stdout.flush()
    if bad:
        raise typer.Exit(_FAILED)


def _assessed(
    medium: _Medium, name: str, reader: "Reader", statistic: IndexSpan, standard: str | None
) -> int:
    """Write every row with its assessment; returns how many cells were bad."""
    from liangqu.assess.rows import assessed_rows

    bad = 0

    def report(row: int, cell: "UnreadableCell") -> None:
        nonlocal bad
        bad += 1
        where = f"{name}: row {row} (line {reader.line_num}), column {cell.column}"
        say(f"{where}: {cell.text[:_SHOWN]!r} {cell.reason}", err=True)

    try:
        header = next(reader, None)
        if header is None:
            raise ProblemError(f"{name}: no header line")
        assessor = _assessor(medium, name, header, statistic, standard)
        rows = assessed_rows(header, reader, assessor, report)
        csv.writer(MachineOutput(), lineterminator="\n").writerows(rows)
    except UnicodeDecodeError as wrong:
        reason = f"not UTF-8 soon after line {reader.line_num} (byte 0x{wrong.object[wrong.start]:02x})"
        raise ProblemError(f"{name}: {reason}", exit_code=_FAILED) from None
    except csv.Error as wrong:
        raise ProblemError(f"{name}: line {reader.line_num}: {wrong}", exit_code=_FAILED) from None
    return bad


def _assessor(
    medium: _Medium, name: str, header: list[str], statistic: IndexSpan, standard: str | None
) -> "Assessor":
    from liangqu.assess.air import AirAssessor
    from liangqu.assess.rows import Unassessable
    from liangqu.assess.water import WaterAssessor
    from sensors.catalogue import loader

    codes = loader.load().by_code
    try:
        if medium == "water":
            return WaterAssessor(header, codes)
        return AirAssessor(header, codes, statistic, standard)
    except Unassessable as wrong:
        raise ProblemError(f"{name}: {wrong}") from None


def _lines(source: TextIO, name: str) -> Iterator[str]:
    """The lines as they are read; one without an end, as a device's, ends the work and not the memory."""
    try:
        for number, line in enumerate(lines_of(source), 1):
            if len(line) > LONGEST:
                raise ProblemError(
                    f"{name}: line {number}: longer than {LONGEST} characters", exit_code=_FAILED
                )
            yield line
    except OSError as wrong:
        raise ProblemError(f"{name}: {wrong.strerror}", exit_code=_FAILED) from None


def _opened(file: str) -> AbstractContextManager[TextIO]:
    """The CSV's text, without a byte order mark."""
    if file == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict", newline="")
        return nullcontext(sys.stdin)
    try:
        return Path(file).open(encoding="utf-8-sig", newline="")
    except OSError as wrong:
        raise ProblemError(f"{file}: {wrong.strerror}") from None
