"""What the commands of `liangqu alerts` share: options, and requests to the service."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from ingest.journal.file import Journal
    from ingest.journal.requests import RequestKind

Site = Annotated[str | None, typer.Option(help="Only this site.")]
RuleId = Annotated[str | None, typer.Option(help="Only this rule.")]
By = Annotated[str, typer.Option(help="Your name; the login name by default.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="Without the line of headings.")]
FromDay = Annotated[
    str | None, typer.Option("--from", help="Only those that began on or after this day, YYYY-MM-DD.")
]
ToDay = Annotated[str | None, typer.Option("--to", help="Only those that began before this day, YYYY-MM-DD.")]


def submit(journal: "Journal", what: "RequestKind", *bodies: dict[str, Any]) -> None:
    """Submit requests to the service, together."""
    from ingest.journal import requests

    with journal.transaction() as connection:
        for body in bodies:
            requests.submit(connection, what, body, datetime.now(UTC))


def user_name() -> str:
    """The login name."""
    import getpass

    return getpass.getuser()


def parse_day(option: str, text: str | None) -> datetime | None:
    """The beginning of a day in Shanghai.

    Raises:
        ProblemError: it is no date.
    """
    from sensors.calendar import SHANGHAI

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise ProblemError(f"{option}: {text!r} is not a date such as 2026-11-22") from None
