"""Limits for one gateway and for one data logger."""

from msgspec import Struct


class GatewayLimits(Struct, frozen=True, kw_only=True):
    """Times in seconds; ours, except where a source stands.

    `idle`: a connection without a byte for so long is closed; RtdInterval ends at 3,600 s (HJ 212-2017), so a
    healthy logger is never silent for longer. `first_frame`: how long a stranger has to show that he is a
    known station. `frames_per_second`, `burst`: beyond, the logger is read no faster; nothing is lost by it.
    `bad_in_a_row`: refused frames without a good one between, then the connection is closed. `write`: a
    logger that does not take its answers within this time is gone.
    """

    connections: int = 1000
    connections_per_address: int = 200
    idle: float = 3900.0
    first_frame: float = 60.0
    frames_per_second: float = 50.0
    burst: int = 200
    bad_in_a_row: int = 20
    write: float = 10.0


class RateLimit:
    """A bucket that holds `burst` frames and refills with `rate` a second."""

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._left = float(burst)
        self._since = now

    def wait(self, now: float) -> float:
        """Take one frame; how many seconds to pause first, 0 when there is room."""
        self._left = min(self._burst, self._left + (now - self._since) * self._rate) - 1
        self._since = now
        return max(0.0, -self._left / self._rate)
