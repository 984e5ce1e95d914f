"""The desk's *Now* with 1,000 stations: reading the journal, filling the template, and the whole answer."""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.testclient import TestClient

from alerts.engine import AlertEngine
from alerts.notify.config import NotifyConfig
from ingest.journal import check_state, statistics_state
from ingest.journal.statistics_state import NewestAssessment
from liangqu.config import settings
from liangqu.desk.access.gate import Gate
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk
from liangqu.desk.site_map import draw_maps
from liangqu.status.reading import read_status
from sensors.calendar import to_ms
from sensors.model import Statistic

SITES = 1000
IN_EVENTS = 300
"""Stations with an open episode, all in one event of their zone."""
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
ROUNDS = 15
DAY = timedelta(days=1)
GOAL_MS = 200
SETTINGS = """\
[journal]
path = "journal.db"
[store]
kind = "sqlite"
[sqlite]
path = "readings.db"
[catalogue]
extra = ["sites.toml"]
"""
SITE = """\
[[site]]
id = "s{n}"
medium = "air"
name = {{ zh = "站点{n}", en = "Station {n}" }}
zone = "city"
lon = {lon:.4f}
lat = {lat:.4f}
"""


def prepare(folder: Path) -> Desk:
    """A desk over a catalogue of so many stations, most heard, some silent, some in an event."""
    chance = random.Random(1)
    rows = (SITE.format(n=n, lon=chance.uniform(114, 116), lat=chance.uniform(40, 42)) for n in range(SITES))
    (folder / "sites.toml").write_text("".join(rows), encoding="utf-8")
    file = folder / "liangqu.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    desk = Desk(lambda: settings.read(file), lambda: NOW)
    with desk.journal.transaction() as connection:
        heard = {f"s{n}": NOW - timedelta(minutes=chance.choice((2, 9, 300))) for n in range(SITES)}
        check_state.record_last_seen(connection, heard, NOW)
        newest = [
            NewestAssessment(f"s{n}", "1h", to_ms(NOW), chance.randrange(10, 320), "pm25;pm10", None)
            for n in range(SITES)
        ]
        statistics_state.save_newest(connection, newest)
    _haze(desk)
    return desk


def _haze(desk: Desk) -> None:
    """Six hours in which the means of some stations are far above every limit."""
    engine = AlertEngine(desk.files.rules, NotifyConfig(), page_max_age=timedelta(hours=6))
    engine.load(desk.journal.connection())
    for hour in range(6):
        end = NOW - timedelta(hours=5 - hour)
        means = [
            Statistic(
                f"s{n}", "pm25", "24h", end - DAY, end, 90.0 + hour + n % 9, 24, 24, valid=True, closed=True
            )
            for n in range(IN_EVENTS)
        ]
        with desk.journal.transaction() as connection:
            engine.evaluate(connection, (), means, end)


def measure(title: str, work: Callable[[], object]) -> float:
    """Milliseconds, the median of some rounds; the slowest is shown beside it."""
    spent = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        spent.append((time.perf_counter() - begun) * 1000)
    middle = statistics.median(spent)
    print(f"{title:44} {middle:8.1f} {max(spent):8.1f}")
    return middle


def main() -> None:
    """Print the table; the goal is that of the whole answer."""
    with tempfile.TemporaryDirectory() as name:
        desk = prepare(Path(name))
        app = build_app(desk, Gate())
        with TestClient(app, "http://localhost", headers={"accept": "text/html"}) as client:
            files = desk.files
            limits = files.settings.clock_limits()
            print(f"{'ms, of ' + str(SITES) + ' stations':44} {'median':>8} {'most':>8}")
            measure("events alone", lambda: _read_events(desk))
            measure("reading", lambda: read_status(desk.journal.path, files.reader, limits, 1 << 32, NOW))
            measure("maps", lambda: draw_maps(files.catalogue, "zh"))
            whole = measure("GET /, the first 60 of a medium", lambda: client.get("/").text)
            measure("GET /?all=1, every one", lambda: client.get("/?all=1").text)
            size = len(client.get("/?all=1").text) // 1024
            print(f"goal {GOAL_MS} ms, {whole / GOAL_MS:.2f} of it; with all rows {size} KB")
        desk.close()


def _read_events(desk: Desk) -> None:
    with desk.snapshot() as connection:
        desk.files.reader.read_open(connection, NOW)
