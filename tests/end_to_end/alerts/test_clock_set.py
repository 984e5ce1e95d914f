"""The machine's clock is set while the service runs, or between two runs: the alarm of silence goes out."""

import json
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.end_to_end.alerts.test_notification import OFF
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

SITE = """\
[[site]]
id = "probe"
medium = "water"
name = { zh = "测", en = "Probe" }
river = "baihe"
waterbody = "river"
cycle = "4s"
late_after = "4s"
"""
AHEAD_S = [
    pytest.param(3600, id="an hour"),
    pytest.param(20 * 365 * 86400, id="20 years"),
]


class ClockedRun(LiangquRun):
    """A service whose wall clock is set by hand."""

    def __init__(self, folder: Path, broker: Mosquitto, **options: Any) -> None:
        super().__init__(folder, broker.port, **options)
        self.broker = Broker(port=broker.port)

    def set_ahead(self, seconds: float) -> None:
        """Set its clock; it notices at its next look."""
        written = self.folder / "ahead.new"
        written.write_text(str(seconds), encoding="ascii")
        written.rename(self.folder / "ahead")

    def start(self, *, ready: bool = True, waits: bool = False) -> Self:
        assert (ready, waits) == (True, False)
        self._launch("tests.support.shifted_clock", str(self.folder / "ahead"))
        self.wait_until(lambda: self._get("/readyz")[0] in {200, 503}, "answering")
        self.wait_until_subscribed()
        return self

    def hear(self) -> None:
        """A message of the station, and its place in the journal."""
        before = self.metrics()["liangqu_messages_processed_total"]
        with Publisher(self.broker) as publisher:
            reading = {"time": datetime.now(UTC).isoformat(), "values": {"ph": 7.5}}
            publisher.publish("liangqu/water/probe", json.dumps(reading).encode())
        self.wait_until(lambda: self.metrics()["liangqu_messages_processed_total"] > before, "worked on")

    def firing(self) -> list[dict[str, Any]]:
        """What `alerts list` shows."""
        found: list[dict[str, Any]] = json.loads(self.command("alerts", "list", "--episodes", "--json"))
        return found

    def wait_until_silent(self) -> None:
        self.wait_until(lambda: [e["rule"] for e in self.firing()] == ["station-silent"], "silent", 30)


@pytest.fixture
def beats() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def service(tmp_path: Path, broker: Mosquitto, beats: HttpReceiver) -> Iterator[ClockedRun]:
    (tmp_path / "sites.toml").write_text(SITE, encoding="utf-8")
    shipped = tomllib.loads((ROOT / "alerts" / "rules" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    others = (OFF.format(id=row["id"]) for row in shipped if row["id"] != "station-silent")
    (tmp_path / "rules.toml").write_text("".join(others), encoding="utf-8")
    (tmp_path / "notify.toml").write_text(f'[heartbeat]\nurl = "{beats.url}"\nevery = "1s"\n', "utf-8")
    run = ClockedRun(
        tmp_path, broker, sites=tmp_path / "sites.toml",
        more='[alerts]\nrules = ["rules.toml"]\nnotify_file = "notify.toml"\n',
    )  # fmt: skip
    yield run
    run.kill()


@pytest.mark.server
@pytest.mark.parametrize("ahead", AHEAD_S)
class TestSilence:
    def test_ahead_for_a_moment_and_back(
        self, ahead: float, service: ClockedRun, beats: HttpReceiver
    ) -> None:
        service.set_ahead(0)
        service.start()
        service.hear()
        service.set_ahead(ahead)
        service.hear()
        service.set_ahead(0)

        service.wait_until_silent()

        (warning,) = [words for words in service.readyz()["warnings"] if "clock was set" in words]
        assert warning.startswith("the clock was set back by ")
        assert '"clock set"' in service.log.read_text(encoding="utf-8")
        heard = len(beats.posts)
        service.wait_until(lambda: len(beats.posts) > heard, "a heartbeat")

    def test_ahead_at_the_start_and_set_back_while_it_is_down(
        self, ahead: float, service: ClockedRun
    ) -> None:
        service.set_ahead(ahead)
        service.start()
        service.hear()
        assert service.stop() == 0
        service.set_ahead(0)
        service.start()

        service.wait_until_silent()
        service.hear()

        # A command may take longer to start than the four seconds after which the station is silent again.
        service.wait_until(lambda: '"event over"' in service.log.read_text(encoding="utf-8"), "over", 30)
