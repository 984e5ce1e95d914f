"""Changes of the file of users; whatever else stands in it, comments too, stays."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import tomlkit
from msgspec.structs import replace
from tomlkit.items import AoT

from ingest.journal.database.holder import alone_in
from liangqu.config.errors import ProblemError
from liangqu.desk.access.tokens import hash_of, new_token
from liangqu.desk.access.user import ROLES
from liangqu.desk.access.users import UserEntries, UserEntry, parse_users, read_users
from liangqu.tasks.editing.files import put
from sensors.excerpt import excerpt, suggestion

INVITED_FOR = timedelta(days=7)
_HEAD = "Who may sign in at the desk. Kept by `liangqu desk user`; read again when it changes."


class InvitationError(ProblemError):
    """A link is none of ours, was used, or is too old."""


def add_user(path: Path, entry: UserEntry) -> None:
    """Add a row.

    Raises:
        ProblemError: the row is wrong, the name is taken, or the file cannot be used.
    """
    with _changed(path) as (rows, entries):
        if entry.name.casefold() in entries:
            raise ProblemError(f"{path}: there is a user {entry.name} already")
        if flaw := next(entry.flaws(), None):
            raise ProblemError(flaw)
        rows.append(_table(entry))


def remove_user(path: Path, name: str) -> UserEntry:
    """Remove a row; its sessions end by that.

    Raises:
        ProblemError: there is none, it is the last administrator's, or the file cannot be used.
    """
    with _changed(path) as (rows, entries):
        entry = _known(path, entries, name)
        _refuse_last_administrator(path, entries, entry)
        del rows[_index(rows, entry)]
    return entry


def set_roles(path: Path, name: str, roles: tuple[str, ...]) -> UserEntry:
    """Give a user these roles and no others; a change ends the user's sessions.

    Raises:
        ProblemError: no such user or role, nobody would be administrator, or the file cannot be used.
    """
    for role in roles:
        if role not in ROLES:
            raise ProblemError(f"{excerpt(role)} is no role{suggestion(role, ROLES)}")

    def with_roles(entries: UserEntries, entry: UserEntry) -> UserEntry:
        if "admin" not in roles:
            _refuse_last_administrator(path, entries, entry)
        return replace(entry, roles=roles)

    return _replace(path, name, with_roles)


def invite(path: Path, name: str, now: datetime) -> str:
    """The token of a link by which the user sets a password, once, within `INVITED_FOR`; former links end.

    Raises:
        ProblemError: there is no such user, or the file cannot be used.
    """
    token = new_token()
    until = (now + INVITED_FOR).replace(microsecond=0)
    _replace(path, name, lambda _, entry: replace(entry, invitation=hash_of(token), invited_until=until))
    return token


def set_password(path: Path, name: str, password_hash: str) -> UserEntry:
    """Set a password; links end, and so do the sessions of before.

    Raises:
        ProblemError: there is no such user, or the file cannot be used.
    """
    return _replace(path, name, lambda _, entry: _with_password(entry, password_hash))


def accept_invitation(path: Path, token: str, password_hash: str, now: datetime) -> UserEntry:
    """Set the password of whoever a link was made for; it goes once.

    Raises:
        InvitationError: it is none of ours, was used, or is too old.
        ProblemError: the file cannot be used.
    """
    with _changed(path) as (rows, entries):
        entry = next((each for each in entries.values() if each.is_invited_by(token, now)), None)
        if entry is None:
            raise InvitationError(f"{path}: no user has this link any more")
        new = _with_password(entry, password_hash)
        _write(rows[_index(rows, entry)], new)
    return new


def _with_password(entry: UserEntry, password_hash: str) -> UserEntry:
    return replace(entry, password_hash=password_hash, invitation="", invited_until=None)


def _replace(path: Path, name: str, change: Callable[[UserEntries, UserEntry], UserEntry]) -> UserEntry:
    with _changed(path) as (rows, entries):
        entry = _known(path, entries, name)
        new = change(entries, entry)
        _write(rows[_index(rows, entry)], new)
    return new


@contextmanager
def _changed(path: Path) -> Iterator[tuple[Any, UserEntries]]:
    """The rows to change and what they say; written when all is right, and only then."""
    if not path.parent.is_dir():
        raise ProblemError(f"{path}: there is no folder {path.parent}; make it, or change desk.users")
    with alone_in(path.parent):
        entries = read_users(path)
        document = tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else _new_document()
        rows = document.get("user")
        if not isinstance(rows, AoT):  # none yet, or a list of inline tables, which has no place for comments
            rows = tomlkit.aot()
            for entry in entries.values():
                rows.append(_table(entry))
            document["user"] = rows
        yield rows, entries
        raw = tomlkit.dumps(document).encode()
        parse_users(raw, str(path))
        _make(path)
        put(path, raw)


def _new_document() -> tomlkit.TOMLDocument:
    document = tomlkit.document()
    document.add(tomlkit.comment(_HEAD))
    return document


def _make(path: Path) -> None:
    """A new file is its owner's alone; root's commands give it to whoever the folder belongs to."""
    if path.exists():
        return
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    if os.geteuid() == 0:
        folder = path.parent.stat()
        os.chown(path, folder.st_uid, folder.st_gid)


def _table(entry: UserEntry) -> Any:
    table = tomlkit.table()
    _write(table, entry)
    return table


def _write(table: Any, entry: UserEntry) -> None:
    """Bring a row to what the entry says; what it does not say is left out."""
    for key in UserEntry.__struct_fields__:
        value = getattr(entry, key)
        if key not in {"name", "display_name", "roles"} and not value:
            table.pop(key, None)
        elif key not in table or table[key] != (list(value) if isinstance(value, tuple) else value):
            table[key] = list(value) if isinstance(value, tuple) else value


def _index(rows: Any, entry: UserEntry) -> int:
    return next(number for number, row in enumerate(rows) if row["name"] == entry.name)


def _known(path: Path, entries: UserEntries, name: str) -> UserEntry:
    found = entries.get(name.casefold())
    if found is None:
        known = [entry.name for entry in entries.values()]
        raise ProblemError(f"{path}: there is no user {excerpt(name)}{suggestion(name, known)}")
    return found


def _refuse_last_administrator(path: Path, entries: UserEntries, entry: UserEntry) -> None:
    others = [each for each in entries.values() if each.name != entry.name and "admin" in each.roles]
    if "admin" in entry.roles and not others:
        raise ProblemError(f"{path}: {entry.name} is the only administrator; make another one first")
