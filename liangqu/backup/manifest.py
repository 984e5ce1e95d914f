"""What a backup says of itself: its files with sums, what they were copied from, and how much they hold."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from liangqu.config.errors import ProblemError
from sensors.decoding.json_text import parse_json
from sensors.model import Refused

NAME = "manifest.json"
SUMS = "SHA256SUMS"
FORMAT = 1
BLOCK = 1024**2

Role = Literal["journal", "store", "settings", "report"]
"""What a file is of; `settings` are all files that the settings name, secrets too, and what was asked for."""
Advance = Callable[[int], None]


class KeptFile(Struct, frozen=True, forbid_unknown_fields=True):
    """One file: its name within the backup, and its place, mode and owner where it was copied from.

    Owners are names where they have one, as numbers differ between machines.
    """

    name: str
    role: Role
    size: int
    place: str
    mode: int = 0o600
    user: str = "root"
    group: str = "root"


class KeptFolder(Struct, frozen=True, forbid_unknown_fields=True):
    """Mode and owner of a folder above files."""

    mode: int
    user: str = "root"
    group: str = "root"


class BackupManifest(Struct, frozen=True, forbid_unknown_fields=True):
    """A backup; `made` is ISO 8601 in UTC.

    `settings` is the settings file and `reports` the folder of reports, "" where there was none. `journal`
    counts rows by table, `store` rows or values by measurement. `folders` are those above files; an
    earlier build kept their modes alone.
    """

    format: int
    liangqu: str
    made: str
    settings: str
    reports: str
    store_kind: str
    location: str
    journal: Mapping[str, int]
    store: Mapping[str, int]
    files: tuple[KeptFile, ...]
    folders: Mapping[str, KeptFolder | int] = {}

    def folder(self, place: Path) -> KeptFolder | None:
        """The folder as it was; None if it was not above a file."""
        found = self.folders.get(str(place))
        return KeptFolder(found) if isinstance(found, int) else found

    def of(self, role: Role) -> Iterator[KeptFile]:
        """The files of a role."""
        return (file for file in self.files if file.role == role)


def write_manifest(folder: Path, manifest: BackupManifest, advance: Advance) -> None:
    """The manifest, then the sums of all files, its own too, as `sha256sum -c` reads them."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / NAME).write_bytes(text + b"\n")
    done, lines = 0, []
    for name in [NAME, *(file.name for file in manifest.files)]:
        lines.append(f"{sum_of(folder / name)}  {name}\n")
        done += (folder / name).stat().st_size
        advance(done)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_manifest(folder: Path) -> BackupManifest:
    """The manifest as it stands; its sum is not looked at.

    Raises:
        ProblemError: there is none, or it is of a newer liangqu.
    """
    try:
        text = (folder / NAME).read_bytes()
    except OSError as error:
        why = error.strerror or "cannot be read"
        raise ProblemError(f"{folder / NAME}: {why}: not a whole backup of liangqu backup") from None
    found = parse_json(text, BackupManifest)
    if isinstance(found, Refused):
        raise ProblemError(f"{folder / NAME}: {found.detail}", exit_code=1)
    if found.format != FORMAT:
        raise ProblemError(f"{folder / NAME}: format {found.format}, this liangqu reads {FORMAT}")
    return found


def read_sums(folder: Path) -> Mapping[str, str]:
    """The sums by name.

    Raises:
        ProblemError: they are missing, or a line is none.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "is no text"
        raise ProblemError(f"{folder / SUMS}: {why}: not a whole backup", exit_code=1) from None
    pairs = [line.partition("  ") for line in lines]
    return {name: found for found, _, name in pairs}


def sum_of(file: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
