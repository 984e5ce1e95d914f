"""The state of every series between batches, against which a message's readings are identified."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct, field

from ingest.checks import CheckState, check_alone, check_newest
from ingest.journal import check_state
from ingest.journal.check_state import SeriesRow
from ingest.journal.entries import EntryStatus, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.site_clocks import SiteTimes
from ingest.marks import journal_marks
from ingest.statistics.batch_result import BatchResult
from ingest.statistics.live import LiveStatistics
from ingest.stores.sender import is_store_known
from sensors.calendar import to_ms
from sensors.catalogue.model import Catalogue
from sensors.marks import ExcludedIntervals, effective_marks
from sensors.model import NORMAL, Checked, Medium, Reading, Refused


class BatchWork(Struct):
    """The result of a batch of messages before it is written.

    `checked` are the new readings, in order, each former one that turns out suspect before the reading that
    showed it; `derived` are the statistics that changed with them. `tolerated` counts messages by account,
    `missing` values that mean that nothing was measured.
    """

    checked: list[Checked] = field(default_factory=list)
    derived: BatchResult = field(default_factory=BatchResult)
    entries: list[QueuedEntry] = field(default_factory=list)
    refused: list[tuple[InboxMessage, list[Refused]]] = field(default_factory=list)
    changed: dict[check_state.Id, SeriesRow] = field(default_factory=dict)
    acknowledgements: list[Any] = field(default_factory=list)
    last_seen: dict[str, datetime] = field(default_factory=dict)
    tolerated: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    times: dict[str, SiteTimes] = field(default_factory=dict)


class SeriesMemory:
    """The newest time of each series, what its checks and statistics rest on, the marks; one thread uses it.

    It mirrors the file: `reload` before the first use and after a transaction that failed.

    Args:
        journal: The file.
        catalogue: Which sites and parameters there are.
    """

    def __init__(self, journal: Journal, catalogue: Catalogue) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self.live = LiveStatistics(catalogue, journal.connection)

    def reload(self) -> None:
        """Reload everything from the file."""
        self._series = check_state.load(self._journal.connection())
        self._store_known = is_store_known(self._journal)
        self._excluded = ExcludedIntervals(effective_marks(journal_marks(self._journal.connection())))
        self.live.forget()

    def identify(self, readings: Sequence[Reading], message: InboxMessage, work: BatchWork) -> None:
        """The readings of one message: new to their series and checked, or late."""
        parameters, sites = self._catalogue.parameters, self._catalogue.sites
        work.last_seen[readings[0].site] = message.received
        new: EntryStatus = "new" if self._store_known else "verify"
        time, ms = None, check_state.NEVER  # most readings of a message are of one moment
        message_entries = _MessageEntries(
            work.entries, message, may_combine=new == "new" and message.conflict is None
        )
        for reading in readings:
            if reading.time is not time:
                time, ms = reading.time, to_ms(reading.time)
                message_entries.end()
            parameter = parameters[reading.parameter]
            id_ = (reading.site, reading.parameter, reading.kind)
            series = self._series.get(id_)
            if series is None:
                series = self._series[id_] = SeriesRow(id_, check_state.NEVER, CheckState())
            if ms > series.last:
                checked, former = check_newest(reading, parameter, sites[reading.site].cycle, series.checks)
                series.last, status = ms, new
                work.changed[id_] = series
                if former is not None:
                    self._retract(former, parameter.medium, work)
                marked = self._excluded.apply(checked)
                self.live.add(marked, ms)
                work.checked.append(marked)
            else:
                checked, status = check_alone(reading, parameter), "late"
            message_entries.add(parameter.medium, checked, status)
        message_entries.end()

    def _retract(self, former: Checked, medium: Medium, work: BatchWork) -> None:
        """Retract a former reading that is suspect, as the one after it shows."""
        if len(former.failed) == 1 and not self._excluded.covers(former.reading):
            self.live.retract(former)
        work.entries.append(ReadingEntry(medium, former, "amend"))
        work.checked.append(former)


class _MessageEntries:
    """The entries of a message: readings of one time that are new and count, with nothing to say, in one."""

    def __init__(self, entries: list[QueuedEntry], message: InboxMessage, *, may_combine: bool) -> None:
        self._entries = entries
        self._message = message
        self._may_combine = may_combine
        self._medium: Medium = "air"
        self._first: Reading | None = None
        self._parameters: list[str] = []
        self._values: list[float] = []

    def add(self, medium: Medium, checked: Checked, status: EntryStatus) -> None:
        """Add a reading; of one time until `end`."""
        reading = checked.reading
        has_remark = checked.failed or reading.sent or reading.flag != NORMAL
        if self._may_combine and status == "new" and not has_remark:
            first = self._first
            if first is not None and (first.kind != reading.kind or medium != self._medium):
                self.end()
            if self._first is None:
                self._first, self._medium = reading, medium
            self._parameters.append(reading.parameter)
            self._values.append(reading.value)
            return
        self.end()  # a late one may be of a reading that is in there
        if self._message.conflict is None:
            self._entries.append(ReadingEntry(medium, checked, status))
        else:
            self._entries.append(ReadingEntry(medium, checked, status, self._message.conflict, "replay"))

    def end(self) -> None:
        """What comes next is of another time."""
        if self._first is None:
            return
        one = self._first
        self._entries.append(
            SiteEntry(
                self._medium, one.site, one.kind, one.time, one.received,
                tuple(self._parameters), tuple(self._values),
            )
        )  # fmt: skip
        self._first, self._parameters, self._values = None, [], []
