"""The tables of exceedances: breaches, what only is above a value of the plan, what is beyond own limits."""

from collections.abc import Iterator, Sequence

from dashboards.reports.content.exceedances.events import (
    ExceedanceEvent,
    Listing,
    SiteSummary,
    events,
    summaries,
)
from dashboards.reports.content.exceedances.runs import Exceedance, acknowledged_by
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.words import NOTHING, ReportWords, number, parameter_unit
from sensors.standards.rounding import to_significant
from sensors.standards.water_limits import quality

LISTINGS: tuple[Listing, ...] = ("breach", "plan", "own")
_HEAD = ("where", "item", "unit", "compared_with", "origin")


def month_events(report: MonthlyReport, listing: Listing) -> list[ExceedanceEvent]:
    """The events of a list."""
    return events(report.exceedances, listing, report.collected.until)


def summary(report: MonthlyReport, listing: Listing, words: ReportWords) -> ReportTable:
    """A row each place and item: times, hours, the longest and the highest."""
    rows = [tuple(_summary_cells(report, one, words)) for one in summaries(month_events(report, listing))]
    head = (*_HEAD, "times", "hours_in_all", "longest", "peak", "peak_at", "determining")
    return ReportTable(
        f"exceedance-{listing}", words(f"exceedance_{listing}_title"), words(f"sheet_exceedance_{listing}"),
        tuple(map(words, head)), tuple(rows), _note(report, listing, words), compact=True,
    )  # fmt: skip


def _note(report: MonthlyReport, listing: Listing, words: ReportWords) -> str:
    """What is compared with what, and why only a breach is one."""
    if listing != "plan":
        return words(f"exceedance_{listing}_note")
    limits = dict.fromkeys(
        f"{number(target.limit)} {parameter_unit(target.parameter or '', report.catalogue)}"
        for target in report.catalogue.targets
        if target.limit is not None and target.place in report.air
    )
    return words("exceedances_signal", limit=words("comma").join(limits)) if limits else ""


def details(
    report: MonthlyReport, listing: Listing, words: ReportWords, shown: int | None = None
) -> ReportTable:
    """A row each event by begin; only the longest if there are more than `shown`."""
    found = month_events(report, listing)
    listed, cut = found, ""
    if shown is not None and len(found) > shown:
        order = sorted(range(len(found)), key=lambda n: (-found[n].hours, n))[:shown]
        listed = [found[n] for n in sorted(order)]
        cut = words("exceedances_cut", shown=shown, n=len(found))
    rows = [tuple(_detail_cells(report, one, words)) for one in listed]
    head = (*_HEAD, "statistic", "begin", "end", "hours", "peak", "determining", "acknowledged_by")
    title, sheet = words(f"exceedance_{listing}_events"), words(f"sheet_events_{listing}")
    return ReportTable(
        f"exceedance-events-{listing}", title, sheet, tuple(map(words, head)), tuple(rows),
        words("exceedances_note"), compact=True, cut=cut,
    )  # fmt: skip


def named_place(report: MonthlyReport, site: str, words: ReportWords) -> str:
    """A place's name; that of an example says so, unless its name does."""
    known = report.catalogue.sites.get(site)
    name, example = site_name(report, site, words), words("example_site")
    is_silent = known is not None and known.status == "example" and example.strip() not in name
    return name + example if is_silent else name


def _head_cells(report: MonthlyReport, one: Exceedance, words: ReportWords) -> Iterator[TableCell]:
    yield cells.text_cell(named_place(report, one.site, words))
    yield cells.text_cell(words.parameter(one.parameter, report.catalogue))
    yield cells.unit_cell(one.parameter, report.catalogue)
    if one.statistic == "sample":
        yield cells.text_cell(words.water_class(int(one.limit)))
    else:
        yield TableCell(to_significant(one.limit), one.limit, "General")
    yield cells.text_cell(_origin(one, words))


def _origin(one: Exceedance, words: ReportWords) -> str:
    """Where the limit comes from: plan, section's class, a rule by its name, or the standard by its name."""
    match one.against:
        case "plan":
            return words("origin_plan")
        case "section":
            return words("origin_class")
        case "own":
            return words("origin_rule", rule=one.rule)
        case "standard":
            return one.source


def _summary_cells(report: MonthlyReport, one: SiteSummary, words: ReportWords) -> Iterator[TableCell]:
    highest = one.highest.highest
    yield from _head_cells(report, highest, words)
    yield cells.count(one.times)
    for hours in (one.hours, one.longest):
        yield cells.figure(hours, 0 if hours == int(hours) else 1)
    yield _peak(highest, words)
    yield cells.moment(highest.peak_time, words)
    yield cells.text_cell(determining(report, highest, words))


def _detail_cells(report: MonthlyReport, one: ExceedanceEvent, words: ReportWords) -> Iterator[TableCell]:
    yield from _head_cells(report, one.highest, words)
    yield cells.text_cell(words("comma").join(words(f"statistic_{name}") for name in one.statistics))
    yield cells.moment(one.begin, words)
    yield cells.moment(one.end, words) if one.end else cells.text_cell(words("goes_on"), weak=True)
    yield cells.figure(one.hours, 0 if one.hours == int(one.hours) else 1)
    yield _peak(one.highest, words)
    yield cells.text_cell(determining(report, one.highest, words))
    yield _acknowledged(report, one.runs, words)


def _peak(one: Exceedance, words: ReportWords) -> TableCell:
    if one.statistic == "sample":
        kind = quality(int(one.peak))
        return cells.coloured_cell(words.water_class(kind.number), kind.colour.rgb)
    return cells.figure(one.peak, 2 if one.parameter == "co" else 1)


def determining(report: MonthlyReport, one: Exceedance, words: ReportWords) -> str:
    """The items that decide a sample's class, with times over; a dash for what is no sample."""
    return cells.joined(
        [
            words.parameter(item, report.catalogue) + (f" ({times})" if times else "")
            for item, times in one.determining
        ],
        words("comma"),
    )


def _acknowledged(report: MonthlyReport, runs: Sequence[Exceedance], words: ReportWords) -> TableCell:
    """Who acknowledged any of an event's runs, and their note."""
    known = [acknowledged_by(one, report.register) for one in runs]
    if None in known:
        return cells.text_cell(words("not_available"), weak=True)
    texts = [
        words("colon").join(part for part in (one.by, one.note) if part) for one in known if one and one.by
    ]
    return cells.text_cell(words("comma").join(dict.fromkeys(texts)) or NOTHING)
