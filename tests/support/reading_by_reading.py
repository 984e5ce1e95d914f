"""The pipeline without any shortcut: value by value, check by check, every mean shown to every rule.

It is what the pipeline has to agree with, state for state.
"""

from collections.abc import Mapping, Sequence
from unittest.mock import patch

from alerts.engine import AlertEngine
from ingest.checks import CheckState, check_alone, check_company, check_newest
from ingest.journal import check_state
from ingest.journal.check_state import SeriesRow
from ingest.journal.entries import EntryStatus, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.series_memory import BatchWork, SeriesMemory
from ingest.sites.stretches import Arrival
from sensors.averages.live.rolling_hour import NONE_IS_CALM, CalmMeans
from sensors.calendar import EpochMs, to_ms
from sensors.decoding import json_payload
from sensors.model import Checked, Medium, Reading, StatisticName


class AllSeeingEngine(AlertEngine):
    """Rules that want to see every mean."""

    def calm_means(self, _place: str, _parameter: str, _statistic: StatisticName) -> CalmMeans:
        return NONE_IS_CALM


class PlainSeries:
    """One series as the journal has it."""

    def __init__(self, row: SeriesRow) -> None:
        self.row = row

    @property
    def latest(self) -> EpochMs:
        return self.row.last

    def settle(self) -> CheckState:
        return self.row.checks


class ReadingMemory(SeriesMemory):
    """Identifies reading by reading."""

    def reload(self) -> None:
        super().reload()
        self._plain = check_state.load(self._journal.connection())

    def identify(self, arrivals: Sequence[Arrival], work: BatchWork) -> None:
        for message, readings in arrivals:
            self._identify_each(readings, message, work)  # type: ignore[arg-type]  # see ReadingPipeline.step

    def _identify_each(self, readings: Sequence[Reading], message: InboxMessage, work: BatchWork) -> None:
        parameters, sites = self.catalogue.parameters, self.catalogue.sites
        work.last_seen[readings[0].site] = message.received
        new: EntryStatus = "new" if self._store_known else "verify"
        time, ms, first = None, check_state.NEVER, 0
        remarks: Mapping[int, tuple[str, ...]] = {}
        entries = _MessageEntries(
            work.entries, message, may_combine=self._store_known and message.conflict is None
        )
        for index, reading in enumerate(readings):
            if reading.time is not time:
                time, ms = reading.time, to_ms(reading.time)
                entries.end()
                together = [one for one in readings if one.time is time]
                remarks = check_company(together, parameters)
                first = index
            said = remarks.get(index - first, ())
            parameter = parameters[reading.parameter]
            id_ = (reading.site, reading.parameter, reading.kind)
            series = self._plain.get(id_)
            if series is None:
                series = self._plain[id_] = SeriesRow(id_, check_state.NEVER, CheckState())
            if ms > series.last:
                cycle = sites[reading.site].cycle
                checked, former = check_newest(reading, parameter, cycle, series.checks, said)
                series.last, status = ms, new
                work.changed[id_] = PlainSeries(series)  # type: ignore[assignment]
                if former is not None:
                    self._retract(former, parameter.medium, work)
                marked = self._excluded.apply(checked)
                if self.live.add(marked, ms):
                    work.checked.append(marked)
            else:
                checked, status = check_alone(reading, parameter, said), "late"
            entries.add(parameter.medium, checked, status)
        entries.end()


class _MessageEntries:
    """The entries of a message: readings of one time that are new and count, with nothing to say, in one."""

    def __init__(self, entries: list[QueuedEntry], message: InboxMessage, *, may_combine: bool) -> None:
        self._entries = entries
        self._message = message
        self._may_combine = may_combine
        self._medium: Medium = "air"
        self._together: list[Reading] = []

    def add(self, medium: Medium, checked: Checked, status: EntryStatus) -> None:
        reading = checked.reading
        if self._may_combine and status == "new" and not checked.has_remark:
            if self._together and self._together[0].kind != reading.kind:
                self.end()
            self._medium = medium
            self._together.append(reading)
            return
        self.end()
        if self._message.conflict is None:
            self._entries.append(ReadingEntry(medium, checked, status))
        else:
            self._entries.append(ReadingEntry(medium, checked, status, self._message.conflict, "replay"))

    def end(self) -> None:
        if self._together:
            one = self._together[0]
            names = tuple(reading.parameter for reading in self._together)
            values = tuple(reading.value for reading in self._together)
            self._entries.append(
                SiteEntry(self._medium, one.site, one.kind, one.time, one.received, names, values)
            )
            self._together = []


class ReadingPipeline(Pipeline):
    """The whole way reading by reading; its observer, if any, is an `AllSeeingEngine`."""

    def _reload(self) -> None:
        if not isinstance(self._memory, ReadingMemory):
            self._memory = ReadingMemory(self._journal, self._memory.catalogue)
        super()._reload()

    def step(self) -> int:
        with patch.object(json_payload, "_decode_plain", lambda *_: False):
            return super().step()
