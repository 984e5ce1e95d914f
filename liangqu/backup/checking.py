"""Whether a backup is as it was made: every file there, of its sum, databases sound and of their counts."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from ingest.journal.database.online_copy import CopyError, count_rows
from liangqu.backup.manifest import (
    NAME,
    SUMS,
    Advance,
    BackupManifest,
    read_manifest,
    read_sums,
    sum_of,
)
from liangqu.config.errors import ProblemError

JOURNAL = "journal.db"
STORE = "store"


def check_backup(folder: Path, advance: Advance) -> BackupManifest:
    """Read all of a backup; `advance` is told files. Its manifest, if all is well.

    Raises:
        ProblemError: a line for each file that is missing, altered or too many, or what a database lacks.
    """
    if not folder.is_dir():
        raise ProblemError(f"{folder}: there is no such folder")
    manifest = read_manifest(folder)
    problems = [*_problems(folder, manifest, advance)]
    if not problems:
        problems = [*_lacking(folder, manifest)]
    if problems:
        raise ProblemError(*problems, exit_code=1)
    return manifest


def _problems(folder: Path, manifest: BackupManifest, advance: Advance) -> Iterator[str]:
    sums = read_sums(folder)
    wanted = {NAME, *(file.name for file in manifest.files)}
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir()} - {SUMS}
    yield from (f"{folder / name}: is missing" for name in sorted(wanted - there))
    yield from (f"{folder / name}: is not of this backup" for name in sorted(there - wanted))
    if sums.keys() != wanted:
        yield f"{folder / SUMS}: does not list the files of {NAME}"
    for done, name in enumerate(sorted(wanted & there & sums.keys())):
        if sum_of(folder / name) != sums[name]:
            yield f"{folder / name}: is not as it was made"
        advance(done + 1)


def _lacking(folder: Path, manifest: BackupManifest) -> Iterator[str]:
    databases = [(JOURNAL, manifest.journal)]
    databases += [(file.name, manifest.store) for file in manifest.of("store") if file.name.endswith(".db")]
    for name, counts in databases:
        try:
            found = count_rows(folder / name)
        except CopyError as error:
            yield str(error)
        else:
            yield from differences(name, counts, found)


def differences(where: str, wanted: Mapping[str, int], found: Mapping[str, int]) -> Iterator[str]:
    """A line for each table or measurement that does not hold what it should."""
    for name in sorted(wanted.keys() | found.keys()):
        if wanted.get(name, 0) != found.get(name, 0):
            yield f"{where}: {name}: {found.get(name, 0)} of {wanted.get(name, 0)}"
