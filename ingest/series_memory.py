"""The state of every series between batches, against which a message's readings are identified."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from operator import gt
from typing import Any

from msgspec import Struct, field

from ingest.checks import (
    CheckState,
    check_alone,
    check_company,
    check_newest,
    company_pairs,
    neighbour_reach,
    was_valid,
)
from ingest.checks.calm_stretch import SiteStretch, follow_stretch
from ingest.checks.checked_series import CheckedSeries, follow_calm
from ingest.checks.registry import calm_bounds
from ingest.journal import check_state
from ingest.journal.check_state import SeriesRow
from ingest.journal.entries import EntryStatus, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.site_clocks import SiteTimes
from ingest.marks import journal_marks
from ingest.observer import CalmMeansOf, no_calm_means
from ingest.sites.stretches import MOST_TRIES, SHORTEST_STRETCH, Arrival, find_stretches
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.live import LiveStatistics
from ingest.stores.sender import is_store_known
from sensors.calendar import EpochMs, to_ms
from sensors.catalogue.model import Catalogue, Site
from sensors.marks import ExcludedIntervals, effective_marks
from sensors.model import Checked, Kind, Medium, Reading, Refused, SiteValues

_MILLISECOND = timedelta(milliseconds=1)


class BatchWork(Struct):
    """The result of a batch of messages before it is written.

    `checked` are the new readings of the kinds that count, in order, those of a site's time together as far
    as all count, and each former one that turns out suspect before the reading that showed it; `derived` are
    the statistics that changed with them. `tolerated` counts messages by account, `missing` values that mean
    that nothing was measured. `token` tells this batch from others.
    """

    checked: list[Checked | SiteEntry] = field(default_factory=list)
    derived: BatchResult = field(default_factory=BatchResult)
    entries: list[QueuedEntry] = field(default_factory=list)
    refused: list[tuple[InboxMessage, Sequence[Refused]]] = field(default_factory=list)
    changed: dict[check_state.Id, CheckedSeries] = field(default_factory=dict)
    acknowledgements: list[Any] = field(default_factory=list)
    tolerated: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    times: dict[str, SiteTimes] = field(default_factory=dict)
    token: object = field(default_factory=object)
    last_seen: dict[str, datetime] = field(default_factory=dict)

    def count_readings(self) -> Counter[str]:
        """How many readings of each site are among the entries; one that is amended is no new one."""
        found = Counter[str]()
        for entry in self.entries:
            if type(entry) is SiteEntry:
                found[entry.site] += len(entry.values)
            elif type(entry) is ReadingEntry and entry.status != "amend":
                found[entry.checked.reading.site] += 1
        return found


class SiteMemory:
    """The series of one site and kind: those of `parameters`, which its last message had."""

    def __init__(self, site: Site, kind: Kind) -> None:
        self.site = site
        self.kind = kind
        self.reach = neighbour_reach(kind, site.cycle, site.medium) // _MILLISECOND
        self.parameters: tuple[str, ...] = ()
        self.series: list[CheckedSeries] = []
        self.pairs: tuple[tuple[int, int], ...] = ()  # whose values are compared
        self.changed_in: object = None  # the batch that has all of them among what it changes

    def entry_of(self, readings: Sequence[Reading]) -> SiteEntry:
        """The entry of readings of one time that are new and count."""
        one = readings[0]
        return SiteEntry(
            self.site.medium, one.site, one.kind, one.time, one.received,
            tuple([reading.parameter for reading in readings]),
            tuple([reading.value for reading in readings]),
        )  # fmt: skip


class SeriesMemory:
    """The newest time of each series, what its checks and statistics rest on, the marks; one thread uses it.

    It mirrors the file: `reload` before the first use and after a transaction that failed.

    Args:
        journal: The file.
        catalogue: Which sites and parameters there are.
        calm_means: What rules need not see; see `LiveStatistics`.
    """

    def __init__(
        self, journal: Journal, catalogue: Catalogue, calm_means: CalmMeansOf = no_calm_means
    ) -> None:
        self._journal = journal
        self.catalogue = catalogue
        self.live = LiveStatistics(catalogue, journal.connection, calm_means)

    def reload(self) -> None:
        """Reload everything from the file."""
        self._rows = check_state.load(self._journal.connection())
        self._series: dict[check_state.Id, CheckedSeries] = {}
        self._sites: dict[tuple[str, Kind], SiteMemory] = {}
        self._store_known = is_store_known(self._journal)
        self._excluded = ExcludedIntervals(effective_marks(journal_marks(self._journal.connection())))
        self.live.forget()

    def identify(self, arrivals: Sequence[Arrival], work: BatchWork) -> None:
        """The readings of a batch, message after message: new to their series and checked, or late."""
        places = find_stretches(arrivals) if self._store_known else [None] * len(arrivals)
        for (message, parts), place in zip(arrivals, places, strict=True):
            work.last_seen[parts[0].site] = message.received
            if place is not None and self._is_followed(*place):
                stretch, at = place
                self._take_calm(stretch.sent[at], stretch.times[at], work)
            else:
                for readings in _by_time(parts):
                    self._identify_site(readings, message, work)

    def _take_calm(self, sent: SiteValues, ms: EpochMs, work: BatchWork) -> None:
        """Take values that the checks have followed already."""
        site = self._sites[sent.site, sent.kind]
        entry = SiteEntry(
            site.site.medium, sent.site, sent.kind, sent.time, sent.received, sent.parameters, sent.values
        )
        self._pass_on(site, entry, ms, work)
        work.entries.append(entry)

    def _is_followed(self, stretch: SiteStretch, at: int) -> bool:
        """Whether the checks have followed a time of a stretch; they follow the next as far as they can."""
        is_worth_it = stretch.tries < MOST_TRIES and len(stretch.sent) - at >= SHORTEST_STRETCH
        if at >= stretch.again and is_worth_it:
            calm = self._follow_stretch(stretch, at)
            stretch.followed, stretch.again = at + calm, at + calm + 1
            stretch.tries += calm < SHORTEST_STRETCH
        return at < stretch.followed

    def _follow_stretch(self, stretch: SiteStretch, at: int) -> int:
        """Have the checks follow a stretch from there on as far as it is calm; returns how many times."""
        one, stop = stretch.sent[at], len(stretch.sent)
        site = self._site_of(one.site, one.kind, one.parameters)
        is_twice = len(set(one.parameters)) < len(one.parameters)
        if is_twice or self._excluded.may_cover(one.site, one.time):
            return 0
        for part, whole in site.pairs:
            above = map(gt, stretch.columns[part][at:stop], stretch.columns[whole][at:stop])
            stop = next((k for k, is_above in enumerate(above, at) if is_above), stop)
        return follow_stretch(site.series, stretch, at, stop, site.reach) if at < stop else 0

    def _identify_site(self, readings: Sequence[Reading], message: InboxMessage, work: BatchWork) -> None:
        """Readings of one site, kind and time: the calm ones together, each other one by itself."""
        first, ms = readings[0], to_ms(readings[0].time)
        site = self._site_of(first.site, first.kind, tuple([reading.parameter for reading in readings]))
        combines = self._store_known and message.conflict is None
        remarks = self._remarks(site, readings)
        is_calm = combines and not remarks and not self._excluded.may_cover(site.site.id, readings[0].time)
        told = kept = 0  # what lies before is with statistics and rules, and among the entries
        while (at := follow_calm(site.series, readings, told, ms, site.reach) if is_calm else told) < len(
            readings
        ):
            self._tell(site, readings[told:at], ms, work)
            checked, status = self._check(site, at, readings[at], ms, work, remarks=remarks.get(at, ()))
            if not combines or status == "late" or checked.has_remark:
                if kept < at:  # a late one may be of a reading that is in there
                    work.entries.append(site.entry_of(readings[kept:at]))
                work.entries.append(_entry(site.site.medium, checked, status, message))
                kept = at + 1
            told = at + 1
        entry = self._tell(site, readings[told:], ms, work)
        if kept < len(readings):
            work.entries.append(site.entry_of(readings[kept:]) if entry is None or kept < told else entry)

    def _site_of(self, site_id: str, kind: Kind, parameters: tuple[str, ...]) -> SiteMemory:
        """The site's memory, with a series for each of the parameters."""
        site = self._sites.get((site_id, kind))
        if site is None:
            site = self._sites[site_id, kind] = SiteMemory(self.catalogue.sites[site_id], kind)
        if parameters != site.parameters:
            site.parameters = parameters
            site.series = [self._series_of((site_id, parameter, kind)) for parameter in parameters]
            site.changed_in = None
            site.pairs = company_pairs([self.catalogue.parameters[name] for name in parameters])
        return site

    def _remarks(self, site: SiteMemory, readings: Sequence[Reading]) -> Mapping[int, tuple[str, ...]]:
        for one, other in site.pairs:
            if readings[one].value > readings[other].value:
                return check_company(readings, self.catalogue.parameters)
        return {}

    def _series_of(self, id_: check_state.Id) -> CheckedSeries:
        series = self._series.get(id_)
        if series is None:
            row = self._rows.pop(id_, None) or SeriesRow(id_, check_state.NEVER, CheckState())
            bounds = calm_bounds(self.catalogue.parameters[id_[1]])
            series = self._series[id_] = CheckedSeries(bounds, row.checks, row.last)
        return series

    def _tell(
        self, site: SiteMemory, readings: Sequence[Reading], ms: EpochMs, work: BatchWork
    ) -> SiteEntry | None:
        """Pass readings that are calm on to statistics and rules; None if there are none."""
        if not readings:
            return None
        entry = site.entry_of(readings)
        self._pass_on(site, entry, ms, work)
        return entry

    def _pass_on(self, site: SiteMemory, entry: SiteEntry, ms: EpochMs, work: BatchWork) -> None:
        """Pass readings of a site's time that are calm on to statistics and rules."""
        counted = self.live.add_site(entry, ms)
        if counted is not None:
            work.checked.append(counted)
        if site.changed_in is not work.token:
            site.changed_in = work.token
            for parameter, series in zip(site.parameters, site.series, strict=True):
                work.changed[entry.site, parameter, entry.kind] = series

    def _check(
        self,
        site: SiteMemory,
        at: int,
        reading: Reading,
        ms: EpochMs,
        work: BatchWork,
        *,
        remarks: tuple[str, ...],
    ) -> tuple[Checked, EntryStatus]:
        """Have a reading checked; it is passed on to statistics and rules if it is new to its series."""
        parameter, series = self.catalogue.parameters[reading.parameter], site.series[at]
        if ms <= series.latest:
            return check_alone(reading, parameter, remarks), "late"
        checked, former = check_newest(reading, parameter, site.site.cycle, series.settle(), remarks)
        series.take_up(ms)
        work.changed[reading.site, reading.parameter, reading.kind] = series
        if former is not None:
            self._retract(former, site.site.medium, work)
        marked = self._excluded.apply(checked)
        if self.live.add(marked, ms):
            work.checked.append(marked)
        return checked, "new" if self._store_known else "verify"

    def _retract(self, former: Checked, medium: Medium, work: BatchWork) -> None:
        """Retract a former reading that is suspect, as the one after it shows."""
        if was_valid(former) and not self._excluded.covers(former.reading):
            self.live.retract(former)
        work.entries.append(ReadingEntry(medium, former, "amend"))
        if self.live.counts(former.reading):
            work.checked.append(former)


def _entry(medium: Medium, checked: Checked, status: EntryStatus, message: InboxMessage) -> ReadingEntry:
    if message.conflict is None:
        return ReadingEntry(medium, checked, status)
    return ReadingEntry(medium, checked, status, message.conflict, "replay")


def _by_time(parts: Sequence[SiteValues | Reading]) -> Iterator[Sequence[Reading]]:
    """The readings of a message that share time and kind; those of one object share both."""
    alone: list[Reading] = []
    for part in parts:
        together = isinstance(part, SiteValues)
        if alone and (together or part.time is not alone[0].time or part.kind is not alone[0].kind):
            yield alone
            alone = []
        if isinstance(part, SiteValues):
            yield part.readings
        else:
            alone.append(part)
    if alone:
        yield alone
