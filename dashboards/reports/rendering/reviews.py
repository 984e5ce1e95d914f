"""What a report says of its review: who approved what and when, and what has changed since."""

import html
import re
from collections.abc import Iterator, Sequence

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables.exceedance_tables import named_place
from dashboards.reports.revisions.approvals import Review
from dashboards.reports.words import ReportWords
from sensors.calendar import SHANGHAI
from sensors.model import Language

_FOOT = re.compile(r'<p class="reviews">.*?</p>', re.DOTALL)


def review_sentences(report: MonthlyReport, words: ReportWords) -> list[str]:
    """The steps of the month's review, and behind an approval what has changed since; none without one."""
    facts = report.journal_facts
    if facts is None or not facts.reviews:
        return []
    steps = [review_sentence(one, words) for one in facts.reviews]
    final = [one for one in facts.reviews if one.is_final]
    return [*steps, *_changes_since(report, final[-1], words)] if final else steps


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
        if mark.made > final.made and mark.overlaps(*inside):
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
