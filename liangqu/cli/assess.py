"""`liangqu assess water|air FILE|-`: add assessment columns to a table of any length, row by row."""

import sys
from pathlib import Path
from typing import IO, Annotated

import typer

from liangqu.cli.options import (
    Decimal,
    Delimiter,
    Encoding,
    IgnoreColumns,
    Sheet,
    TimeFormat,
    say_remark,
    split_names,
    table_options,
)
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_name
from liangqu.terminal.output import MachineOutput
from sensors.excerpt import excerpt
from sensors.model import IndexSpan, Medium

_FAILED = 1

AlsoMissing = Annotated[
    str,
    typer.Option("--missing", help='More texts that count as blank, e.g. "9999,NaN"; --, —, *, / and NA do.'),
]


DetectionLimits = Annotated[
    str, typer.Option(help='What ND is below, in the usual units, e.g. "nh3n=0.025,tp=0.01".')
]
TableFile = Annotated[
    str, typer.Argument(help="A CSV file or workbook (.xlsx), or - for standard input.", metavar="FILE")
]
Statistic = Annotated[IndexSpan | None, typer.Option(help="Air: what a row covers; hour by default.")]
Standard = Annotated[
    str | None,
    typer.Option(help="Air: HJ 633-2012, HJ 633-2026 or cnemc-live-2012; else chosen by each row's time."),
]


def assess(
    context: typer.Context,
    medium: Annotated[Medium, typer.Argument(help="What was measured.", metavar="MEDIUM")],
    file: TableFile,
    statistic: Statistic = None,
    standard: Standard = None,
    missing: AlsoMissing = "",
    detection_limit: DetectionLimits = "",
    ignore_columns: IgnoreColumns = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    time_format: TimeFormat = None,
    sheet: Sheet = None,
) -> None:
    """Add water class or AQI to the rows of a table.

    The table is written to standard output as CSV with the result appended to each row.

    Water adds class, determining, times_over and, if there is a target column, met; air adds aqi, level and
    primary. Columns are found by parameter id, HJ code, symbol (NH3-N) or Chinese name, with or without a
    unit; one that only looks like a parameter ends it before anything is written. A blank cell means not
    measured, and so do --, —, *, / and NA; <0.02 and 0.02L mean below that detection limit, ND and
    未检出 below that of --detection-limit. Any other cell that is not a number, or is physically impossible,
    leaves its row without a result and puts a line on standard error; the exit code is then 1.
    """
    if medium == "water" and (statistic or standard):
        raise ProblemError("--statistic and --standard are for air")
    if standard is not None:
        from sensors.standards import aqi

        check_name("--standard", standard, "standard", aqi.rules())
    from liangqu.tasks.assessment import AssessmentOptions, assess_table

    options = AssessmentOptions(
        medium,
        statistic or "hour",
        standard,
        table_options(encoding, delimiter, decimal, sheet),
        split_names(missing),
        split_names(ignore_columns),
        time_format,
        _detection_limits(detection_limit),
    )
    source = _standard_input() if file == "-" else Path(file)
    bad = assess_table(source, options, MachineOutput(), say_remark(context))
    sys.stdout.flush()
    if bad:
        raise typer.Exit(_FAILED)


def _detection_limits(text: str) -> dict[str, str]:
    """The decimal texts by parameter id."""
    from sensors.catalogue import loader
    from sensors.decoding.below_detection import parse_detection_limit

    parameters = loader.load().parameters
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, limit = map(str.strip, part.partition("="))
        check_name("--detection-limit", name, "parameter", parameters)
        number = parse_detection_limit(f"<{limit}")
        if not number:
            raise ProblemError(f"--detection-limit: {excerpt(part)} is no limit such as nh3n=0.025")
        found[name] = number
    return found


def _standard_input() -> IO[bytes]:
    return sys.stdin.buffer
