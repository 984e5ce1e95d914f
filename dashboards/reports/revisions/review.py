"""Whether a step of a report's review may be taken: submitted, approved level by level, or returned. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from dashboards.reports.revisions.approvals import Review, ReviewStep

LEAST_NAMES = 2
"""Who submits a report and who approves it are at least so many people."""


class ReviewError(ValueError):
    """The step cannot be taken; the text says why, and what can be done."""


class ReviewedReport(Struct, frozen=True):
    """Which report it is; `sha256` is that of its report.json as it stands."""

    month: str
    revision: int
    language: str
    sha256: str


def next_review(
    record: Sequence[Review],
    report: ReviewedReport,
    step: ReviewStep,
    *,
    by: str,
    reason: str,
    levels: int,
    now: datetime,
) -> Review:
    """The step to record.

    Args:
        record: All steps of the month, as they were taken.
        report: The report.
        step: What somebody wants to do.
        by: Who.
        reason: Why; needed to return it.
        levels: How many levels of review are set, 1 to 3.
        now: The clock.

    Raises:
        ReviewError: it is approved already, was not submitted, is another file than was submitted, lacks a
            reason, or its last level would leave it with one name.
    """
    own = [one for one in record if (one.revision, one.language) == (report.revision, report.language)]
    last = own[-1] if own else None
    name = f"revision {report.revision} of {report.month}"
    if last is not None and last.is_final:
        raise ReviewError(f"{name} is approved; a further revision changes it (liangqu report)")
    is_open = last is not None and last.step != "returned"
    if step == "submitted" and is_open:
        raise ReviewError(f"{name} is submitted already; approve it or return it")
    if step != "submitted" and (last is None or not is_open):
        raise ReviewError(f"{name} is not submitted; liangqu approval submit does that")
    if step == "returned" and not reason.strip():
        raise ReviewError("--reason: must not be blank")
    if step == "approved" and last is not None:
        if last.sha256 != report.sha256:
            raise ReviewError(f"{name} is another file than was submitted; return it and submit it again")
        _check_names(own, by, is_last=last.level + 1 >= levels, name=name)
    level = last.level + 1 if step == "approved" and last is not None else 0
    return Review(
        report.month, report.revision, report.language, report.sha256, step, level, levels, by, reason, now
    )


def _check_names(own: Sequence[Review], by: str, *, is_last: bool, name: str) -> None:
    """Refuse a last level that leaves the report with one name since it was submitted."""
    begun = max(n for n, one in enumerate(own) if one.step == "submitted")
    if is_last and len({one.by for one in own[begun:]} | {by}) < LEAST_NAMES:
        raise ReviewError(f"{name}: {by} alone has prepared and reviewed it; somebody else must approve it")
