"""`liangqu check --connect`: what the service would find at the broker, the store and the channels."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import Struct

from alerts.notify.channels import ChannelError, RefusedError
from alerts.notify.channels.row import mask_address
from alerts.notify.config import NotifyConfig
from alerts.notify.sending.reach import reach, reach_url
from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.probe import ProbeResult, at_node, nodes_apart, probe
from ingest.stores.base import FormerLayoutError, StoreAway, StoreOnServers
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_store
from liangqu.config.settings import Settings
from liangqu.config.topics import TopicFilters, topic_filters
from sensors.section import parse_size

PACKET_HEAD = 65_536  # bytes: the longest topic
_TEST = "`liangqu alerts test` sends a message there"


class ConnectionFinding(Struct, frozen=True):
    """What was found at a peer.

    `kind`: it `answers`; there is a `doubt` about it; a `mistake` keeps the service from its work until
    another listener or account is set; or it is `away` now.
    """

    kind: Literal["answers", "doubt", "mistake", "away"]
    text: str


def try_connections(settings: Settings, notify: NotifyConfig | None) -> Iterator[ConnectionFinding]:
    """Connect to broker, store, channels and heartbeat; each is tried whatever became of the others."""
    yield from _broker(settings)
    yield from _store(settings)
    if notify is not None:
        yield from _channels(notify)


def _broker(settings: Settings) -> Iterator[ConnectionFinding]:
    """Each node by itself, then whether they are one broker."""
    try:
        broker = settings.broker()
    except ProblemError:
        return  # a secret that cannot be read has been named
    well = []
    for node in broker.nodes:
        found = [*_node(settings, at_node(broker, node))]
        yield from found
        well += [node] if any(each.kind == "answers" for each in found) else []
    if not well[1:]:
        return
    try:
        apart = nodes_apart(broker, well, expiry=int(settings.session_expiry().total_seconds()))
    except BrokerAwayError as error:
        yield ConnectionFinding("away", f"mqtt: {error}")
        return
    for node in apart:
        yield ConnectionFinding(
            "mistake",
            f"mqtt.hosts: {node} does not have the session that {well[0]} keeps: they are not nodes of one"
            " cluster; what a session keeps would be lost at each change of the node",
        )


def _node(settings: Settings, broker: Broker) -> Iterator[ConnectionFinding]:
    filters = topic_filters(settings)
    expiry = int(settings.session_expiry().total_seconds())
    try:
        found = probe(broker, filters.wide, filters.instead, filters.tried, expiry=expiry)
    except BrokerAwayError as error:
        yield ConnectionFinding("away", f"mqtt: {error}")
        return
    problems = [*_problems(found, broker, filters)]
    if problems:
        yield from (ConnectionFinding("mistake", problem) for problem in problems)
        return
    words = "answers, lets us read and publish, and leaves us our client id"
    yield ConnectionFinding("answers", f"broker      {broker} {words}")
    yield from (ConnectionFinding("doubt", doubt) for doubt in _doubts(found, broker, filters, settings))


def _doubts(found: ProbeResult, broker: Broker, filters: TopicFilters, settings: Settings) -> Iterator[str]:
    expiry = int(settings.session_expiry().total_seconds())
    for wide in (each for each in filters.instead if each in found.refused_filters):
        yield f"{broker} does not let us read {wide}: a station that mistypes its topic stays unnoticed"
    yield from _size_doubt(found, broker, settings)
    if found.expiry is not None and found.expiry < expiry:
        yield (
            f"{broker} keeps a session for {found.expiry} s only, session_expiry asks for"
            f" {expiry}: after a longer absence what was sent meanwhile is lost"
        )


def _size_doubt(found: ProbeResult, broker: Broker, settings: Settings) -> Iterator[str]:
    """Only the broker can tell a sender that its message is too large; over 3.1.1 it does not tell us."""
    most, largest = parse_size(settings.mqtt.max_payload), found.largest_packet
    if settings.mqtt.protocol == "5" and (largest is None or largest > most + PACKET_HEAD):
        taken = "of any size" if largest is None else f"of up to {largest} bytes"
        yield (
            f"{broker} takes messages {taken}, mqtt.max_payload is {most}: who sends a"
            f" larger one is not told; set max_packet_size {most + PACKET_HEAD} there (deploy/mosquitto.conf)"
        )


def _problems(found: ProbeResult, broker: Broker, filters: TopicFilters) -> Iterator[str]:
    if found.client_id_replaced:
        yield (
            f"mqtt.port: the listener at {broker} makes user names client ids (use_username_as_clientid),"
            " which is for stations: the service has several connections of one user, which would throw each"
            " other out without end; name a listener without it (docs/guide.md, chapter 6)"
        )
    for name in (each for each in filters.narrow if each in found.refused_filters):
        yield f"mqtt.username: the broker at {broker} does not let {broker.username!r} read {name}"
    for topic, why in found.refused_topics:
        below = f"{topic.partition('/_')[0]}/#"
        yield (
            f"mqtt.username: the broker at {broker} does not let {broker.username!r} publish {below}: {why}"
        )


def _store(settings: Settings) -> Iterator[ConnectionFinding]:
    kind, section = settings.store.kind, settings.store_section()
    if not section.is_server:
        return
    try:
        store = open_store(settings)
    except ProblemError:
        return  # named before
    now, state = datetime.now(UTC), "answers"
    doubts: Sequence[str] = ()
    try:
        store.check_layout()
        store.readings("_", "pm25", now - timedelta(seconds=1), now)
        doubts = store.doubts() if isinstance(store, StoreOnServers) else ()
    except FormerLayoutError as former:
        yield ConnectionFinding("mistake", f"{kind}: {former}")
        return
    except StoreAway as away:
        if "not found" not in str(away):
            yield ConnectionFinding("away", f"{kind}: {away}")
            return
        state = f"answers; {getattr(section, 'database', kind)!r} is not there yet, the service makes it"
    finally:
        store.close()
    yield ConnectionFinding("answers", f"store       {section.location} {state}")
    yield from (ConnectionFinding("doubt", doubt) for doubt in doubts)


def _channels(notify: NotifyConfig) -> Iterator[ConnectionFinding]:
    """Each channel's other side, and that of the heartbeat; a message is sent to none of them."""
    for row in notify.channels.values():
        where = f"channel {row.id} ({row.masked})"
        try:
            is_known = reach(row)
        except RefusedError as error:
            yield ConnectionFinding("mistake", f"{where}: {error}")
        except ChannelError as error:
            yield ConnectionFinding("away", f"{where}: {error}")
        except ValueError:
            continue  # an address that no channel takes has been named
        else:
            if is_known:
                yield ConnectionFinding(
                    "answers", f"channel     {row.id} ({row.masked}) answers; nothing was sent"
                )
            else:
                yield ConnectionFinding(
                    "doubt", f"{where}: not tried: where it sends to is not known; {_TEST}"
                )
    if notify.heartbeat is not None:
        where = f"heartbeat.url: {mask_address(notify.heartbeat.url)}"
        try:
            reach_url(notify.heartbeat.url)
        except ChannelError as error:
            yield ConnectionFinding("away", f"{where}: {error}")
        else:
            yield ConnectionFinding("answers", f"heartbeat   {mask_address(notify.heartbeat.url)} answers")
