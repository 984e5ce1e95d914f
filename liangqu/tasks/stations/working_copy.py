"""The files that stations stand in, as they are and as they are to be: written together, or not at all."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from msgspec import Struct

from ingest.journal.database.holder import alone_in
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue, open_rules
from liangqu.config.settings import Settings
from liangqu.tasks.editing.files import replace_files
from liangqu.tasks.stations import access, accounts, catalogue_text
from sensors.catalogue.loader import shipped_site
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.rows import ID
from sensors.decoding.topics import HJ212
from sensors.excerpt import excerpt
from sensors.text import parse_text

Part = Literal["catalogue", "broker"]


class WorkingCopy(Struct):
    """Texts by file, of the catalogue's files of your own; accounts and access list, None where not kept."""

    settings: Settings
    texts: dict[Path, str]
    accounts: dict[str, str] | None
    access: str | None

    def file_of(self, id_: str) -> Path | None:
        """The last file with a row of this station, which is the one in force."""
        found = [file for file, text in self.texts.items() if id_ in catalogue_text.site_ids(text)]
        return found[-1] if found else None

    def file_of_own(self, id_: str, instead: str) -> Path:
        """The file with the only row of a station.

        Raises:
            ProblemError: it is shipped, or another row would come back; `instead` says what may be done.
        """
        file = self.file_of(id_)
        if file is None:
            raise ProblemError(f"{id_}: is shipped with liangqu, and stands in no file of yours; {instead}")
        replaces = self.settings.catalogue.shipped and shipped_site(id_) is not None
        if replaces or sum(id_ in catalogue_text.site_ids(text) for text in self.texts.values()) > 1:
            raise ProblemError(
                f"{id_}: its row in {file} replaces another one, which would come back; {instead}"
            )
        return file

    def file_for_new(self, file: Path | None = None) -> Path:
        """The file for a new row: the last of the catalogue's, if none is named.

        Raises:
            ProblemError: there is none, or it is not one of the catalogue's.
        """
        named = [Path(each) for each in self.settings.catalogue.extra]
        if not named:
            cure = 'write extra = ["my-sites.toml"] under [catalogue]; it is made with the first station'
            raise ProblemError(f"catalogue.extra: there is no file for stations of your own; {cure}")
        if file is None:
            return named[-1]
        if file.resolve() not in {each.resolve() for each in named}:
            raise ProblemError(f"{file}: is not one of catalogue.extra: {', '.join(map(str, named))}")
        return next(each for each in named if each.resolve() == file.resolve())

    def catalogue(self) -> Catalogue:
        """As the texts have it; a file that is not there yet is empty.

        Raises:
            ProblemError: it would be refused.
        """
        return open_catalogue(self.settings, {path: text.encode() for path, text in self.texts.items()})

    def check(self) -> Catalogue:
        """The catalogue as it will be.

        Raises:
            ProblemError: it, or a rule over it, would be refused.
        """
        catalogue = self.catalogue()
        open_rules(self.settings, catalogue)
        return catalogue

    def open_account(self, site: Site, like: str = "") -> str:
        """Give a station its account, with the password of another or a new one.

        Returns:
            The new password; "" if the station has its account already, or the other's password.

        Raises:
            ProblemError: no station can have this account.
        """
        user = users_of(site)[0]
        self._grant(site, user)
        if self.accounts is None or user in self.accounts:
            return ""
        if like in self.accounts:
            self.accounts[user] = self.accounts[like]
            return ""
        return self.set_password(site)

    def set_password(self, site: Site) -> str:
        """A new password for all accounts that a station has, its own and those of former ids."""
        password = accounts.new_password()
        user, *former = users_of(site)
        self._grant(site, user)
        if self.accounts is not None:
            hashed = accounts.new_hash(password)
            self.accounts.update({each: hashed for each in former if each in self.accounts} | {user: hashed})
        return password

    def close_accounts(self, users: Sequence[str]) -> None:
        """Take accounts, and what they alone were allowed, from the broker."""
        for user in users:
            if self.accounts is not None:
                self.accounts.pop(user, None)
            if self.access is not None:
                self.access = access.revoke(self.access, user)

    def write(self, *order: Part) -> bool:
        """Write what has changed, one part after the other, and tell the broker; whether one was told.

        Raises:
            OSError: a file cannot be written, and none is changed.
        """
        stations, catalogue = self.settings.stations, dict(self.texts)
        broker: dict[Path, str] = {}
        if self.access is not None:
            broker[Path(stations.access)] = self.access
        if self.accounts is not None:
            broker[Path(stations.passwords)] = accounts.to_text(self.accounts)
        new = {
            path: text
            for part in order
            for path, text in (catalogue if part == "catalogue" else broker).items()
        }
        changed = {
            path: text.encode()
            for path, text in new.items()
            if text != (_read(path) if path.exists() else "")
        }
        replace_files(changed)
        return bool(broker.keys() & changed.keys()) and tell_broker(stations.pid_file)

    def _grant(self, site: Site, user: str) -> None:
        """Let a station publish on its own topic under each prefix, where no pattern of the list does."""
        if self.accounts is None and self.access is None:
            return
        if user in accounts.PARTS:
            raise ProblemError(f"{user}: is the account of a part of liangqu, not of a station")
        if not ID.fullmatch(user):
            raise ProblemError(f"mn: {excerpt(user)} cannot be an account: letters, digits, _ . and - alone")
        for prefix in self.settings.mqtt.served:
            topic = f"{prefix}/{HJ212 if site.mn else site.medium}/{user}"
            if self.access is not None and not access.may_write(self.access, user, topic):
                self.access = access.grant(self.access, user, topic)


def users_of(site: Site) -> Sequence[str]:
    """Every account that a station may have: its own, then those of former ids. A data logger's is its MN."""
    return [site.mn] if site.mn else [site.id, *site.renamed_from]


@contextmanager
def working_copy(settings: Settings) -> Iterator[WorkingCopy]:
    """The files as they are, while no other command changes them.

    Raises:
        ProblemError: a file cannot be read or written; nothing was changed.
    """
    named = [Path(file) for file in settings.catalogue.extra]
    broker = [Path(file) for file in (settings.stations.passwords, settings.stations.access) if file]
    try:
        with ExitStack() as stack:
            for folder in sorted({path.resolve().parent for path in [*named, *broker]}):
                stack.enter_context(alone_in(folder))
            yield read_copy(settings)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}; nothing was changed", exit_code=1) from None


def read_copy(settings: Settings) -> WorkingCopy:
    """The files as they are.

    Raises:
        ProblemError: one is not what it should be.
        OSError: one cannot be read.
    """
    named, stations = [Path(file) for file in settings.catalogue.extra], settings.stations
    try:
        users = accounts.parse_accounts(_read(Path(stations.passwords))) if stations.passwords else None
    except ValueError as error:
        raise ProblemError(f"{stations.passwords}: {error}") from None
    texts = {path: _read(path) if path.exists() else "" for path in named}
    return WorkingCopy(settings, texts, users, _read(Path(stations.access)) if stations.access else None)


def _read(path: Path) -> str:
    try:
        return parse_text(path.read_bytes())
    except ValueError as error:
        raise ProblemError(f"{path}: {error}") from None


def tell_broker(pid_file: str) -> bool:
    """Let the running mosquitto of a pid file read its files again; whether there is one."""
    try:
        pid = int(Path(pid_file).read_text("utf-8")) if pid_file else 0
        if pid <= 0 or Path(f"/proc/{pid}/comm").read_text("utf-8").strip() != "mosquitto":
            return False
        os.kill(pid, signal.SIGHUP)
    except (OSError, ValueError):
        return False
    return True
