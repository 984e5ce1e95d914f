"""What stands in each chapter of a report, and the tables that page and workbook share."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.figures.svg_canvas import GREY, PALE, text_colour_on, to_hex
from dashboards.reports.rendering import cards, hour_figures, notes, place_figures, report_figures
from dashboards.reports.rendering.outline import (
    BulletList,
    CardGrid,
    DraftChapter,
    Legend,
    Outline,
    PartContent,
    Prose,
    Sentence,
    outline,
)
from dashboards.reports.rendering.reviews import review_sentences
from dashboards.reports.rendering.shared_tables import Content, content
from dashboards.reports.rendering.tables import (
    alarm_tables,
    change_tables,
    exceedance_tables,
)
from dashboards.reports.rendering.tables.cells import SHOWN, ReportTable
from dashboards.reports.revisions.changed_figure import ChangedFigure
from dashboards.reports.text.edited import printed_paragraphs
from dashboards.reports.text.generated import OUTLOOK_CHAPTER, generated_paragraphs
from dashboards.reports.text.printed import PrintedParagraph
from dashboards.reports.words import ReportWords
from sensors.standards import aqi
from sensors.standards.colour import Colour
from sensors.standards.water_limits import WORSE_THAN_V, quality

_SHOWN_CHANGES = 40


class DraftReport(Struct, frozen=True):
    """A report in one language, not yet numbered, without its paragraphs: made once for all of its files."""

    content: Content
    chapters: tuple[DraftChapter, ...]


def draft_report(report: MonthlyReport, words: ReportWords) -> DraftReport:
    """Every table and figure of it."""
    whole = content(report, words)
    return DraftReport(
        whole, tuple(_with_stars_explained(one, words) for one in _drafts(report, whole, words))
    )


def report_outline(
    report: MonthlyReport,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
    text: Sequence[PrintedParagraph] | None = None,
    draft: DraftReport | None = None,
) -> Outline:
    """The whole report, numbered.

    `changes` are those since the report that this one supersedes; `text` has the paragraphs that chapters
    begin with, by default as the program writes them; `draft` is the report's where it is at hand.
    """
    if text is None:
        text = printed_paragraphs(generated_paragraphs(report, words), {})
    by_chapter = {one.chapter: one for one in text}
    chapters = list((draft or draft_report(report, words)).chapters)
    if changes is not None:
        changed = _chapter("changes_title", _changes(changes, words), words)
        chapters.insert([one.id for one in chapters].index("air"), _with_stars_explained(changed, words))
    return outline((_with_text(one, by_chapter.get(one.id), words) for one in chapters), words)


def _with_stars_explained(draft: DraftChapter, words: ReportWords) -> DraftChapter:
    """Below each table and each row of cards with a star that says nowhere what it means, what it means."""
    contents: list[PartContent] = []
    for one in draft.contents:
        if isinstance(one, ReportTable) and _has_star(one):
            contents.append(replace(one, note=f"{one.note} {words('star_note')}".strip()))
        else:
            contents.append(one)
        if isinstance(one, CardGrid) and any("*" in card.value for card in one.cards):
            contents.append(Sentence(words("star_note"), small=True))
    return replace(draft, contents=tuple(contents))


def _has_star(table: ReportTable) -> bool:
    starred = any(cell.text.endswith("*") for row in table.rows for cell in row)
    return starred and "*" not in table.note


def _with_text(draft: DraftChapter, printed: PrintedParagraph | None, words: ReportWords) -> DraftChapter:
    if printed is None or not printed.text:
        return draft
    remark = ""
    if printed.is_edited:
        remark = words("text_outdated" if printed.is_outdated else "text_edited")
    return replace(draft, contents=(Prose(printed.text, remark), *draft.contents))


def _drafts(report: MonthlyReport, tables: Content, words: ReportWords) -> Iterator[DraftChapter]:
    targets = tuple(cards.cards(report, words))
    if targets:
        yield _chapter("at_a_glance", [CardGrid(targets)], words)
    reviewed = review_sentences(report, words)
    if reviewed:
        yield _chapter("review_title", [BulletList(tuple(reviewed))], words)
    for medium, contents in (("air", _air), ("water", _water)):
        parts = [*_why_empty(report, medium, words), *contents(report, tables, words)]
        if medium == "water" and tables.drinking:
            parts.append(tables.drinking)
        yield _chapter(medium, parts, words)
    yield _chapter(OUTLOOK_CHAPTER, _outlook(report, tables.outlook, words), words)
    yield _chapter("exceedances", _exceedances(report, words), words)
    yield _chapter("alarms", _alarms(report, words), words)
    yield _chapter("quality", _quality(report, tables, words), words)
    yield _chapter("notes", [BulletList(tuple(notes.notes(report, words)))], words)
    appendix = list(_appendix(report, words))
    if appendix:
        yield _chapter("appendix_exceedances", appendix, words)


def _chapter(
    key: str, contents: "Sequence[PartContent] | Iterator[PartContent]", words: ReportWords
) -> DraftChapter:
    return DraftChapter(key, words(key), tuple(contents))


def _changes(found: Sequence[ChangedFigure], words: ReportWords) -> Iterator[PartContent]:
    table = change_tables.changes(found, words, _SHOWN_CHANGES)
    yield table if table.rows else Sentence(words("changes_none"))


def _why_empty(report: MonthlyReport, medium: str, words: ReportWords) -> Iterator[Sentence]:
    """What a chapter says that cannot be written."""
    places = [place for place in report.places.values() if place.medium == medium]
    if not places:
        yield Sentence(words(f"no_sites_{medium}"))
    elif all(map(report.is_silent, places)):
        yield Sentence(words(f"silent_{medium}"))


def _air(report: MonthlyReport, tables: Content, words: ReportWords) -> Iterator[PartContent]:
    if not tables.air:
        return
    yield from (table for table in tables.air if table.rows)
    yield Legend(words("legend_aqi"), tuple(_aqi_legend(words)))
    yield from place_figures.sites_map(report, "air", words)
    yield from report_figures.air_figures(report, words)
    yield from place_figures.ratios(report, words)
    yield from hour_figures.courses(report, words)
    yield from hour_figures.wind_roses(report, words)


def _water(report: MonthlyReport, tables: Content, words: ReportWords) -> Iterator[PartContent]:
    if not tables.water:
        return
    classes, *items = tables.water
    pictures = list(report_figures.water_figures(report, words))
    if tables.sections.rows:
        yield tables.sections
    yield classes
    yield Legend(words("legend_water"), tuple(_water_legend(words)))
    yield from place_figures.sites_map(report, "water", words)
    yield from pictures[:1]
    yield from (table for table in items if table.rows)
    yield from pictures[1:]


def _outlook(report: MonthlyReport, table: ReportTable, words: ReportWords) -> Iterator[PartContent]:
    if not table.rows:
        yield Sentence(words("outlook_none"))
        return
    yield table
    yield from report_figures.outlook_figures(report, words)


def _exceedances(report: MonthlyReport, words: ReportWords) -> Iterator[PartContent]:
    """Breaches and what only is above the plan's value or a limit of one's own, a sum a place.

    The events stand in the appendix. Where no rule of one's own was exceeded, none is spoken of.
    """
    timeline = report_figures.record_figures(report, words).get("timeline")
    if timeline is not None:
        yield timeline
    for listing in exceedance_tables.LISTINGS:
        table = exceedance_tables.summary(report, listing, words)
        if table.rows:
            yield table
        elif listing != "own":
            yield Sentence(words(f"exceedance_{listing}_none"))


def _appendix(report: MonthlyReport, words: ReportWords) -> Iterator[ReportTable]:
    for listing in exceedance_tables.LISTINGS:
        table = exceedance_tables.details(report, listing, words, SHOWN)
        if table.rows:
            yield table


def _alarms(report: MonthlyReport, words: ReportWords) -> Iterator[PartContent]:
    tables = alarm_tables.shown(report, words)
    yield from tables
    if not tables:
        yield Sentence(alarm_tables.absence(report, words))


def _quality(report: MonthlyReport, tables: Content, words: ReportWords) -> Iterator[PartContent]:
    capture = report_figures.record_figures(report, words).get("capture")
    least = f"{report_figures.TELLING:.0%}".replace("%", " %")
    yield capture or Sentence(words("capture_high", share=least), small=True)
    silent = tuple(cards.silent_sites(report, words))
    if silent:
        yield CardGrid(silent, words("silent_title"), sites=True)
    yield tables.quality
    if tables.sent:
        yield tables.sent
    yield tables.marks if tables.marks.rows else Sentence(words("marks_none"), small=True)
    if tables.without:
        yield tables.without if tables.without.rows else Sentence(tables.without.note, small=True)


def _aqi_legend(words: ReportWords) -> Iterator[tuple[str, str, str]]:
    low = 0
    for level in aqi.levels():
        yield _chip(f"{words.name(level.category)} {low}–{level.up_to}", level.colour)
        low = level.up_to + 1
    yield words("no_value_legend"), PALE, GREY


def _water_legend(words: ReportWords) -> Iterator[tuple[str, str, str]]:
    for one in map(quality, range(1, WORSE_THAN_V + 1)):
        yield _chip(f"{words.water_class(one.number)} {words.name(one.quality)}", one.colour)
    yield words("no_value_legend"), PALE, GREY


def _chip(text: str, colour: Colour) -> tuple[str, str, str]:
    return text, to_hex(colour.rgb), text_colour_on(colour.rgb)
