"""`liangqu reload`; what a running service answers to a change, and kept messages offered."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import AsJson, Config, parse_length, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.program import typed_command
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from ingest.journal.requests import ReloadAnswer
    from liangqu.config.settings import Settings


Wait = Annotated[str, typer.Option(help="How long to wait for its answer, such as 30s.")]


def command(
    context: typer.Context, wait: Wait = "10s", as_json: AsJson = False, config: Config = None
) -> None:
    """Let the running service read its settings again.

    No message and no event is lost by it. If something is wrong with them, the running ones stay in force,
    and the exit code is 2; 1 if no service answers. What else has changed is in force from the next start.
    SIGHUP does the same.
    """
    from liangqu.tasks.stations.taking_in import await_reload

    settings = settings_of(context, config)
    answer = await_reload(settings, parse_length("--wait", wait))
    words = CommandWords("station", language_of(context))
    if as_json:
        say_json({"answered": answer is not None, "problems": answer.problems if answer else []})
    if answer is None:
        raise ProblemError(words("not_running"), exit_code=1)
    if answer.problems:
        raise ProblemError(*answer.problems)
    if not as_json:
        say_reload(words, settings, answer)


def await_reload_of(settings: "Settings") -> "ReloadAnswer | None":
    """What the running service answers; None if none does."""
    from liangqu.tasks.stations.taking_in import await_reload

    return await_reload(settings)


def say_reload(words: CommandWords, settings: "Settings", answer: "ReloadAnswer | None") -> None:
    """In one line, and one for each problem."""
    from liangqu.tasks.stations.listing import is_journal_open

    if answer is None:
        say(words("not_running" if is_journal_open(settings) else "not_asked"))
        return
    say(words("refused" if answer.problems else "taken"))
    for problem in answer.problems:
        say(words("warning", line=problem), err=True)


def offer_kept(
    context: typer.Context, settings: "Settings", id_: str, *, replay: bool | None, as_json: bool
) -> None:
    """Bring in what was kept of a station if somebody says so, before or now."""
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.stations.taking_in import bring_in_kept, count_kept

    site = open_catalogue(settings).sites[id_]
    kept = count_kept(settings, site)
    if not kept or (as_json and replay is None):
        return
    words = CommandWords("station", language_of(context))
    if replay is None and sys.stdin.isatty():
        replay = typer.confirm(words("ask_kept", n=kept, site=id_))
    if replay:
        moved, cut = bring_in_kept(settings, site)
        of_quarantine = CommandWords("quarantine", language_of(context))
        if not as_json:
            say(of_quarantine("given_back", n=moved, topic=""))
        if cut:
            say(of_quarantine("not_given_back", n=cut), err=True)
    elif not as_json:
        typed = typed_command("quarantine", "replay", "--reason", "unknown_site", "--site", site.mn or id_)
        say(words("kept_there", n=kept, command=typed))
