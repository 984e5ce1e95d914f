"""How long from PUBLISH to the channel's hand-over, and what rules and episodes cost a reading.

python -m benchmarks alerts            both tables; needs mosquitto; everything on this machine's cores
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from alerts.engine import AlertEngine
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from benchmarks.service._load import START
from ingest.journal.file import Journal
from sensors.catalogue import loader
from sensors.model import Checked, Reading
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

SITES = 1000
SECONDS = 20
# As the shipped one. That of the tests saves its queue each second, and hands nothing out meanwhile.
BROKER = """\
autosave_interval 60
max_queued_messages 0
max_inflight_messages 1000
set_tcp_nodelay true
"""
Watched: TypeAlias = Callable[[], AbstractContextManager[object]]
VALUES = {"pm25": 10.0, "pm10": 20.0, "so2": 5.0, "no2": 12.0, "co": 0.5, "o3": 60.0}

NOTIFY = """\
[[channel]]
id = "hook"
webhook = "{url}"
[[route]]
severity = "watch"
to = ["hook"]
[wait]
group = "0s"
"""
RULE = """\
[[rule]]
id = "loud"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "critical", limit = 25 }]
name = { zh = "高", en = "loud" }
"""


def sites_file(folder: Path, number: int) -> Path:
    """So many stations in no zone, each with events of its own; a reading a minute."""
    file = folder / f"sites-{number}.toml"
    rows = (
        f'[[site]]\nid = "s{n:04}"\nmedium = "air"\nname = {{ zh = "站{n}", en = "s{n}" }}\ncycle = "1m"\n'
        for n in range(number)
    )
    file.write_text("\n".join(rows), encoding="utf-8")
    return file


class Arrivals(list[tuple[dict[str, str], bytes]]):
    """What a receiver was posted, and when each began to be handled."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, post: tuple[dict[str, str], bytes]) -> None:
        """Keep one."""
        self.at.append(time.perf_counter())
        super().append(post)

    def by_event(self) -> dict[str, float]:
        """When each was first heard of, by site and time of the reading."""
        found: dict[str, float] = {}
        for at, (_, body) in zip(self.at, self, strict=True):
            for event in json.loads(body)["events"]:
                moment = datetime.fromisoformat(event["time"]).timestamp()
                found.setdefault(f"{event['site']} {moment}", at)
        return found


class Latencies(Struct, frozen=True):
    """The ways of a run's events from PUBLISH to the webhook, ms, in the order of their publishing."""

    ways: list[float]

    def percentile(self, share: float) -> float:
        """Of all of them."""
        return sorted(self.ways)[int(len(self.ways) * share)]


def latency(
    rate: int, settings: str = "", watched: Watched = nullcontext, *, echo: bool = False, tree: Path = ROOT
) -> Latencies:
    """How long events take, at `rate` messages a second.

    Args:
        rate: Messages a second.
        settings: Added to the service's.
        watched: Around all that is sent.
        echo: Measure what the machine itself costs: the service has nothing to do, see `_echo`.
        tree: Sources of the service that is measured.
    """
    with tempfile.TemporaryDirectory() as name, HttpReceiver() as hook, ExitStack() as stack:
        folder, arrivals = Path(name), Arrivals()
        hook.posts = arrivals
        broker = started(folder / "broker", stack)
        (folder / "notify.toml").write_text(NOTIFY.format(url=hook.url), encoding="utf-8")
        (folder / "rules.toml").write_text(RULE, encoding="utf-8")
        files = f'notify_file = "{folder / "notify.toml"}"\nrules = ["{folder / "rules.toml"}"]\n'
        more = f'[alerts]\npage_max_age = "none"\n{files}{settings}'
        port = started(folder / "idle", stack) if echo else broker
        service = LiangquRun(folder, port, sites=sites_file(folder, SITES), more=more, tree=tree).start()
        stack.callback(service.stop)
        if echo:
            stack.enter_context(echoing(broker, hook.url))
        with watched():
            load = [sys.executable, "-m", "benchmarks.service._load"]
            figures = [str(number) for number in (broker, rate, SECONDS, SITES)]
            done = subprocess.run([*load, *figures], cwd=ROOT, capture_output=True, check=True)
            if not echo:
                service.wait_until_settled(rate * SECONDS)
        time.sleep(1)
    sent, arrived = json.loads(done.stdout), arrivals.by_event()
    return Latencies([1000 * (arrived[key] - at) for key, at in sent.items() if key in arrived])


def started(folder: Path, stack: ExitStack) -> int:
    """A broker until the stack ends; its port."""
    folder.mkdir()
    broker = Mosquitto(folder, BROKER).start()
    stack.callback(broker.stop)
    return broker.port


@contextmanager
def echoing(port: int, url: str) -> Iterator[None]:
    """What only echoes runs beside."""
    command = [sys.executable, "-m", "benchmarks.service._echo", str(port), url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        if process.stdout is not None:
            process.stdout.readline()  # it has subscribed
        try:
            yield
        finally:
            process.kill()


def cost(number: int, share: float) -> float:
    """Microseconds a reading in `AlertEngine.evaluate`; `share` of the messages is beyond a limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        catalogue = loader.load([sites_file(folder, number)])
        alerting = AlertEngine(
            RuleIndex(definition.load(catalogue), catalogue), NotifyConfig(), page_max_age=None
        )
        journal = Journal(folder / "journal.db")
        alerting.load(journal.connection())
        batches = [batch(number, turn, share) for turn in range(20)]
        with journal.transaction() as connection:
            alerting.evaluate(connection, batch(number, -1, 0), (), START)
        begun = time.perf_counter()
        for each in batches:
            with journal.transaction() as connection:
                alerting.evaluate(connection, each, (), START)
        took = time.perf_counter() - begun
        journal.close()
    return 1e6 * took / sum(map(len, batches))


def batch(number: int, turn: int, share: float) -> list[Checked]:
    """A thousand messages' worth of readings, site after site."""
    made = []
    for n in range(1000):
        moment = START + timedelta(minutes=(turn + 1) * 1000 // number + n // number)
        for parameter, value in VALUES.items():
            high = parameter == "pm25" and share and n % round(1 / share) == 0
            reading = Reading(
                f"s{n % number:04}", parameter, "rtd", moment, 40.0 if high else value, "N", moment
            )
            made.append(Checked(reading))
    return made


def main() -> None:
    """Print both tables."""
    print("sites   µs a reading, nothing exceeded   1 in 100 messages exceeded")
    for number in (10, 100, 1000):
        print(f"{number:5}   {cost(number, 0):30.2f}   {cost(number, 0.01):26.2f}")
    print("messages/s of one reading   events   p50 ms   p99 ms")
    for rate in (200, 2000):
        found = latency(rate)
        half, most = found.percentile(0.5), found.percentile(0.99)
        print(f"{rate:25}   {len(found.ways):6}   {half:6.1f}   {most:6.1f}")


if __name__ == "__main__":
    main()
