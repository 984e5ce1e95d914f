"""`liangqu approval`: the review of a month's report, or of the readings of a site, level by level."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import CheckedCommand, Config, existing_journal, local_time, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import command_group, language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    from dashboards.reports.revisions.approvals import Review
    from ingest.journal.review.steps import Step
    from liangqu.config.settings import Settings
    from liangqu.tasks.declared.day_approval import ReviewedSpan

app = command_group("Review of reports and readings: submit, approve, return, list.")

_STATES = {
    "submitted": "days_submitted",
    "approved": "days_approved",
    "locked": "days_locked",
    "returned": "days_returned",
    "changed": "days_changed",
}
_CAUSES = {
    "late": "by_late",
    "revision": "by_revision",
    "check": "by_check",
    "mark": "by_mark",
    "import": "by_import",
    "recompute": "by_recompute",
    "replay": "by_replay",
}

WhichMonth = Annotated[str | None, typer.Argument(help="The month, YYYY-MM.", metavar="YYYY-MM")]
OfSite = Annotated[
    str | None, typer.Option("--site", help="The readings of this site, instead of the month's report.")
]
OfDay = Annotated[
    str | None, typer.Option("--day", help="With --site: a day, YYYY-MM-DD, instead of the month.")
]
Reviewer = Annotated[str, typer.Option(help="Your name.")]
Out = Annotated[Path, typer.Option(help="Folder of all reports.")]
Spoken = Annotated[
    Language | None, typer.Option(help="The report's language; by default that of the settings.")
]


@app.command(cls=CheckedCommand)
def submit(
    context: typer.Context,
    month: WhichMonth = None,
    *,
    by: Reviewer,
    site: OfSite = None,
    day: OfDay = None,
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Submit a month's newest report, or with --site a site's readings.

    This and each further step is written at the end of report.html and report.docx, and a report.pdf is
    printed anew; where that cannot be done the step is not taken.
    """
    settings = settings_of(context, config)
    if site is not None or day is not None:
        _take_days(context, settings, (site, month, day), "submitted", by)
    else:
        _take(context, settings, (month, out, language), "submitted", by)


@app.command(cls=CheckedCommand)
def approve(
    context: typer.Context,
    month: WhichMonth = None,
    *,
    by: Reviewer,
    site: OfSite = None,
    day: OfDay = None,
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Approve it as the next level of review.

    By the last of `[review] levels` the month or day is approved: `import`, `recompute` and
    `quarantine replay` of it then want a reason, as `mark` always does. Whatever changes an approved day of
    a site has it submitted anew.
    """
    settings = settings_of(context, config)
    if site is not None or day is not None:
        _take_days(context, settings, (site, month, day), "approved", by)
    else:
        _take(context, settings, (month, out, language), "approved", by)


@app.command("return", cls=CheckedCommand)
def return_(
    context: typer.Context,
    month: WhichMonth = None,
    *,
    by: Reviewer,
    reason: Annotated[str, typer.Option(help="Why; shown in the report.")],
    site: OfSite = None,
    day: OfDay = None,
    out: Out = Path("reports"),
    language: Spoken = None,
    config: Config = None,
) -> None:
    """Return it to whoever submitted it, with a reason."""
    settings = settings_of(context, config)
    if site is not None or day is not None:
        _take_days(context, settings, (site, month, day), "returned", by, reason)
    else:
        _take(context, settings, (month, out, language), "returned", by, reason)


@app.command("list", cls=CheckedCommand)
def list_(
    context: typer.Context,
    *,
    site: Annotated[str | None, typer.Option("--site", help="Only the readings of this site.")] = None,
    config: Config = None,
) -> None:
    """List every step of every review, and what changed since.

    Days of a site that stand alike are one line; those that changed after they were submitted say by what.
    """
    from liangqu.tasks.declared.day_approval import reviewed_days, reviewed_spans

    settings, words = settings_of(context, config), CommandWords("approval", language_of(context))
    if site is not None:
        site = _known_site(settings, site)
    spans = [*reviewed_spans(reviewed_days(settings, site))]
    if site is None:
        _list_reports(context, config, settings, words, has_days=bool(spans))
    elif not spans:
        say(words("no_day"))
    for span in spans:
        say(_span_line(span, words))
        for change in span.changes if span.state == "changed" else ():
            why = words("reason", reason=change.reason) if change.reason else ""
            cause = words(_CAUSES[change.cause])
            who = words("who", by=change.by) if change.by else ""
            say(f"    {local_time(change.made)}  {cause}{who}{why}")


def _known_site(settings: "Settings", site: str) -> str:
    """Its id of today.

    Raises:
        ProblemError: there is no such site.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.config.names import check_site

    catalogue = open_catalogue(settings)
    site = catalogue.by_former.get(site, site)
    check_site("--site", site, catalogue)
    return site


def _list_reports(
    context: typer.Context, config: Path | None, settings: "Settings", words: CommandWords, *, has_days: bool
) -> None:
    from dashboards.reports.revisions.approvals import read_reviews
    from liangqu.tasks.declared.approval import since_approval

    with existing_journal(context, config).snapshot() as connection:
        found = read_reviews(connection)
    last = {one.month: one for one in found if one.is_final}
    changed = since_approval(settings, last.values())
    for one in found:
        say(f"{local_time(one.made)}  {_line(one, words)}  {one.sha256[:16]}")
        since = changed[one.month] if one is last.get(one.month) else None
        if since is not None and any(since):
            counts = {
                "late": since.late,
                "revised": since.revised,
                "marks": since.marks,
                "changes": since.changes,
            }
            say(f"    {words('since', **counts)}")
    if not found and not has_days:
        say(words("none"))


def _take(
    context: typer.Context,
    settings: "Settings",
    which: tuple[str | None, Path, Language | None],
    step: "Step",
    by: str,
    reason: str = "",
) -> None:
    from dashboards.reports.month import Month, MonthError
    from liangqu.tasks.declared.approval import review_report

    month, out, language = which
    if month is None:
        raise ProblemError("say which month, YYYY-MM, or --site and --day")
    try:
        wanted = str(Month.parse(month))
    except MonthError as error:
        raise ProblemError(str(error)) from None
    if not by.strip():
        raise ProblemError("--by: must not be blank")
    spoken = language or settings.language
    made = review_report(
        settings, wanted, out, spoken, step=step, by=by, reason=reason, now=datetime.now(UTC)
    )
    say(_line(made, CommandWords("approval", language_of(context))))


def _take_days(
    context: typer.Context,
    settings: "Settings",
    which: tuple[str | None, str | None, str | None],
    step: "Step",
    by: str,
    reason: str = "",
) -> None:
    from liangqu.tasks.declared.day_approval import review_days, taken_spans

    site, month, day = which
    if site is None or (month is None) == (day is None):
        raise ProblemError("--site and --day belong together; --site alone wants a month, YYYY-MM")
    site = _known_site(settings, site)
    taken = review_days(
        settings, site, day or month or "", step=step, by=by, reason=reason, now=datetime.now(UTC)
    )
    words = CommandWords("approval", language_of(context))
    for span in taken_spans(taken):
        say(_span_line(span, words))


def _span_line(span: "ReviewedSpan", words: CommandWords) -> str:
    """Which days of which site, how they stand, by whom and why."""
    last = span.last
    which = span.first if span.days == 1 else words("days", first=span.first, last=span.until, n=span.days)
    return words(
        _STATES[span.state],
        days=f"{span.site} {which}",
        by=last.by,
        level=last.level,
        levels=last.levels,
        reason=words("reason", reason=last.reason) if last.reason else "",
    )


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
