"""What a report says of its review: who approved what and when, and what has changed since."""

import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from dashboards.reports.content.report import JournalFacts, MonthlyReport
from dashboards.reports.rendering.tables.exceedance_tables import named_place
from dashboards.reports.revisions.approvals import Review
from dashboards.reports.words import ReportWords
from ingest.journal.review.days import ReviewedDay
from sensors.calendar import SHANGHAI
from sensors.model import Language

_FOOT = re.compile(r'<p class="reviews">.*?</p>', re.DOTALL)


def review_sentences(report: MonthlyReport, words: ReportWords) -> list[str]:
    """The steps of the month's review, and behind an approval what has changed since; days under review.

    None where nothing is or was reviewed.
    """
    facts = report.journal_facts
    if facts is None:
        return []
    return [*_report_sentences(report, facts, words), *_day_sentences(report, facts, words)]


def _report_sentences(report: MonthlyReport, facts: JournalFacts, words: ReportWords) -> list[str]:
    steps = [review_sentence(one, words) for one in facts.reviews]
    final = [one for one in facts.reviews if one.is_final]
    return [*steps, *_changes_since(report, final[-1], words)] if final else steps


def _day_sentences(report: MonthlyReport, facts: JournalFacts, words: ReportWords) -> Iterator[str]:
    """Of each station how many of its days are approved, and which changed since they were submitted."""
    for site, group in groupby(facts.reviewed_days, lambda one: one.site):
        days, place = list(group), named_place(report, site, words)
        locked = sum(one.state == "locked" for one in days)
        yield words("days_reviewed", place=place, n=len(days), locked=locked)
        changed = [
            words("day_changed", day=one.day, causes=words("comma").join(_causes(one, words)))
            for one in days
            if one.state == "changed"
        ]
        if changed:
            yield words("days_changed", place=place, days=words("comma").join(changed))


def _causes(one: ReviewedDay, words: ReportWords) -> Iterator[str]:
    for change in one.changes:
        said = words("comma").join(part for part in (change.reason, change.by) if part)
        cause = words(f"day_{change.cause}")
        yield words("day_cause", cause=cause, said=said) if said else cause


def review_sentence(one: Review, words: ReportWords) -> str:
    """One step in words."""
    time = f"{one.made.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    key = "review_final" if one.is_final else f"review_{one.step}"
    return words(
        key, revision=one.revision, by=one.by, time=time, level=one.level, levels=one.levels,
        reason=one.reason, sha256=one.sha256[:16],
    )  # fmt: skip


def _changes_since(report: MonthlyReport, final: Review, words: ReportWords) -> Iterator[str]:
    inside = (report.month.start, report.month.end)
    found = []
    for key, arrivals in (("late", report.late), ("revision", report.revisions)):
        own = [one for one in arrivals if one.received > final.made and inside[0] <= one.of <= inside[1]]
        sites = dict.fromkeys(named_place(report, one.site, words) for one in own)
        if own:
            found.append(words(f"since_{key}", n=len(own), places=words("comma").join(sites)))
    for mark in report.record:
        if mark.known > final.made and mark.overlaps(*inside):
            place = named_place(report, mark.site, words)
            found.append(words("since_mark", place=place, reason=mark.reason, by=mark.by))
    if report.journal_facts is not None:
        found += [
            words(f"since_{one.what}", reason=one.reason, by=one.by)
            for one in report.journal_facts.approved_changes
            if one.made > final.made
        ]
    yield from found or [words("since_nothing")]


def sign_page(page: str, reviews: Sequence[Review], language: Language) -> str:
    """The page with the steps of its own review in its foot."""
    words = ReportWords(language)
    text = "<br>".join(html.escape(review_sentence(one, words)) for one in reviews)
    return _FOOT.sub(lambda _: f'<p class="reviews">{text}</p>', page)
