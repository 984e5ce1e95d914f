"""`liangqu recompute`: recompute derived series from raw readings."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import ApprovedBy, ApprovedReason, Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import EVERY, check_place
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from datetime import date

    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue


def command(
    context: typer.Context,
    *,
    site: Annotated[str, typer.Option(help="The id of a site, zone or river, or `all` sites.")],
    from_: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD in Asia/Shanghai.")],
    to: Annotated[str, typer.Option("--to", help="Last day, inclusive.")],
    reason: ApprovedReason = "",
    by: ApprovedBy = "",
    config: Config = None,
) -> None:
    """Recompute statistics, AQI and water classes of some days.

    The months and years they belong to are recomputed as well. If a service is running, it does the work and
    this command only queues it; otherwise it is done here.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.declared.approval import check_approved
    from liangqu.tasks.recompute import recompute_days
    from liangqu.terminal.progress import progress

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    days = _days(_date("--from", from_), _date("--to", to), settings)
    requested = [(one, day) for one in _places(catalogue, site) for day in days]
    check_approved(settings, days, "recompute", reason=reason, by=by, now=datetime.now(UTC))
    done = recompute_days(settings, catalogue, requested, progress, reason=reason, by=by)
    say_days(done, len(requested), CommandWords("recompute", language_of(context)))


def say_days(done: int | None, queued: int, words: CommandWords) -> None:
    """How many days were computed here; None: by the running service."""
    say(words("queued", n=queued) if done is None else words("computed", n=done))


def _places(catalogue: "Catalogue", site: str) -> list[str]:
    if site == EVERY:
        return list(catalogue.sites)
    check_place("--site", site, catalogue, EVERY)
    return [site]


def _date(option: str, text: str) -> "date":
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProblemError(f"{option}: {text!r} is not a date such as 2026-11-22") from None


def _days(first: "date", last: "date", settings: "Settings") -> list[str]:
    """The days for which there can be readings; others would only cost time."""
    from datetime import timedelta

    from liangqu.service.clock import wall
    from sensors.calendar import SHANGHAI

    if last < first:
        raise ProblemError(f"--to {last} lies before --from {first}")
    bounds = settings.bounds()
    earliest = bounds.earliest.astimezone(SHANGHAI).date()
    if first < earliest:
        raise ProblemError(f"--from {first}: no reading is from before {earliest} (ingest.earliest)")
    latest = (wall() + bounds.max_ahead + timedelta(days=1)).astimezone(SHANGHAI).date()
    if last > latest:
        raise ProblemError(f"--to {last}: no reading is from after {latest}")
    return [(first + timedelta(days=k)).isoformat() for k in range((last - first).days + 1)]
