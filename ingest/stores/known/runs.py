"""Times as a short text: runs of equal distance, as files and messages bring them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sensors.calendar import EpochMs


class TimeRun(NamedTuple):
    """`number` times, the first at `first`, each `step` ms behind the one before."""

    first: EpochMs
    step: int = 0
    number: int = 1

    @property
    def last(self) -> EpochMs:
        """The last of them."""
        return EpochMs(self.first + self.step * (self.number - 1))

    def times(self) -> Iterator[EpochMs]:
        """Each of them."""
        return (EpochMs(self.first + self.step * n) for n in range(self.number))


def to_runs(times: Iterable[EpochMs]) -> str:
    """Times in any order as `first` or `firstSTEPxCOUNT`, such as `0+3600000x24`, apart by blanks."""
    runs: list[list[int]] = []  # first, step, number
    end = 0
    for time in sorted(set(times)):
        last = runs[-1] if runs else None
        if last is not None and last[2] == 1:
            last[1:] = time - end, 2
        elif last is not None and time - end == last[1]:
            last[2] += 1
        else:
            runs.append([time, 0, 1])
        end = time
    return " ".join(f"{first}+{step}x{n}" if n > 1 else str(first) for first, step, n in runs)


def parse_runs(text: str) -> Sequence[TimeRun]:
    """The runs of a text of `to_runs`.

    Raises:
        ValueError: it is none.
    """
    return [_parse_run(part) for part in text.split()]


def _parse_run(part: str) -> TimeRun:
    first, _, rest = part.partition("+")
    if not rest:
        return TimeRun(EpochMs(int(first)))
    step, _, count = rest.partition("x")
    return TimeRun(EpochMs(int(first)), int(step), int(count))
