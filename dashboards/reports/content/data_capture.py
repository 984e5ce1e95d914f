"""The quality of a month's data: expected, received, valid, flags by check, gaps; one row per series."""

from collections import Counter
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from msgspec import Struct, field
from numpy.typing import NDArray

from sensors.averages.config import AveragingConfig
from sensors.calendar import to_ms
from sensors.model import NORMAL

_CLOSE = 1.5
"""Neighbours up to so many cycles apart have nothing missing between them."""


class DataCapture(Struct):
    """Counts of readings: `transmission` (传输率) received of expected, `effective` (有效率) valid of these.

    `marked` were excluded by people's marks and are not valid; `suspect` and `invalid` by checks and device
    marks. `failed` counts names of checks, `flags` the device's letters but N. A gap is a stretch in which at
    least one reading is missing; `longest_gap` is what was missing in the longest. `sent` counts readings by
    what was sent and what counts in its place.
    """

    site: str
    parameter: str
    expected: int
    received: int = 0
    valid: int = 0
    suspect: int = 0
    invalid: int = 0
    marked: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    sent: Counter[tuple[str, float]] = field(default_factory=Counter)
    gaps: int = 0
    longest_gap: timedelta = timedelta(0)

    @property
    def transmission(self) -> float | None:
        """Received of expected, 0 to 1 (1 also when more came); None when none was expected."""
        return min(1.0, self.received / self.expected) if self.expected else None

    @property
    def effective(self) -> float | None:
        """Valid of received, 0 to 1; None when nothing came."""
        return self.valid / self.received if self.received else None


def series_capture(
    checked: pd.DataFrame, marked: pd.DataFrame, basis: AveragingConfig, start: datetime, end: datetime
) -> DataCapture:
    """The quality of a series from `start` to `end`.

    Args:
        checked: Its readings of the period as the store has them.
        marked: The same after people's marks.
        basis: The series' averaging configuration.
        start: The period's begin.
        end: Its end, or where it has got to.
    """
    counts = Counter(checked["validity"].tolist())
    valid = int((marked["validity"] == "valid").sum())
    gaps = _gaps(checked, basis, start, end)
    otherwise = checked[checked["sent"] != ""]
    return DataCapture(
        site=basis.site,
        parameter=basis.parameter,
        expected=(to_ms(end) - to_ms(start)) // basis.cycle,
        received=len(checked),
        valid=valid,
        suspect=counts["suspect"],
        invalid=counts["invalid"],
        marked=counts["valid"] - valid,
        failed=Counter(name for text in checked["failed"] if text for name in text.split(",")),
        flags=Counter(flag for flag in checked["flag"] if flag not in {"", NORMAL}),
        sent=Counter(zip(otherwise["sent"], otherwise["value"], strict=True)),
        gaps=len(gaps),
        longest_gap=timedelta(milliseconds=int(gaps.max())) if len(gaps) else timedelta(0),
    )


def _gaps(checked: pd.DataFrame, basis: AveragingConfig, start: datetime, end: datetime) -> NDArray[np.int64]:
    """What is missing in each gap, in milliseconds; before the first and after the last reading too."""
    stamps = pd.DatetimeIndex(checked.index).as_unit("ms").asi8 + basis.lead
    before = to_ms(start) - (basis.cycle if basis.kind == "rtd" else 0)
    after = to_ms(end) + (0 if basis.kind == "rtd" else basis.cycle)
    apart = np.diff(np.concatenate([[before], stamps, [after]]))
    return np.asarray(apart[apart > _CLOSE * basis.cycle] - basis.cycle, dtype=np.int64)


class SiteCapture(Struct):
    """All series of a site together, and what the journal knows; None: not available here."""

    site: str
    series: list[DataCapture]
    revised: int
    quarantined: int | None
    late: int | None

    def total(self) -> DataCapture:
        """The sum over its series; gaps too, the longest of all."""
        whole = DataCapture(self.site, "", 0)
        for one in self.series:
            for name in ("expected", "received", "valid", "suspect", "invalid", "marked", "gaps"):
                setattr(whole, name, getattr(whole, name) + getattr(one, name))
            whole.failed += one.failed
            whole.flags += one.flags
            whole.longest_gap = max(whole.longest_gap, one.longest_gap)
        return whole
