"""*Review* (审核): the sites of a month, and how far the review of each has come."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from dashboards.reports.month import Month, MonthError
from ingest.journal.review.days import ReviewedDay
from ingest.journal.review.steps import ReviewState, Step
from liangqu.desk.page import Answer, Content, NotShown, Page, Visit
from liangqu.tasks.declared.day_approval import reviewed_days
from sensors.calendar import SHANGHAI, month_number
from sensors.catalogue.model import Site
from sensors.model import MEDIA

STATES: tuple[ReviewState, ...] = ("changed", "returned", "submitted", "approved", "locked")
"""Of days that have a review; what asks for somebody first."""
STEPS: Mapping[str, Step] = {"submit": "submitted", "approve": "approved", "return": "returned"}
"""What a button of a review's form asks for: of a report's, and of a site's days."""


class ReviewedSite(Struct, frozen=True):
    """A site of the month: how many of its days stand how; `draft` are those without a review."""

    site: Site
    days: Mapping[ReviewState, int]


def show(visit: Visit) -> Answer:
    """All sites that somebody waits for, by medium; of this month, if the one that was asked for is none."""
    asked = visit.query.get("month", "")
    try:
        return _content(visit, Month.parse(asked) if asked else _this_month(visit))
    except MonthError as error:
        return NotShown(_content(visit, _this_month(visit)), visit.problem(error))


def _content(visit: Visit, month: Month) -> Content:
    every = visit.desk.files.catalogue.sites.values()
    sites = {medium: [site for site in every if site.medium == medium] for medium in MEDIA}
    reviewed = reviewed_days(visit.desk.files.settings, period=str(month))
    return {
        "month": month,
        "before": month.back(1),
        "after": month.back(-1),
        "media": [(medium, [_row(site, reviewed, month) for site in sites[medium]]) for medium in MEDIA],
        "states": STATES,
    }


def _this_month(visit: Visit) -> Month:
    local = visit.now.astimezone(SHANGHAI)
    return Month(month_number(local.year, local.month))


def _row(site: Site, reviewed: list[ReviewedDay], month: Month) -> ReviewedSite:
    found = Counter(day.state for day in reviewed if day.site == site.id)
    found["draft"] = month.days - sum(found.values())
    return ReviewedSite(site, found)


PAGES = (Page(path="/review", name="review", show=show),)
