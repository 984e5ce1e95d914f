"""The page as it is printed: no page but the last of a report is half empty."""

from collections.abc import Mapping
from typing import Any

import pytest
import weasyprint

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity
from dashboards.reports.rendering import page
from dashboards.reports.rendering.chapters import DraftReport
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES, Language

_LEAST = 0.55


def lowest(box: Any) -> float:
    """How far down, in pixels, text or a picture of a box and of what is in it reaches."""
    own = box.position_y + box.height if _holds_something(box) else 0.0
    return max([own, *(lowest(child) for child in getattr(box, "children", ()))])


def _holds_something(box: Any) -> bool:
    return type(box).__name__ in {"TextBox", "BlockReplacedBox", "InlineReplacedBox"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_but_the_last_is_half_empty(
    language: Language, month_report: MonthlyReport, drafts: Mapping[Language, DraftReport]
) -> None:
    """Of what lies between the margins, in the middle of a table or before a figure that did not fit."""
    identity = Identity("LQ-2026-10", 1, language, "0.1.0")
    html = page.html(month_report, identity, ReportWords(language), draft=drafts[language])

    pages = [one._page_box for one in weasyprint.HTML(string=html).render().pages]

    filled = [
        max(lowest(child) for child in one.children if type(child).__name__ != "MarginBox")
        / (one.content_box_y() + one.height)
        for one in pages
    ]
    assert len(filled) > 5
    assert min(filled[:-1]) >= _LEAST, [round(share, 2) for share in filled]
