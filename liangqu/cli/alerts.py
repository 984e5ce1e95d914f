"""`liangqu alerts`: list open and past episodes, acknowledge and silence them, test the channels."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.channel_test import send_test
from liangqu.cli.options import (
    AsJson,
    By,
    CheckedCommand,
    Config,
    existing_journal,
    local_time,
    login_name,
    parse_length,
    settings_of,
    submit_request,
)
from liangqu.config.errors import ProblemError
from liangqu.config.names import EVERY, check_watched_names, checked_scope
from liangqu.terminal.output import MachineOutput, say, say_json, say_result
from sensors.excerpt import csv_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alerts.episodes.register import Episode

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Alerts: list, history, ack, silence, unsilence, test.",
)

Site = Annotated[str | None, typer.Option(help="Only this site.")]
RuleId = Annotated[str | None, typer.Option(help="Only this rule.")]
_COLUMNS = (
    "episode", "rule", "site", "parameter", "statistic", "category", "severity", "state", "begin", "end",
    "hours", "peak", "peak_at", "mean", "n", "limit", "unit", "reason", "historical", "acknowledged_by",
    "acknowledged_at", "note",
)  # fmt: skip


@app.command("list", cls=CheckedCommand)
def list_(context: typer.Context, as_json: AsJson = False, config: Config = None) -> None:
    """Show open episodes and active silences."""
    from alerts.episodes import register
    from alerts.notify import silences

    now = datetime.now(UTC)
    with existing_journal(context, config).snapshot() as connection:
        found = register.open_episodes(connection)
        silent = silences.in_force(connection, now)
    episodes = [episode for episode in found if not episode.historical]
    if as_json:
        say_json([_row(episode, now) for episode in episodes])
        return
    for line in _lines(episodes, now):
        say(line)
    if len(found) > len(episodes):
        say(f"of old readings alone: {len(found) - len(episodes)}, see liangqu alerts history")
    for silence in silent:
        what = _silence_words(silence.site, silence.rule, silence.parameter)
        why = f": {silence.reason}" if silence.reason else ""
        say(f"silence {silence.id}  {what}, until {local_time(silence.until)}, by {silence.by}{why}")
    if not episodes:
        say("no open episodes")


@app.command(cls=CheckedCommand)
def history(
    context: typer.Context,
    start: Annotated[
        str | None, typer.Option("--from", help="Only those that began on or after this day, YYYY-MM-DD.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Only those that began before this day, YYYY-MM-DD.")
    ] = None,
    site: Site = None,
    rule: RuleId = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="CSV instead of a table.")] = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the register of episodes.

    Each with start, end, hours, peak and limit; CSV and JSON also have mean, acknowledgement and note.
    """
    from alerts.episodes import register

    now, span = datetime.now(UTC), (_day("--from", start), _day("--to", end))
    with existing_journal(context, config).snapshot() as connection:
        episodes = list(register.history(connection, *span, site=site, rule=rule))
        former = episodes or list(register.history(connection))
    if not episodes:
        check_watched_names(
            settings_of(context, config),
            site=site,
            rule=rule,
            former=[(each.site, each.rule) for each in former],
        )
    rows = [_row(episode, now) for episode in episodes]
    if as_json:
        say_json(rows)
    elif as_csv:
        import csv

        writer = csv.DictWriter(MachineOutput(), _COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: csv_cell(cell) for name, cell in row.items()} for row in rows)
    else:
        for line in _lines(episodes, now):
            say(line)
        if not episodes:
            say("no episode matches" if former else "the register is empty")


@app.command(cls=CheckedCommand)
def ack(
    context: typer.Context,
    episode: Annotated[
        str, typer.Argument(help="The episode's id, or its first characters.", metavar="EPISODE")
    ],
    by: By = "",
    note: Annotated[str, typer.Option(help="What is being done about it.")] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Acknowledge an episode.

    Repeats and escalation stop; its end is still notified.
    """
    from alerts.episodes import register

    journal = existing_journal(context, config)
    with journal.snapshot() as connection:
        found = register.find(connection, episode)
        several = [each.id for each in register.open_episodes(connection) if each.id.startswith(episode)]
    if found is None and len(several) > 1:
        raise ProblemError(f"several open episodes begin with {episode}: {', '.join(several)}", exit_code=1)
    if found is None:
        raise ProblemError(f"there is no episode {episode}", exit_code=1)
    if found.ended is not None:
        raise ProblemError(f"episode {found.id} has been over since {local_time(found.ended)}", exit_code=1)
    submit_request(journal, "ack", {"episode": found.id, "by": by or login_name(), "note": note})
    say_result({"episode": found.id}, f"{found.id} acknowledged", as_json=as_json)


@app.command(cls=CheckedCommand)
def silence(
    context: typer.Context,
    site: Annotated[
        str,
        typer.Argument(help="Id of a site, zone or river; all; or _ for the service itself.", metavar="SITE"),
    ],
    length: Annotated[str, typer.Option("--for", help="How long, such as 2h or 1d.")] = "2h",
    reason: Annotated[str, typer.Option(help="Why; shown by `alerts list`.")] = "",
    rule: RuleId = None,
    parameter: Annotated[str | None, typer.Option(help="Only this parameter, by id or HJ code.")] = None,
    by: By = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Silence a place for a while.

    Its episodes continue, and what is still open afterwards is notified.
    """
    from sensors.calendar import to_ms

    until = datetime.now(UTC) + parse_length("--for", length)
    parameter = checked_scope(settings_of(context, config), site, rule, parameter)
    body = {
        "id": 0, "site": site, "rule": rule, "parameter": parameter, "until": until.isoformat(),
        "reason": reason, "by": by or login_name(),
    }  # fmt: skip
    submit_request(existing_journal(context, config), "silence", body)
    say_result(
        {"site": site, "rule": rule, "parameter": parameter, "until": to_ms(until)},
        f"silenced until {local_time(until)}: {_silence_words(site, rule, parameter)}",
        as_json=as_json,
    )


@app.command(cls=CheckedCommand)
def unsilence(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="The silence's number; see `alerts list`.", metavar="NUMBER")],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """End a silence now."""
    from alerts.notify import silences

    journal = existing_journal(context, config)
    with journal.snapshot() as connection:
        known = {silence.id for silence in silences.in_force(connection, datetime.now(UTC))}
    if number not in known:
        raise ProblemError(f"there is no silence {number} in force", exit_code=1)
    submit_request(journal, "unsilence", {"id": number})
    say_result({"id": number}, f"silence {number} ended", as_json=as_json)


app.command("test", cls=CheckedCommand)(send_test)


def _day(option: str, text: str | None) -> datetime | None:
    from sensors.calendar import SHANGHAI

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise ProblemError(f"{option}: {text!r} is not a date such as 2026-11-22") from None


def _state(episode: "Episode") -> str:
    if episode.ended is not None:
        return "resolved"
    if episode.acked_by:
        return "acknowledged"
    return "historical" if episode.historical else "firing"


def _lines(episodes: "Sequence[Episode]", now: datetime) -> "Iterator[str]":
    """Two lines each, as one is too long for a terminal: when and how severe; where, what and how much."""
    from alerts.notify.words import format_value
    from alerts.rules.index import NONE

    for one in episodes:
        end, who = local_time(one.ended) if one.ended else "…", f" by {one.acked_by}" if one.acked_by else ""
        lasted = f"{local_time(one.begun)} – {end}  {one.hours(now):.1f} h"
        what = f"{_place_words(one.site)} {one.rule} {one.parameter}".removesuffix(f" {NONE}")
        if one.statistic != "check":  # failed or not: no number that says anything
            peak, limit = (format_value(value, one.unit, "en") for value in (one.peak, one.limit))
            what = f"{what}  peak {peak}, limit {limit}"
        yield f"{one.id}  {lasted}  {one.severity}  {_state(one)}{who}"
        yield f"    {what}  {one.reason}"


def _place_words(site: str) -> str:
    from alerts.rules.index import NONE

    return {NONE: "the service itself", EVERY: "all places"}.get(site, site)


def _silence_words(site: str, rule: str | None, parameter: str | None) -> str:
    """The place, and rule and parameter where it is restricted to one."""
    parts = (_place_words(site), rule and f"rule {rule}", parameter and f"parameter {parameter}")
    return ", ".join(part for part in parts if part)


def _row(episode: "Episode", now: datetime) -> dict[str, Any]:
    from sensors.calendar import SHANGHAI

    def iso(moment: datetime | None) -> str | None:
        return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None

    values = (
        episode.id, episode.rule, episode.site, episode.parameter, episode.statistic, episode.category,
        episode.severity, _state(episode), iso(episode.begun), iso(episode.ended),
        round(episode.hours(now), 2), episode.peak, iso(episode.peak_at), episode.mean, episode.n,
        episode.limit, episode.unit, episode.reason, episode.historical, episode.acked_by,
        iso(episode.acked_at), episode.note,
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))
