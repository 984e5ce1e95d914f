"""A report's content: everything that its files and pages tell, computed once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property

import pandas as pd
from msgspec import Struct
from msgspec.structs import replace

from alerts.rules.index import NONE
from dashboards.reports.content import means, outlooks, water
from dashboards.reports.content.air import AirPlace
from dashboards.reports.content.alarms import NO_JOURNAL, MonthAlarms
from dashboards.reports.content.arrivals import Revision, read_arrivals
from dashboards.reports.content.collection import Advance, Collected, Sources, month_of_report, wanted_series
from dashboards.reports.content.data_capture import DataCapture, SiteCapture
from dashboards.reports.content.exceedances.runs import AcknowledgedBy, Exceedance, distinct, find_exceedances
from dashboards.reports.content.means import Mean
from dashboards.reports.content.outlooks import TargetOutlook
from dashboards.reports.content.sites import gathering, zone_points
from dashboards.reports.content.sites.gathering import Gather
from dashboards.reports.content.sites.place_content import PlaceContent, place_content
from dashboards.reports.content.water import CLASS, WaterPlace
from dashboards.reports.drinking_water import DrinkingSource
from dashboards.reports.month import Month
from dashboards.reports.revisions.approvals import ApprovedChange, Review
from ingest.journal.review.days import ReviewedDay
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place
from sensors.marks import Mark

Register = Mapping[tuple[str, str, str, datetime], AcknowledgedBy]


class EmptyMonthError(Exception):
    """There is no reading in the month; the text says so, and what there is."""


class JournalFacts(Struct, frozen=True):
    """What only the journal file knows: who acknowledged each exceedance, counts by site, how alarms were.

    `quarantined` counts items refused in the month, `late` late readings of it; both are None where the
    file was made after the month began. `reviews` are the steps of the month's review, `approved_changes`
    what was changed in it on purpose after it was approved, `reviewed_days` the stations' days under review.
    """

    register: Register
    quarantined: Mapping[str, int] | None
    late: Mapping[str, int] | None
    alarms: MonthAlarms
    reviews: tuple[Review, ...] = ()
    approved_changes: tuple[ApprovedChange, ...] = ()
    reviewed_days: tuple[ReviewedDay, ...] = ()


class MonthlyReport(Struct, frozen=True, dict=True):
    """The content of a monthly report. `journal_facts` is None where the journal file is not at hand.

    `revisions` and `late` are all of readings that were read, oldest receipt first; `rows` are those of
    means.csv in its order, `marks` every mark that stands and touches what was read, `record` every mark and
    withdrawal that does.
    """

    month: Month
    catalogue: Catalogue
    collected: Collected
    rows: Mapping[means.Key, Mean]
    air: Mapping[str, AirPlace]
    water: Mapping[str, WaterPlace]
    outlooks: Sequence[TargetOutlook]
    exceedances: tuple[Exceedance, ...]
    quality: tuple[SiteCapture, ...]
    marks: tuple[Mark, ...]
    journal_facts: JournalFacts | None
    revisions: tuple[Revision, ...]
    late: tuple[Revision, ...] = ()
    record: tuple[Mark, ...] = ()
    drinking_water: tuple[DrinkingSource, ...] = ()

    @property
    def arrivals_until(self) -> datetime | None:
        """When the last revision or late reading that it knows of was received; None without any."""
        return max((one.received for one in (*self.revisions, *self.late)), default=None)

    @property
    def places(self) -> Mapping[str, Place]:
        """What is reported on, zones and rivers first."""
        return self.collected.places

    @property
    def register(self) -> Register | None:
        """Who acknowledged which exceedance; None where the journal file is not at hand."""
        return self.journal_facts.register if self.journal_facts is not None else None

    @property
    def alarms(self) -> MonthAlarms:
        """How good the alarms were."""
        return self.journal_facts.alarms if self.journal_facts is not None else NO_JOURNAL

    @cached_property
    def silent_sites(self) -> Sequence[Site]:
        """The catalogue's sites without a reading in the month, those never measured too."""
        heard = {one.site for one in self.quality if one.total().received}
        return [site for site in self.catalogue.sites.values() if site.id not in heard]

    @cached_property
    def _silent_ids(self) -> frozenset[str]:
        return frozenset(site.id for site in self.silent_sites)

    def is_switched_off(self, place: Place) -> bool:
        """Whether nobody waits for the place: every site of it is `active = false`."""
        return not any(self.catalogue.sites[id_].active for id_ in place.members or (place.id,))

    def is_silent(self, place: Place) -> bool:
        """Whether no site of the place has a reading in the month."""
        return self._silent_ids.issuperset(place.members or (place.id,))

    @property
    def open(self) -> bool:
        """Whether the month was still running."""
        return self.collected.until < self.month.end

    def mean(self, place: str, parameter: str, statistic: str, start: datetime) -> Mean | None:
        """One row of means.csv; None where there is none."""
        return self.rows.get((place, parameter, statistic, start))


def compile_report(
    sources: Sources,
    month: Month,
    now: datetime,
    journal_facts: JournalFacts | None,
    advance: Advance,
    *,
    gather: Gather = gathering.gather,
) -> MonthlyReport:
    """Compute everything; `gather` reads the sites, and `advance` gets the number of series done so far.

    Raises:
        EmptyMonthError: there is no reading in the month.
        StoreAway: the store does not answer.
    """
    collected, contents = _read(sources, month_of_report(sources, month, now), advance, gather)
    if not any(one.received for one in collected.quality):
        raise EmptyMonthError(_empty(collected, month))
    catalogue = sources.catalogue
    air_places = {id_: one.air for id_, one in contents.items() if one.air is not None}
    water_places = {id_: one.water for id_, one in contents.items() if one.water is not None}
    arrivals = tuple(read_arrivals(sources.store, collected.read_from.start, month.end))
    revisions = tuple(one for one in arrivals if not one.late)
    all_exceedances = [*collected.exceedances, *_sample_exceedances(sources, collected, water_places)]
    return MonthlyReport(
        month=month,
        catalogue=catalogue,
        collected=collected,
        rows={row.key: row for one in contents.values() for row in one.rows},
        air=air_places,
        water=water_places,
        outlooks=outlooks.target_outlooks(collected, water_places),
        exceedances=tuple(
            sorted(all_exceedances, key=lambda e: (e.begin, e.site, e.parameter, e.statistic, e.rule))
        ),
        quality=tuple(_site_captures(collected, revisions, journal_facts)),
        marks=tuple(m for m in sources.marks if m.overlaps(collected.read_from.start, month.end)),
        journal_facts=journal_facts,
        revisions=revisions,
        late=tuple(one for one in arrivals if one.late),
        record=tuple(m for m in sources.record if m.overlaps(collected.read_from.start, month.end)),
        drinking_water=sources.drinking_water,
    )


def _read(
    sources: Sources, month: Collected, advance: Advance, gather: Gather
) -> tuple[Collected, dict[str, PlaceContent]]:
    """Everything that was read and computed, and the content of each place, zones and rivers first."""
    wanted = wanted_series(sources, month.read_from.start)
    found = gather(sources, month, wanted, advance)
    collected = found.collected
    gathering.add_areas(collected, sources, found.areas)
    zone_points.judge(collected, sources.catalogue, found.areas)
    collected.digest = gathering.digest_of(sources, month, wanted, found.digests)
    contents = {
        id_: found.contents.get(id_) or place_content(collected, id_, sources.catalogue)
        for id_ in collected.places
    }
    return collected, contents


def _empty(collected: Collected, month: Month) -> str:
    if not collected.quality:
        return f"there is no reading in {month}, nor in the {month.back(35)} to {month} that a report reads"
    first = min(collected.first.values())
    return (
        f"there is no reading in {month}; the first of the months that a report reads is of {first:%Y-%m-%d}"
    )


def _sample_exceedances(
    sources: Sources, collected: Collected, water_places: Mapping[str, WaterPlace]
) -> Iterator[Exceedance]:
    """Water samples worse than their section's class."""
    for place in water_places.values():
        if collected.places[place.site].is_area or not place.samples:
            continue
        values = pd.Series(
            [float(one.result.number) for one in place.samples],
            index=pd.DatetimeIndex([one.time for one in place.samples]),
        )
        items = {one.time: water.deciding_items(one.result) for one in place.samples}
        for watch in distinct(sources.coverage.watches(place.site, NONE, "sample")):
            if watch.rule.category == "exceedance":
                for found in find_exceedances(values, watch, collected.month, collected.until):
                    decide = items.get(found.peak_time, ())
                    yield replace(found, parameter=CLASS, determining=decide)


def _site_captures(
    collected: Collected, revisions: Sequence[Revision], journal_facts: JournalFacts | None
) -> Iterator[SiteCapture]:
    by_site: dict[str, list[DataCapture]] = {}
    for one in collected.quality:
        by_site.setdefault(one.site, []).append(one)
    for site in collected.places:
        if site in by_site:
            revised = sum(r.site == site and r.of >= collected.month.start for r in revisions)
            quarantined = journal_facts.quarantined if journal_facts is not None else None
            late = journal_facts.late if journal_facts is not None else None
            yield SiteCapture(
                site,
                by_site[site],
                revised=revised,
                quarantined=None if quarantined is None else quarantined.get(site, 0),
                late=None if late is None else late.get(site, 0),
            )
