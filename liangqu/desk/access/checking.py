"""What `liangqu check` finds of the desk: its users, and an address at which browsers keep no login."""

from collections.abc import Collection, Iterator
from pathlib import Path

from liangqu.config.desk_choice import DeskChoice
from liangqu.config.errors import ProblemError
from liangqu.config.listen_address import parse_listen
from liangqu.desk.access.users import UserEntries, UsersFileError, read_users


def desk_mistakes(choice: DeskChoice) -> Iterator[str]:
    """A line for what keeps everybody out."""
    try:
        entries = read_users(Path(choice.users))
    except UsersFileError as error:
        yield from error.lines
        return
    if entries and not any("admin" in entry.roles for entry in entries.values()):
        yield from ProblemError(
            f"{choice.users}: nobody is an administrator; liangqu desk user roles NAME admin makes one"
        ).lines


def desk_doubts(choice: DeskChoice, people: Collection[str]) -> Iterator[str]:
    """A line for what may be right and is worth a look; `people` are the ids of the notify file."""
    listen = parse_listen(choice.listen)
    if not listen.is_loopback and not choice.cert_file and not choice.public_url.startswith("https:"):
        yield from ProblemError(
            f"desk.listen: {choice.listen} without HTTPS: browsers keep no login there; name cert_file and"
            " key_file, or a proxy's address as public_url"
        ).lines
    try:
        entries: UserEntries = read_users(Path(choice.users))
    except UsersFileError:
        return
    for entry in entries.values():
        if entry.person and entry.person not in people:
            yield from ProblemError(
                f"{choice.users}: {entry.name}: person: nobody of the notify file is {entry.person}"
            ).lines
