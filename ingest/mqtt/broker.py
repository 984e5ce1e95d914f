"""The broker's options, the paho client made from them, and its way to one of the broker's nodes.

Used by the subscribing session and by the publisher, so that both mean the same by every option.
"""

import contextlib
import random
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, cast

from msgspec import Struct
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.connection import SocketContext
from ingest.mqtt.publish_reader import PublishReader

UNSUPPORTED_PROTOCOL = 0x84  # paho's too where a broker of 3.1.1 answers by its own code (3.2.2.3 there)


class BrokerNode(Struct, frozen=True):
    """A machine where the broker answers; `host` without brackets."""

    host: str
    port: int

    def __str__(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Broker(Struct, frozen=True, kw_only=True):
    """One broker and our credentials for it; the keys of `[mqtt]` in the settings.

    A broker of several machines has `others` beside the first. A client stays at the node that it has until
    that fails, then takes the next: by `failover` in their order, or each client in an order of its own.

    TLS is spoken when `ca_file` or `cert_file` is given; `cert_file` without `ca_file` trusts the system's
    authorities. What is empty is not used; an empty `client_id` lets the client choose one. A connection
    that is silent for twice `keepalive` seconds is given up.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    others: tuple[BrokerNode, ...] = ()
    failover: Literal["order", "random"] = "order"
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str = ""
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    keepalive: int = 60

    def __repr__(self) -> str:
        """Where it is, for logs and error lines; never the password."""
        return ", ".join(map(str, self.nodes))

    __str__ = __repr__

    @property
    def nodes(self) -> tuple[BrokerNode, ...]:
        """All of its nodes, as they are listed; any of them takes any session."""
        return (BrokerNode(self.host, self.port), *self.others)


class BrokerAwayError(ConnectionError):
    """The broker is not reached, refuses us or our message, or has stopped acknowledging; one clear line."""


def make_client(
    broker: Broker,
    *,
    session_expiry: int = 0,
    manual_ack: bool = False,
    make_reader: Callable[[], PublishReader | None] = lambda: None,
    last_words: tuple[str, bytes] | None = None,
) -> Client:
    """A paho client for this broker, not yet connected; its callbacks are of version 2.

    Args:
        broker: Where and as whom.
        session_expiry: Seconds the broker keeps our session without us; 0 = a clean session. 3.1.1 knows no
            seconds: anything above 0 asks for a session without end.
        manual_ack: The caller acknowledges each message itself.
        make_reader: Makes the reader of each connection's PUBLISH packets; None from it leaves them to paho.
        last_words: Topic and payload that the broker is to keep once a connection ends without DISCONNECT.

    Certificates are read at each connection, so that one renewed on disk is used.
    """
    five = broker.protocol == "5"
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=broker.client_id,
        clean_session=None if five else session_expiry == 0,
        protocol=MQTTv5 if five else MQTTv311,
        manual_ack=manual_ack,
    )
    if broker.username:
        client.username_pw_set(broker.username, broker.password or None)
    if last_words is not None:
        client.will_set(*last_words, qos=1, retain=True)
    open_tls = partial(read_certificates, broker) if speaks_tls(broker) else None
    client.tls_set_context(cast("ssl.SSLContext", SocketContext(open_tls, make_reader)))
    return client


class Dialler:
    """Opens the connections of a client from `make_client`; each CONNACK arrives in its network loop.

    Args:
        client: Not connected; nobody else opens its connections.
        broker: The one it was made for.
        session_expiry: As given to `make_client`.
        receive_maximum: How many unacknowledged messages the broker may send, up to 65,535; 0 leaves it to
            the broker, as 3.1.1 always does.
    """

    def __init__(
        self, client: Client, broker: Broker, *, session_expiry: int = 0, receive_maximum: int = 0
    ) -> None:
        self.client = client
        self._broker = broker
        self._nodes = [*broker.nodes]
        if broker.failover == "random":
            random.shuffle(self._nodes)
        self._options = _connect_options(broker, session_expiry, receive_maximum)

    @property
    def node(self) -> BrokerNode:
        """The node that was dialled last, or is the next."""
        return self._nodes[0]

    def move_on(self) -> None:
        """Take the next node from now on; after the last one it is the first's turn again."""
        self._nodes.append(self._nodes.pop(0))

    def aim(self) -> None:
        """Tell the client the node whose turn it is; a connection that it still has is closed."""
        self.client.connect_async(self.node.host, self.node.port, self._broker.keepalive, **self._options)

    def dial(self) -> None:
        """Open a connection to the node whose turn it is.

        Raises:
            OSError: nobody answers there.
        """
        self.aim()
        self.client.reconnect()

    def dial_any(self) -> None:
        """Open a connection to the first node that answers.

        Raises:
            BrokerAwayError: none does; with the last one's reason.
        """
        for _ in self._nodes[1:]:
            with contextlib.suppress(OSError):
                return self.dial()
            self.move_on()
        try:
            return self.dial()
        except OSError as error:
            raise BrokerAwayError(f"no broker at {self._broker}: {error.strerror or error}") from error


def _connect_options(broker: Broker, session_expiry: int, receive_maximum: int) -> dict[str, Any]:
    if broker.protocol == "3.1.1":
        return {}
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = session_expiry
    if receive_maximum:
        properties.ReceiveMaximum = receive_maximum
    # Said here too: each first connection would otherwise begin with a clean session.
    return {"clean_start": session_expiry == 0, "properties": properties}


def connect(client: Client, broker: Broker, *, session_expiry: int = 0, receive_maximum: int = 0) -> None:
    """Open a connection at the first node that answers; arguments and errors as of `Dialler`."""
    Dialler(client, broker, session_expiry=session_expiry, receive_maximum=receive_maximum).dial_any()


def describe_refusal(code: ReasonCode) -> str:
    """What the broker says in its CONNACK, with the cure where the settings have one."""
    return f'{code}; set protocol = "3.1.1"' if code.value == UNSUPPORTED_PROTOCOL else str(code)


def check_certificates(broker: Broker) -> None:
    """Raise BrokerAwayError now, not at the first connection, if a certificate cannot be used."""
    if speaks_tls(broker):
        try:
            read_certificates(broker)
        except OSError as error:
            raise BrokerAwayError(str(error)) from error


def speaks_tls(broker: Broker) -> bool:
    """Whether a certificate is named, ours or an authority's."""
    return bool(broker.ca_file or broker.cert_file)


def read_certificates(broker: Broker) -> ssl.SSLContext:
    """The TLS context from the certificates that are on disk now.

    Raises:
        OSError: A certificate or key file cannot be read or is not one; the message names the file.
    """
    try:
        context = ssl.create_default_context(cafile=broker.ca_file or None)
    except (OSError, ValueError) as error:
        raise OSError(f"{broker.ca_file}: not a certificate to trust: {_reason(error)}") from error
    if broker.cert_file:
        try:
            context.load_cert_chain(broker.cert_file, broker.key_file or None, password="")
        except (OSError, ValueError) as error:
            raise OSError(f"{broker.cert_file}: certificate or key: {_reason(error)}") from error
    return context


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
