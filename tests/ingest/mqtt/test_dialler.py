"""Which node of a broker a client dials next; nobody is connected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt.broker import Broker, BrokerAwayError, BrokerNode, Dialler, connect, make_client
from tests.support.servers import free_port

ALL = tuple(BrokerNode(name, 1883) for name in "abcde")


def dialler(count: int, failover: str = "order") -> Dialler:
    first, *others = ALL[:count]
    broker = Broker(host=first.host, port=first.port, others=tuple(others), failover=failover)  # type: ignore[arg-type]
    return Dialler(make_client(broker), broker)


def taken(dialler: Dialler, count: int) -> list[BrokerNode]:
    found = []
    for _ in range(count):
        found.append(dialler.node)
        dialler.move_on()
    return found


def test_in_their_order_and_round() -> None:
    assert taken(dialler(3), 7) == [*ALL[:3], *ALL[:3], ALL[0]]


@given(st.integers(1, 5))
def test_at_random_each_is_taken_once_a_round(count: int) -> None:
    found = taken(dialler(count, "random"), 2 * count)

    assert sorted(map(str, found[:count])) == [*map(str, ALL[:count])]
    assert found[count:] == found[:count]


def test_at_random_clients_spread() -> None:
    """Of forty clients of three nodes none begins at one of them once in (2/3)^40, 1 of 11 million."""
    assert {dialler(3, "random").node for _ in range(40)} == {*ALL[:3]}


def test_the_client_is_told_the_node() -> None:
    made = dialler(2)
    made.move_on()
    made.aim()

    assert (made.client.host, made.client.port) == ("b", 1883)


def test_where_no_node_answers_all_are_named() -> None:
    ports = [free_port(), free_port()]
    broker = Broker(port=ports[0], others=(BrokerNode("127.0.0.1", ports[1]),))

    with pytest.raises(BrokerAwayError, match=rf"no broker at 127.0.0.1:{ports[0]}, 127.0.0.1:{ports[1]}: "):
        connect(make_client(broker), broker)
