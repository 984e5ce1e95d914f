"""Brings a backup back where nothing is yet: it looks at everything before it touches anything.

The journal's place is taken first, by a file that no service opens, and the journal is put there last:
nothing starts on a store that is not whole.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal.database.online_copy import CopyError, count_rows, put_whole
from ingest.journal.database.schema import BEING_RESTORED
from ingest.stores.base import StoreAway, StoreSection
from ingest.stores.copying import StoreCopier
from liangqu.backup.checking import JOURNAL, STORE, check_backup, differences
from liangqu.backup.making import FILES
from liangqu.backup.manifest import BackupManifest, KeptFile
from liangqu.backup.owners import FormerOwners
from liangqu.backup.showing import ShowProgress
from liangqu.backup.sources import reports_folder, to_place
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_copier
from liangqu.config.settings import Settings, load


class RestoreTarget(Struct, frozen=True):
    """Where to: journal, store by its settings, and each file at its place."""

    journal: Path
    settings: Settings
    files: Mapping[Path, KeptFile]


def choose_target(
    folder: Path, manifest: BackupManifest, settings: Settings | None, reports: Path | None
) -> RestoreTarget:
    """Every file where it was; with other `settings` journal, store, reports and users, where these say.

    `reports` is another folder for the reports.

    Raises:
        ProblemError: the settings choose another kind of store, or the backup's cannot be read.
    """
    (was,) = (Path(file.place) for file in manifest.of("journal"))
    if settings is None:
        found, journal = _settings_kept(folder, manifest), was
        files = {Path(file.place): file for file in manifest.of("settings")}
        to = reports or Path(manifest.reports)
    else:
        found, journal = settings, Path(settings.journal.path)
        users = to_place(Path(settings.desk.users))  # what the desk has written, found by its name
        kept = [file for file in manifest.of("settings") if Path(file.place).name == users.name]
        files = {users: kept[0]} if kept else {}
        to = reports or reports_folder(settings)
    if found.store.kind != manifest.store_kind:
        raise ProblemError(
            f"{folder} is of store.kind {manifest.store_kind!r}, the settings say {found.store.kind!r}"
        )
    files |= dict(_report_places(manifest, to_place(to)))
    return RestoreTarget(journal, found, files)


def _report_places(manifest: BackupManifest, to: Path) -> Iterator[tuple[Path, KeptFile]]:
    for file in manifest.of("report"):
        yield to / Path(file.place).relative_to(manifest.reports), file


def _settings_kept(folder: Path, manifest: BackupManifest) -> Settings:
    """The backup's own settings, the store's secrets read from the copies."""
    settings = load(folder / FILES / manifest.settings.lstrip("/") if manifest.settings else None)
    section = settings.store_section()
    copies = {key: _copy_of(folder, getattr(section, key)) for key in section.paths if key.endswith("_file")}
    moved: StoreSection = replace(section, **copies)
    if settings.store.kind == "sqlite":
        moved = replace(section, path=manifest.location)
    return replace(settings, **{settings.store.kind: moved})


def _copy_of(folder: Path, file: str) -> str:
    copy = folder / FILES / file.lstrip("/")
    return str(copy) if file and copy.is_file() else file


def restore_backup(
    folder: Path, settings: Settings | None, reports: Path | None, show: ShowProgress
) -> tuple[BackupManifest, FormerOwners]:
    """Check the backup and the place, then bring everything back, and count it; who owned it comes too.

    Raises:
        ProblemError: exit code 2: something is there already, which is named; nothing was touched. 1: the
            backup is not as it was made, and nothing was touched; or it did not finish, which is said.
    """
    with show("files checked", None) as advance:
        manifest = check_backup(folder, advance)
    target = choose_target(folder, manifest, settings, reports)
    with closing(open_copier(target.settings)) as copier:
        try:
            there = [*_there_already(folder, target, copier)]
        except (StoreAway, CopyError) as error:
            raise ProblemError(f"{error}; nothing was touched", exit_code=1) from None
        if there:
            raise ProblemError(*(f"{words}; nothing was touched" for words in there))
        owners = FormerOwners(manifest)
        _take_journals_place(target.journal, owners)
        try:
            _bring_back(folder, target, copier, owners, show)
        except (StoreAway, CopyError, OSError, sqlite3.Error) as error:
            raise _unfinished(target, str(error)) from None
    return manifest, owners


def _there_already(folder: Path, target: RestoreTarget, copier: StoreCopier) -> Iterator[str]:
    if not _is_place_taken(target.journal):
        yield from (f"{part} is there already" for part in _parts(target.journal) if part.exists())
    if words := copier.content():
        yield words
    for place, file in target.files.items():
        if place.exists() and not (
            place.is_file() and place.read_bytes() == (folder / file.name).read_bytes()
        ):
            yield f"{place} is there already, and is not the backup's"


def _parts(database: Path) -> list[Path]:
    """Its file, and those that SQLite has beside it."""
    return [database.with_name(database.name + end) for end in ("", "-wal", "-shm")]


def _is_place_taken(file: Path) -> bool:
    """Whether it is what a restore that did not finish has left in the journal's place."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return bool(connection.execute("PRAGMA user_version").fetchone()[0] == BEING_RESTORED)
    except sqlite3.Error:
        return False


def _take_journals_place(place: Path, owners: FormerOwners) -> None:
    try:
        _make_folder(place.parent, owners)
        for part in _parts(place):  # of a restore that did not finish, or not there
            part.unlink(missing_ok=True)
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT, 0o600))
    except OSError as error:
        raise ProblemError(f"{place}: {error.strerror}; nothing was touched", exit_code=1) from None
    with closing(sqlite3.connect(place)) as connection:
        connection.execute(f"PRAGMA user_version = {BEING_RESTORED}")


def _bring_back(
    folder: Path, target: RestoreTarget, copier: StoreCopier, owners: FormerOwners, show: ShowProgress
) -> None:
    manifest = owners.manifest
    server = target.settings.store_section().is_server
    if not server:
        _make_folder(Path(target.settings.store_section().location).parent, owners)
    with show("points of the store" if server else "bytes of the store", None) as advance:
        copier.load(folder / STORE, advance)
    wrong = [*differences("store", manifest.store, copier.count())]
    for place, file in target.files.items():
        if not place.exists():
            _make_folder(place.parent, owners)
            put_whole(folder / file.name, place, partial(owners.give, was=file))
    for file in manifest.of("store"):
        if not server:
            owners.give(Path(target.settings.store_section().location), file)
    if wrong:
        raise CopyError("; ".join(wrong))
    (journal,) = manifest.of("journal")
    put_whole(folder / JOURNAL, target.journal, partial(owners.give, was=journal))
    wrong = [*differences("journal", manifest.journal, count_rows(target.journal))]
    if wrong:
        raise CopyError("; ".join(wrong))


def _make_folder(folder: Path, owners: FormerOwners) -> None:
    """The folder, and what is missing above it, with the modes and owners of before."""
    for missing in [each for each in (*reversed(folder.parents), folder) if not each.exists()]:
        missing.mkdir(0o700)
        if was := owners.manifest.folder(missing):
            owners.give(missing, was)
        else:
            missing.chmod(0o755)


def _unfinished(target: RestoreTarget, words: str) -> ProblemError:
    return ProblemError(
        words,
        "NOT finished: what is there now is not whole, and no service starts with it. Mend what stands above,"
        f" empty {target.settings.store_section().location}, and try again",
        exit_code=1,
    )
