"""Makes a backup of a deployment while its service goes on: whole, or not at all.

The journal comes first: what it still has to deliver is written again after a restore, which does no harm. A
store older than its journal would lack what the journal believes delivered.
"""

import errno
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from ingest.journal.database.online_copy import CopyError, copy_database
from ingest.journal.database.schema import ForeignFileError, recognise
from ingest.stores.base import StoreAway
from liangqu import __version__
from liangqu.backup.checking import JOURNAL, STORE
from liangqu.backup.manifest import FORMAT, BackupManifest, KeptFile, KeptFolder, Role, write_manifest
from liangqu.backup.owners import group_name, user_name
from liangqu.backup.showing import ShowProgress
from liangqu.backup.sources import files_below, named_files, to_place
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_copier
from liangqu.config.settings import Settings
from sensors.excerpt import escaped

FILES = "files"
"""Everything else lies below this folder, at the path that it has on the machine."""


class BackupSource(Struct, frozen=True):
    """What to copy: what the settings name, the folder of reports if any, further files and folders."""

    settings: Settings
    file: Path | None
    reports: Path | None
    also: Sequence[Path] = ()


def make_backup(source: BackupSource, target: Path, now: datetime, show: ShowProgress) -> BackupManifest:
    """Copy everything into `target`, which appears when all of it is on the disk.

    Raises:
        ProblemError: exit code 2: `target` is there, or the settings name a file that is not; 1: what is to
            be copied is missing, empty or damaged, or the store does not answer.
    """
    if target.exists():
        raise ProblemError(f"{target} is there already")
    target.parent.mkdir(parents=True, exist_ok=True)
    chosen = _chosen(source)
    with _unfinished(target) as part:
        files: list[KeptFile] = []
        manifest = BackupManifest(
            format=FORMAT,
            liangqu=__version__,
            made=now.astimezone(UTC).isoformat(timespec="seconds"),
            settings=str(to_place(source.file) if source.file else ""),
            reports=str(to_place(source.reports) if source.reports else ""),
            store_kind=source.settings.store.kind,
            location=source.settings.store_section().location,
            journal=_copy_journal(Path(source.settings.journal.path), part, files, show),
            # after the journal, as the module says
            store=_copy_store(source.settings, part, files, show),
            files=tuple(_copy_files(chosen, part, files)),
            folders=_folders(files),
        )
        with show("bytes summed", sum(file.size for file in files)) as advance:
            _write_manifest(part, manifest, advance)
        _sync(part)
        part.rename(target)
    return manifest


def _write_manifest(part: Path, manifest: BackupManifest, advance: Callable[[int], None]) -> None:
    try:
        write_manifest(part, manifest, advance)
    except UnicodeEncodeError as error:
        raise ProblemError(f"{escaped(error.object)}: this name is not UTF-8; no backup was made") from None


def _chosen(source: BackupSource) -> list[tuple[Role, Path]]:
    """The files besides the two databases, each once and with its absolute path; all of them are there."""
    named = named_files(source.settings, source.file)
    named += [("--also", path) for path in source.also]
    missing = [f"{key}: {path}: {os.strerror(errno.ENOENT)}" for key, path in named if not path.exists()]
    if missing:
        raise ProblemError(*missing)
    found: dict[Path, Role] = {}
    for file in files_below(path for _, path in named):
        found.setdefault(to_place(file), "settings")
    for file in files_below([source.reports] if source.reports else []):
        found.setdefault(to_place(file), "report")
    return [(role, path) for path, role in found.items()]


@contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """A folder beside the target, for its owner alone; gone unless it was renamed."""
    part = Path(tempfile.mkdtemp(prefix=f".{target.name}.unfinished.", dir=target.parent))
    try:
        yield part
    except (CopyError, StoreAway, ForeignFileError) as error:
        raise ProblemError(f"{error}; no backup was made", exit_code=1) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _copy_journal(path: Path, part: Path, files: list[KeptFile], show: ShowProgress) -> Mapping[str, int]:
    with show("pages of the journal", None) as advance:
        counts = copy_database(path, part / JOURNAL, advance)
    with closing(sqlite3.connect(part / JOURNAL)) as connection:
        recognise(connection, str(path))
    files.append(_kept(part, JOURNAL, "journal", path))
    return counts


def _copy_store(
    settings: Settings, part: Path, files: list[KeptFile], show: ShowProgress
) -> Mapping[str, int]:
    (part / STORE).mkdir(mode=0o700)
    unit = "values of the store" if settings.store_section().is_server else "pages of the store"
    with closing(open_copier(settings)) as copier, show(unit, None) as advance:
        counts = copier.save(part / STORE, advance)
    place = settings.store_section().location
    names = sorted(file.name for file in (part / STORE).iterdir())
    files += [_kept(part, f"{STORE}/{name}", "store", place) for name in names]
    return counts


def _copy_files(chosen: Iterable[tuple[Role, Path]], part: Path, files: list[KeptFile]) -> list[KeptFile]:
    """Copy the others too; all files of the backup."""
    for role, path in chosen:
        name = f"{FILES}{path}"
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, part / name)
        except OSError as error:
            raise ProblemError(f"{path}: {error.strerror}; no backup was made", exit_code=1) from None
        files.append(_kept(part, name, role, path))
    return files


def _kept(part: Path, name: str, role: Role, source: Path | str) -> KeptFile:
    """The file as it was: mode and owner of what it was copied from, unless that is a server."""
    size, file = (part / name).stat().st_size, Path(source)
    if not file.is_file():
        return KeptFile(name, role, size, str(source))
    was = file.stat()
    owner = user_name(was.st_uid), group_name(was.st_gid)
    return KeptFile(name, role, size, str(to_place(file)), was.st_mode & 0o7777, *owner)


def _folders(files: Iterable[KeptFile]) -> Mapping[str, KeptFolder]:
    """All folders above what was copied from files."""
    above = {
        folder for file in files for folder in Path(file.place).parents if Path(file.place).is_absolute()
    }
    return {str(folder): _kept_folder(folder) for folder in sorted(above) if folder.is_dir()}


def _kept_folder(folder: Path) -> KeptFolder:
    was = folder.stat()
    return KeptFolder(was.st_mode & 0o7777, user_name(was.st_uid), group_name(was.st_gid))


def _sync(folder: Path) -> None:
    """All of it its owner's alone, and on the disk, before it takes its name."""
    for file in (inside := [*folder.rglob("*")]):
        file.chmod(0o700 if file.is_dir() else 0o600)
    for file in [*inside, folder, folder.parent]:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
