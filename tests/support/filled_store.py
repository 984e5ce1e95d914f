"""A real InfluxDB as a deployment has it: 400 days of simulated past, recomputed, and live hours on top."""

import csv
import json
import re
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from tests.deploy.deployment import DeploymentClient
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.scale import FULL
from tests.support.servers import Influxd, Mosquitto

HISTORY = "400d"
RECENT = "45d"  # what boards of days and weeks look at; in CI only a few items reach back further

# Two stations and two sections of the catalogue, and a quick station that has only the live hour.
SITE = """
[[site]]
id = "{id}"
medium = "{medium}"
name = {{ zh = "{zh}", en = "{en}" }}
{belongs}
cycle = "{cycle}"
lon = 115.29
lat = 40.98
parameters = {parameters}
"""
WIND = ["wind_speed", "wind_dir", "air_temp", "humidity", "pressure", "rain"]
AIR = ["pm25", "pm10", "so2", "no2", "co", "o3", *WIND]
WATER = ["codmn", "nh3n", "tp", "do", "ph", "water_temp", "conductivity", "turbidity", "tn", "flow"]
SITES = (
    (
        "chongli-qingshaonian",
        "air",
        "崇礼青少年活动中心",
        "Chongli Youth Centre",
        'zone = "competition"',
        "1h",
        AIR,
    ),
    ("renmin-gongyuan", "air", "人民公园", "Renmin Park", 'zone = "city"', "1h", AIR[:6]),
    ("quick", "air", "快站", "Quick", 'zone = "competition"', "5m", AIR[:1]),
    ("houcheng", "water", "后城", "Houcheng", 'river = "baihe"', "4h", WATER),
    ("bahaoqiao", "water", "八号桥", "Bahaoqiao", 'river = "yongding"', "4h", WATER[:3]),
)
OF_THE_PAST = "chongli-qingshaonian,renmin-gongyuan,houcheng,bahaoqiao"

# An event that is over within the test: of one sensor that fails a check once; a simulated one may end on it.
FAILING = """
[[rule]]
id = "sensor-failing"
category = "equipment"
statistic = "check"
sites = ["quick"]
checks = ["range"]
levels = [{ severity = "watch", limit = 0 }]
name = { zh = "读数未通过检查", en = "Readings fail the checks" }
"""
RECOVERY = '[wait]\nrecovery = "1s"\n'

VARIABLES = {"site": "chongli-qingshaonian", "section": "houcheng"}

READER = "reader"
EXPORTS = {
    "readings": ("chongli-qingshaonian",),
    "24h": ("chongli-qingshaonian", "--statistic", "24h"),
    "day": ("houcheng", "--statistic", "day"),
    "days of air": ("chongli-qingshaonian", "--statistic", "day"),
}
"""What the boards' answers are compared with."""

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 365 * 86_400}
_POINTS = 1000  # about as many as a panel has pixels

Row = dict[str, Any]


class Panel(Struct, frozen=True):
    """One query of one panel, as Grafana would send it at `now`."""

    board: str
    title: str
    ref: str
    statement: str
    since: str
    columns: tuple[str, ...]
    may_be_empty: bool = False

    def filled_in(self, now_ms: int, *, points: int = _POINTS, **variables: str) -> str:
        """The statement with Grafana's and the board's variables replaced; `variables` before `VARIABLES`."""
        span = reach_ms(self.since)
        text = self.statement.replace("$timeFilter", f"time >= {now_ms - span}ms and time <= {now_ms}ms")
        text = text.replace("${__to}", str(now_ms)).replace(
            "$__interval", f"{max(30, span // 1000 // points)}s"
        )
        for name, value in (VARIABLES | variables).items():
            text = text.replace(f"${{{name}:raw}}", value)
        assert "$" not in re.sub(r"\)\$/", "", text), text
        return text


def reach_ms(since: str) -> int:
    """How far back `now-7d` or `400d` reaches, in milliseconds."""
    number, unit = re.fullmatch(r"(?:now-)?(\d+)([smhdy])", since).groups()  # type: ignore[union-attr]
    return int(number) * _SECONDS[unit] * 1000


def panels(name: str, board: dict[str, Any]) -> list[Panel]:
    """Every query of a board's panels and annotations; of a table the columns that it shows."""
    found = [
        Panel(name, panel["title"], target["refId"], target["query"],
              panel.get("timeFrom") or board["time"]["from"], _columns(panel, target["query"]),
              panel["fieldConfig"]["defaults"].get("noValue") == "0")
        for panel in board["panels"]
        for target in panel.get("targets", ())
    ]  # fmt: skip
    marks = [annotation["target"] for annotation in board["annotations"]["list"]]
    return found + [
        Panel(name, "annotations", target["refId"], target["query"], "90d",
              (target["textColumn"], *target["tagsColumn"].split(",")), ":raw}" in target["query"])
        for target in marks
    ]  # fmt: skip


def _columns(panel: dict[str, Any], statement: str) -> tuple[str, ...]:
    if panel["type"] == "geomap":
        return "lon", "lat", "ink", "level" if '"aqi"' in statement else "class"
    if panel["type"] != "table":
        return ()
    (organised,) = (t["options"] for t in panel["transformations"] if t["id"] == "organize")
    return tuple(name for name in organised["indexByName"] if name not in organised["excludeByName"])


def is_settled(service: LiangquRun) -> bool:
    """Whether everything that came has been worked on, recomputed and stored."""
    journal = sqlite3.connect(service.folder / "journal.db", timeout=10)
    try:
        left = [
            journal.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("inbox", "recompute", "outgoing")
        ]
    finally:
        journal.close()
    return not any(left)


class FilledStore:
    """The servers and the service; its database can be asked after the service has ended."""

    def __init__(self, folder: Path) -> None:
        for name in ("influxd", "mosquitto", "liangqu"):
            (folder / name).mkdir()
        self.influxd = Influxd(folder / "influxd").start()
        self.mosquitto = Mosquitto(folder / "mosquitto").start()
        self.exported: dict[str, list[Row]] = {}
        self._asks_as: dict[str, str] = {}
        self._sites = folder / "sites.toml"
        self._write_sites(len(AIR))
        rules, notify = folder / "rules.toml", folder / "notify.toml"
        rules.write_text(FAILING, encoding="utf-8")
        notify.write_text(RECOVERY, encoding="utf-8")
        files = f'rules = ["{rules}"]\nnotify_file = "{notify}"\n'
        self.service = LiangquRun(
            folder / "liangqu", self.mosquitto.port, influxdb=self.influxd.url, sites=self._sites,
            more=f'[alerts]\npage_max_age = "none"\n{files}',
        )  # fmt: skip

    def fill(self) -> None:
        """The past into the store beside the running service, what it left to recompute, and a live hour."""
        if not FULL:
            self._write_sites(1)
            self._simulate("--history", HISTORY, "--sites", OF_THE_PAST)
            self._write_sites(len(AIR))
        self.service.start()
        self._simulate("--history", HISTORY if FULL else RECENT, "--sites", OF_THE_PAST)
        self._simulate("--speed", "14400", "--since", "8h", "--for", "2s", "--sites", f"{OF_THE_PAST},quick")
        self.service.wait_until(
            lambda: is_settled(self.service), "everything recomputed and stored", patience=600
        )
        self._alert()
        self._spoil()
        self.service.stop()  # a service that starts says at once how the sites are
        self.service.start()
        heard = "SELECT count(state) FROM (SELECT last(state) AS state FROM site_state GROUP BY site)"
        for statement, least, what in (
            (f"{heard} WHERE state = 'heard'", 5, "five sites heard"),
            ("SELECT count(messages_received) FROM operation", 2, "two half minutes of operation"),
        ):
            self.service.wait_until(lambda: self._counted(statement) >= least, what)  # noqa: B023 - called at once
        self.service.stop()
        self.exported = {name: self._export(*words) for name, words in EXPORTS.items()}
        self._only_read()

    def _export(self, *words: str) -> list[Row]:
        """What `liangqu export` says of a week, as rows."""
        now = datetime.now(UTC)
        since, until = now - timedelta(days=7), now + timedelta(days=1)
        answer = self.service.command(
            "export", *words, "--from", since.isoformat(), "--to", until.isoformat()
        )
        return [*csv.DictReader(answer.splitlines())]

    def _only_read(self) -> None:
        """From here on the database asks who it is, and whoever asks through `ask` may only read."""
        for statement in (
            "CREATE USER admin WITH PASSWORD 'admin' WITH ALL PRIVILEGES",
            f"CREATE USER {READER} WITH PASSWORD '{READER}'",
            f"GRANT READ ON liangqu TO {READER}",
        ):
            self.ask(statement)
        self.influxd.stop()
        config = self.influxd.folder / "influxd.conf"
        config.write_text(f"{config.read_text('utf-8')}\nauth-enabled = true\n", "utf-8")
        self.influxd.start()
        self._asks_as = {"u": READER, "p": READER}

    def _counted(self, statement: str) -> int:
        return sum(row["count"] for row in self.ask(statement))

    def _simulate(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "-m", "liangqu", "simulate", *words, "-c", str(self.service.settings)],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip

    def _write_sites(self, most: int) -> None:
        """The catalogue, with at most so many parameters a site."""
        names = ("id", "medium", "zh", "en", "belongs", "cycle")
        texts = [
            SITE.format(**dict(zip(names, row[:-1], strict=True)), parameters=row[-1][:most]) for row in SITES
        ]
        self._sites.write_text("".join(texts), encoding="utf-8")

    def _alert(self) -> None:
        """A reading above the target's value, called out by the service, and somebody who takes it on.

        Ahead of it one that fails a check: that event is over.
        """
        station = DeploymentClient(self.mosquitto.port)
        now = datetime.now(UTC)
        for ago, value in ((1, 99_999), (0, 300)):  # of one millisecond the second would be a revision
            stamp = (now - timedelta(seconds=ago)).isoformat(timespec="milliseconds")
            sent = {"time": stamp, "values": {"pm25": value}}
            station.publish("liangqu/air/quick", json.dumps(sent))
        station.stop()
        of = "site = 'quick' AND rule = 'pm25-reading'"
        newest = f"SELECT last(state) AS state, episode FROM alert WHERE {of} GROUP BY episode"
        open_ = f"SELECT state, episode FROM ({newest}) WHERE state = 'firing'"
        self.service.wait_until(lambda: bool(self.ask(open_)), "an alert")
        episode = str(self.ask(open_)[0]["episode"])
        self.service.command("alerts", "ack", episode, "--by", "Li")
        self.service.wait_until(
            lambda: self._counted("SELECT count(state) FROM alert WHERE state = 'acknowledged'") > 0,
            "somebody on it",
        )
        over = "SELECT count(ended) FROM event WHERE cause = 'sensor'"
        self.service.wait_until(lambda: self._counted(over) > 0, "an event that is over")

    def _spoil(self) -> None:
        """A section far beyond its target, with its flow; at a station wind from everywhere, and a calm."""
        station, now = DeploymentClient(self.mosquitto.port), datetime.now(UTC)
        for n in range(8):  # of a week's simulated wind a direction may be missing
            stamp = (now - timedelta(minutes=15 * (n + 1))).isoformat(timespec="milliseconds")
            wind = {"pm25": 20, "wind_speed": 2.0, "wind_dir": 45 * n}
            body = json.dumps({"time": stamp, "values": wind})
            station.publish("liangqu/air/chongli-qingshaonian", body)
        bad = {"codmn": 4.6, "nh3n": 1.62, "tp": 0.14, "do": 9.1, "ph": 8.1, "flow": 3.4}
        for minutes in (45, 30, 15, 0):
            stamp = (now - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
            station.publish("liangqu/water/houcheng", json.dumps({"time": stamp, "values": bad}))
        calm = {
            "time": now.isoformat(timespec="milliseconds"),
            "values": {"pm25": 20, "wind_speed": 0.2, "rain": 4.5},
        }
        station.publish("liangqu/air/chongli-qingshaonian", json.dumps(calm))
        station.stop()
        class_ = "SELECT count(state) FROM alert WHERE site = 'houcheng' AND category = 'exceedance'"
        self.service.wait_until(lambda: self._counted(class_) > 0, "a section beyond its target")

    def ask(self, statement: str) -> list[Row]:
        """The rows of the answer, tags among their columns.

        Raises:
            AssertionError: the database finds fault with it.
        """
        body = urllib.parse.urlencode({"q": statement, "db": "liangqu", "epoch": "ms"}).encode()
        url = f"{self.influxd.url}/query?{urllib.parse.urlencode(self._asks_as)}"
        with urllib.request.urlopen(url, data=body, timeout=60) as answer:
            (result,) = json.load(answer)["results"]
        assert "error" not in result, f"{statement}: {result['error']}"
        return [
            series.get("tags", {}) | dict(zip(series["columns"], row, strict=True))
            for series in result.get("series", ())
            for row in series["values"]
        ]

    def stop(self) -> None:
        """End everything."""
        self.service.kill()
        self.mosquitto.kill()
        self.influxd.kill()


def now_ms() -> int:
    """The moment a board is looked at."""
    return int(time.time() * 1000)
