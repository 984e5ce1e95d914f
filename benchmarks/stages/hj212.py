"""HJ 212: frames decoded a second, beside a plain parser that checks nothing; the gateway end to end."""

import asyncio
import contextlib
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from msgspec.structs import replace

from ingest.gateway.counters import FrameCounters
from ingest.gateway.data_logger import DataLogger
from ingest.gateway.limits import GatewayLimits
from ingest.gateway.publisher import GatewayPublisher
from ingest.gateway.server import Gateway
from ingest.gateway.session import GatewayContext
from ingest.gateway.stations import AdmittedStations
from ingest.mqtt.broker import Broker, connect, make_client
from sensors.catalogue.loader import load
from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.hj212.area import parse_area
from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.hj212.frame import Received, build_frame, parse_frame
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.stream import FrameReader
from sensors.decoding.hj212.tolerances import Deviations
from sensors.decoding.types import InputBounds
from sensors.model import Name
from tests.support.servers import Mosquitto

MN = "ZLDSZ20210127"
NOW = datetime(2026, 7, 6, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))
CODES = ("w01001", "w01009", "w01010", "w01014", "w01003", "w21011", "w21001", "w21003", "w01019", "w23002")
FRAMES, LOGGERS, EACH = 20_000, 200, 50


def frame(mn: str, number: int) -> Hj212Frame:
    """A water station's real-time frame, ten factors, 400 bytes on the wire."""
    area = "DataTime=20210301111100;" + ";".join(
        f"{code}-Rtd={7 + i}.{i}3,{code}-Flag=N" for i, code in enumerate(CODES)
    )
    return Hj212Frame(
        qn=f"20210301111100{number:03d}", st="21", cn="2011", pw="123456", mn=mn, flag=9, area=area
    )


def plain(payload: bytes) -> dict[str, float]:
    """What a script of ten lines does: split, convert, trust everything."""
    area = payload.decode().split("CP=&&")[1].split("&&")[0]
    values = {}
    for item in area.split(";"):
        for pair in item.split(","):
            name, value = pair.split("=")
            if name.endswith("-Rtd"):
                values[name.split("-")[0]] = float(value)
    return values


def catalogue() -> Catalogue:
    """What is shipped and this one station."""
    hour = timedelta(hours=1)
    site = Site(id="s", medium="water", name=Name("s", "s"), cycle=hour, late_after=hour, mn=MN)
    return replace(load(), sites={"s": site}, by_mn={MN: "s"})


def per_core(name: str, work: Callable[[], object]) -> None:
    """Best of five rounds in processor time, so that neighbours on the machine do not count."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(FRAMES // 5):
            work()
        best = min(best, (time.process_time() - began) / (FRAMES // 5))
    print(f"{name:<44} {1 / best:>10,.0f} frames/s {best * 1e6:>7.1f} µs")


def decoding() -> None:
    """The codec, step by step, beside the plain parser."""
    payload = build_frame(frame(MN, 1))
    stations, seen = catalogue(), Deviations()
    read = parse_frame(payload)
    area = read.frame.area if isinstance(read, Received) else ""
    reader = FrameReader()
    print(f"frame of {len(payload)} bytes, {len(CODES)} factors, one core")
    per_core("plain split, no checks", lambda: plain(payload))
    per_core("sum", lambda: crc16(payload[6:-6]))
    per_core("out of a stream", lambda: reader.feed(payload))
    per_core("checked frame", lambda: parse_frame(payload))
    per_core("data area", lambda: parse_area(area, seen))
    per_core("frame to readings, all checks", lambda: decode_frame(MN, payload, NOW, stations, BOUNDS))


async def one_logger(port: int, number: int, waits: list[float]) -> None:
    """Sends its frames one after the other, as the standard has it; notes how long each answer took."""
    async with DataLogger("127.0.0.1", port) as logger:
        for index in range(EACH):
            began = time.perf_counter()
            await logger.deliver(frame(f"A110000_{number:04d}", index))
            waits.append(time.perf_counter() - began)


async def all_loggers(port: int, loggers: int) -> None:
    """So many at once, each waiting for its answer; runs in a process of its own."""
    waits: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(one_logger(port, number, waits) for number in range(loggers)))
    took = time.perf_counter() - began
    cuts = statistics.quantiles(waits, n=100)
    print(
        f"{loggers:>4} loggers  {len(waits) / took:>8,.0f} frames/s answered   "
        f"median {cuts[49] * 1e3:>6.1f} ms   p99 {cuts[98] * 1e3:>6.1f} ms",
        flush=True,
    )


async def through_the_gateway(broker: Broker) -> None:
    """The gateway in this process, loggers in another, answered only after the broker's PUBACK."""
    publisher = GatewayPublisher(broker)
    known = [f"A110000_{number:04d}" for number in range(LOGGERS)]
    limits = GatewayLimits(frames_per_second=10_000, burst=10_000)
    shared = GatewayContext(
        stations=AdmittedStations(known, None),
        publisher=publisher,
        counters=FrameCounters(),
        now=lambda: NOW,
        limits=limits,
    )
    gateway = Gateway(shared)
    publisher.start()
    await publisher.until_connected()
    await gateway.start("127.0.0.1", 0)
    for loggers in (1, 20, LOGGERS):
        command = [sys.executable, "-m", "benchmarks.stages.hj212", str(gateway.port), str(loggers)]
        await (await asyncio.create_subprocess_exec(*command)).wait()
    await gateway.stop()
    await publisher.stop()


def main() -> None:
    """Print both tables; wants mosquitto to be installed."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    decoding()
    print("\ngateway, loggers and mosquitto on one machine, a process each")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as ends:
        server = Mosquitto(Path(folder), extra="max_inflight_messages 1000\nset_tcp_nodelay true\n")
        ends.callback(server.kill)
        broker = Broker(port=server.start().port)
        listener = make_client(replace(broker, client_id="listener"))
        listener.on_connect = lambda client, *_: client.subscribe("liangqu/hj212/+", qos=1)
        connect(listener, broker)
        listener.loop_start()
        time.sleep(0.5)
        asyncio.run(through_the_gateway(broker))
        listener.disconnect()
        listener.loop_stop()


if __name__ == "__main__":
    if sys.argv[1:]:
        asyncio.run(all_loggers(int(sys.argv[1]), int(sys.argv[2])))
    else:
        main()
