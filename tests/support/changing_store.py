"""A few stations to which everything happens that changes what a store shows, in the order of a clock."""

import io
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.importing.importer import HistoricMessage, Importer
from ingest.journal import inbox, quarantine
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import QuarantineFilter
from ingest.marks import all_marks, submit
from ingest.stores.base import Store
from ingest.stores.known.as_of import known_then
from liangqu.tasks.export import heading, stored_rows, write_csv
from sensors.catalogue import loader
from sensors.marks import Mark, What, effective_marks
from tests.support.pipeline_harness import BOUNDS, SITES, PipelineHarness

BEGIN = datetime(2026, 11, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SPAN = BEGIN - timedelta(days=9), BEGIN + timedelta(days=9)
VALUES = (20.0, 20.0, 20.0, 21.5, 35.0, 400.0)  # equal ones are a flat line in time, 400 a spike


class ChangingStore:
    """Things that happen to a few stations, in the order of a clock, and what was exported in between.

    `new_store` opens the store to use instead of a SQLite file; `journals_lost` of ten restarts find no
    journal.
    """

    def __init__(
        self,
        folder: Path,
        order: random.Random,
        new_store: Callable[[], Store] | None = None,
        *,
        journals_lost: int = 0,
    ) -> None:
        file = folder / "sites.toml"
        file.write_text(SITES, encoding="utf-8")
        self.order = order
        self.new_store = new_store
        self.journals_lost = journals_lost
        self.harness = PipelineHarness(folder, loader.load([file]))
        self.take_store()
        self.harness.now = BEGIN
        self.sent: list[tuple[str, datetime]] = []
        self.exported: list[tuple[datetime, str]] = []

    def take_store(self) -> None:
        """Have the harness write to another store than its own file."""
        if self.new_store is not None:
            self.harness.store.close()
            self.harness.store = self.new_store()  # type: ignore[assignment]
            self.harness.sender.renew(self.harness.store)

    def close(self) -> None:
        self.harness.close()

    def tell(self) -> None:
        """One thing of all, at the next full minutes, 20 seconds past: no reading is that near then."""
        self.harness.now += self.order.choice((3, 20, 20, 60, 300)) * MINUTE
        event = self.order.choice(
            (self.send, self.send, self.send_backlog, self.send_again, self.fill, self.mark, self.take_in,
             self.quarantine, self.replay, self.restart)
        )  # fmt: skip
        event()
        self.harness.work()
        while self.harness.sender.step(self.harness.now):
            pass
        if self.order.random() < 0.5:
            moment = self.harness.now + 2 * MINUTE
            self.exported.append((moment, self.export(None)))

    def send(self) -> None:
        self.put(self.harness.now)

    def send_backlog(self) -> None:
        for back in range(5, 0, -1):
            self.put(self.harness.now - back * 20 * MINUTE)

    def send_again(self) -> None:
        if self.sent:
            site, time = self.order.choice(self.sent)
            self.put(time, site)

    def fill(self) -> None:
        self.put(BEGIN + self.order.randrange(-200, 1) * 20 * MINUTE)

    def put(self, time: datetime, site: str | None = None) -> None:
        site = site or self.order.choice(("quick", "hourly"))
        values = {name: self.order.choice(VALUES) for name in ("pm25", "pm10", "o3")}
        flags = {"pm25": "M"} if self.order.random() < 0.1 else {}
        self.sent.append((site, time))
        self.harness.send(site, time, values, flags=flags)

    def mark(self) -> None:
        what: What = self.order.choice(("invalid", "maintenance", "exceptional", "withdrawn"))
        start = BEGIN + self.order.randrange(-60, 200) * 20 * MINUTE
        is_taken_over = self.order.random() < 0.2
        made = self.harness.now - timedelta(days=int(is_taken_over))
        mark = Mark(
            "quick", self.order.choice(("pm25", "all")), start, start + timedelta(hours=5), what, "滤膜",
            "李", made, self.harness.now if is_taken_over else None,
        )  # fmt: skip
        with self.harness.journal.transaction() as connection:
            submit(connection, mark, self.harness.now)

    def take_in(self) -> None:
        start = BEGIN + self.order.randrange(-300, 100) * 20 * MINUTE
        messages = [
            HistoricMessage(
                "liangqu/air/hourly",
                f'{{"time": "{(start + n * 20 * MINUTE).isoformat()}", "kind": "hour",'
                f' "values": {{"pm25": {self.order.choice(VALUES)}}}}}'.encode(),
            )
            for n in range(12)
        ]
        importer = Importer(
            self.harness.journal, self.harness.store, self.harness.catalogue, BOUNDS,
            conflict=self.order.choice(("keep", "revise")), source="import", prefix="liangqu",
            quarantine_limit=10**6, reason="补录", by="赵",
        )  # fmt: skip
        for _ in importer.take(messages, self.harness.now):
            pass

    def quarantine(self) -> None:
        time = self.harness.now - self.order.choice((0, 600)) * MINUTE
        body = f'{{"time": "{time.isoformat()}", "values": {{"pm25": {self.order.choice(VALUES)}}}}}'
        with self.harness.journal.transaction() as connection:
            inbox.add(connection, [InboxMessage("liangqu/air/nowhere", body.encode(), self.harness.now)])

    def replay(self) -> None:
        with self.harness.journal.transaction() as connection:
            quarantine.replay(connection, QuarantineFilter(), "revise", "liangqu/air/quick")

    def restart(self) -> None:
        self.harness.restart(journal=self.order.random() * 10 >= self.journals_lost)
        self.take_store()

    def export(self, as_of: datetime | None) -> str:
        store = self.harness.store
        known = None if as_of is None else known_then(store, as_of, SPAN, max_ahead=BOUNDS.max_ahead)
        record = all_marks(store, self.harness.journal.connection())
        marks = effective_marks(one for one in record if as_of is None or one.known <= as_of)
        file = io.StringIO()
        write_csv(file, heading(None), stored_rows(store, "all", None, SPAN, marks, known))
        assert known is None or known.uncertain == 0
        return file.getvalue()
