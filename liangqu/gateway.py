"""`liangqu gateway`: its parts started in order, until SIGTERM or Ctrl-C, stopped in order."""

import asyncio
import signal
import ssl
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

import structlog
from msgspec import Struct

from ingest.gateway.limits import Limits
from ingest.gateway.server import Gateway
from ingest.gateway.session import Shared
from ingest.gateway.stations import Stations
from ingest.gateway.tally import Tally
from ingest.gateway.uplink import Uplink
from ingest.mqtt.broker import Broker
from liangqu import gateway_metrics, http
from liangqu.errors import ProblemError
from liangqu.listen import parse_listen

log = structlog.get_logger()


class GatewayOptions(Struct, frozen=True, kw_only=True):
    """What the command line asks for; `listen` and `http` are `host:port`, an empty `http` serves none."""

    broker: Broker
    prefix: str
    stations: Stations
    listen: str
    http: str
    tls: ssl.SSLContext | None
    tolerated: AbstractSet[str]
    limits: Limits = Limits()


async def serve(options: GatewayOptions) -> None:
    """Run until told to stop.

    Raises:
        ProblemError: An address cannot be listened on, or the settings ask for MQTT 3.1.1.
    """
    listen = parse_listen(options.listen)
    tally = Tally()
    try:
        uplink = Uplink(options.broker)
    except ValueError as error:
        raise ProblemError(f'mqtt.protocol: {error}: the gateway needs protocol = "5"') from None
    shared = Shared(
        stations=options.stations,
        uplink=uplink,
        tally=tally,
        now=lambda: datetime.now(UTC),
        prefix=options.prefix,
        limits=options.limits,
        tolerated=options.tolerated,
    )
    gateway = Gateway(shared, options.tls)
    over = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, over.set)
    pages = _open_pages(options.http, tally, uplink)
    try:
        await gateway.start(listen.host, listen.port)
    except OSError as error:
        raise ProblemError(f"--listen {options.listen}: {error.strerror or error}") from None
    uplink.start()
    log.info("listening", address=listen.host or "all", port=gateway.port, stations=len(options.stations))
    await over.wait()
    await gateway.stop()
    await uplink.stop()
    if pages:
        pages.stop()
    log.info("stopped", **tally.totals())


def _open_pages(listen: str, tally: Tally, uplink: Uplink) -> http.HttpServer | None:
    if not listen:
        return None
    try:
        server = http.HttpServer(
            listen,
            {
                "/healthz": http.health,
                "/readyz": lambda: http.readiness({"broker": uplink.trouble}),
                "/metrics": lambda: (
                    200,
                    "text/plain; version=0.0.4; charset=utf-8",
                    gateway_metrics.exposition(tally),
                ),
            },
        )
    except (OSError, ValueError) as error:
        raise ProblemError(f"--http {listen}: {getattr(error, 'strerror', None) or error}") from None
    server.start()
    return server
