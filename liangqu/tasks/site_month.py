"""A site's month as reviewers read it: for the command's hints, and for the page of its review."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from dashboards.review.month import ReviewSources, read_month
from liangqu.tasks.declared.marks import recorded_marks
from sensors.marks import Mark, effective_marks

if TYPE_CHECKING:
    from dashboards.reports.month import Month
    from dashboards.review.curves import SiteMonth
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue


class ReviewedMonth(NamedTuple):
    """What was read of it, and the marks in force that it counts under: those of every site, at any time."""

    read: "SiteMonth"
    marks: Sequence[Mark]


def reviewed_month(
    settings: "Settings", catalogue: "Catalogue", site: str, month: "Month", now: datetime
) -> ReviewedMonth:
    """A site's month as it counts under the marks in force.

    Raises:
        ProblemError: the store cannot be reached.
    """
    from liangqu.config.factories import reading_store

    with reading_store(settings) as store:
        marks = effective_marks(recorded_marks(settings, store))
        return ReviewedMonth(read_month(ReviewSources(store, catalogue, marks), site, month, now), marks)
