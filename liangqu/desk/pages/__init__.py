"""All pages, in the order of the menu; each has a module, a template and a table of words of its name."""

from collections.abc import Sequence

from liangqu.desk.page import Page
from liangqu.desk.pages import (
    alerts,
    audit,
    duty,
    export,
    import_,
    now,
    quarantine,
    report,
    reports,
    review,
    rules,
    settings,
    site_month,
    station,
    stations,
)

PAGES: Sequence[Page] = (
    *now.PAGES,
    *alerts.PAGES,
    *stations.PAGES,
    *station.PAGES,
    *quarantine.PAGES,
    *review.PAGES,
    *site_month.PAGES,
    *reports.PAGES,
    *report.PAGES,
    *duty.PAGES,
    *rules.PAGES,
    *import_.PAGES,
    *export.PAGES,
    *settings.PAGES,
    *audit.PAGES,
)
