"""A site's values go one way together: whatever comes, the state is that of the way reading by reading."""

import json
import sqlite3
import tempfile
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from alerts.engine import AlertEngine
from alerts.rules import definition
from alerts.rules.definition import Rule, RuleLevel
from alerts.rules.index import RuleIndex
from ingest.journal import inbox, outgoing
from ingest.journal.inbox import InboxMessage
from ingest.marks import submit
from ingest.pipeline import Pipeline
from sensors.catalogue import loader
from sensors.catalogue.model import Parameter
from sensors.marks import Mark
from tests.support import rule_streams
from tests.support.pipeline_harness import BOUNDS, SITES, PipelineHarness, at
from tests.support.reading_by_reading import AllSeeingEngine, ReadingPipeline

START = at("2026-03-01T21:30")  # a day ends soon
MINUTE = timedelta(minutes=1)
CATALOGUE_TEXT = SITES.replace('cycle = "20m"', 'cycle = "1m"')
LEVELS = {"pm25": 40.0, "pm10": 60.0, "so2": 11.0, "co": 1.5, "o3": 80.0, "wind_dir": 90.0, "air_temp": -3.0}
WATER = {"ph": 7.4, "nh3n": 0.8, "do": 8.0, "chla": 0.01}
SITES_SENT = {"quick": ("rtd", LEVELS), "hourly": ("hour", LEVELS), "upper": ("rtd", WATER)}


def rules() -> list[Rule]:
    """Those shipped; limits on both sides of what is sent, on readings and means."""
    low = {"direction": "below", "levels": (RuleLevel("watch", 39.0),), "media": ("air",)}
    two_levels = (RuleLevel("watch", 41.0), RuleLevel("critical", 60.0))
    of_pm25 = {"media": ("air",), "parameters": ("pm25",)}
    checks = {"checks": ("flag", "spike", "step"), "levels": (RuleLevel("watch", 0),)}
    return [
        rule_streams.rule(id="high", levels=two_levels, **of_pm25),
        rule_streams.rule(id="low", parameters=("pm25",), **low),
        rule_streams.rule(id="hour", statistic="1h", levels=(RuleLevel("watch", 40.5, 40.0),), **of_pm25),
        rule_streams.rule(id="low-hour", statistic="1h", parameters=("pm10",), **low),
        rule_streams.rule(id="sudden", levels=(RuleLevel("watch", 1.02),), against="24h", **of_pm25),
        rule_streams.rule(id="device", statistic="check", **checks),
    ]


class Two:
    """The pipeline and the one reading by reading, in folders of their own, given the same."""

    def __init__(self, folder: Path) -> None:
        (folder / "sites.toml").write_text(CATALOGUE_TEXT, encoding="utf-8")
        self.catalogue = loader.load([folder / "sites.toml"])
        self.both: list[PipelineHarness] = []
        for kind in (Pipeline, ReadingPipeline):
            (folder / kind.__name__).mkdir()
            self.both.append(PipelineHarness(folder / kind.__name__, self.catalogue))
        for harness, kind in zip(self.both, (Pipeline, ReadingPipeline), strict=True):
            harness.now = START
            self.open(harness, kind)

    def open(self, harness: PipelineHarness, kind: type[Pipeline]) -> None:
        engine = AlertEngine if kind is Pipeline else AllSeeingEngine
        every = [*definition.load(self.catalogue), *rules()]
        harness.pipeline = kind(
            harness.journal,
            self.catalogue,
            BOUNDS,
            prefix="liangqu",
            quarantine_limit=10**6,
            observer=engine(
                RuleIndex(every, self.catalogue), harness.notify, page_max_age=timedelta(hours=6)
            ),
            clock=lambda: harness.now,
        )

    def put(self, topic: str, body: Any, received: datetime, conflict: Any = None) -> None:
        for harness in self.both:
            with harness.journal.transaction() as connection:
                message = InboxMessage(topic, json.dumps(body).encode(), received, conflict=conflict)
                inbox.add(connection, [message])

    def close(self) -> None:
        for harness in self.both:
            harness.close()


ORDERED = {"outgoing": "id", "refusal": "id", "refused_message": "id", "request": "id", "notification": "id"}


def state(harness: PipelineHarness) -> dict[str, list[Any]]:
    """Everything in the journal; of a series not when it was first seen among those of its batch."""
    connection: sqlite3.Connection = harness.journal.connection()
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    found: dict[str, list[Any]] = {}
    for table in tables:
        if table.startswith("sqlite_"):
            continue
        columns = "site, parameter, kind, last_ms, checks" if table == "series" else "*"
        order = f"ORDER BY {ORDERED[table]}" if table in ORDERED else ""
        rows = connection.execute(f"SELECT {columns} FROM {table} {order}").fetchall()
        found[table] = rows if order else sorted(rows, key=repr)
    del found["meta"]  # when the file was made
    found["outgoing"] = [outgoing.decode_queued([row[-1]]) for row in found["outgoing"]] + found["outgoing"]
    return found


SITE = st.sampled_from(["quick", "quick", "hourly", "upper"])
CONFLICT = st.sampled_from([None, None, "keep", "revise"])
SMALL = [0.1, -0.1, 0.5, 1.0, 1.2, 1.5, -1.5, 3.0, -3.0, 30.0, 0.123456789]
LARGE = ["step", "spike", "spike"]  # just below, at and just above a threshold
LEAP = st.one_of(
    st.just(0.0),
    st.sampled_from(SMALL),
    st.tuples(st.sampled_from(LARGE), st.sampled_from([0.999, 1.0, 1.001, 1.001, -1.001])),
)


def size_of(leap: float | tuple[str, float], parameter: Parameter) -> float:
    """How far a value leaps."""
    if isinstance(leap, float):
        return leap
    threshold, times = leap
    return times * (getattr(parameter.checks, threshold) or 1.0)


class BothWays(RuleBasedStateMachine):
    """Any messages, in any batches, with restarts and marks between."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.two = Two(Path(self.folder.name))
        self.clock = dict.fromkeys(SITES_SENT, START)
        self.values = {site: dict(levels) for site, (_, levels) in SITES_SENT.items()}
        for _ in range(70):  # an hour that is valid
            time = self._step("quick")
            self._send("quick", self._body("quick", time, [*LEVELS]), time)
        self.work(2000)

    def _body(self, site: str, time: datetime, names: list[str], kind: str | None = None) -> dict[str, Any]:
        values = {name: round(self.values[site][name], 9) for name in names}
        return {"time": time.isoformat(), "values": values, "kind": kind or SITES_SENT[site][0]}

    def _send(self, site: str, body: Any, received: datetime, conflict: Any = None) -> None:
        self.two.put(f"liangqu/{self.two.catalogue.sites[site].medium}/{site}", body, received, conflict)

    def _step(self, site: str) -> datetime:
        cycle = self.two.catalogue.sites[site].cycle
        self.clock[site] += cycle
        return self.clock[site]

    @rule(
        site=SITE,
        count=st.integers(1, 27),
        walk=st.sampled_from([0.0, 0.01, 0.01]),
        leap=LEAP,
        returns=st.sampled_from([1, 1, 2, 7]),
        flag=st.sampled_from("NNNM"),
        data=st.data(),
    )
    def run_on(
        self, site: str, count: int, walk: float, leap: Any, returns: int, flag: str, data: st.DataObject
    ) -> None:
        """Message after message; one parameter leaps and comes back, the others do next to nothing."""
        names = [*self.values[site]]
        moving = data.draw(st.sampled_from([names[0], *names]))
        size = size_of(leap, self.two.catalogue.parameters[moving])
        for number in range(count):
            time = self._step(site)
            for name in names:
                self.values[site][name] += walk * (number % 3 - 1)
            if number == count // 2:
                self.values[site][moving] += size
            if number == count // 2 + returns:
                self.values[site][moving] -= size
            body = self._body(site, time, names)
            if number == count // 2 and flag != "N":
                body["flags"] = {moving: flag}
            self._send(site, body, time)
        if count // 2 + returns >= count and abs(size) > 2:
            self.values[site][moving] -= size

    @rule(site=SITE, data=st.data(), gap=st.sampled_from([0, 0, 1, 4]), leap=LEAP)
    def odd(self, site: str, data: st.DataObject, gap: int, leap: Any) -> None:
        """Some parameters only, behind a gap, flagged, null or of another kind, sent twice."""
        names = data.draw(st.lists(st.sampled_from([*self.values[site]]), min_size=1, unique=True))
        for _ in range(gap):
            self._step(site)
        time = self._step(site)
        self.values[site][names[0]] += size_of(leap, self.two.catalogue.parameters[names[0]])
        body: Any = self._body(site, time, names)
        what = data.draw(
            st.sampled_from(["plain", "flag", "twice", "null", "other", "unknown", "array", "code"])
        )
        if what == "flag":
            body["flags"] = {names[-1]: "M"}
        elif what == "null":
            body["values"][names[0]] = None
        elif what == "other":
            body["kind"] = "day"
        elif what == "unknown":
            body["values"]["nothing"] = 1
        elif what == "code":
            body["values"]["a34004" if site != "upper" else "w21003"] = 41
        elif what == "array":
            body = [body, self._body(site, self._step(site), names), self._body(site, time, names[:1], "day")]
        self.values[site] = dict(SITES_SENT[site][1])
        self._send(site, body, time)
        if what == "twice":
            self._send(site, body, time)

    @rule(site=SITE, back=st.integers(0, 90), data=st.data(), conflict=CONFLICT)
    def late(self, site: str, back: int, data: st.DataObject, conflict: Any) -> None:
        """One that comes late, again, or with another value."""
        names = data.draw(st.lists(st.sampled_from([*self.values[site]]), min_size=1, unique=True))
        self._send(
            site, self._body(site, self.clock[site] - back * MINUTE, names), self.clock[site], conflict
        )

    @rule(site=SITE, start=st.integers(-30, 10), length=st.integers(1, 40), every=st.booleans())
    def mark(self, site: str, start: int, length: int, every: bool) -> None:
        begin = self.clock[site] + start * MINUTE
        name = "all" if every else next(iter(self.values[site]))
        mark = Mark(site, name, begin, begin + length * MINUTE, "invalid", "why", "who", self.clock[site])
        for harness in self.two.both:
            with harness.journal.transaction() as connection:
                submit(connection, mark, self.clock[site])

    @rule(limit=st.sampled_from([1, 3, 10, 2000]))
    def work(self, limit: int) -> None:
        """Take what waits in batches of some size."""
        for harness in self.two.both:
            harness.now = max(self.clock.values())
            harness.pipeline._batch_limit = limit
            while harness.pipeline.step():
                harness.pipeline._batch_limit = limit
        ours, theirs = map(state, self.two.both)
        for table, rows in theirs.items():
            assert ours[table] == rows, table

    @rule()
    def restart(self) -> None:
        """Go on from the file alone."""
        for harness, kind in zip(self.two.both, (Pipeline, ReadingPipeline), strict=True):
            self.two.open(harness, kind)

    def teardown(self) -> None:
        if hasattr(self, "two"):
            with self.folder, closing(self.two):
                self.work(2000)


class TestBothWays(BothWays.TestCase):  # type: ignore[misc, valid-type]  # hypothesis makes it
    settings = settings(
        max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=[*HealthCheck]
    )
