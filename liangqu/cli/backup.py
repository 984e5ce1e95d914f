"""`liangqu backup`, `restore` and `verify`: everything that cannot be made again, in one folder and back."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, local_time, read_settings, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from liangqu.backup.manifest import BackupManifest

Reports = Annotated[
    Path | None,
    typer.Option(
        help="Folder of all reports; by default that of the settings, or `reports` beside the journal.",
        show_default=False,
    ),
]
Backup = Annotated[Path, typer.Argument(help="The folder of a backup.", metavar="FOLDER")]


def backup(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="New folder for the backup.", metavar="FOLDER", show_default=False)
    ] = None,
    *,
    into: Annotated[
        Path | None,
        typer.Option(help="Instead: a folder of backups; this one is named by its time.", show_default=False),
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="With --into: how many of the newest stay.")] = None,
    keep_months: Annotated[
        int, typer.Option(min=0, help="With --keep: of how many months the first backup stays too.")
    ] = 12,
    reports: Reports = None,
    also: Annotated[
        list[Path] | None,
        typer.Option(help="A further file or folder; may be given more than once.", show_default=False),
    ] = None,
    config: Config = None,
) -> None:
    """Copy journal, store, settings and reports into one folder.

    The service may go on running. The folder appears when all of it is on the disk, with the sums of its
    files and what journal and store hold, counted. It has secrets in it: it is its owner's alone.
    """
    from liangqu.backup.making import BackupSource, make_backup
    from liangqu.backup.sources import reports_folder
    from liangqu.terminal.progress import progress
    from sensors.calendar import SHANGHAI

    if (folder is None) == (into is None):
        raise ProblemError("name either a new FOLDER or, with --into, a folder of backups")
    if keep is not None and into is None:
        raise ProblemError("--keep is for backups that are made with --into")
    settings, now = settings_of(context, config), datetime.now(SHANGHAI)
    words = CommandWords("backup", language_of(context))
    found = _reports_there(reports, reports_folder(settings), words)
    source = BackupSource(settings, read_settings(context, config).file, found, also or ())
    target = folder or _new_name(into or Path(), now)
    made = make_backup(source, target, now, progress)
    say(words("made", folder=target, contents=_contents(made, words)))
    if into is not None and keep is not None:
        _remove_expired(into, keep, keep_months, words)


def restore(
    context: typer.Context, folder: Backup, *, reports: Reports = None, config: Config = None
) -> None:
    """Bring a backup back where nothing is yet.

    Without -c every file goes where it was, settings and secrets too. With -c journal, store, reports and the
    desk's users go where these settings say, and settings and secrets stay in the backup. First the backup is
    checked and the place looked at: if a file is missing or altered, or a journal, a store or another file is
    there, nothing is touched.
    """
    from liangqu.backup.restoring import restore_backup
    from liangqu.terminal.progress import progress

    named = config or context.find_root().obj
    own = settings_of(context, named) if named else None
    made, owners = restore_backup(folder, own, reports, progress)
    words = CommandWords("backup", language_of(context))
    say(words("restored", contents=_contents(made, words)))
    for name in sorted(owners.unknown_users):
        say(words("unknown_user", name=name), err=True)
    for name in sorted(owners.unknown_groups):
        say(words("unknown_group", name=name), err=True)
    if own is not None:
        say(words("secrets_stay", folder=folder / "files"), err=True)


def verify(context: typer.Context, folder: Backup) -> None:
    """Read all of a backup, and compare it with its sums and counts."""
    from liangqu.backup.checking import check_backup
    from liangqu.terminal.progress import progress

    with progress("files checked", None) as advance:
        manifest = check_backup(folder, advance)
    words = CommandWords("backup", language_of(context))
    made = local_time(datetime.fromisoformat(manifest.made))
    say(words("verified", folder=folder, made=made, contents=_contents(manifest, words)))


def _reports_there(named: Path | None, of_settings: Path, words: CommandWords) -> Path | None:
    """What was named, or the settings' folder; None, and said, where there is none."""
    if named is not None and not named.is_dir():
        raise ProblemError(f"--reports: {named}: there is no such folder")
    found = named or of_settings
    if not found.is_dir():
        say(words("no_reports", folder=found), err=True)
        return None
    return found


def _new_name(into: Path, now: datetime) -> Path:
    from liangqu.backup.retention import name_of

    return into / name_of(now)


def _remove_expired(into: Path, keep: int, months: int, words: CommandWords) -> None:
    from liangqu.backup.manifest import NAME
    from liangqu.backup.retention import expired

    whole = [found.parent.name for found in into.glob(f"*/{NAME}")]
    for name in expired(whole, keep, months):
        shutil.rmtree(into / name)
        say(words("removed", folder=into / name), err=True)


def _contents(manifest: "BackupManifest", words: CommandWords) -> str:
    size = sum(file.size for file in manifest.files)
    return words(
        "contents_values" if manifest.store_kind == "influxdb" else "contents_rows",
        n=len(manifest.files),
        size=f"{size:,}",
        journal=f"{sum(manifest.journal.values()):,}",
        store=f"{sum(manifest.store.values()):,}",
    )
