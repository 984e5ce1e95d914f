"""`liangqu mark` and `unmark`: record what people know about intervals of readings."""

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liangqu.cli.options import Config, parse_time_of, settings_of
from liangqu.cli.recompute import say_days
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_site, parameter_id
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    from liangqu.config.settings import Settings
    from sensors.marks import Mark, What

Where = Annotated[str, typer.Argument(help="The site's id.", metavar="SITE")]
Which = Annotated[str, typer.Argument(help="A parameter's id or HJ code, or all.", metavar="PARAMETER")]
From = Annotated[str, typer.Argument(help="ISO 8601; Shanghai time if it has no offset.", metavar="FROM")]
To = Annotated[str, typer.Argument(help="End of the interval, exclusive.", metavar="TO")]
Reason = Annotated[str, typer.Option(help="Why; shown in the report.")]
By = Annotated[str, typer.Option(help="Your name.")]


def mark(
    context: typer.Context,
    site: Where,
    parameter: Which,
    start: From,
    end: To,
    *,
    what: Annotated[
        Literal["invalid", "maintenance", "exceptional"],
        typer.Option("--as", help="exceptional stays in the figures; those without it are also given."),
    ],
    reason: Reason,
    by: By,
    config: Config = None,
) -> None:
    """Mark an interval as invalid, maintenance or exceptional.

    Values stay as they are; statistics are recomputed. A maintenance interval in the future is a maintenance
    window: no alerts are raised during it.
    """
    settings = settings_of(context, config)
    made = _to_mark(settings, (site, parameter, start, end), what, reason, by)
    _submit(settings, made, language_of(context))


def unmark(
    context: typer.Context,
    site: Where,
    parameter: Which,
    start: From,
    end: To,
    *,
    reason: Reason,
    by: By,
    config: Config = None,
) -> None:
    """Remove the marks of an interval.

    A mark that reaches beyond it stays in force there; the record of every mark is kept.
    """
    from liangqu.config.factories import reading_store
    from liangqu.tasks.declared.marks import check_withdrawal, recorded_marks
    from sensors.marks import effective_marks

    settings = settings_of(context, config)
    made = _to_mark(settings, (site, parameter, start, end), "withdrawn", reason, by)
    with reading_store(settings) as store:
        in_force = effective_marks(recorded_marks(settings, store))
    check_withdrawal(made, in_force)
    _submit(settings, made, language_of(context))


def _to_mark(
    settings: "Settings", given: tuple[str, str, str, str], what: "What", reason: str, by: str
) -> "Mark":
    """The mark that the arguments describe.

    Raises:
        ProblemError: no such site or parameter, an unreadable time, or a blank text.
    """
    import msgspec

    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.declared.marks import LATEST, find_misfit
    from sensors.marks import EVERY, Mark

    site, parameter, start, end = given
    catalogue = open_catalogue(settings)
    check_site("SITE", site, catalogue)
    id_ = parameter_id("PARAMETER", parameter, catalogue, EVERY)
    known = catalogue.parameters.get(id_)
    if known is not None and known.medium != catalogue.sites[site].medium:
        raise ProblemError(
            f"{site} measures {catalogue.sites[site].medium}, but {known.id} is of {known.medium}"
        )
    for option, text in (("--reason", reason), ("--by", by)):
        if not text.strip():
            raise ProblemError(f"{option}: must not be blank")
    first, past = parse_time_of("FROM", start), parse_time_of("TO", end)
    match find_misfit(settings, first, past):
        case "backwards":
            raise ProblemError(f"TO {end} is not after FROM {start}")
        case "early":
            raise ProblemError(
                f"FROM {start}: no reading is from before {settings.ingest.earliest} (ingest.earliest)"
            )
        case "late":
            raise ProblemError(f"TO {end} is after {LATEST.year}")
    now = datetime.now(UTC)
    made = now.replace(microsecond=now.microsecond // 1000 * 1000)  # what a store keeps of a time
    return msgspec.convert(
        {
            "site": site, "parameter": id_, "start": first, "end": past, "what": what, "reason": reason,
            "by": by, "made": made,
        },
        Mark,
    )  # fmt: skip


def _submit(settings: "Settings", made: "Mark", language: Language) -> None:
    """Submit the mark; without a running service the statistics are computed here."""
    from ingest.marks import submit
    from liangqu.config.factories import open_catalogue, open_journal
    from liangqu.tasks.declared.day_approval import locks_told
    from liangqu.tasks.recompute import recompute_days
    from liangqu.terminal.progress import progress

    with locks_told(), closing(open_journal(settings)) as journal, journal.transaction() as connection:
        days = submit(connection, made, datetime.now(UTC))
    say(CommandWords("mark", language)(made.what, what=f"{made.site} {made.parameter}"))
    done = recompute_days(settings, open_catalogue(settings), [], progress)
    if days:
        say_days(done, days, CommandWords("recompute", language))
