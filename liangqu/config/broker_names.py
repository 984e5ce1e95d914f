"""What names the broker, us at the broker, and our topics: texts that a broker can take."""

from collections.abc import Iterator, Sequence

from ingest.mqtt.broker import BrokerNode
from sensors.excerpt import excerpt

_MOST_PORT = 65_535


def parse_host(text: str) -> str:
    """The name or address of a machine, as it stands.

    Raises:
        ValueError: no machine can have it.
    """
    name, mark, port = text.rpartition(":")
    if mark and ":" not in name and port.isdecimal():
        raise ValueError(f"{excerpt(text)} holds a port; it stands in a key of its own: port = {port[:5]}")
    if "://" in text:
        raise ValueError(f"{excerpt(text)} is not a host name or address; leave out what stands before it")
    try:
        is_name = bool(text.encode("idna"))
    except UnicodeError:
        is_name = False
    if not is_name or not text.isprintable() or any(sign.isspace() or sign in "/@[]" for sign in text):
        raise ValueError(f"{excerpt(text)} is not a host name or address")
    return text


def parse_node(text: str) -> BrokerNode:
    """A machine and its port as `host:port`, an IPv6 address in brackets.

    Raises:
        ValueError: it is not that.
    """
    host, _, port = text.rpartition(":")
    is_address = host.startswith("[") and host.endswith("]") and ":" in host
    is_port = port.isascii() and port.isdecimal() and len(port) <= len(str(_MOST_PORT))
    if not is_port or not 0 < int(port) <= _MOST_PORT or (":" in host and not is_address):
        raise ValueError(f"{excerpt(text)} is not host:port such as mqtt-1.example:1883")
    return BrokerNode(parse_host(host[1:-1] if is_address else host), int(port))


def parse_name(text: str) -> str:
    """What a broker knows a client by.

    Raises:
        ValueError: it holds characters on which a broker hangs up without a word (MQTT 5, 1.5.4).
    """
    if not text.isprintable():
        raise ValueError(f"{excerpt(text)} holds a sign that cannot be seen")
    return text


def parse_prefix(text: str) -> str:
    """First levels of topics.

    Raises:
        ValueError: none may begin so.
    """
    if not text or text.startswith("$") or not text.isprintable() or any(sign in "+#" for sign in text):
        raise ValueError(f"{excerpt(text)} cannot begin a topic")
    return text


def prefix_flaws(prefixes: Sequence[str]) -> Iterator[str]:
    """What is wrong with several prefixes: with one by itself, or with two that have the same topics."""
    for text in prefixes:
        try:
            parse_prefix(text)
        except ValueError as error:
            yield str(error)
        else:
            if not all(level.strip() for level in text.split("/")):
                yield f"{excerpt(text)} has an empty level"
    yield from (f"{each} stands there twice" for each in sorted({*prefixes}) if prefixes.count(each) > 1)
    for outer in dict.fromkeys(prefixes):
        for inner in dict.fromkeys(prefixes):
            if inner.startswith(f"{outer}/"):
                yield f"{inner} lies below {outer}, of which everything is read; leave one of the two out"
