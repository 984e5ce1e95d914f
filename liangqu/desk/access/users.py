"""The file of users: who may sign in, read again when it changes; a broken one lets nobody in."""

import re
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from liangqu.config.errors import ProblemError
from liangqu.desk.access.passwords import is_hash
from liangqu.desk.access.tokens import are_equal, hash_of
from liangqu.desk.access.user import ROLES, User
from sensors.excerpt import excerpt, suggestion
from sensors.toml_config import parse_toml, row_from_toml

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_LONGEST_NAME = 60
_OTHERS = 0o077
_SHA256 = re.compile(r"[0-9a-f]{64}")


class UsersFileError(ProblemError):
    """The file of users cannot be used; one line says which row and why."""


class UserEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the file as it stands there; `roles` are checked by `flaws`."""

    name: str
    display_name: str
    roles: tuple[str, ...] = ()
    person: str = ""
    password_hash: str = ""
    invitation: str = ""
    invited_until: datetime | None = None

    @property
    def user(self) -> User:
        """Who that is."""
        roles = frozenset(role for role in ROLES if role in self.roles)
        return User(self.name, self.display_name, roles, self.person)

    @property
    def credential(self) -> str:
        """Another password or other roles give another one, which ends all sessions of before."""
        text = "\0".join((self.name, self.password_hash, *sorted(self.roles)))
        return sha256(text.encode()).hexdigest()[:32]

    def is_invited_by(self, token: str, now: datetime) -> bool:
        """Whether the token is that of the row's link, which goes for seven days and once."""
        return (
            bool(self.invitation)
            and are_equal(self.invitation, hash_of(token))
            and self.invited_until is not None
            and now < self.invited_until
        )

    def flaws(self) -> Iterator[str]:
        """What is wrong with it, each with its cure."""
        if not NAME.fullmatch(self.name):
            yield f"name: {excerpt(self.name)} is not letters, digits and _ . @ - only, at most 64"
        shown = self.display_name
        if not shown.strip() or len(shown) > _LONGEST_NAME or not shown.isprintable():
            yield f"display_name: {excerpt(shown)} is not 1 to {_LONGEST_NAME} printable characters"
        for role in self.roles:
            if role not in ROLES:
                yield f"roles: {excerpt(role)} is none{suggestion(role, ROLES)}"
        if self.password_hash and not is_hash(self.password_hash):
            yield "password_hash: is no argon2id hash; liangqu desk user password makes a link to a new one"
        if self.invitation and not _SHA256.fullmatch(self.invitation):
            yield "invitation: is no SHA-256 in hex; liangqu desk user password makes one"
        if bool(self.invitation) != (self.invited_until is not None):
            yield "invitation and invited_until go together; liangqu desk user password writes both"
        elif self.invited_until is not None and self.invited_until.tzinfo is None:
            yield "invited_until: has no offset, such as Z"


UserEntries = Mapping[str, UserEntry]
"""By name in lower case: names that differ in capitals only are one."""


class UsersFile:
    """The file, read again when it has changed; any thread.

    Args:
        path: Of the file; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._version: tuple[int, ...] | None = None
        self._found: UserEntries | UsersFileError = MappingProxyType({})

    def entries(self) -> UserEntries:
        """All users; none while there is no file.

        Raises:
            UsersFileError: it cannot be used.
        """
        with self._lock:
            version = _version_of(self.path)
            if version != self._version:
                self._version = version
                try:
                    self._found = read_users(self.path)
                except UsersFileError as error:
                    self._found = error
            found = self._found
        if isinstance(found, UsersFileError):
            raise UsersFileError(*found.lines)
        return found

    def entry(self, name: str) -> UserEntry | None:
        """The row of a name, in capitals or not."""
        return self.entries().get(name.casefold())


def read_users(path: Path) -> UserEntries:
    """All rows of the file; none if there is no such file.

    Raises:
        UsersFileError: others may read or write it, or something in it is wrong.
    """
    try:
        status = path.stat()
        raw = path.read_bytes()
    except FileNotFoundError:
        return MappingProxyType({})
    except OSError as error:
        raise UsersFileError(f"{path}: {error.strerror or error}") from None
    if status.st_mode & _OTHERS:
        raise UsersFileError(
            f"{path}: others may read or write it (mode {status.st_mode & 0o777:04o}); chmod 600 {path}"
        )
    return parse_users(raw, str(path))


def parse_users(raw: bytes, file: str) -> UserEntries:
    """All rows of such a file.

    Raises:
        UsersFileError: something in it is wrong; `file` is for the line.
    """
    try:
        table = parse_toml(raw)
    except ValueError as error:
        raise UsersFileError(f"{file}: {error}") from None
    rows = table.pop("user", [])
    if table:
        raise UsersFileError(
            f"{file}: {excerpt(next(iter(table)))} is no table of this file; rows are [[user]]"
        )
    if not isinstance(rows, list):
        raise UsersFileError(f"{file}: user is no list of rows; each begins with [[user]]")
    found: dict[str, UserEntry] = {}
    for number, row in enumerate(rows, start=1):
        entry = _entry(row, number, file)
        former = found.setdefault(entry.name.casefold(), entry)
        if former is not entry:
            raise UsersFileError(f"{file}: user {number}: {entry.name} stands there twice; remove one row")
    return MappingProxyType(found)


def _entry(row: Any, number: int, file: str) -> UserEntry:
    named = row.get("name") if isinstance(row, dict) else None
    where = (
        f"{file}: user {number}{f' ({named})' if isinstance(named, str) and NAME.fullmatch(named) else ''}"
    )
    try:
        entry = row_from_toml(row, UserEntry)
    except ValueError as error:
        raise UsersFileError(f"{where}: {error}") from None
    if flaw := next(entry.flaws(), None):
        raise UsersFileError(f"{where}: {flaw}")
    return entry


def _version_of(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode, found.st_ctime_ns
