"""Which files belong to a deployment: those that its settings name, and those that they name in turn."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.stores.registry import STORES
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings
from sensors.section import Section
from sensors.toml_config import parse_toml

_COPIED_OTHERWISE = {("journal", "path"), ("report", "folder")}
_MADE_WHEN_NEEDED = {("desk", "users")}
"""What liangqu itself makes: of a deployment only once it is there."""


def named_files(settings: Settings, file: Path | None) -> list[tuple[str, Path]]:
    """The settings file and every file that it or the environment names, by its key.

    Raises:
        ProblemError: the notify file cannot be read.
    """
    named = [("the settings", file)] if file else []
    for section in settings.__struct_fields__:
        table = getattr(settings, section)
        if not isinstance(table, Section) or (section in STORES and section != settings.store.kind):
            continue
        for key in table.paths:
            if (section, key) in _COPIED_OTHERWISE or (section in STORES and not key.endswith("_file")):
                continue
            value = getattr(table, key)
            paths = [value] if isinstance(value, str) else value
            wanted = [Path(path) for path in paths if path]
            if (section, key) in _MADE_WHEN_NEEDED:
                wanted = [path for path in wanted if path.exists()]
            named += [(f"{section}.{key}", path) for path in wanted]
    return named + _named_by_notify(settings)


def _named_by_notify(settings: Settings) -> list[tuple[str, Path]]:
    """The duty's holidays and its calendar, which the notify file names beside it."""
    if not settings.alerts.notify_file:
        return []
    file = Path(settings.alerts.notify_file)
    try:
        duty = parse_toml(file.read_bytes()).get("duty", {})
    except (OSError, ValueError) as error:
        raise ProblemError(
            f"alerts.notify_file: {file}: {getattr(error, 'strerror', None) or error}"
        ) from None
    named = {key: duty.get(key) for key in ("holidays", "calendar")} if isinstance(duty, dict) else {}
    return [
        (f"duty.{key}", file.parent / name) for key, name in named.items() if isinstance(name, str) and name
    ]


def reports_folder(settings: Settings) -> Path:
    """Where reports stand: as the settings say, otherwise `reports` beside the journal."""
    return Path(settings.report.folder or Path(settings.journal.path).with_name("reports"))


def to_place(path: Path) -> Path:
    """Absolute and without `..`, which would lead out of a backup; links stay."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps `..`


def files_below(paths: Iterable[Path]) -> Iterator[Path]:
    """The files, and all that are in the folders; links are followed as files, not as folders."""
    for path in paths:
        if path.is_dir():
            yield from sorted(file for file in path.rglob("*") if file.is_file())
        else:
            yield path
