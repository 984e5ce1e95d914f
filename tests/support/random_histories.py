"""Random histories of a few sites under several rules: late, revised, marked, old, killed.

A `History` is stepped by hand: its harness is the pipeline, the store and the recompute, without a broker.
`fresh` is the same measured values in a new store with a new journal, all days computed again.
"""

import json
import random
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from alerts.episodes import register
from alerts.notify.config import NotifyConfig, Person, Route, Waits
from alerts.rules.definition import RANK, Rule, RuleLevel
from ingest.journal import requests
from ingest.marks import journal_marks, submit
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import shanghai_day
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.marks import Mark, What, effective_marks
from sensors.model import Severity
from tests.support import rule_streams
from tests.support.pipeline_harness import SITES, PipelineHarness, at

START = at("2023-12-28T00:00")
STEP = timedelta(minutes=20)
DAY = timedelta(days=1)
SEVERITIES: tuple[Severity, ...] = ("watch", "warning", "critical")
READING = (25.0, 35.0, 45.0)
PATIENCE = ("0s", "0s", "20m", "1h", "3h")

NOTIFY = NotifyConfig(
    people={name: Person(name, name, ("hook",)) for name in SEVERITIES},
    routes=tuple(Route((name,), severity=name) for name in SEVERITIES),
    waits=Waits(group="0s", escalate="0s", digest="0s"),
)
"""Three people with one channel, each told from another severity on."""


def levels(*limits: float, clear: float | None = None) -> tuple[RuleLevel, ...]:
    """Watch, warning, critical above these limits; over at `clear`."""
    return tuple(
        RuleLevel(severity, limit, clear if number == 0 else None)
        for number, (severity, limit) in enumerate(zip(SEVERITIES, limits, strict=False))
    )


def rules(order: random.Random) -> list[Rule]:
    """Several on each parameter, with patience by chance."""

    def patience() -> dict[str, str]:
        return {
            "for_": order.choice(PATIENCE),
            "clear_for": order.choice(PATIENCE),
            "hold": order.choice(("0s", "1h", "3h")),
        }

    of_pm25 = {"media": ("air",), "parameters": ("pm25",)}
    return [
        rule_streams.rule(id="reading", levels=levels(*READING, clear=22), hold="1h", **of_pm25),
        rule_streams.rule(id="patient", levels=levels(25, 40), **patience(), **of_pm25),
        rule_streams.rule(id="hour", statistic="1h", levels=levels(25, 38), **patience(), **of_pm25),
        rule_streams.rule(id="day", statistic="24h", levels=levels(26, 30), **patience(), **of_pm25),
        rule_streams.rule(
            id="eight", statistic="8h", media=("air",), parameters=("o3",), levels=levels(50, clear=45)
        ),
        rule_streams.rule(
            id="index", statistic="1h", parameters=("aqi",), levels=levels(38, 50), **patience()
        ),
        rule_streams.rule(
            id="sample", statistic="sample", media=("water",), levels=levels(3, 4, 5), **patience()
        ),
        rule_streams.rule(id="lower-sample", statistic="sample", media=("water",), levels=levels(4)),
        rule_streams.rule(
            id="device", statistic="check", checks=("flag", "spike"), levels=levels(0), **patience()
        ),
    ]


class Sent:
    """One message: what a site measured at a time, whether a device flag stands with it."""

    def __init__(self, site: str, time: datetime, values: Mapping[str, float], flag: str = "N") -> None:
        self.site, self.time, self.values, self.flag = site, time, dict(values), flag


def course(order: random.Random, days: float) -> Iterator[Sent]:
    """Messages in the order of time: walks around the limits, with gaps, leaps, spikes and bad quality."""
    level = dict.fromkeys(("hourly", "quick", "declared", "upper", "lower"), 25.0)
    for step in range(int(days * DAY / STEP)):
        time = START + step * STEP
        for site in level:
            cycle = {"quick": 1, "upper": 12, "lower": 12}.get(site, 3)
            if step % cycle or order.random() < 0.05:
                continue
            leap = 15 if order.random() < 0.1 else 4
            level[site] = min(max(level[site] + order.uniform(-leap, leap), 12), 55)
            yield from _messages(order, site, time, level[site], step)


def _messages(order: random.Random, site: str, time: datetime, level: float, step: int) -> Iterator[Sent]:
    flag = order.choice("MDB") if order.random() < 0.04 else "N"
    value = round(800.0 if order.random() < 0.01 else level, 2)
    if site in {"upper", "lower"}:
        items = {"ph": 7.0 + step % 5 / 50, "nh3n": round(value / 22, 3), "do": 8.0 + step % 3}
        if order.random() < 0.3:  # items one by one
            for name in order.sample(sorted(items), len(items)):
                yield Sent(site, time, {name: items[name]}, flag)
        else:
            yield Sent(site, time, items, flag)
        return
    values = {"pm25": value, "o3": round(2 * value, 2)}
    if site != "declared":
        values |= {"pm10": value + 20, "so2": 8.0 + step % 3, "no2": value / 2, "co": round(value / 50, 3)}
    yield Sent(site, time, values, flag)


class History:
    """One service's life, message by message."""

    def __init__(self, folder: Path, seed: int, days: float = 1.6) -> None:
        self.order = random.Random(seed)
        self.folder = folder
        self.rules = rules(self.order)
        self.coming = list(course(self.order, days))
        self.held: list[Sent] = []
        self.past: list[Sent] = []
        self.made = 0
        self.late = self.order.choice((0.0, 0.02, 0.06))
        self.unworked: dict[str, Sent] = {}  # of each site the newest, as far as it was of today when it came
        self.newest: dict[str, datetime] = {}
        (folder / "service").mkdir(parents=True)
        (folder / "sites.toml").write_text(SITES, encoding="utf-8")
        self.catalogue = loader.load([folder / "sites.toml"])
        self.harness = PipelineHarness(
            folder / "service", self.catalogue, self.rules, notify=NOTIFY, age=timedelta(hours=6)
        )
        self.harness.now = START

    def play(self) -> None:
        """All of it, and everything worked off."""
        order = self.order
        while self.coming:
            for sent in self._next():
                self._send(sent)
                if order.random() < 0.7:
                    self.work()
            chance = order.random()
            if chance < 0.05:
                self._late()
            elif chance < 0.08:
                self._revise()
            elif chance < 0.10:
                self._mark()
            elif chance < 0.15:
                self.harness.restart()
            elif chance < 0.30:
                self._some_steps()
        for sent in order.sample(self.held, len(self.held) if self.late < 0.05 else 0):
            self._send(sent)
        self.work()
        self.harness.settle()

    def work(self) -> None:
        """The inbox through the pipeline; whoever is to hear of what is current has been told."""
        self.harness.work()
        for sent in self.unworked.values():
            if not self._is_marked(sent):  # maybe since it came
                self._was_told(sent)
        self.unworked.clear()

    def _was_told(self, sent: Sent) -> None:
        """Everybody from whose severity on the reading is."""
        found = [
            severity
            for severity, limit in zip(SEVERITIES, READING, strict=True)
            if sent.values["pm25"] > limit
        ]
        heard = self.heard("reading", sent.site)
        for person in found:
            told = heard.get(person)
            assert told is not None, f"{sent.site} {sent.time} {sent.values['pm25']}: {person} heard nothing"
            assert RANK[told] >= RANK[found[-1]], f"{sent.site} {sent.time}: {person} heard of {told} only"

    def heard(self, rule: str, site: str) -> dict[str, Severity]:
        """What each person believes of the event of a machine of PM2.5: the most severe they heard."""
        connection = self.harness.journal.connection()
        thread = connection.execute(
            "SELECT event FROM episode WHERE rule = ? AND site = ? AND parameter = 'pm25' AND event <> ''"
            " ORDER BY begun_ms DESC",
            (rule, site),
        ).fetchone()
        query = "SELECT person, document FROM notification WHERE channel = 'hook' AND thread = ? ORDER BY id"
        heard: dict[str, Severity] = {}
        for person, text in connection.execute(query, thread or ("",)):
            document = json.loads(text)
            if document["state"] == "firing":
                heard[person] = max(heard.get(person, "info"), document["severity"], key=RANK.__getitem__)
            elif document["told"] == "over":
                heard.clear()
        return heard

    def _next(self) -> Iterator[Sent]:
        """The next message, held back by chance, or a backlog that comes hours later at once."""
        order = self.order
        backlog = order.random() < 0.01
        for _ in range(min(len(self.coming), 40 if backlog else 1)):
            sent = self.coming.pop(0)
            if order.random() < self.late:
                self.held.append(sent)
                continue
            self.harness.now = max(
                self.harness.now, sent.time + timedelta(hours=9 if backlog else 0, seconds=5)
            )
            yield sent

    def _send(self, sent: Sent) -> None:
        self.past.append(sent)
        self._note(sent)
        flags = dict.fromkeys(sent.values, sent.flag) if sent.flag != "N" else {}
        self.harness.send(sent.site, sent.time, sent.values, flags=flags)

    def _note(self, sent: Sent) -> None:
        """Whether the reading is new, valid and of today: then whoever it concerns has to hear of it."""
        if "pm25" not in sent.values or sent.time <= self.newest.get(sent.site, sent.time - DAY):
            return
        self.newest[sent.site] = sent.time
        self.unworked.pop(sent.site, None)
        if sent.flag == "N" and self.harness.now - sent.time < timedelta(hours=6):
            self.unworked[sent.site] = sent

    def _is_marked(self, sent: Sent) -> bool:
        marks = effective_marks(journal_marks(self.harness.journal.connection()))
        of = (mark for mark in marks if mark.concerns(sent.site, "pm25"))
        return any(mark.start <= sent.time < mark.end for mark in of)

    def _late(self) -> None:
        if self.held:
            self._send(self.held.pop(self.order.randrange(len(self.held))))

    def _revise(self) -> None:
        if not self.past:
            return
        former = self.order.choice(self.past)
        name = self.order.choice(sorted(former.values))
        self._send(
            Sent(
                former.site, former.time, {name: round(former.values[name] * self.order.uniform(0.5, 1.8), 2)}
            )
        )

    def _mark(self) -> None:
        order = self.order
        if not self.past:
            return
        around = order.choice(self.past)
        start = around.time - timedelta(hours=order.choice((0, 1, 5)))
        end = start + timedelta(hours=order.choice((1, 3, 12)))
        parameter = order.choice(("all", *sorted(around.values)))
        what: What = order.choice(("invalid", "maintenance", "withdrawn"))
        self.made += 1
        moment = self.harness.now + timedelta(milliseconds=self.made)
        leave_mark(self.harness, around.site, parameter, (start, end), what, moment)

    def _some_steps(self) -> None:
        """The sender and the recompute as far as they come before something else happens."""
        self.harness.sender.step(self.harness.now)
        for _ in range(self.order.randrange(4)):
            self.harness.recompute.step()
            if self.order.random() < 0.5:
                self.harness.sender.step(self.harness.now)


def fresh(
    stored: Path, catalogue: Catalogue, own: Sequence[Rule], sent: Sequence[Sent], folder: Path
) -> PipelineHarness:
    """What was measured and marked, in a new store with a new journal, all days computed again."""
    folder.mkdir()
    store = SqliteStore(folder / "liangqu.db")
    store.prepare()
    store.close()
    with closing(sqlite3.connect(folder / "liangqu.db")) as connection:
        connection.execute("ATTACH ? AS served", (str(stored),))
        for table in ("air", "water", "mark"):
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM served.{table}")
        connection.commit()
    harness = PipelineHarness(folder, catalogue, own)
    recompute_all(harness, sent)
    return harness


def leave_mark(
    harness: PipelineHarness,
    site: str,
    parameter: str,
    span: tuple[datetime, datetime],
    what: What,
    made: datetime,
) -> None:
    """As the command does; the service has not heard of it yet."""
    with harness.journal.transaction() as connection:
        submit(connection, Mark(site, parameter, *span, what, "校准", "李", made), made)


def recompute_all(harness: PipelineHarness, sent: Sequence[Sent]) -> None:
    """As `liangqu recompute` of every day that anything was sent of."""
    days = {(each.site, shanghai_day(each.time)) for each in sent}
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, days, "command")
    harness.settle()


Row = tuple[object, ...]


def rows(journal: sqlite3.Connection) -> list[Row]:
    """The register as far as it does not say what was told to whom and when."""
    return sorted(
        (
            e.rule, e.site, e.parameter, e.statistic, e.category, e.begun.isoformat(),
            e.ended.isoformat() if e.ended else "", e.severity, round(e.peak, 9), e.peak_at.isoformat(),
            round(e.mean, 9), e.n, round(e.limit, 9), e.unit,
        )
        for e in register.history(journal)
        if e.reason != "invalidated"
    )  # fmt: skip
