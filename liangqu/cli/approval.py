"""`liangqu approval`: the review of a month's report, level by level."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import CheckedCommand, Config, existing_journal, local_time, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import SpokenGroup, language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    from dashboards.reports.revisions.approvals import Review, ReviewStep

app = typer.Typer(
    cls=SpokenGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Review of a month's report: submit, approve, return.",
)

WhichMonth = Annotated[str, typer.Argument(help="The month, YYYY-MM.", metavar="YYYY-MM")]
Reviewer = Annotated[str, typer.Option(help="Your name.")]
Out = Annotated[Path, typer.Option(help="Folder of all reports.")]
Spoken = Annotated[
    Language | None, typer.Option(help="The report's language; by default that of the settings.")
]


@app.command(cls=CheckedCommand)
def submit(
    context: typer.Context,
    month: WhichMonth,
    *,
    by: Reviewer,
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Submit a month's newest report for review.

    This and each further step is written at the end of report.html and report.docx, and a report.pdf is
    printed anew; where that cannot be done the step is not taken.
    """
    _take(context, config, month, out, language, "submitted", by)


@app.command(cls=CheckedCommand)
def approve(
    context: typer.Context,
    month: WhichMonth,
    *,
    by: Reviewer,
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Approve it as the next level of review.

    By the last of `[review] levels` the month is approved: `import` and `recompute` then want a reason.
    """
    _take(context, config, month, out, language, "approved", by)


@app.command("return", cls=CheckedCommand)
def return_(
    context: typer.Context,
    month: WhichMonth,
    *,
    by: Reviewer,
    reason: Annotated[str, typer.Option(help="Why; shown in the report.")],
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Return it to whoever submitted it, with a reason."""
    _take(context, config, month, out, language, "returned", by, reason)


@app.command("list", cls=CheckedCommand)
def list_(context: typer.Context, config: Config = None) -> None:
    """List every step of every review, and what changed since."""
    from dashboards.reports.revisions.approvals import read_reviews
    from liangqu.tasks.declared.approval import since_approval

    with existing_journal(context, config).snapshot() as connection:
        found = read_reviews(connection)
    words = CommandWords("approval", language_of(context))
    settings, last = settings_of(context, config), {one.month: one for one in found if one.is_final}
    for one in found:
        say(f"{local_time(one.made)}  {_line(one, words)}  {one.sha256[:16]}")
        since = since_approval(settings, one) if one is last.get(one.month) else None
        if since is not None and any(since):
            counts = {
                "late": since.late,
                "revised": since.revised,
                "marks": since.marks,
                "changes": since.changes,
            }
            say(f"    {words('since', **counts)}")
    if not found:
        say(words("none"))


def _take(
    context: typer.Context,
    config: Path | None,
    month: str,
    out: Path,
    language: Language | None,
    step: "ReviewStep",
    by: str,
    reason: str = "",
) -> None:
    from dashboards.reports.month import Month
    from liangqu.tasks.declared.approval import review_report

    settings = settings_of(context, config)
    try:
        wanted = str(Month.parse(month))
    except ValueError as error:
        raise ProblemError(str(error)) from None
    if not by.strip():
        raise ProblemError("--by: must not be blank")
    spoken = language or settings.language
    made = review_report(
        settings, wanted, out, spoken, step=step, by=by, reason=reason, now=datetime.now(UTC)
    )
    say(_line(made, CommandWords("approval", language_of(context))))


def _line(one: "Review", words: CommandWords) -> str:
    """Which report, what was done with it, by whom and why."""
    return words(
        "final" if one.is_final else one.step,
        month=one.month,
        revision=one.revision,
        language=one.language,
        by=one.by,
        level=one.level,
        levels=one.levels,
        reason=words("reason", reason=one.reason) if one.reason else "",
    )
