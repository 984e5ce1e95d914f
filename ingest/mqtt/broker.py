"""The broker's options, and the paho client made from them.

Used by the subscribing session and by the publisher, so that both mean the same by every option.
"""

import ssl
from collections.abc import Callable
from functools import partial
from typing import Literal, cast

from msgspec import Struct
from paho.mqtt.client import Client, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.mqtt.connection import SocketContext
from ingest.mqtt.publish_reader import PublishReader


class Broker(Struct, frozen=True, kw_only=True):
    """One broker and our credentials for it; the keys of `[mqtt]` in the settings.

    TLS is spoken when `ca_file` or `cert_file` is given; `cert_file` without `ca_file` trusts the system's
    authorities. What is empty is not used; an empty `client_id` lets the client choose one. A connection
    that is silent for twice `keepalive` seconds is given up.
    """

    host: str = "127.0.0.1"
    port: int = 1883
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
        return f"{self.host}:{self.port}"

    __str__ = __repr__


class BrokerAwayError(ConnectionError):
    """The broker is not reached, refuses us or our message, or has stopped acknowledging; one clear line."""


def make_client(
    broker: Broker,
    *,
    session_expiry: int = 0,
    manual_ack: bool = False,
    make_reader: Callable[[], PublishReader | None] = lambda: None,
) -> Client:
    """A paho client for this broker, not yet connected; its callbacks are of version 2.

    Args:
        broker: Where and as whom.
        session_expiry: Seconds the broker keeps our session without us; 0 = a clean session. 3.1.1 knows no
            seconds: anything above 0 asks for a session without end.
        manual_ack: The caller acknowledges each message itself.
        make_reader: Makes the reader of each connection's PUBLISH packets; None from it leaves them to paho.

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
    open_tls = partial(read_certificates, broker) if speaks_tls(broker) else None
    client.tls_set_context(cast("ssl.SSLContext", SocketContext(open_tls, make_reader)))
    return client


def connect(
    client: Client,
    broker: Broker,
    *,
    session_expiry: int = 0,
    receive_maximum: int = 0,
    wait: bool = True,
) -> None:
    """Open the connection of a client from `make_client`; CONNACK arrives in its network loop.

    Args:
        client: Not yet connected.
        broker: The one it was made for.
        session_expiry: As given to `make_client`.
        receive_maximum: How many unacknowledged messages the broker may send, up to 65,535; 0 leaves it to
            the broker, as 3.1.1 always does.
        wait: Try now and raise when nobody answers; False leaves the first try to the network loop.

    Raises:
        BrokerAwayError: Nobody answers there.
    """
    dial = client.connect if wait else client.connect_async
    try:
        if broker.protocol == "3.1.1":
            dial(broker.host, broker.port, broker.keepalive)
            return
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = session_expiry
        if receive_maximum:
            properties.ReceiveMaximum = receive_maximum
        # Said here too: connect() would otherwise begin each first connection with a clean session.
        clean = session_expiry == 0
        dial(broker.host, broker.port, broker.keepalive, clean_start=clean, properties=properties)
    except OSError as error:
        raise BrokerAwayError(f"no broker at {broker}: {error.strerror or error}") from error


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
