"""What the demonstration's board shows: read from the store and the journal, as anybody could."""

from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field
from pandas import DatetimeIndex

from alerts.notify import outbox
from ingest.journal import accounting
from ingest.journal.file import Journal
from ingest.stores.base import Store
from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords
from sensors.catalogue.model import Catalogue, Site
from sensors.model import Medium

BACK: Mapping[Medium, timedelta] = {"air": timedelta(hours=24), "water": timedelta(days=3)}
MOST_EVENTS = 30
"""Events, at most."""
TREND_VALUES = 24
"""Values of a trend, at most."""


class BoardCell(Struct, frozen=True):
    """The newest value of one parameter, its device flag and the checks it failed."""

    time: datetime
    value: float
    flag: str
    failed: tuple[str, ...]


class BoardRow(Struct, frozen=True):
    """One site: the newest of each parameter, and the trend of the first one, oldest first."""

    site: Site
    cells: dict[str, BoardCell] = field(default_factory=dict)
    trend: deque[float] = field(default_factory=lambda: deque(maxlen=TREND_VALUES))

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

    `columns` are the parameters with a column; the first one's trend is drawn.
    """

    now: datetime
    columns: Mapping[Medium, Sequence[str]]
    rows: Mapping[Medium, Sequence[BoardRow]]
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
        rows = {medium: self._rows(medium, now) for medium in BACK}
        return BoardPicture(now, self._columns, rows, accounts)

    def alert_lines(self, words: DemoWords) -> list[StoryLine]:
        """The newest events of episodes, as they were sent."""
        with self._journal.snapshot() as connection:
            documents = outbox.newest_events(connection, outbox.MQTT, MOST_EVENTS)
        return [StoryLine(document.time, words.name(document.text)) for document in documents]

    def _rows(self, medium: Medium, now: datetime) -> list[BoardRow]:
        rows = {s.id: BoardRow(s) for s in self._catalogue.sites.values() if s.medium == medium}
        drawn = self._columns[medium][0]
        frame = self._store.points(medium, now - BACK[medium], now + timedelta(hours=1))
        columns = zip(
            DatetimeIndex(frame.index).to_pydatetime(),
            *(frame[name] for name in ("site", "parameter", "value", "flag", "failed")),
            strict=True,
        )
        for time, site, parameter, value, flag, failed in columns:
            row = rows[site]
            row.cells[parameter] = BoardCell(time, value, flag, tuple(failed.split(",")) if failed else ())
            if parameter == drawn:
                row.trend.append(value)
        return list(rows.values())
