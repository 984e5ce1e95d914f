"""Exceedances as people count them: breaches apart from the plan's value, a row an event, a sum a site."""

import csv
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from dashboards.reports.content.exceedances.events import Listing, events, summaries
from dashboards.reports.content.exceedances.runs import Exceedance
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import exceedances_csv
from dashboards.reports.rendering.tables import exceedance_tables
from dashboards.reports.rendering.tables.exceedance_tables import LISTINGS
from dashboards.reports.words import ReportWords
from sensors.model import Severity, StatisticName

START = datetime(2026, 10, 3, tzinfo=UTC)
UNTIL = START + timedelta(days=20)


def run(
    first: int,
    past: int | None,
    statistic: StatisticName = "1h",
    *,
    plan: bool = True,
    peak: float = 30.0,
    severity: Severity = "watch",
    site: str = "yunding",
) -> Exceedance:
    """From hour `first` until before hour `past`."""
    begin = START + timedelta(hours=first)
    end = None if past is None else START + timedelta(hours=past)
    return Exceedance(
        site=site, parameter="pm25", statistic=statistic, rule="r", limit=25.0 if plan else 60.0, begin=begin,
        end=end, peak=peak, peak_time=begin, mean=peak, hours=((end or UNTIL) - begin) / timedelta(hours=1),
        severity=severity, source="plan" if plan else "GB 3095-2026", against="plan" if plan else "standard",
    )  # fmt: skip


def spans(found: list[Exceedance], listing: Listing = "plan") -> list[tuple[int, int | None]]:
    return [(_hour(one.begin) or 0, _hour(one.end)) for one in events(found, listing, UNTIL)]


def _hour(time: datetime | None) -> int | None:
    return None if time is None else round((time - START) / timedelta(hours=1))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        pytest.param([run(1, 3), run(1, 3, "reading")], [(1, 3)], id="a reading repeats its hour"),
        pytest.param([run(1, 3), run(9, 10)], [(1, 3), (9, 10)], id="apart: two events"),
        pytest.param([run(1, 3), run(3, 5)], [(1, 5)], id="touching: one event"),
        pytest.param([run(1, 3), run(5, 6), run(2, 30, "24h")], [(1, 30)], id="joined by the 24 h mean"),
        pytest.param([run(1, None), run(2, 4)], [(1, None)], id="goes on at the end of the month"),
        pytest.param([run(1, 3, "reading")], [(1, 3)], id="readings alone stay"),
        pytest.param([run(1, 3), run(2, 4, site="wujinku")], [(1, 3), (2, 4)], id="sites are apart"),
    ],
)
def test_what_several_statistics_say_of_one_time_is_one_event(
    runs: list[Exceedance], expected: list[tuple[int, int | None]]
) -> None:
    assert spans(runs) == expected


def test_a_breach_of_the_standard_is_never_in_the_list_of_the_plan() -> None:
    found = [run(1, 3), run(1, 40, "24h", plan=False, peak=70.0, severity="warning")]

    assert spans(found, "breach") == [(1, 40)]
    assert spans(found, "plan") == [(1, 3)]


def test_the_sum_of_a_site_is_that_of_its_events() -> None:
    found = [run(1, 3, peak=40), run(10, 20, peak=90), run(12, 15, "24h", severity="critical")]
    (row,) = summaries(events(found, "plan", UNTIL))

    assert (row.times, row.hours, row.longest) == (2, 12.0, 10.0)
    assert (row.highest.highest.peak, row.highest.severity) == (90.0, "critical")
    assert row.highest.statistics == ("1h", "24h")


@pytest.mark.real
def test_a_real_december_lists_no_double_and_adds_up(beijing_report: MonthlyReport) -> None:
    """Every run is in exactly one event, but readings that an hour repeats; sums are those of the rows."""
    words = ReportWords("zh")
    runs = {one for one in beijing_report.exceedances if one.statistic != "reading"}
    by_list = {name: exceedance_tables.month_events(beijing_report, name) for name in LISTINGS}
    taken = [one for found in by_list.values() for event in found for one in event.runs]

    assert runs <= set(taken)
    assert len(taken) == len(set(taken))
    for listing, found in by_list.items():
        summary = exceedance_tables.summary(beijing_report, listing, words)
        times = [row[5].value for row in summary.rows]
        assert sum(int(each) for each in times if isinstance(each, int | float)) == len(found)
        assert len(exceedance_tables.details(beijing_report, listing, words).rows) == len(found)
    breaches = exceedance_tables.summary(beijing_report, "breach", words)
    assert {row[4].text for row in breaches.rows} == {"GB 3095-2012"}


@pytest.mark.real
def test_the_rows_for_machines_name_severity_and_list_last(beijing_report: MonthlyReport) -> None:
    """A sample beyond its section's class is a breach, though the rule calls that class a target too."""
    sample = replace(run(5, None, "sample", severity="critical"), parameter="class", against="section")
    own = replace(run(2, 4), against="own")
    found = (run(1, 3), run(1, 40, "24h", plan=False, peak=70.0, severity="warning"), sample, own)

    head, *rows = csv.reader(exceedances_csv(replace(beijing_report, exceedances=found)).splitlines())

    assert head[-3:] == ["note", "severity", "list"]
    lists = [("watch", "above_target"), ("warning", "breach"), ("critical", "breach"), ("watch", "own")]
    assert [tuple(row[-2:]) for row in rows] == lists


@pytest.mark.real
def test_the_rows_for_machines_are_in_the_list_that_the_page_has_them_in(
    beijing_report: MonthlyReport,
) -> None:
    """By place and item; in 2016 neither the plan nor a rule of its own had a number: breaches only."""
    rows = list(csv.DictReader(exceedances_csv(beijing_report).splitlines()))

    names: dict[Listing, str] = {"breach": "breach", "plan": "above_target", "own": "own"}
    for listing, written in names.items():
        found = exceedance_tables.month_events(beijing_report, listing)
        on_page = {(one.highest.site, one.highest.parameter) for one in found}
        assert {(row["site"], row["parameter"]) for row in rows if row["list"] == written} == on_page
        assert bool(on_page) is (listing == "breach")
    ours = [(row["rule"], row["severity"]) for row in rows]
    assert ours == [(one.rule, one.severity) for one in beijing_report.exceedances]


@pytest.mark.real
def test_an_example_station_says_that_it_is_one(beijing_report: MonthlyReport) -> None:
    words = ReportWords("zh")
    catalogue = beijing_report.catalogue
    examples = {id_: replace(site, status="example") for id_, site in catalogue.sites.items()}
    other = replace(beijing_report, catalogue=replace(catalogue, sites=examples))

    table = exceedance_tables.summary(other, "breach", words)

    areas = {words.name(place.name) for place in beijing_report.places.values() if place.is_area}
    stations = [row[0].text for row in table.rows if row[0].text not in areas]
    assert stations
    assert all("（示例）" in text for text in stations)
