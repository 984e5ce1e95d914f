"""Owners of files by name, as this machine knows them; by number where it does not."""

import grp
import os
import pwd
from pathlib import Path

from liangqu.backup.manifest import BackupManifest, KeptFile, KeptFolder


def user_name(number: int) -> str:
    """Its name, or the number."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def group_name(number: int) -> str:
    """Its name, or the number."""
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


class FormerOwners:
    """Gives what comes back the mode it had and, as root, to whom it belonged.

    Attributes:
        manifest: Of the backup.
        unknown_users: Names that this machine does not have; what was theirs is root's.
        unknown_groups: The same of groups.

    Args:
        manifest: Whose the folders were.
    """

    def __init__(self, manifest: BackupManifest) -> None:
        self.manifest = manifest
        self.unknown_users: set[str] = set()
        self.unknown_groups: set[str] = set()

    def give(self, place: Path, was: KeptFile | KeptFolder) -> None:
        """Mode as before; as root also its owner, or that of its folder if that is another than it was."""
        if os.geteuid() == 0:
            folder, before = place.parent.stat(), self.manifest.folder(place.parent)
            is_another = folder.st_uid and (before is None or folder.st_uid != _user(before.user))
            os.chown(place, *((folder.st_uid, folder.st_gid) if is_another else self._owner(was)))
        place.chmod(was.mode)

    def _owner(self, was: KeptFile | KeptFolder) -> tuple[int, int]:
        user, group = _user(was.user), _group(was.group)
        if user is None:
            self.unknown_users.add(was.user)
        if group is None:
            self.unknown_groups.add(was.group)
        return user or 0, group or 0


def _user(name: str) -> int | None:
    """The user of this name or number."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return int(name) if name.isdecimal() else None


def _group(name: str) -> int | None:
    """The group of this name or number."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return int(name) if name.isdecimal() else None
