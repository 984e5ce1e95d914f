"""The tables of alarm quality: figures and thresholds, people, rules, what was stale, what chattered."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from alerts.events.quality import (
    MOST_RULES,
    AlarmQuality,
    ChatteringWatch,
    NotifiedEvent,
    PersonLoad,
    ThresholdId,
    thresholds,
)
from alerts.notify import outbox
from alerts.notify.event import place_name
from alerts.notify.words import format_duration
from alerts.rules.index import NONE
from alerts.texts.causes import cause_name
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import SHOWN, ReportTable, TableCell
from dashboards.reports.words import NOTHING, ReportWords

_HOUR = timedelta(hours=1)
_BAD = "color:#b3261e;font-weight:600"
_DASH = TableCell(NOTHING)


def sheet(report: MonthlyReport, words: ReportWords) -> list[ReportTable]:
    """All rows; where there are no figures one line that says why."""
    if found := list(_tables(report, words)):
        return found
    line = cells.text_cells(absence(report, words))
    return [ReportTable("alarms", words("alarms"), words("sheet_alarms"), (words("state"),), (line,))]


def shown(report: MonthlyReport, words: ReportWords) -> list[ReportTable]:
    """What the page has room for; nothing where there are no figures."""
    return [
        table
        if len(table.rows) <= SHOWN
        else replace(table, rows=table.rows[:SHOWN], cut=words("alarm_cut", shown=SHOWN, n=len(table.rows)))
        for table in _tables(report, words)
    ]


def absence(report: MonthlyReport, words: ReportWords) -> str:
    """Why there are no figures; "" if there are."""
    state = report.alarms.state
    return "" if state == "measured" else words(f"alarms_{state}", days=outbox.KEPT.days)


def _tables(report: MonthlyReport, words: ReportWords) -> Iterator[ReportTable]:
    """Those with a row."""
    quality = report.alarms.quality
    if quality is None:
        return
    figures = [*_load_figures(quality, words), *_event_figures(quality, words)]
    head = ("alarm_figure", "alarm_measured", "alarm_limit", "verdict", "alarm_source")
    start, end = (f"{words.day(time)} {words.moment(time)[6:]}" for time in (quality.start, quality.end))
    note = words("alarms_note", start=start, end=end)
    tables_ = (
        _table("alarm_figures", head, figures, words, note),
        _people(report, quality, words),
        _rules(report, quality, words),
        _stale(report, quality, words),
        _chattering(report, quality, words),
    )
    yield from (table for table in tables_ if table.rows)


def _table(
    id_: str, head: Sequence[str], rows: Sequence[tuple[TableCell, ...]], words: ReportWords, note: str = ""
) -> ReportTable:
    return ReportTable(id_, words(id_), words("sheet_alarms"), tuple(map(words, head)), tuple(rows), note)


def _load_figures(quality: AlarmQuality, words: ReportWords) -> Iterator[tuple[TableCell, ...]]:
    a_day = max((each.a_day for each in quality.people), default=0.0)
    flood = max((each.most_in_ten_minutes for each in quality.people), default=0)
    yield _held("messages_a_day", words("alarm_a_day"), cells.figure(a_day, 2), a_day, words)
    yield _held("flood", words("alarm_flood"), cells.count(flood), flood, words)
    hours, stale = f"{thresholds()['stale_hours'].limit:g}", cells.count(len(quality.stale))
    yield _told("stale_hours", words("alarm_stale", hours=hours), stale, words)
    at_once = quality.stale_at_once
    name = words("alarm_stale_at_once")
    yield _held("stale_at_once", name, cells.count(at_once), at_once, words, is_below=True)
    begins = f"{thresholds()['chattering_begins'].limit:g}"
    chattering = cells.count(len(quality.chattering))
    yield _told("chattering_begins", words("alarm_chattering", begins=begins), chattering, words)
    share = cells.share(quality.top_ten_share)
    yield _told("top_ten_share", words("alarm_top_share"), share, words)


def _held(
    id_: ThresholdId,
    name: str,
    measured: TableCell,
    value: float,
    words: ReportWords,
    *,
    is_below: bool = False,
) -> tuple[TableCell, ...]:
    """A figure with its verdict; with `is_below` it must be less than the threshold, else at most that."""
    limit = thresholds()[id_].limit
    is_within = value < limit if is_below else value <= limit
    text = words("alarm_within" if is_within else "alarm_above")
    return (
        cells.text_cell(name),
        measured,
        TableCell(f"{'<' if is_below else '≤'} {limit:g}", limit, "General"),
        TableCell(text, text, style="" if is_within else _BAD),
        _source(id_, words),
    )


def _told(id_: ThresholdId, name: str, measured: TableCell, words: ReportWords) -> tuple[TableCell, ...]:
    """A figure that is held against nothing; the source is of how it is counted."""
    return cells.text_cell(name), measured, _DASH, _DASH, _source(id_, words)


def _source(id_: ThresholdId, words: ReportWords) -> TableCell:
    row = thresholds()[id_]
    source = words.name(row.source)
    return cells.text_cell(source if row.confirmed else words("alarm_unconfirmed", source=source))


def _event_figures(quality: AlarmQuality, words: ReportWords) -> Iterator[tuple[TableCell, ...]]:
    share = quality.acknowledged / quality.notified if quality.notified else None
    for key, cell in (
        ("alarm_notified", cells.count(quality.notified)),
        ("alarm_acknowledged", cells.share(share)),
        ("alarm_median", _waited(quality.median_s, words)),
        ("alarm_slowest", _waited(quality.slowest_s, words)),
    ):
        yield cells.text_cell(words(key)), cell, _DASH, _DASH, _DASH


def _waited(seconds: float | None, words: ReportWords) -> TableCell:
    return _DASH if seconds is None else cells.text_cell(format_duration(seconds, words.language))


def _people(report: MonthlyReport, quality: AlarmQuality, words: ReportWords) -> ReportTable:
    head = (
        "alarm_person", "alarm_messages", "alarm_each_day", "alarm_most_in_a_day", "alarm_most_in_ten",
        "alarm_flood_at",
    )  # fmt: skip
    rows = [_person_cells(report, each, words) for each in quality.people]
    return _table("alarm_people", head, rows, words)


def _person_cells(report: MonthlyReport, load: PersonLoad, words: ReportWords) -> tuple[TableCell, ...]:
    return (
        cells.text_cell(report.alarms.people.get(load.person, load.person or load.channel)),
        cells.count(load.messages),
        cells.figure(load.a_day, 2),
        cells.count(load.most_in_a_day),
        cells.count(load.most_in_ten_minutes),
        cells.moment(load.flood_at, words),
    )


def _rules(report: MonthlyReport, quality: AlarmQuality, words: ReportWords) -> ReportTable:
    head = ("alarm_rule", "alarm_messages", "alarm_share", "alarm_begins", "alarm_chattering_at")
    rows = [
        (
            cells.text_cell(_rule_name(report, each.rule, words)),
            cells.count(each.messages),
            cells.share(each.share),
            cells.count(each.begins),
            cells.count(each.chattering),
        )
        for each in quality.rules[:MOST_RULES]
    ]
    return _table("alarm_rules", head, rows, words)


def _rule_name(report: MonthlyReport, rule: str, words: ReportWords) -> str:
    name = report.alarms.rules.get(rule)
    return rule if name is None else words.name(name)


def _stale(report: MonthlyReport, quality: AlarmQuality, words: ReportWords) -> ReportTable:
    head = ("where", "alarm_cause", "alarm_event", "begin", "end", "hours", "alarm_acknowledged_at")
    rows = [_stale_cells(report, each, quality, words) for each in quality.stale]
    return _table("alarm_stale_events", head, rows, words)


def _stale_cells(
    report: MonthlyReport, event: NotifiedEvent, quality: AlarmQuality, words: ReportWords
) -> tuple[TableCell, ...]:
    """An event that lasted beyond the month goes on; its hours are until the month's end."""
    until = event.until if event.until is not None and event.until < quality.end else None
    return (
        cells.text_cell(words.name(place_name(event.area, report.catalogue))),
        cells.text_cell(words.name(cause_name(event.cause))),
        cells.text_cell(event.id),
        cells.moment(event.begun, words),
        cells.moment(until, words) if until else cells.text_cell(words("goes_on"), weak=True),
        cells.figure(((until or quality.end) - event.begun) / _HOUR, 1),
        cells.moment(event.acked_at, words),
    )


def _chattering(report: MonthlyReport, quality: AlarmQuality, words: ReportWords) -> ReportTable:
    head = ("alarm_rule", "where", "item", "alarm_begins_in_a_day")
    rows = [_chattering_cells(report, each, words) for each in quality.chattering]
    return _table("alarm_chattering_rules", head, rows, words)


def _chattering_cells(
    report: MonthlyReport, one: ChatteringWatch, words: ReportWords
) -> tuple[TableCell, ...]:
    rule, site, parameter = one.watch
    return (
        cells.text_cell(_rule_name(report, rule, words)),
        cells.text_cell(words.name(place_name(site, report.catalogue))),
        cells.text_cell(_item(report, site, parameter, words)),
        cells.count(one.begins),
    )


def _item(report: MonthlyReport, site: str, parameter: str, words: ReportWords) -> str:
    """A parameter, of the system itself the part."""
    if site == NONE:
        return words.name(cause_name(parameter))
    return NOTHING if parameter == NONE else words.parameter(parameter, report.catalogue)
