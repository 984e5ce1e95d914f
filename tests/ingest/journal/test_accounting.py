"""The counts (docs/reference/messages.md#counts) add up, whatever is sent, whenever it is stopped."""

import json
import math
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ingest.journal import accounting, inbox, outgoing, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.stores.base import StoreAway, StoredValue
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.decoding.types import InputBounds
from sensors.model import Key, Point
from tests.support.frames import rows_of
from tests.support.scale import scaled

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
BOUNDS = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))
CATALOGUE = loader.load()
SITES = {"renmin-gongyuan": "air", "houcheng": "water", "nobody-knows-it": "air"}
TIMES = [(NOW - timedelta(hours=h)).isoformat() for h in range(6)] + ["yesterday", "2026-11-22T08:00:00"]

values = st.dictionaries(
    st.sampled_from(["pm25", "a34002", "ph", "nh3n", "dust"]),
    st.sampled_from([1.5, 2, 7.25, "seven", None, True, float("nan")]),
    max_size=4,
)
flags = st.dictionaries(st.sampled_from(["pm25", "ph"]), st.sampled_from(["N", "M", "X"]), max_size=1)
envelope = st.fixed_dictionaries(
    {"time": st.sampled_from(TIMES), "values": values},
    optional={"flags": flags, "kind": st.sampled_from(["rtd", "hour", "week"])},
)
payloads = st.one_of(
    envelope.map(lambda e: json.dumps(e).encode()),
    st.lists(envelope, max_size=3).map(lambda e: json.dumps(e).encode()),
    st.sampled_from(
        [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"time": 1}', b"x" * (BOUNDS.max_payload + 1)]
    ),
)


class Shaky(SqliteStore):
    """The real SQLite store behind a line that can be cut."""

    away = False

    def write(self, lines: Sequence[Point]) -> None:
        if self.away:
            raise StoreAway("cut")
        super().write(lines)

    def former(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        if self.away:
            raise StoreAway("cut")
        return super().stored(keys)


class Accounts(RuleBasedStateMachine):
    """Messages, work, outages, restarts, replays and drops in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="liangqu-"))
        self.sent = 0
        self.held: dict[tuple[str, str, str, str], tuple[float, str]] = {}
        self.away = False

    @initialize()
    def open(self) -> None:
        self.journal = Journal(self.folder / "journal.db")
        self.store = Shaky(self.folder / "liangqu.db")
        self.store.away = self.away
        self.pipeline = Pipeline(self.journal, CATALOGUE, BOUNDS, prefix="liangqu", quarantine_limit=10**6)
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu", quarantine_limit=10**6)

    @rule(site=st.sampled_from(sorted(SITES)), payload=payloads)
    def a_message_comes(self, site: str, payload: bytes) -> None:
        self.sent += 1
        received = NOW + timedelta(seconds=self.sent)
        with self.journal.transaction() as connection:
            topic = f"liangqu/{SITES[site]}/{site}"
            inbox.add(connection, [inbox.to_inbox_message(topic, payload, received, BOUNDS.max_payload)])
        self._expect(site, payload)

    def _expect(self, site: str, payload: bytes) -> None:
        """What the store should hold in the end, by our own reading of docs/reference."""
        try:
            document = json.loads(payload)
        except (ValueError, UnicodeDecodeError):
            return
        own = {
            "renmin-gongyuan": {"pm25": "pm25", "a34002": "pm10"},
            "houcheng": {"ph": "ph", "nh3n": "nh3n"},
        }
        for one in document if isinstance(document, list) else [document]:
            if not isinstance(one, Mapping) or "values" not in one or one["time"] not in TIMES[:6]:
                continue
            kind = one.get("kind", "rtd")
            for name, value in one["values"].items():
                flag = one.get("flags", {}).get(name, "N")
                good = (
                    isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
                )
                if good and flag != "X" and kind != "week" and name in own.get(site, {}):
                    self.held[site, own[site][name], kind, one["time"]] = (float(value), flag)

    @rule()
    def the_pipeline_works(self) -> None:
        self.pipeline.step()

    @rule()
    def the_store_is_written(self) -> None:
        try:
            self.sender.step(NOW)
        except StoreAway:
            assert self.store.away

    @rule()
    def the_store_goes_or_comes_back(self) -> None:
        self.away = self.store.away = not self.away

    @rule()
    def the_service_is_restarted(self) -> None:
        self._close()
        self.open()

    @rule()
    @precondition(lambda self: self.sent)
    def what_was_refused_is_replayed(self) -> None:
        with self.journal.transaction() as connection:
            quarantine.replay(connection, quarantine.QuarantineFilter(), "keep")

    @rule(reason=st.sampled_from(["not_json", "bad_time", "wrong_type"]))
    def what_was_refused_is_dropped(self, reason: str) -> None:
        with self.journal.transaction() as connection:
            quarantine.drop(connection, quarantine.QuarantineFilter(reason=reason))

    @invariant()
    def the_sums_hold(self) -> None:
        if not self.sent:
            return
        with self.journal.snapshot() as connection:
            accounts = accounting.read_counts(connection)
            rows = {
                "inbox": connection.execute("SELECT count(*) FROM inbox").fetchone()[0],
                "outgoing": connection.execute("SELECT ifnull(sum(items), 0) FROM outgoing").fetchone()[0],
                "quarantined": connection.execute("SELECT count(*) FROM refusal").fetchone()[0],
            }
        assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
        assert {name: accounts[name] for name in rows} == rows
        assert min(accounts.values()) >= 0

    def _close(self) -> None:
        self.store.close()
        self.journal.close()

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        self.store.away = False
        while self.pipeline.step():
            pass
        while self.sender.step(NOW):
            pass
        self.the_sums_hold()
        held = {}
        for measurement in ("air", "water"):
            frame = self.store.points(measurement, NOW - timedelta(days=1), NOW + timedelta(days=1))
            for row in rows_of(frame):
                held[row.site, row.parameter, row.kind, row.Index.isoformat()] = (row.value, row.flag)
        assert held == self.held
        with self.journal.snapshot() as connection:
            assert outgoing.fetch(connection, 1) is None
            assert inbox.fetch(connection, 1) == list[InboxMessage]()
            assert accounting.read_counts(connection)["stored"] == len(self.held)
        self._close()
        shutil.rmtree(self.folder)


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(
    max_examples=scaled(200),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
