"""`liangqu check --connect`: what the service would find at the broker and at the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.probe import ProbeResult, probe
from ingest.stores.base import FormerLayoutError, StoreAway
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_store
from liangqu.config.settings import Settings
from liangqu.config.topics import ALERTS, TopicFilters, topic_filters
from sensors.section import parse_size

PACKET_HEAD = 65_536  # bytes: the longest topic
UNNAMED = "_/_/_"  # an alert of no site, no rule and no parameter


def check_connections(settings: Settings) -> Iterator[str]:
    """Connect to both; a line for each finding, with "warning …" in front of what needs attention.

    Raises:
        ProblemError: what would keep the service from its work. Exit code 2 when another listener or account
            has to be set, 1 when nobody answers.
    """
    yield from _broker(settings)
    yield from _store(settings)


def _broker(settings: Settings) -> Iterator[str]:
    broker, expiry = settings.broker(), int(settings.session_expiry().total_seconds())
    topic, filters = f"{settings.mqtt.prefix}/{ALERTS}/{UNNAMED}", topic_filters(settings)
    try:
        found = probe(broker, [*filters.wide, *filters.narrow], topic, expiry=expiry)
    except BrokerAwayError as error:
        raise ProblemError(f"mqtt: {error}", exit_code=1) from None
    problems = [*_problems(found, broker, filters, f"{settings.mqtt.prefix}/{ALERTS}/#")]
    if problems:
        raise ProblemError(*problems)
    yield f"broker      {broker} answers, lets us read and publish, and leaves us our client id"
    if filters.wide[0] in found.refused_filters:
        yield (
            f"warning     {broker} does not let us read {filters.wide[0]}: a station that mistypes its topic"
            " stays unnoticed"
        )
    yield from _size_warning(found, settings)
    if found.expiry is not None and found.expiry < expiry:
        yield (
            f"warning     {broker} keeps a session for {found.expiry} s only, session_expiry asks for"
            f" {expiry}: after a longer absence what was sent meanwhile is lost"
        )


def _size_warning(found: ProbeResult, settings: Settings) -> Iterator[str]:
    """Only the broker can tell a sender that its message is too large; over 3.1.1 it does not tell us."""
    most, largest = parse_size(settings.mqtt.max_payload), found.largest_packet
    if settings.mqtt.protocol == "5" and (largest is None or largest > most + PACKET_HEAD):
        taken = "of any size" if largest is None else f"of up to {largest} bytes"
        yield (
            f"warning     {settings.broker()} takes messages {taken}, mqtt.max_payload is {most}: who sends a"
            f" larger one is not told; set max_packet_size {most + PACKET_HEAD} there (deploy/mosquitto.conf)"
        )


def _problems(found: ProbeResult, broker: Broker, filters: TopicFilters, alerts: str) -> Iterator[str]:
    if found.client_id_replaced:
        yield (
            f"mqtt.port: the listener at {broker} makes user names client ids (use_username_as_clientid),"
            " which is for stations: the service has several connections of one user, which would throw each"
            " other out without end; name a listener without it (docs/guide.md, chapter 6)"
        )
    for name in (each for each in filters.narrow if each in found.refused_filters):
        yield f"mqtt.username: the broker at {broker} does not let {broker.username!r} read {name}"
    if found.publish_refused:
        yield (
            f"mqtt.username: the broker at {broker} does not let {broker.username!r} publish {alerts}:"
            f" {found.publish_refused}"
        )


def _store(settings: Settings) -> Iterator[str]:
    kind, section = settings.store.kind, settings.store_section()
    if not section.is_server:
        return
    store, now = open_store(settings), datetime.now(UTC)
    state = "answers"
    try:
        store.check_layout()
        store.readings("_", "pm25", now - timedelta(seconds=1), now)
    except FormerLayoutError as former:
        raise ProblemError(f"{kind}: {former}") from None
    except StoreAway as away:
        if "not found" not in str(away):
            raise ProblemError(f"{kind}: {away}", exit_code=1) from None
        state = f"answers; {getattr(section, 'database', kind)!r} is not there yet, the service makes it"
    finally:
        store.close()
    yield f"store       {section.location} {state}"
