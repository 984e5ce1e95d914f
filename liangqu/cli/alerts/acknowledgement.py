"""`liangqu alerts ack`: take events over, by their ids, by those of episodes, or by site."""

from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import (
    AsJson,
    By,
    Config,
    existing_journal,
    local_time,
    login_name,
    settings_of,
    submit_request,
)
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say_result
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    import sqlite3


def ack(
    context: typer.Context,
    ids: Annotated[
        list[str] | None,
        typer.Argument(
            help="Ids of events or episodes, or their first characters.", show_default=False, metavar="IDS"
        ),
    ] = None,
    site: Annotated[
        str | None, typer.Option(help="Every open event of this site, zone or river, or with a part in it.")
    ] = None,
    by: By = "",
    note: Annotated[str, typer.Option(help="What is being done about it; shown wherever the event is.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Acknowledge events, each with all its episodes.

    Repeats and escalation stop, whoever was notified is told, and the end is still notified.
    """
    from alerts.acknowledge.asked import acknowledging

    if bool(ids) == (site is not None):
        raise ProblemError("name events or episodes by their ids, or give --site; see liangqu alerts list")
    if site is not None:
        from liangqu.config.factories import open_catalogue
        from liangqu.config.names import EVERY, check_place

        check_place("--site", site, open_catalogue(settings_of(context, config)), "_", EVERY)
    journal = existing_journal(context, config)
    with journal.snapshot() as connection:
        found = (
            [find_open(connection, each) for each in ids or ()]
            if site is None
            else _open_at(connection, site)
        )
    found = list(dict.fromkeys(found))
    submit_request(journal, "ack", *(acknowledging(each, note, by or login_name())[1] for each in found))
    said = CommandWords("ack", language_of(context))("done", ids=", ".join(found))
    say_result({"acknowledged": found}, said, as_json=as_json)


def find_open(connection: "sqlite3.Connection", id_: str) -> str:
    """The id of the open event that an id or its first characters name; of an episode without one its own.

    Raises:
        ProblemError: there is none, it is over, or there are several.
    """
    from alerts.episodes import register
    from alerts.events import register as event_register

    named = event_register.open_named(connection, id_)
    if len({*named.values()}) == 1:
        return next(iter(named.values()))
    if named:
        raise ProblemError(
            f"several open events or episodes begin with {id_}: {', '.join(named)}", exit_code=1
        )
    event, episode = event_register.find(connection, id_), register.find(connection, id_)
    for what, former in (("event", event), ("episode", episode)):
        if former is not None and former.ended is not None:
            raise ProblemError(
                f"{what} {former.id} has been over since {local_time(former.ended)}", exit_code=1
            )
    raise ProblemError(f"there is no event or episode {id_}", exit_code=1)


def _open_at(connection: "sqlite3.Connection", site: str) -> list[str]:
    """The open events of a place, and those in which it has an open episode."""
    from alerts.episodes import register
    from alerts.events import register as event_register
    from liangqu.config.names import EVERY

    events = [each.id for each in event_register.open_events(connection) if site in {each.area, EVERY}]
    found = [
        *events,
        *(e.event_id for e in register.open_episodes(connection) if e.event_id and site in {e.site, EVERY}),
    ]
    if not found:
        raise ProblemError(f"--site: no event is open at {site}", exit_code=1)
    return found
