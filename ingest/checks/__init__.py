"""Quality checks, streaming, one file each and a row in registry.py: they flag, they never change a value.

    each reading alone:      device flag ─► physical range      a failure makes it invalid
    with its neighbours:     step ─► flat line ─► spike         a failure makes it suspect
    with its company:        inversion                          a failure is a remark, and it counts

An invalid reading is not checked further and is never a neighbour. Two readings are neighbours when they
are at most two cycles apart, so one may be missing or invalid between them; behind a longer gap everything
starts over. A suspect reading is a neighbour like any other, so that a new level is flagged once, where it
begins. A spike is not: the reading after it is compared with the one before it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

from ingest.checks.registry import CHECKS, REMARKS, CompanyCheck, MiddleCheck, NeighbourCheck, SingleCheck
from ingest.checks.state import CheckState, Neighbour
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import NORMAL, Checked, Medium, Reading

__all__ = [
    "CheckState",
    "check_alone",
    "check_company",
    "check_newest",
    "company_pairs",
    "neighbour_reach",
    "was_valid",
]

_SPACING = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_THRESHOLDS_FOR: Mapping[Medium, timedelta] = {"air": timedelta(hours=1), "water": timedelta(hours=4)}
"""What the thresholds were taken from: hourly values of air, water every four hours (parameters.toml)."""
_REACH = 2

# Sorted once, as plain pairs: a reading meets them in a loop and nothing is looked up.
_SINGLE = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, SingleCheck))
_NEIGHBOUR = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, NeighbourCheck))
_COMPANY = tuple((check.name, check.failing) for check in CHECKS if isinstance(check, CompanyCheck))
_PAIRS = tuple(check.pairs for check in CHECKS if isinstance(check, CompanyCheck))
_MIDDLE = tuple((check.name, check.fails) for check in CHECKS if isinstance(check, MiddleCheck))


def check_newest(
    reading: Reading,
    parameter: Parameter,
    cycle: timedelta,
    state: CheckState,
    remarks: tuple[str, ...] = (),
) -> tuple[Checked, Checked | None]:
    """Check the newest reading of a series, and re-check the one before it.

    Args:
        reading: Strictly newer than all that were checked with this state.
        parameter: Its range and thresholds; a threshold of None switches its check off.
        cycle: The site's; hour readings are at least an hour apart whatever it says. Readings further apart
            than two of those that the thresholds were taken from are no neighbours: nothing is known of them.
        state: The series' own, empty at first; changed.
        remarks: What `check_company` says of it.

    Returns:
        The reading as checked; and the latest neighbour again, its failures kept and new
        ones added, when this reading shows that it was, say, a spike; else None.
    """
    alone = check_alone(reading, parameter, remarks)
    if alone.validity != "valid":
        return alone, None
    thresholds, former, last = parameter.checks, None, state.last
    if last is not None:
        reach = neighbour_reach(reading.kind, cycle, parameter.medium)
        if reading.time - last.time > reach:
            state.before = state.last = state.run = None
        elif state.before is not None:
            former = _check_middle(reading, thresholds, state.before, last)
            if former is not None:
                near = reading.time - state.before.time <= reach
                state.before, state.last = None, state.before if near else None
    failed = remarks
    for name, fails in _NEIGHBOUR:
        if fails(reading, thresholds, state):
            failed = (*failed, name)
    state.before = state.last
    state.last = Neighbour(reading.time, reading.value, reading.received, failed, reading.sent)
    return (alone if failed is remarks else Checked(reading, failed, "suspect")), former


def check_alone(reading: Reading, parameter: Parameter, remarks: tuple[str, ...] = ()) -> Checked:
    """Check a reading on its own, by device flag and physical range; for readings that come out of order.

    `remarks` is what `check_company` says of it.
    """
    failed: tuple[str, ...] = ()
    for name, fails in _SINGLE:
        if fails(reading, parameter):
            failed = (*failed, name)
    return Checked(reading, failed, "invalid") if failed else Checked(reading, remarks)


def check_company(
    readings: Sequence[Reading], parameters: Mapping[str, Parameter]
) -> Mapping[int, tuple[str, ...]]:
    """What there is to say of readings that came together, by index; most often nothing."""
    remarks: dict[int, tuple[str, ...]] = {}
    for name, failing in _COMPANY:
        for index in failing(readings, parameters):
            remarks[index] = (*remarks.get(index, ()), name)
    return remarks


def company_pairs(parameters: Sequence[Parameter]) -> tuple[tuple[int, int], ...]:
    """What `check_company` compares, by index: it finds something only if the first is above the second."""
    return tuple({pair for pairs in _PAIRS for pair in pairs(parameters)})


def was_valid(former: Checked) -> bool:
    """Whether a reading that `check_newest` returned again had been valid until then."""
    return len(set(former.failed) - REMARKS) == 1


@cache
def neighbour_reach(kind: str, cycle: timedelta, medium: Medium) -> timedelta:
    """How far apart two neighbours may be."""
    return min(max(cycle, _SPACING.get(kind, cycle)), _THRESHOLDS_FOR[medium]) * _REACH


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
