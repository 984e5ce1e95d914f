"""The report as one HTML page, self-contained, for A4."""

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files

import jinja2
from markupsafe import Markup, escape

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity, standards
from dashboards.reports.rendering import cards
from dashboards.reports.rendering.chapters import DraftReport, report_outline
from dashboards.reports.rendering.tables import air_tables
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.words import ReportWords

_NUMERALS = re.compile("[\u2160-\u216b]+")


def html(
    report: MonthlyReport,
    identity: Identity,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
    draft: DraftReport | None = None,
) -> str:
    """The page; `draft` is the report's where it is at hand."""
    return "".join(html_pieces(report, identity, words, changes, draft))


def html_pieces(
    report: MonthlyReport,
    identity: Identity,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
    draft: DraftReport | None = None,
) -> Iterator[str]:
    """The page piece by piece, so that one of a thousand stations need not be held as a whole."""
    return _template().generate(
        report=report,
        identity=identity,
        words=words,
        css=_text("report.css").strip(),
        title=cards.title(report.month, words, identity.imprint.title),
        period=words.days(report.month),
        until=air_tables.until_text(report),
        standards=" · ".join(map(_standard, standards(report))),
        outline=report_outline(report, words, changes, identity.text, draft),
    )


def _standard(row: dict[str, str]) -> str:
    if not row.get("from"):
        return row["standard"]
    return f"{row['standard']} ({row['from']} – {row['to']})"


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["one_font"] = _numerals_in_one_font
    return environment.from_string(_text("report.html.j2"))


def _numerals_in_one_font(text: str) -> Markup:
    """Roman numerals of classes marked: Chinese fonts draw them in the width of a sign, others as letters."""
    return Markup(_NUMERALS.sub(r'<span class="roman">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


def _text(name: str) -> str:
    return (files("dashboards.reports.rendering") / name).read_text(encoding="utf-8")
