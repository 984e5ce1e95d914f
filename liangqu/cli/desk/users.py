"""`liangqu desk user add`, `list`, `remove`, `roles`, `password`."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.options import AsJson, Config, NoHeader, settings_of, split_names
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json, say_result
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from liangqu.config.settings import Settings

Name = Annotated[str, typer.Argument(help="The name to sign in with.", metavar="NAME")]
Roles = Annotated[
    str, typer.Option(help="What the user may besides looking: duty, review, admin, separated by commas.")
]
DisplayName = Annotated[str, typer.Option(help="The name that others see; by default NAME.")]
Person = Annotated[str, typer.Option(help="The user's id in the notify file, for acknowledgements.")]
OwnPassword = Annotated[
    bool,
    typer.Option(
        "--password", help="Ask for a password, or read a line of standard input, instead of a link."
    ),
]


def add(
    context: typer.Context,
    name: Name,
    *,
    roles: Roles = "",
    display_name: DisplayName = "",
    person: Person = "",
    password: OwnPassword = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Add a user of the desk, and print the link by which the password is set.

    Everybody may look; an administrator may do everything. The link goes for seven days, and once.
    """
    from liangqu.desk.access import user_changes
    from liangqu.desk.access.users import UserEntry

    settings = settings_of(context, config)
    _refuse_unknown_person(settings, person)
    stored = _new_password_hash(name, display_name) if password else ""
    entry = UserEntry(name, display_name or name, _roles_of(roles), person, stored)
    file = Path(settings.desk.users)
    with _recorded(settings, "user_add", name, roles=[*entry.roles]):
        user_changes.add_user(file, entry)
    words = CommandWords("desk_user", language_of(context))
    _say_link(settings, name, words("added", name=name, file=file), words, make=not password, as_json=as_json)


def list_(
    context: typer.Context, no_header: NoHeader = False, as_json: AsJson = False, config: Config = None
) -> None:
    """List the users of the desk, and what each may."""
    from liangqu.desk.access.user import ROLES
    from liangqu.desk.access.users import read_users
    from liangqu.terminal.table import lines

    entries = read_users(Path(settings_of(context, config).desk.users)).values()
    if as_json:
        say_json(
            [
                {
                    "name": each.name,
                    "display_name": each.display_name,
                    "roles": each.roles,
                    "person": each.person,
                    "has_password": bool(each.password_hash),
                    "invited_until": each.invited_until.isoformat() if each.invited_until else None,
                }
                for each in entries
            ]
        )
        return
    words = CommandWords("desk_user", language_of(context))
    rows = [words.headings()]
    for each in entries:
        said = [words(role) for role in ROLES if role in each.roles] or [words("look")]
        state = words("has_password") if each.password_hash else words("invited")
        rows.append([each.name, each.display_name, words("comma").join(said), each.person, state])
    for line in [*lines(rows)][int(no_header) :] if len(rows) > 1 else (words("none"),):
        say(line)


def remove(context: typer.Context, name: Name, as_json: AsJson = False, config: Config = None) -> None:
    """Remove a user of the desk, who is signed out everywhere at once."""
    from liangqu.desk.access.user_changes import remove_user

    settings = settings_of(context, config)
    with _recorded(settings, "user_remove", name):
        remove_user(Path(settings.desk.users), name)
    said = CommandWords("desk_user", language_of(context))("removed", name=name)
    say_result({"removed": name}, said, as_json=as_json)


def roles(
    context: typer.Context,
    name: Name,
    given: Annotated[
        str,
        typer.Argument(help="All of the user's roles, separated by commas; look for none.", metavar="ROLES"),
    ],
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Give a user of the desk these roles and no others; signed out everywhere by that.

    look: see every page; duty: alerts, silences, duty; review: marks, quarantine, reports; admin: everything.
    """
    from liangqu.desk.access.user_changes import set_roles

    settings, wanted = settings_of(context, config), _roles_of(given)
    with _recorded(settings, "user_roles", name, roles=[*wanted]):
        set_roles(Path(settings.desk.users), name, wanted)
    words = CommandWords("desk_user", language_of(context))
    said = words("comma").join(words(role) for role in wanted or ("look",))
    say_result({"name": name, "roles": wanted}, words("has_roles", name=name, roles=said), as_json=as_json)


def password(
    context: typer.Context,
    name: Name,
    *,
    password: OwnPassword = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print a link by which a user sets another password, for one that was lost.

    The link goes for seven days, and once. Until then the former password goes on.
    """
    from liangqu.desk.access.user_changes import set_password

    settings = settings_of(context, config)
    words = CommandWords("desk_user", language_of(context))
    if password:
        stored = _new_password_hash(name)
        with _recorded(settings, "user_password", name):
            set_password(Path(settings.desk.users), name, stored)
    _say_link(settings, name, words("password_set", name=name) if password else "", words,
              make=not password, as_json=as_json)  # fmt: skip


def _say_link(
    settings: "Settings", name: str, said: str, words: CommandWords, *, make: bool, as_json: bool
) -> None:
    """Say what was done; with `make`, and the link that is printed this once."""
    from datetime import UTC, datetime

    from liangqu.desk.access.opening import invitation_link
    from liangqu.desk.access.user_changes import invite

    link = ""
    if make:
        with _recorded(settings, "user_link", name):
            token = invite(Path(settings.desk.users), name, datetime.now(UTC))
        link = invitation_link(settings.desk.address, token)
    if as_json:
        say_json({"name": name, "link": link or None})
        return
    for line in (said, *((words("link", name=name), link) if link else ())):
        if line:
            say(line)


def _new_password_hash(*personal: str) -> str:
    """From the terminal, where it is not seen, or from a line of standard input; never from an argument."""
    from liangqu.desk.access.passwords import LEAST_LENGTH, LONGEST, to_hash, why_refused

    if sys.stdin.isatty():
        given = typer.prompt("password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    match why_refused(given, *personal, "liangqu"):
        case "too_short":
            raise ProblemError(f"--password: at least {LEAST_LENGTH} characters")
        case "too_long":
            raise ProblemError(f"--password: at most {LONGEST} characters of text")
        case "too_easy":
            raise ProblemError("--password: this one would soon be guessed; take several unrelated words")
    return to_hash(given)


def _roles_of(text: str) -> tuple[str, ...]:
    """The roles that are named, in their order; `look` is everybody's and stands in no file."""
    from liangqu.desk.access.user import ROLES
    from sensors.excerpt import excerpt, suggestion

    named = split_names(text) - {"", "look"}
    for role in sorted(named - {*ROLES}):
        raise ProblemError(f"{excerpt(role)} is no role{suggestion(role, ROLES)}")
    return tuple(role for role in ROLES if role in named)


def _refuse_unknown_person(settings: "Settings", person: str) -> None:
    from liangqu.config.factories import open_notify
    from sensors.excerpt import excerpt, suggestion

    people = open_notify(settings).people if person else {}
    if person and person not in people:
        raise ProblemError(
            f"--person: nobody of the notify file is {excerpt(person)}{suggestion(person, people)}"
        )


@contextmanager
def _recorded(settings: "Settings", what: str, name: str, **details: Any) -> Iterator[None]:
    """A row of the audit list for what is done inside, if that succeeds and there is a journal yet."""
    from datetime import UTC, datetime

    from ingest.journal import audit
    from liangqu.config.factories import open_journal

    if not Path(settings.journal.path).exists():
        yield
        return
    with closing(open_journal(settings)) as journal, journal.transaction() as connection:
        audit.record(connection, what, [name], datetime.now(UTC), details=details)
        yield
