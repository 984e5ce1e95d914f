"""Marks: intervals that people declare invalid, maintenance or exceptional. The values themselves stay.

Every mark and every withdrawal is a row of its own, stamped with the moment it was made, so that who said
what when can still be read; `effective_marks` gives what counts of it.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Literal, get_args

from msgspec import Struct, structs

from sensors.decoding.times import parse_time
from sensors.model import Checked, Point, Reading, Refused

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

What = Literal["invalid", "maintenance", "exceptional", "withdrawn"]
EVERY = "all"
"""The parameter of a mark that means every one of its site."""

_KNOWN: tuple[What, ...] = get_args(What)
_EXCLUDED = ("invalid", "maintenance")


class Mark(Struct, frozen=True):
    """`start <= time < end` of a site's parameter (or `all`) is `what`, for this reason, says `by`.

    `invalid` and `maintenance` take readings out of every statistic; `exceptional` leaves them in, and
    figures without them are also given. `withdrawn` takes earlier marks of the interval back. `made` is the
    clock's time; `taken_over` that at which it came here in an exported file, None: it was made here.
    """

    site: str
    parameter: str
    start: datetime
    end: datetime
    what: What
    reason: str
    by: str
    made: datetime
    taken_over: datetime | None = None

    @property
    def known(self) -> datetime:
        """Since when it is known here."""
        return self.taken_over or self.made

    def concerns(self, site: str, parameter: str) -> bool:
        """Whether it is about this series."""
        return self.site == site and self.parameter in {EVERY, parameter}

    @property
    def excludes(self) -> bool:
        """Whether it takes readings out of every statistic."""
        return self.what in _EXCLUDED

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether it holds anywhere in `start` until before `end`."""
        return self.start < end and start < self.end


def to_point(mark: Mark) -> Point:
    """The mark as a row of the store."""
    return Point(
        "mark",
        {"site": mark.site, "parameter": mark.parameter},
        {
            "from": mark.start.isoformat(),
            "to": mark.end.isoformat(),
            "as": mark.what,
            "reason": mark.reason,
            "by": mark.by,
            "taken_over": mark.taken_over.isoformat() if mark.taken_over else None,
        },
        mark.made,
    )


def from_row(site: str, parameter: str, made: datetime, fields: dict[str, str]) -> Mark | None:
    """The mark in a row of the store; None if it is not one, as somebody else may have written it."""
    start, end = parse_time(fields["from"]), parse_time(fields["to"])
    what = next((known for known in _KNOWN if known == fields["as"]), None)
    if isinstance(start, Refused) or isinstance(end, Refused) or what is None:
        return None
    taken_over = parse_time(fields["taken_over"]) if fields.get("taken_over") else None
    if isinstance(taken_over, Refused):
        return None
    return Mark(site, parameter, start, end, what, fields["reason"], fields["by"], made, taken_over)


def effective_marks(marks: Iterable[Mark]) -> list[Mark]:
    """The marks in effect, by site, parameter and begin; a withdrawal leaves what lies outside it.

    A withdrawal for `all` takes back marks of every parameter, one for a parameter only marks of that one.
    """
    effective: list[Mark] = []
    for mark in sorted(marks, key=lambda m: (m.made, m.site, m.parameter, m.start)):
        if mark.what == "withdrawn":
            effective = [rest for one in effective for rest in _subtract(one, mark)]
        else:
            effective.append(mark)
    return sorted(effective, key=lambda m: (m.site, m.parameter, m.start, m.end, m.what))


def _subtract(mark: Mark, withdrawal: Mark) -> Iterable[Mark]:
    """What a withdrawal leaves of a mark: all, two parts, one, or nothing."""
    if (
        mark.site != withdrawal.site
        or withdrawal.parameter not in {EVERY, mark.parameter}
        or not mark.overlaps(withdrawal.start, withdrawal.end)
    ):
        yield mark
    else:
        if mark.start < withdrawal.start:
            yield structs.replace(mark, end=withdrawal.start)
        if withdrawal.end < mark.end:
            yield structs.replace(mark, start=withdrawal.end)


class ExcludedIntervals:
    """The readings that the effective marks exclude as they arrive: maintenance windows, faulty sensors."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        self._by_site: dict[str, list[Mark]] = {}
        for mark in marks:
            if mark.excludes:
                self._by_site.setdefault(mark.site, []).append(mark)
        self._ends = {site: max(mark.end for mark in found) for site, found in self._by_site.items()}

    def may_cover(self, site: str, time: datetime) -> bool:
        """Whether a mark may exclude a reading of the site: False from the end of its last mark on."""
        return site in self._ends and time < self._ends[site]

    def covers(self, reading: Reading) -> bool:
        """Whether a mark excludes this reading."""
        return any(
            mark.concerns(reading.site, reading.parameter) and mark.start <= reading.time < mark.end
            for mark in self._by_site.get(reading.site, ())
        )

    def apply(self, checked: Checked) -> Checked:
        """As statistics and rules see it: `invalid` if a mark excludes it; what is stored stays."""
        if not self._by_site or not self.covers(checked.reading):
            return checked
        return structs.replace(checked, validity="invalid")


def apply_marks(readings: "pd.DataFrame", marks: Iterable[Mark]) -> "pd.DataFrame":
    """The readings with `validity` `invalid`, or `counts` no, where a mark of the series excludes them.

    Values are unaltered.
    """
    mask = mask_of(readings, [mark for mark in marks if mark.excludes])
    if not mask.any():
        return readings
    marked = readings.copy()
    if "counts" in marked.columns:
        marked["counts"] &= ~mask
    else:
        marked.loc[mask, "validity"] = "invalid"
    return marked


def mask_of(readings: "pd.DataFrame", marks: Iterable[Mark]) -> "NDArray[np.bool_]":
    """Which readings, by their stamps, lie in any of these marks."""
    import numpy as np  # noqa: PLC0415 - commands that only leave a mark need no pandas
    import pandas as pd  # noqa: PLC0415 - same

    index = pd.DatetimeIndex(readings.index)
    mask = np.zeros(len(index), dtype=bool)
    for mark in marks:
        mask |= (index >= pd.Timestamp(mark.start)) & (index < pd.Timestamp(mark.end))
    return mask
