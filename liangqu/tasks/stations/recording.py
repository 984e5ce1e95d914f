"""Changes of stations in the audit list."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ingest.journal import audit
from liangqu.config.factories import open_journal
from liangqu.config.settings import Settings
from liangqu.tasks.stations.listing import is_journal_open


class _Change(Protocol):
    @property
    def site(self) -> str: ...


_Given = ParamSpec("_Given")
_Made = TypeVar("_Made", bound=_Change)


def recorded(
    what: str,
) -> Callable[
    [Callable[Concatenate[Settings, _Given], _Made]], Callable[Concatenate[Settings, _Given], _Made]
]:
    """A change that writes a row of the audit list once it is done, where there is a journal yet.

    `what` is its code. The files are not written in the journal's transaction: one who is killed in between
    has changed them without a row.
    """

    def decorate(
        change: Callable[Concatenate[Settings, _Given], _Made],
    ) -> Callable[Concatenate[Settings, _Given], _Made]:
        @wraps(change)
        def change_and_record(settings: Settings, /, *given: _Given.args, **named: _Given.kwargs) -> _Made:
            made = change(settings, *given, **named)
            if is_journal_open(settings):
                former = [each for each in given if isinstance(each, str) and each != made.site]
                details = {key: value for key, value in named.items() if isinstance(value, bool | str)}
                with closing(open_journal(settings)) as journal, journal.transaction() as connection:
                    ids, now = [*former[:1], made.site], datetime.now(UTC)
                    audit.record(connection, what, ids, now, details=details)
            return made

        return change_and_record

    return decorate
