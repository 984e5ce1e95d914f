"""A report's sites read in parts and merged, as several processes do it: nothing differs from one pass."""

import pickle
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from dashboards.reports import export
from dashboards.reports.content.collection import Advance, Collected, Sources, Wanted
from dashboards.reports.content.report import compile_report
from dashboards.reports.content.sites.gathering import Gather, GatheredSites, gather
from dashboards.reports.month import Month
from dashboards.reports.rendering import page
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.marks import Mark
from tests.support.compiled_report import NOW, simulated_store

SITES = ("wujinku", "renmin-gongyuan", "yunding", "bahaoqiao", "houcheng")
MONTH = Month.parse("2026-10")
SAND = datetime(2026, 10, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sources]:
    """Four simulated days of stations that share a zone and of sections; a day of sand at two of them."""
    catalogue, folder = loader.load(), tmp_path_factory.mktemp("parts")
    end = datetime(2026, 10, 11, tzinfo=UTC)
    file = simulated_store(folder, catalogue, SITES, end, timedelta(days=4))
    marks = [
        Mark(site, "pm10", SAND, SAND + timedelta(days=1), "exceptional", "sand", "Li", SAND)
        for site in SITES[:2]
    ]
    with closing(SqliteStore(file)) as store:
        yield Sources(store, catalogue, RuleIndex(definition.load(catalogue), catalogue), marks, marks)


def in_parts(size: int) -> Gather:
    """Reads so many sites at once, each part sent as a worker sends it."""

    def read(sources: Sources, month: Collected, wanted: Wanted, advance: Advance) -> GatheredSites:
        found, sites = GatheredSites(month.empty(month.places)), list(wanted)
        for first in range(0, len(sites), size):
            some = {id_: wanted[id_] for id_ in sites[first : first + size]}
            found.take(pickle.loads(pickle.dumps(gather(sources, month, some, advance))))
        return found

    return read


@pytest.mark.parametrize("size", [1, 3])
def test_sites_read_in_parts_make_the_same_report(size: int, sources: Sources) -> None:
    whole = compile_report(sources, MONTH, NOW, None, lambda _: None)
    parts = compile_report(sources, MONTH, NOW, None, lambda _: None, gather=in_parts(size))

    identity = export.Identity("LQ-2026-10", 1, "en", "1")
    assert export.means_csv(parts) == export.means_csv(whole)
    assert export.exceedances_csv(parts) == export.exceedances_csv(whole)
    assert export.report_json(parts, identity) == export.report_json(whole, identity)
    assert page.html(parts, identity, ReportWords("en")) == page.html(whole, identity, ReportWords("en"))
    assert any("_without_exceptional" in row.statistic and row.points for row in whole.rows.values())


def test_of_a_site_that_no_figure_asks_for_only_what_is_printed_is_held(sources: Sources) -> None:
    report = compile_report(sources, MONTH, NOW, None, lambda _: None)

    held = {place for place, _ in report.collected.series}
    asked_for = {target.section or target.place for target in report.catalogue.targets}
    assert held
    assert all(report.places[place].is_area or place in asked_for for place in held)
