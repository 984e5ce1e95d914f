"""Which backups of a folder have had their time; pure."""

from collections.abc import Iterable
from datetime import datetime

FORM = "liangqu-%Y-%m-%dT%H%M%S"
"""The name of a backup that is made into a folder of backups, in Shanghai's time."""


def name_of(now: datetime) -> str:
    """The folder's name of a backup that is made now, a moment in Shanghai's time."""
    return now.strftime(FORM)


def expired(names: Iterable[str], newest: int, monthly: int) -> list[str]:
    """Names that are not among the `newest`, nor the first of one of the `monthly` last months with any.

    Names of another form are never among them.
    """
    ours = sorted(name for name in names if _is_ours(name))
    firsts: dict[str, str] = {}
    for name in ours:
        firsts.setdefault(name[: len("liangqu-2026-11")], name)
    kept = {
        *ours[max(len(ours) - newest, 0) :],
        *(firsts[month] for month in sorted(firsts)[max(len(firsts) - monthly, 0) :]),
    }
    return [name for name in ours if name not in kept]


def _is_ours(name: str) -> bool:
    try:
        datetime.strptime(name, FORM)  # noqa: DTZ007 - only whether it has the form
    except ValueError:
        return False
    return True
