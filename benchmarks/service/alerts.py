"""How long from PUBLISH to the channel's hand-over, and what rules and episodes cost a reading.

python -m benchmarks alerts            both tables; needs mosquitto; everything on this machine's cores
"""

import json
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alerts.engine import AlertEngine
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from sensors.catalogue import loader
from sensors.model import Checked, Reading
from tests.support.liangqu_process import LiangquRun
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

SITES = 1000
SECONDS = 20
ONE_IN = 100  # a message in so many is beyond the limit; the first of a site begins an event
START = datetime(2026, 3, 1, tzinfo=UTC)
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


def latency(
    rate: int, settings: str = "", watched: Callable[[], AbstractContextManager[object]] = nullcontext
) -> tuple[int, float, float]:
    """How many events were handed over, and the p50 and p99 of their way, in ms.

    `settings` are added to the service's; `watched` is around all that is sent.
    """
    with tempfile.TemporaryDirectory() as name, HttpReceiver() as hook:
        folder = Path(name)
        broker = Mosquitto(folder, "max_queued_messages 0\nmax_inflight_messages 1000\n").start()
        (folder / "notify.toml").write_text(NOTIFY.format(url=hook.url), encoding="utf-8")
        (folder / "rules.toml").write_text(RULE, encoding="utf-8")
        files = f'notify_file = "{folder / "notify.toml"}"\nrules = ["{folder / "rules.toml"}"]\n'
        more = f'[alerts]\npage_max_age = "none"\n{files}{settings}'
        service = LiangquRun(folder, broker.port, sites=sites_file(folder, SITES), more=more).start()
        stop = threading.Event()
        arrived: list[tuple[str, float]] = []
        watching = threading.Thread(target=watch, args=(hook, arrived, stop))
        watching.start()
        with watched():
            sent = publish(broker.port, rate)
            service.wait_until_settled(rate * SECONDS)
        time.sleep(1)
        stop.set()
        watching.join()
        service.stop()
        broker.stop()
    took = sorted(1000 * (at - sent[key]) for key, at in arrived if key in sent)
    return len(took), took[len(took) // 2], took[int(len(took) * 0.99)]


def publish(port: int, rate: int) -> dict[str, float]:
    """Publish at a steady rate; when the first message of each site beyond the limit was published."""
    sent: dict[str, float] = {}
    begun: set[str] = set()
    with Publisher(Broker(port=port), rate=rate) as publisher:
        for number in range(rate * SECONDS):
            site, turn = f"s{number % SITES:04}", number // SITES
            moment = START + timedelta(minutes=turn)
            high = (number % SITES * 7 + turn * 13) % ONE_IN == 0
            body = json.dumps(
                {"time": moment.isoformat(), "values": {"pm25": 40.0 if high else 10.0}}
            ).encode()
            if high and site not in begun:
                begun.add(site)
                sent[f"{site} {moment.timestamp()}"] = time.perf_counter()
            publisher.publish(f"liangqu/air/{site}", body)
    return sent


def watch(hook: HttpReceiver, arrived: list[tuple[str, float]], stop: threading.Event) -> None:
    """Note when each event has come, to a millisecond."""
    seen = 0
    while not stop.is_set():
        while seen < len(hook.posts):
            now = time.perf_counter()
            for event in json.loads(hook.posts[seen][1])["events"]:
                moment = datetime.fromisoformat(event["time"]).timestamp()
                arrived.append((f"{event['site']} {moment}", now))
            seen += 1
        time.sleep(0.001)


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
        events, half, most = latency(rate)
        print(f"{rate:25}   {events:6}   {half:6.1f}   {most:6.1f}")


if __name__ == "__main__":
    main()
