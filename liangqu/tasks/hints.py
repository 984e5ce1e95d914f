"""Hints about a site's month, for the command and for the review page."""

from datetime import datetime
from typing import TYPE_CHECKING

from dashboards.review.hints.registry import hints_of
from dashboards.review.month import ReviewSources, read_month
from liangqu.tasks.declared.marks import recorded_marks
from sensors.marks import effective_marks

if TYPE_CHECKING:
    from dashboards.reports.month import Month
    from dashboards.review.curves import SiteMonth
    from dashboards.review.hints.hint import Hint
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue


def reviewed_month(
    settings: "Settings", catalogue: "Catalogue", site: str, month: "Month", now: datetime
) -> "tuple[SiteMonth, list[Hint]]":
    """A site's month as it counts under the marks in force, and the hints about it.

    Raises:
        ProblemError: the store cannot be reached.
    """
    from liangqu.config.factories import reading_store

    with reading_store(settings) as store:
        marks = effective_marks(recorded_marks(settings, store))
        read = read_month(ReviewSources(store, catalogue, marks), site, month, now)
    return read, hints_of(read)
