"""How connections end, what that indicates, and how long to wait before the next.

Two clients of one id throw each other out. MQTT 5 has a reason for it (142), but mosquitto 2.0.11, and every
broker over 3.1.1, only closes the socket: then nothing but a row of short connections tells.
"""

import random

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
LONGEST_AFTER_FAULT_S = 5.0
DISMISSED_PAUSE_S = 5.0
LASTED_S = 60.0  # longer than any pause: two that throw each other out never come to it
A_ROW = 3


class Endings:
    """Of one client's connections; `now` is in seconds of a clock that never steps.

    `took` counts how often another client has taken the session, as far as it is known.
    """

    def __init__(self) -> None:
        self.took = 0
        self._failed = 0  # attempts in a row without a welcome
        self._short = 0  # connections in a row that ended soon after theirs
        self._closed = 0  # of these in a row: by the broker, without a reason or for another client
        self._told = False
        self._since: float | None = None
        self._how = ""

    def unreachable(self) -> None:
        """Nobody answers: the connections before ended because the broker went."""
        self._failed += 1
        self._short = self._closed = 0

    def refused(self) -> None:
        """The broker is there and does not let us in."""
        self._failed += 1

    def opened(self, now: float) -> None:
        """The broker has taken us."""
        self._failed, self._since, self._how = 0, now, ""

    def closed(self) -> None:
        """The broker closes this connection without a reason."""
        self._how = "closed"

    def dismissed(self, *, taken: bool) -> None:
        """The broker ends this connection with a reason, which may be that another client came as us."""
        self._how = "taken" if taken else "dismissed"

    def over(self, now: float) -> None:
        """The connection has ended; nothing if there was none."""
        if self._since is None:
            return
        lasted, self._since = now - self._since >= LASTED_S, None
        self._told = self._how == "taken" or (self._told and not lasted)
        self._short = 0 if lasted else self._short + 1
        theirs = not lasted and self._how in {"closed", "taken"}
        self._closed = self._closed + 1 if theirs else 0
        self.took += self._how == "taken" or self._closed >= A_ROW

    def flapping(self) -> bool:
        """Whether connections keep ending soon, so that one more is no news."""
        return self._short >= A_ROW

    def contested(self, now: float) -> bool:
        """Whether another client seems to take our session: the broker said so, or three in a row tell.

        It is over as soon as a connection has lasted.
        """
        lasted = self._since is not None and now - self._since >= LASTED_S
        return (self._told or self._closed >= A_ROW) and not lasted

    def pause(self) -> float:
        """Seconds to wait before the next attempt, half of them by chance: two copies don't keep step.

        After three short connections the pauses grow until one has lasted; while nobody answers they grow at
        once. What ends by a fault, not by another client, is tried again after five seconds at the latest.
        """
        longest = LONGEST_PAUSE_S if self._failed or self._closed or self._told else LONGEST_AFTER_FAULT_S
        doublings = min(max(self._failed, self._short - A_ROW, 1) - 1, 16)
        least = DISMISSED_PAUSE_S if self._how in {"taken", "dismissed"} and not self._failed else 0.0
        pause: float = min(max(FIRST_PAUSE_S * 2**doublings, least), longest)
        return pause * random.uniform(0.5, 1)
