"""The gateway's counters: frames by station and outcome, deviations by station and name."""

from collections import Counter
from typing import Literal, get_args

FrameOutcome = Literal["published", "not_taken", "talk", "bad_frame", "unknown_station", "wrong_password"]
OUTCOMES: tuple[FrameOutcome, ...] = get_args(FrameOutcome)

UNKNOWN = ""


class FrameCounters:
    """Counts since the start. Only stations of the catalogue are named: strangers cannot make it grow.

    Attributes:
        frames: By (MN, outcome); every frame has one outcome. What no known station claims is under "".
        deviations: By (MN, tolerance), of frames that passed.
        connections: Open now.
        refused_connections: Turned away because there were too many.
        noise: Bytes that belonged to no frame.
    """

    def __init__(self) -> None:
        self.frames: Counter[tuple[str, FrameOutcome]] = Counter()
        self.deviations: Counter[tuple[str, str]] = Counter()
        self.connections = 0
        self.refused_connections = 0
        self.noise = 0

    def totals(self) -> dict[FrameOutcome, int]:
        """Frames of all stations by outcome, every outcome named."""
        totals = dict.fromkeys(OUTCOMES, 0)
        for (_, outcome), count in self.frames.items():
            totals[outcome] += count
        return totals
