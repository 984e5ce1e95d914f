"""Certificates renewed on disk, authority and all, while clients run: taken at the next connection."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.gateway.certificates import reloading_context
from ingest.mqtt.broker import BrokerAwayError
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.publishing.retained_publisher import RetainedPublisher
from ingest.mqtt.session import Session
from tests.support.authority import Authority
from tests.support.servers import Mosquitto, StartMosquitto, wait_until

pytestmark = pytest.mark.server


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def mosquitto(authority: Authority, start_mosquitto: StartMosquitto) -> Mosquitto:
    return start_mosquitto(authority.listener)


def renewed(mosquitto: Mosquitto, renew: Callable[[], object]) -> None:
    """The broker takes its new ones by a restart."""
    mosquitto.stop()
    renew()
    mosquitto.start()


def test_by_the_session(authority: Authority, mosquitto: Mosquitto) -> None:
    session = Session(
        authority.broker(mosquitto.port), ["liangqu/air/+"], lambda _: None, window=20, expiry=60
    )
    session.start()
    try:
        wait_until(lambda: session.trouble() == "")
        renewed(mosquitto, authority.renew)
        wait_until(lambda: session.counts.connections == 2 and session.trouble() == "")

        renewed(mosquitto, lambda: authority.trusted.write_bytes(b"half a file"))
        wait_until(lambda: f"{authority.trusted}: not a certificate to trust" in session.trouble())
        authority.trusted.write_bytes(authority.ca.read_bytes())
        wait_until(lambda: session.counts.connections == 3 and session.trouble() == "")
    finally:
        session.stop()


def test_the_end_of_the_brokers_is_spoken_of_three_weeks_before(
    authority: Authority, mosquitto: Mosquitto
) -> None:
    mosquitto.stop()
    authority.renew(days=22)
    mosquitto.start()
    clock = [datetime.now(UTC)]
    session = Session(
        authority.broker(mosquitto.port),
        ["liangqu/air/+"],
        lambda _: None,
        window=20,
        expiry=60,
        clock=lambda: clock[0],
    )
    session.start()
    try:
        wait_until(lambda: session.trouble() == "")
        assert session.warnings() == []
        clock[0] += timedelta(days=1, minutes=1)
        (words,) = session.warnings()
        assert words.startswith("the broker's certificate ends at ")
        assert ", in 20 days: renew it" in words

        renewed(mosquitto, lambda: authority.renew(days=90))
        wait_until(lambda: session.counts.connections == 2 and session.trouble() == "")
        assert session.warnings() == []
    finally:
        session.stop()


def test_by_a_publisher_that_waits(authority: Authority, mosquitto: Mosquitto) -> None:
    with Publisher(authority.broker(mosquitto.port)) as publisher:
        publisher.publish("liangqu/air/a", b"1")
        publisher.flush()
        renewed(mosquitto, authority.renew)
        publisher.publish("liangqu/air/a", b"2")

    assert publisher.published == 2


def test_a_file_that_is_no_certificate_is_a_broker_away(authority: Authority, mosquitto: Mosquitto) -> None:
    """What publishes alerts sees it like that too."""
    alerts = RetainedPublisher(authority.broker(mosquitto.port), "alerts")
    alerts.publish([("liangqu/alerts/a/b/c", b"{}")])
    alerts.close()
    authority.key.write_bytes(b"")
    with pytest.raises(BrokerAwayError, match=r"both\.crt: certificate or key"):
        alerts.publish([("liangqu/alerts/a/b/c", b"{}")])
    renewed(mosquitto, authority.renew)
    alerts.publish([("liangqu/alerts/a/b/c", b"{}")])
    alerts.close()


def test_by_the_gateway_towards_its_data_loggers(authority: Authority) -> None:
    """While the two files do not belong together, the last good ones are shown."""

    async def shown(port: int) -> bytes:
        trusting = ssl.create_default_context(cafile=str(authority.ca))
        _, writer = await asyncio.open_connection("localhost", port, ssl=trusting)
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return bytes(certificate)

    async def story() -> list[bytes]:
        context = reloading_context(authority.cert, authority.key)
        server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        seen = [await shown(port)]
        good = authority.key.read_bytes()
        authority.key.write_bytes(b"half")
        seen.append(await shown(port))
        authority.key.write_bytes(good)
        seen.append(await shown(port))
        authority.renew()
        seen.append(await shown(port))
        server.close()
        return seen

    first, half, again, last = asyncio.run(story())
    assert first == half == again != last
