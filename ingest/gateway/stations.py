"""Who may speak to the gateway: the stations of the catalogue, each with its password."""

import hmac
from collections.abc import Iterable, Mapping
from pathlib import Path

from sensors.text import parse_text, read_bytes

ANY = "*"


class PasswordFileError(ValueError):
    """The password file cannot be used; the text names the file and the line."""


class AdmittedStations:
    """The stations by MN, and what each must give as PW.

    Args:
        known: The MN of every station that may speak.
        passwords: By MN; `*` is everybody else's. None lets every known station in whatever it says.
    """

    def __init__(self, known: Iterable[str], passwords: Mapping[str, str] | None) -> None:
        self._known = frozenset(known)
        self._passwords = passwords

    def __contains__(self, mn: str) -> bool:
        return mn in self._known

    def __len__(self) -> int:
        return len(self._known)

    def admits(self, mn: str, password: str) -> bool:
        """Whether this is a known station with its password; a station without one is never admitted."""
        if mn not in self._known:
            return False
        if self._passwords is None:
            return True
        right = self._passwords.get(mn, self._passwords.get(ANY))
        return right is not None and hmac.compare_digest(right.encode(), password.encode())

    def without_password(self) -> list[str]:
        """The stations that can never be admitted."""
        passwords = self._passwords
        if passwords is None or ANY in passwords:
            return []
        return sorted(mn for mn in self._known if mn not in passwords)


def read_passwords(file: Path) -> dict[str, str]:
    """Read `MN PASSWORD` a line; `*` for everybody else, `#` begins a comment line.

    Raises:
        PasswordFileError: The file cannot be read, a line is not of this form, or an MN stands twice.
    """
    try:
        lines = parse_text(read_bytes(file)).splitlines()
    except (OSError, ValueError) as error:
        raise PasswordFileError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    passwords: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) != 2:  # noqa: PLR2004 - an MN and its password
            raise PasswordFileError(f"{file}: line {number}: not of the form MN PASSWORD")
        if words[0] in passwords:
            raise PasswordFileError(f"{file}: line {number}: {words[0]} stands twice")
        passwords[words[0]] = words[1]
    return passwords
