"""`liangqu gateway`: starts its parts in order and stops them in order at SIGTERM or Ctrl-C."""

import asyncio
import signal
import ssl
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

import structlog
from msgspec import Struct

from ingest.gateway.counters import FrameCounters
from ingest.gateway.limits import GatewayLimits
from ingest.gateway.publisher import GatewayPublisher
from ingest.gateway.server import Gateway
from ingest.gateway.session import GatewayContext
from ingest.gateway.stations import AdmittedStations
from ingest.mqtt.broker import Broker
from liangqu.config.errors import ProblemError
from liangqu.config.listen_address import parse_listen
from liangqu.service import answers, http
from liangqu.service.monitoring.gateway_metrics import gateway_metrics

log = structlog.get_logger()


class GatewayOptions(Struct, frozen=True, kw_only=True):
    """The options of the command line; `listen` and `http` are `host:port`, an empty `http` serves none."""

    broker: Broker
    prefix: str
    stations: AdmittedStations
    listen: str
    http: str
    tls: ssl.SSLContext | None
    tolerated: AbstractSet[str]
    limits: GatewayLimits = GatewayLimits()


async def serve(options: GatewayOptions) -> None:
    """Run until told to stop.

    Raises:
        ProblemError: An address cannot be listened on, or the settings ask for MQTT 3.1.1.
    """
    listen = parse_listen(options.listen)
    counters = FrameCounters()
    try:
        publisher = GatewayPublisher(options.broker)
    except ValueError as error:
        raise ProblemError(f'mqtt.protocol: {error}: the gateway needs protocol = "5"') from None
    context = GatewayContext(
        stations=options.stations,
        publisher=publisher,
        counters=counters,
        now=lambda: datetime.now(UTC),
        prefix=options.prefix,
        limits=options.limits,
        tolerated=options.tolerated,
    )
    gateway = Gateway(context, options.tls)
    stopping = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    pages = _open_pages(options.http, counters, publisher)
    try:
        await gateway.start(listen.host, listen.port)
    except OSError as error:
        raise ProblemError(f"--listen {options.listen}: {error.strerror or error}") from None
    publisher.start()
    log.info("listening", address=listen.host or "all", port=gateway.port, stations=len(options.stations))
    await stopping.wait()
    await gateway.stop()
    await publisher.stop()
    if pages:
        pages.stop()
    log.info("gateway stopped", **counters.totals())


def _open_pages(listen: str, counters: FrameCounters, publisher: GatewayPublisher) -> http.HttpServer | None:
    if not listen:
        return None
    pages = {
        "/readyz": lambda: answers.readiness({"broker": publisher.trouble}),
        "/healthz": answers.health,
        "/metrics": lambda: answers.metrics(gateway_metrics(counters)),
    }
    try:
        server = http.HttpServer(listen, {"/": lambda: answers.index(pages), **pages})
    except (OSError, ValueError) as error:
        raise ProblemError(f"--http {listen}: {getattr(error, 'strerror', None) or error}") from None
    server.start()
    return server
