"""`liangqu alerts silence` and `unsilence`: notify nobody for a while, now or planned ahead."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.alerts.acknowledgement import find_open
from liangqu.cli.alerts.options import RuleId
from liangqu.cli.options import (
    AsJson,
    By,
    Config,
    existing_journal,
    local_time,
    login_name,
    parse_length,
    parse_time_of,
    settings_of,
    submit_request,
)
from liangqu.config.errors import ProblemError
from liangqu.config.names import EVERY, checked_scope
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say_result
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    import sqlite3


def silence(
    context: typer.Context,
    site: Annotated[
        str,
        typer.Argument(
            help="Id of a site, a zone or river with its sites, an open event; all; _ for the service.",
            metavar="SITE",
        ),
    ],
    length: Annotated[
        str | None, typer.Option("--for", help="How long, such as 2h or 1d; 2h by default.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", help="From this time on, such as 2026-12-01T09:00; now by default."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Until before this time, instead of --for.")] = None,
    reason: Annotated[str, typer.Option(help="Why; shown by `alerts list`.")] = "",
    rule: RuleId = None,
    parameter: Annotated[str | None, typer.Option(help="Only this parameter, by id or HJ code.")] = None,
    by: By = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Silence a place or an event for a while, now or planned ahead.

    Its episodes continue, and what is still open afterwards is notified. Times without an offset are
    Shanghai's.
    """
    from alerts.acknowledge.asked import silencing
    from sensors.calendar import to_ms

    starts, until = _span(length, start, end, datetime.now(UTC))
    scope = _scope(context, config, site, rule, parameter)
    what, body = silencing(scope, until, reason, by or login_name(), starts=starts)
    submit_request(existing_journal(context, config), what, body)
    words = CommandWords("silence", language_of(context))
    said = words(
        "planned" if starts else "silenced",
        starts=local_time(starts) if starts else "",
        until=local_time(until),
        what=_words(scope, words.language),
    )
    say_result(
        scope | {"starts": to_ms(starts) if starts else None, "until": to_ms(until)},
        said,
        as_json=as_json,
    )


def unsilence(
    context: typer.Context,
    number: Annotated[
        str,
        typer.Argument(
            help="The silence's number, see `alerts list`; or the site or event that it is of.",
            metavar="NUMBER",
        ),
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """End a silence now, or withdraw one that is planned.

    By its number, or every silence of a site or an event.
    """
    from alerts.notify import silences

    journal = existing_journal(context, config)
    with journal.snapshot() as connection:
        known = silences.not_over(connection, datetime.now(UTC))
    ids = [
        each.id
        for each in known
        if str(each.id) == number
        or (each.site == number and each.event is None)
        or (each.event is not None and len(number) >= _FEWEST and each.event.startswith(number))
    ]
    if not ids:
        raise ProblemError(f"there is no silence {number} in force or planned", exit_code=1)
    submit_request(journal, "unsilence", *({"id": each} for each in ids))
    words = CommandWords("silence", language_of(context))
    said = words("ended", n=len(ids), ids=", ".join(map(str, ids)))
    say_result({"ids": ids}, said, as_json=as_json)


_FEWEST = 4  # characters of an event's id, so that no number of a silence is one


def _span(
    length: str | None, start: str | None, end: str | None, now: datetime
) -> tuple[datetime | None, datetime]:
    """From when (None: now) until when.

    Raises:
        ProblemError: a time is none, the end is not after the beginning, or both ends are given.
    """
    if length is not None and end is not None:
        raise ProblemError("--to: give it or --for, not both")
    starts = parse_time_of("--from", start) if start is not None else None
    if starts is not None and starts <= now:
        starts = None
    if end is None:
        return starts, (starts or now) + parse_length("--for", length or "2h")
    until = parse_time_of("--to", end)
    if until <= (starts or now):
        raise ProblemError(
            f"--to: {local_time(until)} is not after the beginning, {local_time(starts or now)}"
        )
    return starts, until


def _scope(
    context: typer.Context, config: Config, site: str, rule: str | None, parameter: str | None
) -> dict[str, Any]:
    """What is silenced: an event if the id is of one that is open and no place has it."""
    from alerts.events import register
    from liangqu.config.factories import open_catalogue

    settings = settings_of(context, config)
    if site not in open_catalogue(settings).places:
        with existing_journal(context, config).snapshot() as connection:
            event = _event_named(connection, site)
            found = register.find(connection, event) if event is not None else None
        if found is not None:
            if rule is not None or parameter is not None:
                raise ProblemError("an event is silenced as a whole: leave --rule and --parameter out")
            return {"site": found.area, "rule": None, "parameter": None, "event": found.id}
    parameter = checked_scope(settings, site, rule, parameter)
    return {"site": site, "rule": rule, "parameter": parameter, "event": None}


def _event_named(connection: "sqlite3.Connection", id_: str) -> str | None:
    if len(id_) < _FEWEST or not set(id_) <= set("0123456789abcdef"):
        return None
    return find_open(connection, id_)


def _words(scope: dict[str, Any], language: Language) -> str:
    """The place, and rule and parameter where it is restricted to one; or the event; by their ids."""
    from alerts.rules.index import NONE

    alerts, episodes = CommandWords("alerts", language), CommandWords("episodes", language)
    named = {NONE: episodes("service"), EVERY: episodes("everywhere")}
    place, rule, parameter = named.get(scope["site"], scope["site"]), scope["rule"], scope["parameter"]
    if scope["event"]:
        return alerts("event", scope["event"], f"({place})")
    parts = (place, rule and alerts("rule", rule), parameter and alerts("parameter", parameter))
    return ("，" if language == "zh" else ", ").join(part for part in parts if part)
