"""Owners of files by name, as this machine knows them; by number where it does not."""

import grp
import pwd


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


def user_number(name: str) -> int:
    """The user of this name or number; root where this machine has none."""
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return int(name) if name.isdecimal() else 0


def group_number(name: str) -> int:
    """The group of this name or number; root's where this machine has none."""
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return int(name) if name.isdecimal() else 0
