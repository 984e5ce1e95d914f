"""`liangqu report`: the monthly report, as HTML, workbook and CSV."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    from dashboards.reports.month import Month
    from dashboards.reports.revisions.former import FormerReport

DrinkingWater = Annotated[
    Path | None,
    typer.Option(
        help="Table of drinking water sources, as `assess water` reads it; the report has their classes. "
        "By default that of the settings.",
        show_default=False,
    ),
]

Scheduler = Annotated[
    str,
    typer.Option(
        help="A Dask scheduler whose workers read the sites, such as tcp://10.0.0.5:8786; "
        "needs the extra cluster.",
        metavar="ADDRESS",
        show_default=False,
    ),
]
WorkerProcesses = Annotated[
    int,
    typer.Option(
        min=0,
        max=256,  # each takes memory as it begins, and there are no more sites to read at once
        help="Read the sites in so many processes; needs the extra cluster.",
        show_default=False,
    ),
]


def command(
    context: typer.Context,
    month: Annotated[str, typer.Argument(help="The month, YYYY-MM.", metavar="YYYY-MM")],
    *,
    out: Annotated[Path, typer.Option(help="Folder of all reports.")] = Path("reports"),
    language: Annotated[
        Language | None,
        typer.Option(help="The report's language; by default that of the settings."),
    ] = None,
    supersedes: Annotated[
        Path | None,
        typer.Option(help="Folder of the report that this one replaces.", show_default=False),
    ] = None,
    drinking_water: DrinkingWater = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also write report.pdf; needs the extra pdf and a Chinese font.")
    ] = False,
    scheduler: Scheduler = "",
    workers: WorkerProcesses = 0,
    config: Config = None,
) -> None:
    """Write a month's report.

    Its files are report.html, report.docx, report.xlsx, means.csv, exceedances.csv, figures.json and
    report.json, in OUT/YYYY-MM/<language>/. The same input gives the same files. A report that stands is
    never written over: if anything differs the next one is revision 2 in OUT/YYYY-MM/revision-2/<language>/,
    with the same number, and lists what changed and why. --supersedes names a report elsewhere that this one
    replaces. Its paragraphs can be edited in OUT/YYYY-MM/text.<language>.toml, and stay in later revisions.
    """
    from liangqu.tasks.reports.drinking_water import drinking_sources
    from liangqu.tasks.reports.report import make_report
    from liangqu.tasks.reports.workers import open_workers
    from liangqu.terminal.progress import progress

    settings, wanted = settings_of(context, config), _month(month)
    spoken = language or settings.language
    former = _former(supersedes, wanted, spoken) if supersedes is not None else None
    sources = drinking_sources(settings, drinking_water)
    with open_workers(settings, scheduler, workers) as found:
        made = make_report(
            settings, wanted, out, spoken, datetime.now(UTC), supersedes=former,
            drinking_water=sources, pdf=pdf, progress=progress, workers=found,
        )  # fmt: skip
    say(str(made.page))
    words = CommandWords("report", language_of(context))
    if not made.is_new:
        say(words("unchanged", revision=made.revision))
    elif made.changes is not None and made.former is not None:
        say(words("changed", revision=made.revision, n=len(made.changes)))


def _month(text: str) -> "Month":
    from dashboards.reports.month import Month, MonthError

    try:
        return Month.parse(text)
    except MonthError as error:
        raise ProblemError(str(error)) from None


def _former(folder: Path, month: "Month", language: Language) -> "FormerReport":
    from dashboards.reports.revisions.former import FormerReportError, read_former

    try:
        former = read_former(folder)
    except FormerReportError as error:
        raise ProblemError(f"--supersedes: {error}") from None
    if former.month != str(month):
        raise ProblemError(f"--supersedes: {folder} is the report of {former.month}, not of {month}")
    if former.language != language:
        raise ProblemError(
            f"--supersedes: {folder} is in {former.language}; add --language {former.language}"
        )
    return former
