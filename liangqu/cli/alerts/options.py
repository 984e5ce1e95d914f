"""Options that the commands of `liangqu alerts` share."""

from datetime import datetime
from typing import Annotated

import typer

from liangqu.config.errors import ProblemError

Site = Annotated[str | None, typer.Option(help="Only this site.")]
RuleId = Annotated[str | None, typer.Option(help="Only this rule.")]
FromDay = Annotated[
    str | None, typer.Option("--from", help="Only those that began on or after this day, YYYY-MM-DD.")
]
ToDay = Annotated[str | None, typer.Option("--to", help="Only those that began before this day, YYYY-MM-DD.")]


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
