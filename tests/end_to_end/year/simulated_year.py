"""A year of a service in simulated days: what it was sent, and where each planted fault was found."""

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest.mqtt.publisher import Publisher
from tests.support.authority import Authority
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.servers import Influxd, Mosquitto

DAY = timedelta(days=1)
HOURS = 24
RUBBISH, RUBBISH_SIZE = 120, 250_000  # messages, bytes each
SITE = """\
[[site]]
id = "{id}"
medium = "air"
name = {{ zh = "{id}站", en = "{id} station" }}
cycle = "1h"
"""
BUILT = ("alerts", "dashboards", "ingest", "liangqu", "sensors", "tests/support", "pyproject.toml")
TLS = 'ca_file = "{trusted}"\ncert_file = "{cert}"\nkey_file = "{key}"\n'
NEXT_BUILD = "CREATE TABLE of_the_next_build (id INTEGER PRIMARY KEY) STRICT;\n"


class ClockedService(LiangquRun):
    """A service whose clock stands until it is set, and whose journal is on a disk of its own."""

    journal: Path

    def show(self, now: datetime) -> None:
        """Set its clock."""
        written = self.folder / "now.new"
        written.write_text(str(now.timestamp()), encoding="ascii")
        written.rename(self.folder / "now")

    @property
    def tree(self) -> Path:
        """The build that runs from the next start on."""
        return self._tree

    @tree.setter
    def tree(self, tree: Path) -> None:
        self._tree = tree

    def _journal(self) -> "closing[sqlite3.Connection]":
        return closing(sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True, timeout=10))

    def lines(self) -> str:
        """All that it has written so far."""
        return self.log.read_text("utf-8")

    def _launch(self, *program: str) -> None:
        super()._launch("tests.support.own_clock", str(self.folder / "now"), *program[1:])


class SimulatedYear:
    """The machines of one service, day after day.

    Attributes:
        stations: Which send today.
        sent: How many readings each station has sent; under the id it has now.
        found: What was planted, and the words that told it.
    """

    def __init__(
        self,
        folder: Path,
        disk: Path,
        broker: Mosquitto,
        influxd: Influxd,
        *,
        authority: Authority,
        start: datetime,
    ) -> None:
        self.folder, self.disk = folder, disk
        self.broker, self.influxd, self.authority = broker, influxd, authority
        self.catalogue = folder / "stations.toml"
        self.catalogue.write_text("".join(SITE.format(id=id_) for id_ in ("east", "west")), "utf-8")
        self.today = start
        self.stations = ["east", "west"]
        self.sent: Counter[str] = Counter()
        self.found: dict[str, str] = {}
        self._ballast = disk / "ballast"
        self.service = ClockedService(
            folder,
            broker.port,
            influxdb=influxd.url,
            sites=self.catalogue,
            max_age="",
            mqtt_more=TLS.format(trusted=authority.trusted, cert=authority.cert, key=authority.key),
            more=f'[journal]\npath = "{disk / "journal.db"}"\nreserve = "16MB"\n',
        )

        self.service.journal = disk / "journal.db"

    def begin(self) -> None:
        """Start the service on the first day."""
        self.service.show(self.today)
        self.service.start()

    def live(self, *, settle: bool = True) -> None:
        """A day of readings, an hour each; `settle`: until all of it has found its place."""
        start, self.today = self.today, self.today + DAY
        self.service.show(self.today)
        with Publisher(self.authority.broker(self.broker.port)) as publisher:
            for hour in range(1, HOURS + 1):
                moment = (start + timedelta(hours=hour)).isoformat()
                for id_ in self.stations:
                    body = {"time": moment, "values": {"pm25": 10 + (hour * 7 + self.today.day) % 11}}
                    publisher.publish(f"liangqu/air/{id_}", json.dumps(body).encode())
                    self.sent[id_] += 1
        if settle:
            self.settle()

    def settle(self) -> None:
        """Until all that was sent has found its place."""
        self.service.wait_until_settled(self.sent.total())

    def wait_until_stored(self) -> None:
        """Until every reading ever sent is stored."""
        sent = self.sent.total()
        self.service.wait_until(lambda: self.service.accounts()["stored"] == sent, f"{sent} stored")

    def fill_disk(self) -> None:
        """Leave no room beside the journal."""
        with suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(65536))

    def send_rubbish(self) -> None:
        """More than the pages hold that a journal of half a year has free."""
        with Publisher(self.authority.broker(self.broker.port)) as publisher:
            for _ in range(RUBBISH):
                publisher.publish("liangqu/air/stranger", bytes(RUBBISH_SIZE))

    def free_disk(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink()

    def restore_newest(self) -> dict[str, int]:
        """The accounts of the journal that the newest backup brings back on an empty machine."""
        newest = max((self.folder / "backups").iterdir())
        assert len([*(self.folder / "backups").iterdir()]) == 3
        self.service.command_without_settings("verify", str(newest))
        for file in self.disk.iterdir():
            file.unlink()
        self.influxd.stop()
        for name in ("meta", "data", "wal"):
            shutil.rmtree(self.influxd.folder / name)
        self.influxd.start()
        self.service.command("restore", str(newest))
        return self.service.accounts()

    def close(self) -> None:
        """What is done each night: a backup, of which three stay, and the settings read again."""
        self.service.command(
            "backup", "--into", str(self.folder / "backups"), "--keep", "3", "--keep-months", "0"
        )
        self.service.command("reload")

    def expect(self, planted: str, where: str, words: str, ask: Callable[[], Any]) -> None:
        """The fault is told: `words` stand in what is asked for, within patience."""
        self.service.wait_until(lambda: words in str(ask()), f"{planted}: {words!r} in {where}")
        self.found[planted] = f"{where}: {words}"

    def log_says(self, planted: str, words: str) -> None:
        """The fault is told in the service's log."""
        self.expect(planted, "log", words, self.service.lines)

    def ready_says(self, planted: str, words: str) -> None:
        """The fault is told in /readyz."""
        self.expect(planted, "/readyz", words, self.service.readyz)

    def next_build(self) -> Path:
        """A build whose journal has one table more."""
        tree = self.folder / "next"
        for name in BUILT:
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            copy(ROOT / name, tree / name)
        migrations = tree / "ingest/journal/database/migrations"
        number = 1 + max(int(file.name[:4]) for file in migrations.glob("*.sql"))
        (migrations / f"{number:04}_next.sql").write_text(NEXT_BUILD, "utf-8")
        return tree
