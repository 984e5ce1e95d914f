"""What a series of connections that ended shows, and how long to wait after it; no clock, no broker."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt.connection_history import ConnectionHistory

SHORT, LONG = 1.0, 61.0
DOUBLED = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0]


def connect(history: ConnectionHistory, at: float, lasts: float, how: str) -> float:
    """One connection and its end; when it has ended."""
    history.record_connected(at)
    match how:
        case "closed":
            history.record_closed()
        case "taken" | "dismissed":
            history.record_disconnect(taken_over=how == "taken")
    history.record_end(at + lasts)
    return at + lasts


def after(*story: tuple[str, float], nodes: int = 1) -> ConnectionHistory:
    """How, and how long it lasted, each."""
    history, now = ConnectionHistory(nodes), 0.0
    for how, lasts in story:
        if how == "unreachable":
            history.record_unreachable()
        elif how == "unanswered":
            history.record_dialled(now)
            history.record_end(now)
        else:
            now = connect(history, now, lasts, how)
    return history


@pytest.mark.parametrize(
    ("story", "contested"),
    [
        pytest.param([("closed", SHORT)] * 2, False, id="twice may be chance"),
        pytest.param([("closed", SHORT)] * 3, True, id="three in a row"),
        pytest.param([("closed", SHORT), ("closed", SHORT), ("closed", LONG)], False, id="the third lasted"),
        pytest.param([("closed", SHORT)] * 3 + [("closed", LONG)], False, id="over once one has lasted"),
        pytest.param([("closed", 59.9)] * 3, True, id="just not lasted"),
        pytest.param([("closed", 60.0)] * 3, False, id="just lasted"),
        pytest.param(
            [("closed", SHORT), ("unreachable", 0), ("closed", SHORT), ("unreachable", 0), ("closed", SHORT)],
            False,
            id="a broker that goes down",
        ),
        pytest.param([("fault", SHORT)] * 9, False, id="faults"),
        pytest.param([("dismissed", SHORT)] * 9, False, id="the broker's other reasons"),
        pytest.param([("closed", LONG), ("taken", LONG)], True, id="the broker names it, once is enough"),
        pytest.param([("taken", SHORT), ("fault", LONG)], False, id="and over"),
    ],
)
def test_contested(story: list[tuple[str, float]], contested: bool) -> None:
    assert after(*story).is_contested(1e6) is contested


def test_it_is_over_while_a_connection_lasts() -> None:
    history = after(*[("closed", SHORT)] * 5)
    history.record_connected(100.0)

    assert [history.is_contested(100.0 + s) for s in (0, 59.9, 60.0)] == [True, True, False]


@pytest.mark.parametrize(
    ("again", "pauses"),
    [
        pytest.param(
            lambda history: connect(history, 0, SHORT, "closed"),
            [0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0],
            id="closed, up to half a minute",
        ),
        pytest.param(
            lambda history: connect(history, 0, SHORT, "fault"),
            [0.1, 0.1, 0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0],
            id="faults, up to five seconds",
        ),
        pytest.param(ConnectionHistory.record_unreachable, DOUBLED, id="nobody there"),
        pytest.param(ConnectionHistory.record_refused, DOUBLED, id="refused"),
        pytest.param(lambda history: connect(history, 0, SHORT, "taken"), [5.0] * 9 + [6.4], id="taken"),
        pytest.param(lambda history: connect(history, 0, LONG, "closed"), [0.1] * 5, id="lasted"),
    ],
)
def test_pauses_grow(
    again: Callable[[ConnectionHistory], object], pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    history, seen = ConnectionHistory(), []
    for _ in pauses:
        again(history)
        seen.append(history.pause())

    assert seen == pytest.approx(pauses)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["closed", "taken", "dismissed", "fault", "unreachable"]), st.floats(0, 200)
        ),
        max_size=40,
    )
)
def test_a_pause_is_never_longer_than_half_a_minute(
    story: list[tuple[str, float]],
) -> None:
    """A lasting connection makes it short again."""
    history = after(*story)

    assert 0.05 <= history.pause() <= 30
    connect(history, 0, LONG, "closed")
    assert history.pause() <= 0.1


@pytest.mark.parametrize(
    ("story", "spent"),
    [
        pytest.param([("closed", LONG)], False, id="closed: it may be there still"),
        pytest.param([("closed", LONG), ("unreachable", 0)], True, id="and then nobody answers"),
        pytest.param([("fault", SHORT)], False, id="a fault of the line"),
        pytest.param([("fault", SHORT)] * 3, True, id="three short ones"),
        pytest.param([("dismissed", LONG)], True, id="it sends us away"),
        pytest.param([("taken", LONG)], False, id="another client came as us: the next node changes nothing"),
        pytest.param([("unanswered", 0)], True, id="ended before it accepted us"),
    ],
)
def test_when_another_node_is_next(story: list[tuple[str, float]], spent: bool) -> None:
    assert after(*story, nodes=3).is_node_spent() is spent
    assert after(*story, nodes=1).is_node_spent() is False


def test_all_nodes_are_tried_before_a_longer_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    history, seen = ConnectionHistory(nodes=3), []
    for _ in range(9):
        history.record_unreachable()
        seen.append(history.pause())

    assert seen == pytest.approx([0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.4])


def test_a_cluster_that_elects_may_close_some_connections_before_it_is_another_client() -> None:
    """NATS closes those that it accepted while it has no leader: seen twice in a row, then the node died."""
    closed = [after(*[("closed", SHORT)] * times, nodes=3) for times in (8, 9)]

    assert [(each.is_contested(1e6), each.is_flapping(), each.takeovers) for each in closed] == [
        (False, False, 0),
        (True, True, 1),
    ]


def test_a_node_is_left_for_what_happened_there_alone() -> None:
    history = after(*[("fault", SHORT)] * 3, nodes=3)
    history.record_moved()

    assert not history.is_node_spent()
    connect(history, 0, SHORT, "fault")
    connect(history, 0, SHORT, "fault")
    assert not history.is_node_spent()
    connect(history, 0, SHORT, "fault")
    assert history.is_node_spent()


def test_nodes_that_die_in_turn_are_no_other_client() -> None:
    history = after(*[("closed", SHORT), ("unreachable", 0.0)] * 9, nodes=3)

    assert not history.is_contested(1e6)
    assert history.takeovers == 0


@pytest.mark.parametrize(
    ("nodes", "waited", "unanswered"),
    [
        pytest.param(3, 15.0, False, id="not yet"),
        pytest.param(3, 15.1, True, id="another is asked"),
        pytest.param(1, 999.0, False, id="there is no other"),
    ],
)
def test_a_node_that_does_not_say_whether_it_accepts_us(nodes: int, waited: float, unanswered: bool) -> None:
    history = ConnectionHistory(nodes)
    history.record_dialled(100.0)

    assert history.is_unanswered(100.0 + waited) is unanswered
    history.record_connected(100.0)
    assert not history.is_unanswered(1e6)
