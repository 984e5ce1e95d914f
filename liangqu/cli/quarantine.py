"""`liangqu quarantine`: show what was refused and why, replay or drop it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.options import AsJson, CheckedCommand, Config, existing_journal
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import say, say_json, say_result

if TYPE_CHECKING:
    from ingest.journal.quarantine import QuarantinedItem, QuarantineFilter

app = typer.Typer(
    rich_markup_mode=None, no_args_is_help=True, help="Refused items: list, show, replay, drop."
)

Reason = Annotated[str | None, typer.Option(help="Only items refused for this reason, e.g. unknown_site.")]
Site = Annotated[str | None, typer.Option(help="Only items from this site's topic.")]
Ids = Annotated[list[int] | None, typer.Argument(help="Only these items, by number.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="Every item in quarantine.")]


@app.command("list", cls=CheckedCommand)
def list_(
    context: typer.Context,
    reason: Reason = None,
    site: Site = None,
    limit: Annotated[int | None, typer.Option(help="Maximum number of items (20; with --json all).")] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show counts of refused items by reason and site, and the newest items."""
    from ingest.journal import quarantine

    which = quarantine.QuarantineFilter(reason=reason, site=site)
    with existing_journal(context, config).snapshot() as connection:
        overview = quarantine.summary(connection)
        most = limit or (-1 if as_json else 20)
        rows = [_row(item) for item in quarantine.items(connection, which, most)]
    if as_json:
        say_json(rows)
        return
    if not overview:
        say("the quarantine is empty")
        return
    for found, name, number, _ in overview:
        say(f"{number:>8}  {found:<18} {name}")
    say()
    for row in rows:
        say(
            f"{row['id']:>8}  {row['received']}  {row['reason']:<18}"
            f" {row['topic']}  {row['position']}  {row['detail']}"
        )


@app.command(cls=CheckedCommand)
def show(
    context: typer.Context,
    item: Annotated[int, typer.Argument(help="The item's number.")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show one item in full, with the payload as it came; only a data logger's password is masked."""
    from ingest.journal import quarantine
    from sensors.decoding.hj212.masking import mask_passwords

    with existing_journal(context, config).snapshot() as connection:
        found = next(quarantine.items(connection, quarantine.QuarantineFilter(ids=(item,))), None)
    if found is None:
        raise ProblemError(f"there is no item {item} in the quarantine", exit_code=1)
    row = _row(found) | {"payload": mask_passwords(found.payload.decode("utf-8", errors="backslashreplace"))}
    if as_json:
        say_json(row)
        return
    for name, value in row.items():
        say(f"{name:<9} {value}")


@app.command(cls=CheckedCommand)
def replay(
    context: typer.Context,
    ids: Ids = None,
    reason: Reason = None,
    site: Site = None,
    every: All = False,
    on_conflict: Annotated[
        str, typer.Option(help="If the store already holds a different value: keep it, or revise it.")
    ] = "keep",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Return items to the service, for example after a site was added to the catalogue.

    The catalogue is read when the service starts: restart it first (the broker keeps what arrives meanwhile).
    A running service processes the items within a second; otherwise the next one does.
    """
    from ingest.journal import quarantine

    if on_conflict not in {"keep", "revise"}:
        raise ProblemError(f"--on-conflict: {on_conflict!r} is neither keep nor revise")
    which = _filter(ids, reason, site, every=every)
    with existing_journal(context, config).transaction() as connection:
        moved, cut = quarantine.replay(connection, which, "revise" if on_conflict == "revise" else "keep")
    say_result({"replayed": moved, "cut": cut}, f"{moved} items given back", as_json=as_json)
    if cut and not as_json:
        say(f"{cut} stay: only the head of their payload was kept", err=True)


@app.command(cls=CheckedCommand)
def drop(
    context: typer.Context,
    ids: Ids = None,
    reason: Reason = None,
    site: Site = None,
    every: All = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Delete items for good; they stay counted as dropped."""
    from ingest.journal import quarantine

    which = _filter(ids, reason, site, every=every)
    with existing_journal(context, config).transaction() as connection:
        dropped = quarantine.drop(connection, which)
    say_result({"dropped": dropped}, f"{dropped} items dropped", as_json=as_json)


def _filter(
    ids: list[int] | None, reason: str | None, site: str | None, *, every: bool
) -> "QuarantineFilter":
    from ingest.journal.quarantine import QuarantineFilter

    if not (ids or reason or site or every):
        raise ProblemError("say which items: numbers, --reason, --site, or --all")
    return QuarantineFilter(reason=reason, site=site, ids=tuple(ids) if ids else None)


def _row(item: "QuarantinedItem") -> dict[str, Any]:
    from sensors.decoding.hj212.masking import mask_passwords

    return {
        "id": item.id,
        "reason": item.reason,
        "detail": mask_passwords(item.detail),
        "position": mask_passwords(item.position),
        "topic": item.topic,
        "site": item.site,
        "received": item.received.isoformat(timespec="milliseconds"),
        "length": item.length,
        "cut": item.cut,
        "sha256": item.sha256,
    }
