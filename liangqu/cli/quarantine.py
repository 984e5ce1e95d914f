"""`liangqu quarantine`: show what was refused and why, replay or drop it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import (
    ApprovedBy,
    AsJson,
    CheckedCommand,
    Config,
    Ids,
    NoHeader,
    OnConflict,
    existing_journal,
    local_time,
    settings_of,
)
from liangqu.cli.quarantine_lines import counted_lines, item_lines, item_row
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import command_group, language_of
from liangqu.terminal.output import say, say_json, say_result
from liangqu.terminal.table import lines
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from ingest.journal.quarantine import QuarantineFilter

app = command_group("Refused items: list, show, replay, drop.")

Reason = Annotated[str | None, typer.Option(help="Only items refused for this reason, e.g. unknown_site.")]
Site = Annotated[str | None, typer.Option(help="Only items from this site's topic.")]
Items = Annotated[
    list[int] | None, typer.Argument(help="Only these items, by number.", show_default=False, metavar="IDS")
]
All = Annotated[bool, typer.Option("--all", help="Every item in quarantine.")]


@app.command("list", cls=CheckedCommand)
def list_(
    context: typer.Context,
    reason: Reason = None,
    site: Site = None,
    limit: Annotated[int | None, typer.Option(help="Maximum number of items (20; with --json all).")] = None,
    with_ids: Ids = False,
    no_header: NoHeader = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Count the refused items, and show the newest.

    They are counted by reason and site; times are Shanghai's.
    """
    from ingest.journal import quarantine
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.messages.selection import check_selection

    which = quarantine.QuarantineFilter(reason=reason, site=site)
    with existing_journal(context, config).snapshot() as connection:
        check_selection(connection, which, open_catalogue(settings_of(context, config)))
        groups = quarantine.summary(connection, which)
        is_empty = not groups and not quarantine.summary(connection)
        most = limit or (-1 if as_json else 20)
        items = list(quarantine.items(connection, which, most))
    if as_json:
        say_json([item_row(item) for item in items])
        return
    words = CommandWords("quarantine", language_of(context))
    if not groups:
        say(words("empty" if is_empty else "none"))
        return
    names = {} if with_ids else _site_names(context, config)
    for line in (
        *counted_lines(groups, words, names, with_head=not no_header),
        "",
        *item_lines(items, words, with_head=not no_header),
    ):
        say(line)
    total = sum(number for _, _, number, _ in groups)
    if len(items) < total:
        say()
        say(words("newest", n=len(items), total=total))


@app.command(cls=CheckedCommand)
def show(
    context: typer.Context,
    item: Annotated[int, typer.Argument(help="The item's number.", metavar="ITEM")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one item in full.

    The payload is shown as it came; only a data logger's password is masked.
    """
    from ingest.journal import quarantine
    from ingest.processing.details import describe_detail
    from sensors.decoding.hj212.masking import mask_passwords

    with existing_journal(context, config).snapshot() as connection:
        found = next(quarantine.items(connection, quarantine.QuarantineFilter(ids=(item,))), None)
    if found is None:
        raise ProblemError(f"there is no item {item} in the quarantine", exit_code=1)
    row = item_row(found) | {
        "payload": mask_passwords(found.payload.decode("utf-8", errors="backslashreplace"))
    }
    if as_json:
        say_json(row)
        return
    words = CommandWords("quarantine", language_of(context))
    shown = row | {
        "detail": describe_detail(row["detail"], words.language),
        "received": local_time(found.received, seconds=True),
        "length": words("bytes", n=found.length),
        "cut": words("kept", n=len(found.payload)) if found.cut else "",
    }
    for line in lines(
        [(words(name), str(value)) for name, value in shown.items() if value not in {None, ""}]
    ):
        say(line)


@app.command(cls=CheckedCommand)
def replay(
    context: typer.Context,
    ids: Items = None,
    reason: Reason = None,
    site: Site = None,
    every: All = False,
    topic: Annotated[
        str | None,
        typer.Option(help="Give them back on this topic: the one that was meant.", show_default=False),
    ] = None,
    on_conflict: OnConflict = "keep",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would come of it now.", show_default=False)
    ] = False,
    why: Annotated[str, typer.Option(help="Why, where an approved day changes.")] = "",
    by: ApprovedBy = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Give items back to the service.

    For example, after a site has been added to the catalogue. A running service reads its settings again and
    processes the items within a second; otherwise the next one does. What came on a mistyped topic is given
    back with --topic.
    """
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.messages.giving_back import give_back

    which = _filter(ids, reason, site, every=every)
    if dry_run:
        _foresee(context, config, which, topic, as_json=as_json)
        return
    settings = settings_of(context, config)
    with existing_journal(context, config).transaction() as connection:
        done = give_back(
            connection, which, settings, open_catalogue(settings), datetime.now(UTC), conflict=on_conflict,
            topic=topic, reason=why, by=by,
        )  # fmt: skip
    words = CommandWords("quarantine", language_of(context))
    said = words("given_back_on" if topic else "given_back", n=done.moved, topic=topic)
    say_result({"replayed": done.moved, "cut": done.cut}, said, as_json=as_json)
    if done.cut and not as_json:
        say(words("not_given_back", n=done.cut), err=True)
    if done.again:
        say(words("refused_again", names=", ".join(done.again)), err=True)


@app.command(cls=CheckedCommand)
def drop(
    context: typer.Context,
    ids: Items = None,
    reason: Reason = None,
    site: Site = None,
    every: All = False,
    why: Annotated[str, typer.Option(help="Why, for the audit list.", show_default=False)] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Delete items for good; they stay counted as dropped."""
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.messages.giving_back import drop_items

    which = _filter(ids, reason, site, every=every)
    catalogue = open_catalogue(settings_of(context, config))
    with existing_journal(context, config).transaction() as connection:
        dropped = drop_items(connection, which, catalogue, datetime.now(UTC), why)
    words = CommandWords("quarantine", language_of(context))
    say_result({"dropped": dropped}, words("dropped", n=dropped), as_json=as_json)


def _filter(
    ids: list[int] | None, reason: str | None, site: str | None, *, every: bool
) -> "QuarantineFilter":
    from ingest.journal.quarantine import QuarantineFilter

    if not (ids or reason or site or every):
        raise ProblemError("say which items: numbers, --reason, --site, or --all")
    return QuarantineFilter(reason=reason, site=site, ids=tuple(ids) if ids else None)


def _foresee(
    context: typer.Context,
    config: Path | None,
    which: "QuarantineFilter",
    topic: str | None,
    *,
    as_json: bool,
) -> None:
    """Say what giving these items back would bring, and change nothing."""
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.messages.forecast import forecast_replay
    from liangqu.tasks.messages.forecast_words import describe_forecast
    from liangqu.tasks.messages.selection import check_selection, check_topic

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    with existing_journal(context, config).snapshot() as connection:
        check_selection(connection, which, catalogue)
        if topic is not None:
            check_topic(connection, which, topic, settings.mqtt.served, catalogue)
        found = forecast_replay(connection, which, settings, catalogue, topic=topic)
    if as_json:
        say_json(found)
        return
    for line in describe_forecast(found, language_of(context)):
        say(line)


def _site_names(context: typer.Context, config: Path | None) -> dict[str, str]:
    """What each site of the catalogue is called, by its id and by its MN."""
    from liangqu.config.factories import open_catalogue

    catalogue, language = open_catalogue(settings_of(context, config)), language_of(context)
    names = {id_: getattr(site.name, language) for id_, site in catalogue.sites.items()}
    return names | {mn: names[id_] for mn, id_ in catalogue.by_mn.items()}
