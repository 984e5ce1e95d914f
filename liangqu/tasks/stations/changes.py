"""Stations added, removed, renamed, switched off and on, given a password or contact: all of it, or nothing.

One who is killed between two writes leaves an account without a row, never a row without its account: the
next command of that station carries on from there, and the list of stations names it.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from tomlkit.items import Table

from alerts.notify.config import unknown_sites
from ingest.journal.review.days import rename_site
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal, open_notify
from liangqu.config.names import check_site
from liangqu.config.settings import Settings
from liangqu.tasks.stations import accounts, catalogue_text
from liangqu.tasks.stations.recording import recorded
from liangqu.tasks.stations.working_copy import WorkingCopy, users_of, working_copy
from sensors.catalogue.loader import shipped_site
from sensors.catalogue.model import Catalogue


class StationChange(Struct, frozen=True):
    """What a command has done.

    Attributes:
        site: Its id now.
        file: The catalogue's file that was changed; None if none was.
        user: Its account at the broker; "" where accounts are not kept here.
        password: A new one, kept nowhere in clear; "" if it has none or the one that it had.
        told: Whether a running broker has been told.
        warnings: What names the station and does nothing now, a line each.
    """

    site: str
    file: Path | None = None
    user: str = ""
    password: str = ""
    told: bool = False
    warnings: tuple[str, ...] = ()


@recorded("station_add")
def add_station(settings: Settings, row: Mapping[str, object], file: Path | None = None) -> StationChange:
    """Add a station to the catalogue, in the last file of your own if none is named, and give it an account.

    An account that is there already keeps its password.

    Raises:
        ProblemError: the catalogue refuses it, or a file cannot be written; nothing is changed.
    """
    id_ = str(row["id"])
    with working_copy(settings) as copy:
        _refuse_taken(copy.catalogue(), id_)
        target = copy.file_for_new(file)
        copy.texts[target] = catalogue_text.add_site(copy.texts[target], row)
        site = copy.check().sites[id_]
        password = copy.open_account(site)
        told = copy.write("broker", "catalogue")
        return StationChange(id_, target, _user(copy, users_of(site)[0]), password, told)


@recorded("station_remove")
def remove_station(settings: Settings, id_: str) -> StationChange:
    """Take a station out of the catalogue, and its accounts from the broker. What is stored of it stays.

    Of a former id, or one that has an account alone, the account is closed.

    Raises:
        ProblemError: there is no such station, it is shipped, or something else in the catalogue names it.
    """
    with working_copy(settings) as copy:
        catalogue = copy.catalogue()
        if id_ not in catalogue.sites and id_ in (copy.accounts or {}) and id_ not in accounts.PARTS:
            copy.close_accounts([id_])
            return StationChange(id_, None, id_, told=copy.write("broker"))
        check_site("ID", id_, catalogue)
        file = copy.file_of_own(id_, f"liangqu station disable {id_} switches it off")
        copy.texts[file] = catalogue_text.remove_site(copy.texts[file], id_)
        warnings = _warnings(settings, catalogue, copy.check())
        users = users_of(catalogue.sites[id_])
        copy.close_accounts(users)
        told = copy.write("catalogue", "broker")
        return StationChange(id_, file, _user(copy, users[0]), "", told, warnings)


@recorded("station_rename")
def rename_station(settings: Settings, id_: str, new: str) -> StationChange:
    """Give a station another id; what it sent under the former one is found under the new one.

    Its password opens both accounts, and what still comes on the former topic is taken as the station's.

    Raises:
        ProblemError: there is no such station, the new id is taken or is none, or something names the former.
    """
    with working_copy(settings) as copy:
        catalogue = copy.catalogue()
        check_site("ID", id_, catalogue)
        file = copy.file_of_own(id_, "copy its row under another id into a file of your own")
        _refuse_taken(catalogue, new)

        def rename(row: Table) -> None:
            row["id"] = new
            row["renamed_from"] = [*row.get("renamed_from", []), id_]

        copy.texts[file] = catalogue_text.change_site(copy.texts[file], id_, rename)
        now = copy.check()
        warnings = _warnings(settings, catalogue, now)
        password = copy.open_account(now.sites[new], like=id_)
        told = copy.write("broker", "catalogue")
        user = _user(copy, users_of(now.sites[new])[0])
    _rename_reviews(settings, id_, new)  # the journal locks its folder too, which may be the catalogue's
    return StationChange(new, file, user, password, told, warnings)


def _rename_reviews(settings: Settings, former: str, site: str) -> None:
    """Have the reviews of its days be those of its present id; the journal knows no other."""
    if Path(settings.journal.path).exists():
        with closing(open_journal(settings)) as journal, journal.transaction() as connection:
            rename_site(connection, former, site)


@recorded("station_rotate")
def rotate_password(settings: Settings, id_: str) -> StationChange:
    """Give a station a new password, or its first: its former one no longer opens anything.

    Raises:
        ProblemError: there is no such station, or no file of accounts is named.
    """
    with working_copy(settings) as copy:
        catalogue = copy.catalogue()
        check_site("ID", id_, catalogue)
        if copy.accounts is None:
            raise ProblemError(f"{id_}: [stations] passwords names no file of the broker's accounts")
        site = catalogue.sites[id_]
        password = copy.set_password(site)
        return StationChange(id_, None, users_of(site)[0], password, copy.write("broker"))


@recorded("station_switch")
def switch_station(settings: Settings, id_: str, *, active: bool) -> StationChange:
    """Wait for a station, or no longer: then its silence is never told; what it sends is taken all the same.

    A shipped one gets a row of your own, a copy.

    Raises:
        ProblemError: there is no such station, or no file of your own.
    """
    return _change_row(settings, id_, "active", active)


@recorded("station_contact")
def set_contact(settings: Settings, id_: str, *, contact: str) -> StationChange:
    """Write down whom to call about a station; "" for nobody. A shipped one gets a row of your own, a copy.

    Raises:
        ProblemError: there is no such station, no file of your own, or the text is too long.
    """
    return _change_row(settings, id_, "contact", contact)


def _change_row(settings: Settings, id_: str, key: str, value: object) -> StationChange:
    with working_copy(settings) as copy:
        check_site("ID", id_, copy.catalogue())
        file = copy.file_of(id_)
        if file is None:
            file, row = copy.file_for_new(), shipped_site(id_) or {}
            copy.texts[file] = catalogue_text.add_site(copy.texts[file], {**row, key: value})
        else:

            def change(row: Table) -> None:
                row[key] = value

            copy.texts[file] = catalogue_text.change_site(copy.texts[file], id_, change)
        copy.check()
        copy.write("catalogue")
        return StationChange(id_, file)


def _refuse_taken(catalogue: Catalogue, id_: str) -> None:
    if id_ in catalogue.sites:
        raise ProblemError(f"{id_}: there is a station of this id already")
    if id_ in catalogue.by_former:
        raise ProblemError(
            f"{id_}: that was the id of {catalogue.by_former[id_]}, and its history is found by it"
        )


def _user(copy: WorkingCopy, user: str) -> str:
    return "" if copy.accounts is None else user


def _warnings(settings: Settings, before: Catalogue, after: Catalogue) -> tuple[str, ...]:
    """What of the notify file names no station any more, if it can be read by whoever changes stations."""
    try:
        notify = open_notify(settings)
    except ProblemError:
        return ()
    already = {*unknown_sites(notify, before)}
    return tuple(line for line in unknown_sites(notify, after) if line not in already)
