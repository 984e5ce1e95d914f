"""What the demonstration's board shows: read from the store and the journal, as anybody could."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field

from alerts.events import register
from alerts.notify import outbox
from ingest.journal import accounting
from ingest.journal.file import Journal
from ingest.stores.base import Store
from liangqu.demo.picture.judgement import ColumnLimit, Judge, Rating, Standing
from liangqu.demo.picture.told_events import event_lines
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place
from sensors.model import Medium, Severity
from sensors.standards.statistics import ROLLING_1H

BACK: Mapping[Medium, timedelta] = {"air": timedelta(hours=24), "water": timedelta(days=3)}
MOST_DOCUMENTS = 2000
"""Changes of episodes that the events are told from, at most."""
TREND_VALUES = 24
"""Values of a trend, at most."""


class BoardCell(Struct, frozen=True):
    """The newest value of one parameter, its device flag, the checks it failed, and how it stands."""

    time: datetime
    value: float
    flag: str
    failed: tuple[str, ...]
    standing: Standing = "within"


class BoardRow(Struct, frozen=True):
    """One place: the newest of each parameter, its index or class, and the trend of the first parameter.

    `late_after` is the age at which a site counts as silent; a zone never does.
    """

    place: Place
    late_after: timedelta | None = None
    cells: dict[str, BoardCell] = field(default_factory=dict)
    trend: deque[float] = field(default_factory=lambda: deque(maxlen=TREND_VALUES))
    rating: Rating | None = None

    @property
    def newest(self) -> datetime | None:
        """The newest time of any parameter; None before the first reading."""
        return max((cell.time for cell in self.cells.values()), default=None)

    @property
    def flagged(self) -> dict[str, BoardCell]:
        """The newest values that failed a check; a parameter that stays behind the others is left out."""
        return {name: cell for name, cell in self.cells.items() if cell.failed and cell.time == self.newest}


class BoardPicture(Struct, frozen=True):
    """Everything on the board at one moment of the demonstration's clock.

    `columns` are the parameters with a column; the first one's trend is drawn. `areas` are the rows where
    there is little room: zones instead of their stations. `open` counts the open events by severity.
    """

    now: datetime
    columns: Mapping[Medium, Sequence[str]]
    rows: Mapping[Medium, Sequence[BoardRow]]
    areas: Mapping[Medium, Sequence[BoardRow]]
    limits: Mapping[str, ColumnLimit]
    open: Mapping[Severity, int]
    accounts: Mapping[str, int]

    @property
    def refused(self) -> dict[str, int]:
        """Items ever refused, by reason, most first."""
        found = {
            name.removeprefix(accounting.REFUSED): number
            for name, number in self.accounts.items()
            if name.startswith(accounting.REFUSED)
        }
        return dict(sorted(found.items(), key=lambda item: -item[1]))


def columns(catalogue: Catalogue) -> dict[Medium, tuple[str, ...]]:
    """Which parameters of each medium have a column."""
    return {medium: tuple(row.id for row in catalogue.in_brief(medium)) for medium in BACK}


class BoardReader:
    """Reads the store and the journal from one thread, alongside the service that writes them."""

    def __init__(self, journal: Journal, store: Store, catalogue: Catalogue) -> None:
        self._journal = journal
        self._store = store
        self._catalogue = catalogue
        self._columns = columns(catalogue)

    def read(self, now: datetime) -> BoardPicture:
        """The picture at `now`.

        Raises:
            StoreAway: The store cannot be read.
        """
        with self._journal.snapshot() as connection:
            accounts = accounting.read_counts(connection)
            events = [one for one in register.open_events(connection) if one.calm is None]
        judge = Judge(self._store, self._catalogue, now)
        rows = {medium: self._rows(medium, judge, now) for medium in BACK}
        return BoardPicture(
            now,
            self._columns,
            rows,
            {"air": self._zones(judge, now) or rows["air"], "water": rows["water"]},
            {
                name: limit
                for names in self._columns.values()
                for name in names
                if (limit := judge.limit(name))
            },
            Counter(one.severity for one in events),
            accounts,
        )

    def alert_lines(self, words: DemoWords) -> list[StoryLine]:
        """The events so far, a line where one begins, becomes more severe, or is over."""
        with self._journal.snapshot() as connection:
            documents = outbox.newest_events(connection, outbox.MQTT, MOST_DOCUMENTS)
        return list(event_lines(documents, self._catalogue, words))

    def _limits(self, judge: Judge) -> dict[str, ColumnLimit]:
        found = {name: judge.limit(name) for names in self._columns.values() for name in names}
        return {name: limit for name, limit in found.items() if limit is not None}

    def _rows(self, medium: Medium, judge: Judge, now: datetime) -> list[BoardRow]:
        rows = {
            site.id: BoardRow(
                self._catalogue.places[site.id], site.late_after, rating=judge.rating(site.id, medium)
            )
            for site in self._catalogue.sites.values()
            if site.medium == medium
        }
        drawn = self._columns[medium][0]
        frame = self._store.points(medium, now - BACK[medium], now + timedelta(hours=1))
        for time, site, name, value, flag, failed in _values(
            frame, "site", "parameter", "value", "flag", "failed"
        ):
            row = rows[site]
            checks = tuple(failed.split(",")) if failed else ()
            row.cells[name] = BoardCell(time, value, flag, checks, judge.standing(row.place, name, value))
            if name == drawn:
                row.trend.append(value)
        return list(rows.values())

    def _zones(self, judge: Judge, now: datetime) -> list[BoardRow]:
        """Their means over one hour."""
        zones = [one for one in self._catalogue.places.values() if one.kind == "zone"]
        rows = {one.id: BoardRow(one, rating=judge.rating(one.id, "air")) for one in zones}
        drawn = self._columns["air"][0]
        for name in self._columns["air"]:
            tags = {"parameter": name, "statistic": ROLLING_1H}
            back = BACK["air"] if name == drawn else timedelta(hours=3)
            frame = self._store.points("statistic", now - back, now + timedelta(hours=1), tags)
            for time, site, value in _values(frame, "site", "value"):
                if site in rows:
                    place = rows[site].place
                    standing = judge.standing(place, name, value)
                    rows[site].cells[name] = BoardCell(time, value, "N", (), standing)
                    if name == drawn and time.minute == 0:
                        rows[site].trend.append(value)
        return [row for row in rows.values() if row.cells]


def _values(frame: Any, *names: str) -> Any:
    """The rows of a frame: their times, then these columns."""
    from pandas import DatetimeIndex  # noqa: PLC0415 - a board is drawn long after the first line

    if frame.empty:
        return ()
    return zip(DatetimeIndex(frame.index).to_pydatetime(), *(frame[name] for name in names), strict=True)
