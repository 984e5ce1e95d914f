"""The day after: what waits when something was away for a day, and new messages meanwhile.

Once liangqu was away and the broker holds the day; once the database was, and the journal holds it. A new
message has reached the rules when its site was heard, which is written in one transaction with them.
"""

import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from benchmarks.service.throughput import BROKER, MeasuredService, publish, sites_file
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.servers import Influxd, Mosquitto

MESSAGES = 288_000  # 200 stations, a message a minute, a day
NEW, PER_S = 4_000, 20  # sites that send one new message each, one after the other


class New:
    """New messages, each of a site of its own, while the service catches up; when each reached the rules."""

    def __init__(self, journal: Path, port: int) -> None:
        self._journal = journal
        self._port = port
        self._stop = threading.Event()
        self._sent: list[float] = []
        self._heard: list[float] = []
        self._threads = [threading.Thread(target=self._send), threading.Thread(target=self._look)]

    def __enter__(self) -> Self:
        """Begin to send and to look."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def p99(self) -> float:
        """Seconds from publishing to the rules, for 99 of 100; those not heard yet have waited until now."""
        heard = self._heard + [time.perf_counter()] * (len(self._sent) - len(self._heard))
        waits = sorted(at - sent for sent, at in zip(self._sent, heard, strict=False))
        return waits[int(len(waits) * 0.99)]

    def _send(self) -> None:
        with Publisher(Broker(port=self._port), rate=PER_S) as publisher:
            for number in range(NEW):
                if self._stop.is_set():
                    return
                body = f'{{"time": "{datetime.now(UTC).isoformat()}", "values": {{"pm25": 12.5}}}}'
                self._sent.append(time.perf_counter())
                publisher.publish(f"liangqu/air/new{number}", body.encode())

    def _look(self) -> None:
        with closing(sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True)) as connection:
            while not self._stop.wait(0.02):
                query = "SELECT count(*) FROM heard WHERE site >= 'new' AND site < 'nex'"
                found = connection.execute(query).fetchone()[0]
                self._heard += [time.perf_counter()] * (found - len(self._heard))


def stations(folder: Path) -> Path:
    """Those of the day, and those of the new messages."""
    file = sites_file(folder)
    rows = (
        f'[[site]]\nid = "new{k}"\nmedium = "air"\nname = {{ zh = "new{k}", en = "new{k}" }}\ncycle = "1h"\n'
        for k in range(NEW)
    )
    file.write_text(file.read_text(encoding="utf-8") + "\n" + "\n".join(rows), encoding="utf-8")
    return file


def catch_up(values: int, away: str) -> None:
    """One line of the table; `away` is `liangqu` or `influxd`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        broker, influxd = Mosquitto(folder, BROKER).start(), Influxd(folder).start()
        service = MeasuredService(folder, broker.port, influxd.url, stations(folder))
        try:
            service.run.start()
            service.run.wait_until_subscribed()
            if away == "liangqu":
                service.run.stop()
                publish(broker.port, MESSAGES, values)
            else:
                influxd.stop()
                publish(broker.port, MESSAGES, values)
                service.wait(MESSAGES, stored=False)
            with New(folder / "journal.db", broker.port) as new:
                begun = time.perf_counter()
                if away == "liangqu":
                    service.run.start(ready=False)
                else:
                    influxd.start()
                service.wait_stored(MESSAGES * values)
                took, p99 = time.perf_counter() - begun, new.p99()
        finally:
            service.run.stop()
            influxd.kill()
            broker.kill()
    print(f"| {away} | {values} | {took:.0f} | {MESSAGES * values / took:,.0f} | {p99:.2f} |", flush=True)


def main() -> None:
    """Print the table; wants mosquitto and influxd to be installed."""
    print(f"{MESSAGES:,} messages of 200 stations; seconds from the first start of what was away\n")
    print("| away | readings a message | stored after s | readings/s | new messages reach the rules, p99 s |")
    print("|---|---|---|---|---|")
    for away in ("liangqu", "influxd"):
        for values in (1, 9):
            catch_up(values, away)


if __name__ == "__main__":
    catch_up(int(sys.argv[1]), sys.argv[2]) if sys.argv[1:] else main()
