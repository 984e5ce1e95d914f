"""The table `[mqtt]` of the settings file: the broker, our connection to it, and the topics that are ours."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import ClassVar, Literal

from ingest.mqtt.broker import BrokerNode
from liangqu.config.broker_names import parse_host, parse_name, parse_node, parse_prefix, prefix_flaws
from sensors.durations import parse_duration
from sensors.section import Ranges, Readers, Section

LARGEST_PAYLOAD = "256MB"  # what MQTT can carry


def parse_watchdog(text: str) -> timedelta | None:
    """A duration; None for `auto` and `none`.

    Raises:
        ValueError: it is none of these.
    """
    return None if text in {"auto", "none"} else parse_duration(text)


class Mqtt(Section, frozen=True):
    """The broker. `window` is how many unacknowledged messages the broker may send ahead.

    A connection is replaced by a new one when the broker answers no ping for `keepalive`, and after
    `watchdog` without a message: "auto" is three cycles of the fastest site, "none" never. Below `prefix`,
    topics that begin with one of `ignore` belong to others. A cluster's nodes stand in `hosts`, instead of
    `host` and `port`; several prefixes in `prefixes`, instead of `prefix`.
    """

    numbers: ClassVar[Ranges] = {"port": (1, 65535), "window": (1, 65535)}
    durations: ClassVar[Ranges] = {"session_expiry": ("1s", "10000d"), "keepalive": ("1s", "65535s")}
    sizes: ClassVar[Ranges] = {"max_payload": (1, LARGEST_PAYLOAD)}
    texts: ClassVar[Readers] = {
        "host": parse_host,
        "prefix": parse_prefix,
        "client_id": parse_name,
        "username": parse_name,
        "watchdog": parse_watchdog,
    }
    instead: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "hosts": ("host", "port"),
        "prefixes": ("prefix",),
    }
    never_blank = ("client_id",)
    paths = ("password_file", "ca_file", "cert_file", "key_file")

    host: str = "127.0.0.1"
    port: int = 1883
    hosts: tuple[str, ...] = ()
    failover: Literal["order", "random"] = "order"
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str = "liangqu"
    prefix: str = "liangqu"
    prefixes: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    max_payload: str | int = "8MB"
    window: int = 1000
    session_expiry: str = "7d"
    keepalive: str = "60s"
    watchdog: str = "auto"
    username: str = ""
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def flaws(self) -> Iterator[tuple[str, str]]:
        """As of every section; nodes that are none or stand twice; what begins no topic, or the same ones."""
        yield from super().flaws()
        try:
            twice = sorted({str(each) for each in self.nodes if self.nodes.count(each) > 1})
        except ValueError as error:
            yield "hosts", str(error)
        else:
            yield from (("hosts", f"{each} stands there twice") for each in twice)
        yield from (("prefixes", flaw) for flaw in prefix_flaws(self.prefixes))
        for levels in self.ignore:
            try:
                parse_prefix(levels)
            except ValueError as error:
                yield "ignore", str(error)

    @property
    def nodes(self) -> tuple[BrokerNode, ...]:
        """Where the broker answers: every node of `hosts`, or `host` and `port`."""
        return tuple(map(parse_node, self.hosts)) or (BrokerNode(self.host, self.port),)

    @property
    def served(self) -> tuple[str, ...]:
        """Under what messages are read: every one of `prefixes`, or `prefix`.

        The first is for what we publish of no station, and of one that has not sent yet.
        """
        return self.prefixes or (self.prefix,)
