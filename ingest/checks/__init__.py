"""Quality checks, streaming, one file each and a row in registry.py: they flag, they never change a value.

    each reading alone:      device flag ─► physical range      a failure makes it invalid
    with its neighbours:     step ─► flat line ─► spike         a failure makes it suspect

An invalid reading is not checked further and is never a neighbour. Two readings are neighbours when they
are at most two cycles apart, so one may be missing or invalid between them; behind a longer gap everything
starts over. A suspect reading is a neighbour like any other, so that a new level is flagged once, where it
begins. A spike is not: the reading after it is compared with the one before it.
"""

from datetime import timedelta
from functools import cache

from ingest.checks.registry import CHECKS, MiddleCheck, NeighbourCheck, SingleCheck
from ingest.checks.state import CheckState, Neighbour
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import NORMAL, Checked, Reading

__all__ = ["CheckState", "check_alone", "check_newest", "neighbour_reach"]

_SPACING = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_REACH = 2

# Sorted once, as plain pairs: a reading meets them in a loop and nothing is looked up.
_SINGLE = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, SingleCheck))
_NEIGHBOUR = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, NeighbourCheck))
_MIDDLE = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, MiddleCheck))


def check_newest(
    reading: Reading, parameter: Parameter, cycle: timedelta, state: CheckState
) -> tuple[Checked, Checked | None]:
    """Check the newest reading of a series, and re-check the one before it.

    Args:
        reading: Strictly newer than all that were checked with this state.
        parameter: Its range and thresholds; a threshold of None switches its check off.
        cycle: The site's; hour and day readings are at least an hour and a day apart whatever it says.
        state: The series' own, empty at first; changed.

    Returns:
        The reading as checked; and the latest neighbour again, its failures kept and new
        ones added, when this reading shows that it was, say, a spike; else None.
    """
    alone = check_alone(reading, parameter)
    if alone.failed:
        return alone, None
    thresholds, former, last = parameter.checks, None, state.last
    if last is not None:
        reach = neighbour_reach(reading.kind, cycle)
        if reading.time - last.time > reach:
            state.before = state.last = state.run = None
        elif state.before is not None:
            former = _check_middle(reading, thresholds, state.before, last)
            if former is not None:
                near = reading.time - state.before.time <= reach
                state.before, state.last = None, state.before if near else None
    failed: tuple[str, ...] = ()
    for name, fails in _NEIGHBOUR:
        if fails(reading, thresholds, state):
            failed = (*failed, name)
    state.before = state.last
    state.last = Neighbour(reading.time, reading.value, reading.received, failed, reading.sent)
    return (Checked(reading, failed, "suspect") if failed else alone), former


def check_alone(reading: Reading, parameter: Parameter) -> Checked:
    """Check a reading on its own, by device flag and physical range; for readings that come out of order."""
    failed: tuple[str, ...] = ()
    for name, fails in _SINGLE:
        if fails(reading, parameter):
            failed = (*failed, name)
    return Checked(reading, failed, "invalid") if failed else Checked(reading)


@cache
def neighbour_reach(kind: str, cycle: timedelta) -> timedelta:
    """How far apart two neighbours may be."""
    return max(cycle, _SPACING.get(kind, cycle)) * _REACH


def _check_middle(
    reading: Reading, thresholds: Thresholds, before: Neighbour, middle: Neighbour
) -> Checked | None:
    """The neighbour again, with what the reading after it shows; None if that is nothing."""
    failed = middle.failed
    for name, fails in _MIDDLE:
        if fails(before, middle, reading, thresholds):
            failed = (*failed, name)
    if failed is middle.failed:
        return None
    former = Reading(
        reading.site, reading.parameter, reading.kind, middle.time, middle.value, NORMAL, middle.received,
        middle.sent,
    )  # fmt: skip
    return Checked(former, failed, "suspect")
