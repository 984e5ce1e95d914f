"""How fast recorded rows are read, and how fast they reach a real mosquitto.

python -m benchmarks.stages.replay
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.importing.csv_rows import rows
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from liangqu.tasks.messages.replay import replay
from sensors.catalogue import loader
from tests.support.servers import Mosquitto

CATALOGUE = loader.load()
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure", "wind_speed")
HOURS = 40_000
MESSAGES = 20_000


def write(folder: Path) -> tuple[Path, Path]:
    """The same 400,000 cells, wide and long."""
    times = [(datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=n)).isoformat() for n in range(HOURS)]
    cells = [[f"{n * (k + 7) % 9973 / 10:.1f}" for k in range(len(PARAMETERS))] for n in range(HOURS)]
    wide, long = folder / "wide.csv", folder / "long.csv"
    with wide.open("w") as out:
        out.write(f"site,time,{','.join(PARAMETERS)}\n")
        out.writelines(f"yanchang,{t},{','.join(row)}\n" for t, row in zip(times, cells, strict=True))
    with long.open("w") as out:
        out.write("site,parameter,time,value\n")
        for t, row in zip(times, cells, strict=True):
            out.writelines(f"yanchang,{p},{t},{v}\n" for p, v in zip(PARAMETERS, row, strict=True))
    return wide, long


def read(file: Path) -> None:
    """Cells a second of processor time."""
    begun = time.process_time()
    count = sum(1 for _ in rows(file, CATALOGUE))
    print(f"read {file.name:<10} {count / (time.process_time() - begun):>9,.0f} cells/s")


def publish(port: int, protocol: str, window: int) -> None:
    """Messages a second acknowledged, a hundred bytes each."""
    payload = (
        b'{"time":"2020-04-02T00:00:00Z","values":{"pm25":31.2,"pm10":54.0,"so2":3.0,"no2":12.0,"co":0.4}}'
    )
    broker = Broker(port=port, protocol="5" if protocol == "5" else "3.1.1")
    with Publisher(broker, window=window) as publisher:
        begun = time.perf_counter()
        for _ in range(MESSAGES):
            publisher.publish("liangqu/air/yanchang", payload)
        publisher.flush()
        took = time.perf_counter() - begun
    print(f"publish MQTT {protocol:<5} window {window:<5} {MESSAGES / took:>9,.0f} messages/s")


def main() -> None:
    """Print one line a measurement."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wide, long = write(folder)
        read(wide)
        read(long)
        server = Mosquitto(folder).start()
        try:
            for protocol in ("5", "3.1.1"):
                for window in (20, 512):
                    publish(server.port, protocol, window)
            begun = time.perf_counter()
            done = replay({"wide.csv": rows(wide, CATALOGUE)}, Broker(port=server.port), CATALOGUE)
            took = time.perf_counter() - begun
            print(f"replay {done.published / took:>9,.0f} messages/s, {done.cells / took:>9,.0f} cells/s")
        finally:
            server.kill()


if __name__ == "__main__":
    main()
