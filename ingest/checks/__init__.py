"""Quality checks, streaming, one file each: they flag, they never change a value.

    each reading alone:      device flag ─► physical range      a failure makes it invalid
    with its neighbours:     step ─► flat line ─► spike         a failure makes it suspect

An invalid reading is judged no further and is nobody's neighbour. Two readings are neighbours when they
are at most two cycles apart, so one may be missing or invalid between them; behind a longer gap everything
begins anew. A suspect reading is a neighbour like any other, so that a new level is flagged once, where it
begins. A spike is none: the reading behind it is compared with the one before it.
"""

from datetime import datetime, timedelta
from functools import cache

from msgspec import Struct

from ingest.checks import device_flag, flat_line, physical_range, spike, step
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Checked, Reading

ORDER = ("flag", "range", "step", "flat", "spike")
"""The names in `Checked.failed`, always in this order."""

_SPACING = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_REACH = 2


class Neighbour(Struct, frozen=True, array_like=True, gc=False):
    """A reading that was not invalid, as far as later ones need it; its flag was `N`."""

    time: datetime
    value: float
    received: datetime
    failed: tuple[str, ...]


class CheckState(Struct, array_like=True):
    """What the checks remember of one series; a few hundred bytes as MessagePack, however long it runs.

    `last` is the latest neighbour, `before` the one before it if it is near enough, `run` what the flat line
    has seen. Encode with `msgspec.msgpack` and decode as this type: nothing is lost.
    """

    before: Neighbour | None = None
    last: Neighbour | None = None
    run: flat_line.Run | None = None


def judge(
    reading: Reading, parameter: Parameter, cycle: timedelta, state: CheckState
) -> tuple[Checked, Checked | None]:
    """Judge the newest reading of a series, and the one before it again.

    Args:
        reading: Strictly newer than all that were judged with this state.
        parameter: Its range and thresholds; a threshold of None switches its check off.
        cycle: The site's; hour and day readings are at least an hour and a day apart whatever it says.
        state: The series' own, empty at first; changed.

    Returns:
        The reading as checked; and the latest neighbour again, its former failures kept and `spike` added,
        when this reading shows that it was a spike; else None.
    """
    alone = judge_late(reading, parameter)
    if alone.failed:
        return alone, None
    thresholds, again = parameter.checks, None
    if state.last is not None:
        reach = _reach(reading.kind, cycle)
        if reading.time - state.last.time > reach:
            state.before = state.last = state.run = None
        elif thresholds.spike is not None and state.before is not None:
            again = _spike(reading, thresholds.spike, reach, state)
    failed = _with_neighbours(reading, thresholds, state)
    state.before = state.last
    state.last = Neighbour(reading.time, reading.value, reading.received, failed)
    return (Checked(reading, failed, "suspect") if failed else alone), again


def judge_late(reading: Reading, parameter: Parameter) -> Checked:
    """Judge a reading by itself alone: its device flag and physical range; for what arrives out of order."""
    out_of_range = physical_range.fails(reading.value, parameter.low, parameter.high)
    if device_flag.fails(reading.flag):
        return Checked(reading, ("flag", "range") if out_of_range else ("flag",), "invalid")
    return Checked(reading, ("range",), "invalid") if out_of_range else Checked(reading)


@cache
def _reach(kind: str, cycle: timedelta) -> timedelta:
    """How far apart two neighbours may be."""
    return max(cycle, _SPACING.get(kind, cycle)) * _REACH


def _with_neighbours(reading: Reading, thresholds: Thresholds, state: CheckState) -> tuple[str, ...]:
    value, last = reading.value, state.last
    failed: tuple[str, ...] = ()
    if thresholds.step is not None and last is not None and step.fails(value, last.value, thresholds.step):
        failed = ("step",)
    if thresholds.flat_hours is None:
        return failed
    run = state.run = flat_line.follow(state.run, value, reading.time, thresholds.flat_tolerance)
    if thresholds.flat_above is not None and value <= thresholds.flat_above:
        return failed
    if flat_line.fails(run, reading.time, thresholds.flat_hours):
        failed = (*failed, "flat")
    return failed


def _spike(reading: Reading, limit: float, reach: timedelta, state: CheckState) -> Checked | None:
    """Judge `state.last` now that both of its neighbours are known; if it is a spike, forget it."""
    before, last = state.before, state.last
    if before is None or last is None or not spike.fails(before.value, last.value, reading.value, limit):
        return None
    state.before, state.last = None, before if reading.time - before.time <= reach else None
    standing_out = Reading(
        reading.site, reading.parameter, reading.kind, last.time, last.value, "N", last.received
    )
    return Checked(standing_out, (*last.failed, "spike"), "suspect")
