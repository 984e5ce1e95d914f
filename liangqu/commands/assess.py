"""`liangqu assess water|air FILE.csv|-`: verdict columns added to a CSV of any length, row by row."""

import csv
import io
import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn, TextIO

import typer

if TYPE_CHECKING:
    from liangqu.assessing import Assessor, BadCell

_FAILED = 1
_USAGE = 2
_SHOWN = 40


def assess(
    medium: Annotated[Literal["water", "air"], typer.Argument(help="What was measured.")],
    file: Annotated[str, typer.Argument(help="A CSV file in UTF-8, or - for standard input.")],
    statistic: Annotated[
        Literal["hour", "day"] | None, typer.Option(help="Air: what a row stands for; hour if not said.")
    ] = None,
    standard: Annotated[
        str | None,
        typer.Option(help="Air: HJ 633-2012, HJ 633-2026 or cnemc-live-2012, instead of by each row's time."),
    ] = None,
) -> None:
    """Add its verdict to each row of a CSV, on standard output: water class or air quality index.

    Water adds class, determining, times_over and, where there is a column target, met; air adds aqi, level,
    primary. A blank cell was not measured, <0.02 is below that detection limit. Any other cell that is no
    number leaves its row without a verdict, with a line on standard error, and the exit code is 1.
    """
    if medium == "water" and (statistic or standard):
        _stop(_USAGE, "--statistic and --standard are for air")
    try:
        bad = _run(medium, file, statistic or "hour", standard)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read us has gone; Python must not complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(_FAILED) from None
    if bad:
        raise typer.Exit(_FAILED)


def _run(medium: str, file: str, statistic: Literal["hour", "day"], standard: str | None) -> int:
    """Assess one file; returns how many cells were bad."""
    from liangqu.assessing import with_verdicts

    bad = 0
    with _opened(file) as source:
        reader = csv.reader(source, strict=True)

        def complain(row: int, cell: "BadCell") -> None:
            nonlocal bad
            bad += 1
            where = f"{file}: row {row} (line {reader.line_num}), column {cell.column}"
            typer.echo(f"{where}: {cell.text[:_SHOWN]!r} {cell.reason}", err=True)

        try:
            header = next(reader, None)
            assessor = _assessor(medium, file, header or [], statistic, standard)
            rows = with_verdicts(header or [], reader, assessor, complain)
            csv.writer(_standard_output(), lineterminator="\n").writerows(rows)
        except UnicodeDecodeError as wrong:
            _stop(_FAILED, f"{file}: not UTF-8 soon after line {reader.line_num}: {wrong.reason}")
        except csv.Error as wrong:
            _stop(_FAILED, f"{file}: line {reader.line_num}: {wrong}")
    return bad


def _assessor(
    medium: str, file: str, header: list[str], statistic: Literal["hour", "day"], standard: str | None
) -> "Assessor":
    from liangqu.assessing import AirAssessor, Unassessable, WaterAssessor
    from sensors import catalogue_file

    codes = catalogue_file.load().by_code
    try:
        if medium == "water":
            return WaterAssessor(header, codes)
        return AirAssessor(header, codes, statistic, standard)
    except Unassessable as wrong:
        _stop(_USAGE, f"{file}: {wrong}")


def _opened(file: str) -> AbstractContextManager[TextIO]:
    """The CSV's text; a byte order mark at its head is no part of it."""
    if file == "-":
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict", newline="")
        return nullcontext(sys.stdin)
    try:
        return Path(file).open(encoding="utf-8-sig", newline="")
    except OSError as wrong:
        _stop(_USAGE, f"{file}: {wrong.strerror}")


def _standard_output() -> TextIO:
    """Standard output in UTF-8 whatever the locale, line ends as written."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="")
    return sys.stdout


def _stop(code: int, message: str) -> NoReturn:
    typer.echo(f"liangqu assess: {message}", err=True)
    raise typer.Exit(code)
