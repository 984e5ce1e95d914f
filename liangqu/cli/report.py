"""`liangqu report`: the monthly report, as HTML, workbook and CSV."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import counted, say
from sensors.model import Language

if TYPE_CHECKING:
    from dashboards.reports.month import Month
    from dashboards.reports.revisions import FormerReport


def command(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The month, YYYY-MM.", metavar="YYYY-MM")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of all reports: OUT/YYYY-MM/<language>/.")] = Path(
        "reports"
    ),
    language: Annotated[
        Language | None,
        typer.Option(help="The report's language; by default that of the settings."),
    ] = None,
    supersedes: Annotated[
        Path | None,
        typer.Option(help="Folder of the report that this one replaces.", show_default=False),
    ] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also write report.pdf; needs the extra pdf and a Chinese font.")
    ] = False,
    config: Config = None,
) -> None:
    """Write a month's report.

    Its files are report.html, report.xlsx, means.csv, exceedances.csv and report.json. The same input gives
    the same files. With --supersedes the report keeps that report's number, raises its revision by one, and
    lists every figure that changed and why.
    """
    from dashboards.reports.month import Month
    from liangqu.tasks.report import make_report
    from liangqu.terminal.progress import progress

    settings = settings_of(context, config)
    try:
        wanted = Month.parse(month)
    except ValueError as error:
        raise ProblemError(str(error)) from None
    spoken = language or settings.language
    folder = out / str(wanted) / spoken
    former = _former(supersedes, folder, wanted) if supersedes is not None else None
    now = datetime.now(UTC)
    page, changed = make_report(
        settings, wanted, folder, spoken, now, former=former, pdf=pdf, progress=progress
    )
    say(str(page))
    if changed is not None and former is not None:
        say(f"{counted(len(changed), 'figure')} changed since revision {former.revision}")


def _former(folder: Path, target: Path, month: "Month") -> "FormerReport":
    from dashboards.reports.revisions import FormerReportError, read_former

    try:
        former = read_former(folder)
    except FormerReportError as error:
        raise ProblemError(f"--supersedes: {error}") from None
    if former.month != str(month):
        raise ProblemError(f"--supersedes: {folder} is the report of {former.month}, not of {month}")
    if folder.resolve() == target.resolve():
        raise ProblemError(f"--supersedes: {folder} would be overwritten; choose another --out")
    return former
