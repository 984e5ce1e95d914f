"""How a client's connections ended, what that indicates, and how long to wait before the next.

Two clients with one client id throw each other out. MQTT 5 has a reason code for it (142), but mosquitto
2.0.11, and every broker over 3.1.1, only closes the socket: then only a series of short connections shows it.
"""

import random

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
LONGEST_PAUSE_AFTER_FAULT_S = 5.0
PAUSE_AFTER_DISCONNECT_S = 5.0
ANSWER_WITHIN_S = 15.0  # to CONNECT; a cluster that has just lost a node may take some seconds
STABLE_AFTER_S = 60.0  # longer than any pause: two clients that throw each other out never reach it
IN_A_ROW = 3


class ConnectionHistory:
    """The connections of one client; `now` is in seconds of a monotonic clock.

    Args:
        nodes: How many nodes the broker has; a client that leaves one tries all others before it waits.

    Attributes:
        takeovers: How often another client has taken the session, as far as it is known.
        failed: Attempts in a row that the broker did not accept.
    """

    def __init__(self, nodes: int = 1) -> None:
        self.takeovers = 0
        self.failed = 0
        self._nodes = nodes
        self._in_a_row = IN_A_ROW * nodes  # a cluster that elects closes some by itself
        self._short_here = 0  # of those in a row that ended soon, at this node
        self._dialled: float | None = None  # since when an answer to CONNECT is due
        self._short = 0  # connections in a row that ended soon
        self._closed = 0  # of these in a row: by the broker, without a reason or for another client
        self._taken_over = False
        self._since: float | None = None
        self._end = ""

    def record_dialled(self, now: float) -> None:
        """Somebody is there and has not yet said whether it accepts us."""
        self._dialled = now

    def record_unreachable(self) -> None:
        """Nobody answers: the connections before ended because the broker went down."""
        self.failed += 1
        self._short = self._short_here = self._closed = 0

    def record_refused(self) -> None:
        """The broker is there and does not accept us."""
        self.failed += 1
        self._dialled = None

    def record_connected(self, now: float) -> None:
        """The broker has accepted us."""
        self.failed, self._since, self._end, self._dialled = 0, now, "", None

    def record_closed(self) -> None:
        """The broker closes this connection without a reason."""
        self._end = "closed"

    def record_disconnect(self, *, taken_over: bool) -> None:
        """The broker ends this connection with a reason, which may be that another client came as us."""
        self._end = "taken over" if taken_over else "disconnected"

    def record_end(self, now: float) -> None:
        """The connection has ended, perhaps before the broker accepted us; nothing if there was none."""
        if self._since is None:
            self.failed += self._dialled is not None
            self._dialled = None
            return
        stable, self._since = now - self._since >= STABLE_AFTER_S, None
        self._taken_over = self._end == "taken over" or (self._taken_over and not stable)
        self._short = 0 if stable else self._short + 1
        self._short_here = 0 if stable else self._short_here + 1
        by_broker = not stable and self._end in {"closed", "taken over"}
        self._closed = self._closed + 1 if by_broker else 0
        self.takeovers += self._end == "taken over" or self._closed >= self._in_a_row

    def record_moved(self) -> None:
        """The next attempt is another node's."""
        self._short_here = 0

    def is_unanswered(self, now: float) -> bool:
        """Whether another node should be asked, as this one says neither yes nor no."""
        return self._nodes > 1 and self._dialled is not None and now - self._dialled > ANSWER_WITHIN_S

    def is_node_spent(self) -> bool:
        """Whether the next attempt is another node's: this one did not accept us, sent us away, or flaps.

        One that only closed is tried again: if it is down, nobody answers, and that tells it from a node
        that closes because another client has come as us.
        """
        flaps = self._short_here >= IN_A_ROW
        return self._nodes > 1 and (self.failed > 0 or self._end == "disconnected" or flaps)

    def is_flapping(self) -> bool:
        """Whether connections keep ending soon, so that one more is no news."""
        return self._short >= self._in_a_row

    def is_contested(self, now: float) -> bool:
        """Whether another client seems to take our session: the broker said so, or closed three in a row.

        Three for each node of a cluster. No longer once a connection has lasted.
        """
        stable = self._since is not None and now - self._since >= STABLE_AFTER_S
        return (self._taken_over or self._closed >= self._in_a_row) and not stable

    def pause(self) -> float:
        """Seconds to wait before the next attempt, half of them random: two copies don't keep step.

        After three short connections, of several nodes three for each, the pauses grow until one has lasted;
        while nobody answers they grow at once, of several nodes after each round. After a fault, not another
        client, the next attempt comes within five seconds.
        """
        if self.is_node_spent() and self.failed % self._nodes != 0:
            return FIRST_PAUSE_S * random.uniform(0.5, 1)
        rounds = self.failed // self._nodes
        not_a_fault = self.failed or self._closed or self._taken_over
        longest = LONGEST_PAUSE_S if not_a_fault else LONGEST_PAUSE_AFTER_FAULT_S
        doublings = min(max(rounds, self._short - self._in_a_row, 1) - 1, 16)
        sent_away = self._end == "taken over" or (self._end == "disconnected" and self._nodes == 1)
        least = PAUSE_AFTER_DISCONNECT_S if sent_away and not self.failed else 0.0
        pause: float = min(max(FIRST_PAUSE_S * 2**doublings, least), longest)
        return pause * random.uniform(0.5, 1)
