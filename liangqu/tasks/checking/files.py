"""Files and folders that the settings name: what `run` could not use, and secrets that others may read."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ingest.journal.database.reading import read_only
from ingest.journal.database.schema import ForeignFileError, recognise
from ingest.mqtt.broker import BrokerAwayError, check_certificates
from ingest.stores.registry import STORES
from liangqu.config.errors import ProblemError
from liangqu.config.settings import KEYS, Settings, read_secret
from liangqu.config.settings_file import SECRETS
from liangqu.config.tables import dotted

_OTHERS = 0o066  # read and write bits of group and others
_SEARCH = 0o011  # whether group or others come through a folder
_OF_CONTAINERS = Path("/run/secrets")  # Docker, Podman, Kubernetes
_HEAD = b"SQLite format 3\0"


def unreadable_secrets(settings: Settings) -> Iterator[str]:
    """A line for each file with a secret that cannot be read, or holds more than one line."""
    for name, key in filter(KEYS.is_path, KEYS):
        if key.removesuffix("_file") in {*SECRETS, "link_secret"}:
            try:
                read_secret(dotted((name, key)), getattr(getattr(settings, name), key))
            except ProblemError as error:
                yield from error.lines


def readable_by_others(settings: Settings) -> Iterator[str]:
    """The files with secrets that the group or everybody can read, each with the fix.

    Not those that a folder keeps from them, nor what a container is given: nobody else is in there.
    """
    for key, file in _with_secrets(settings).items():
        try:
            mode = stat.S_IMODE(Path(file).stat().st_mode) if file else 0
        except OSError:
            continue  # a missing file is reported elsewhere
        if mode & _OTHERS and not _is_kept(Path(file)):
            yield f"{key}: {file}: holds secrets that others may read (mode {mode:04o}); chmod go= {file}"


def _is_kept(file: Path) -> bool:
    folders = file.absolute().parents
    return _OF_CONTAINERS in folders or any(not folder.stat().st_mode & _SEARCH for folder in folders)


def _with_secrets(settings: Settings) -> dict[str, str]:
    return {
        "mqtt.password_file": settings.mqtt.password_file,
        "mqtt.key_file": settings.mqtt.key_file,
        "http.link_secret_file": settings.http.link_secret_file,
        **{
            f"{kind}.{key}": getattr(getattr(settings, kind), key)
            for kind, store in STORES.items()
            for key in store.section.paths
            if key.endswith("_file")
        },
        "alerts.notify_file": settings.alerts.notify_file,
        "journal.path": settings.journal.path,
    }


def unusable_databases(settings: Settings) -> Iterator[str]:
    """A line for each database of ours that this user could not make or write there, or that is none."""
    files = {"journal.path": settings.journal.path}
    if settings.store.kind == "sqlite":
        files["sqlite.path"] = settings.sqlite.path  # type: ignore[attr-defined]
    for key, file in files.items():
        if reason := _folder_flaw(Path(file).parent) or _file_flaw(Path(file)):
            yield f"{key}: {reason}"
    if not _folder_flaw(Path(settings.journal.path).parent):
        yield from _foreign(Path(settings.journal.path))


def _folder_flaw(folder: Path) -> str:
    """What keeps a database from being made in a folder; "" for nothing. It is tried, without a trace."""
    if not folder.exists():
        return f"{folder}: there is no such folder; mkdir -p {folder}"
    if not folder.is_dir():
        return f"{folder}: is no folder; name another file"
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError:
        return f"{folder}: nothing may be written there by this user; name another folder, or give it away"


def _file_flaw(file: Path) -> str:
    if file.is_dir():
        return f"{file}: is a folder; name a file in it"
    try:
        with file.open("rb") as opened:
            head = opened.read(len(_HEAD))
        if not os.access(file, os.W_OK):
            raise PermissionError
    except FileNotFoundError:
        return ""
    except OSError:
        return f"{file}: may not be read and written by this user; give it away, or name another file"
    return f"{file}: is no SQLite database; name another file" if head and head != _HEAD else ""


def _foreign(file: Path) -> Iterator[str]:
    """Whether a database in the place of the journal is one of another program."""
    if not file.is_file() or not file.stat().st_size:
        return
    try:
        with read_only(file) as connection:
            recognise(connection, f"journal.path: {file}")
    except ForeignFileError as error:
        yield f"{error}; name another file"
    except sqlite3.Error:
        return  # damaged, or made anew at this moment: `run` moves it aside or waits


def not_there_yet(settings: Settings) -> Iterator[str]:
    """What the service would wait for, or do without: certificates, and what only `report` reads."""
    try:
        check_certificates(settings.broker())
    except (BrokerAwayError, ProblemError) as error:
        yield f"mqtt: {error}"
    for file in settings.zones.shards:
        if not Path(file).is_file():
            yield f"zones.shards: {file}: there is no such file here; liangqu zones needs it"
    sources = settings.report.drinking_water
    if sources and not Path(sources).is_file():
        yield f"report.drinking_water: {sources}: there is no such file here; no report is made without it"
