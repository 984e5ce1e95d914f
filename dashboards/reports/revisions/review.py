"""Whether a step of a report's review may be taken: the steps of every review, over a file. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from dashboards.reports.revisions.approvals import Review
from ingest.journal.review.steps import ReviewError, ReviewLevels, Step, level_after

_CURE = "a further revision changes it (liangqu report)"


class ReviewedReport(Struct, frozen=True):
    """Which report it is; `sha256` is that of its report.json as it stands."""

    month: str
    revision: int
    language: str
    sha256: str


def next_review(
    record: Sequence[Review],
    report: ReviewedReport,
    step: Step,
    *,
    by: str,
    reason: str,
    levels: ReviewLevels,
    now: datetime,
) -> Review:
    """The step to record.

    Args:
        record: All steps of the month, as they were taken.
        report: The report.
        step: What somebody wants to do.
        by: Who.
        reason: Why; needed to return it.
        levels: Those of the settings.
        now: The clock.

    Raises:
        ReviewError: as `level_after`; or it is another file than was submitted.
    """
    own = [one for one in record if (one.revision, one.language) == (report.revision, report.language)]
    name = f"revision {report.revision} of {report.month}"
    level = level_after(own, step, by=by, reason=reason, levels=levels, name=name, cure=_CURE)
    if step == "approved" and own[-1].sha256 != report.sha256:
        raise ReviewError(f"{name} is another file than was submitted; return it and submit it again")
    return Review(
        report.month, report.revision, report.language, report.sha256, step, level, levels.number, by, reason,
        now,
    )  # fmt: skip
