"""The steps of every review, of a month's report and of a site's days alike. Pure.

draft ─ submitted ─ approved by level 1, 2 … ─ approved by the last: locked
          └──────────── returned with a reason ─ submitted again
a change of what is submitted or approved: changed ─ submitted again
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from msgspec import Struct

from sensors.excerpt import excerpt

Step = Literal["submitted", "approved", "returned"]
AnyStep = Literal["submitted", "approved", "returned", "changed"]
ReviewState = Literal["draft", "submitted", "approved", "locked", "returned", "changed"]
"""`approved`: by some of the levels; `locked`: by all; `changed`: after it was submitted."""

LEAST_NAMES = 2
"""Who submits and who approves are at least so many people."""


class ReviewError(ValueError):
    """The step cannot be taken; the text says why, and what can be done."""


class StepTaken(Protocol):
    """A step as it was recorded; `level` is how many levels had approved after it, of `levels`."""

    @property
    def step(self) -> AnyStep: ...  # noqa: D102

    @property
    def level(self) -> int: ...  # noqa: D102

    @property
    def levels(self) -> int: ...  # noqa: D102

    @property
    def by(self) -> str: ...  # noqa: D102


class ReviewLevels(Struct, frozen=True):
    """How many levels approve, and who may at each; no names, or none for a level: anybody."""

    number: int
    people: tuple[tuple[str, ...], ...] = ()

    def check_name(self, level: int, by: str) -> None:
        """Check that somebody may approve at a level, counted from 1.

        Raises:
            ReviewError: others are named for it.
        """
        named = self.people[level - 1] if level <= len(self.people) else ()
        if named and by not in named:
            raise ReviewError(f"{by} may not approve at level {level}; [review] names {', '.join(named)}")


def state_of(record: Sequence[StepTaken]) -> ReviewState:
    """The state after these steps."""
    if not record:
        return "draft"
    last = record[-1]
    if last.step == "approved" and last.level >= last.levels:
        return "locked"
    return last.step


def wants_reason(record: Sequence[StepTaken]) -> bool:
    """Whether a change wants a reason: it is locked, or was until something changed it."""
    begun = _begun(record)
    return any(one.step == "approved" and one.level >= one.levels for one in record[begun:])


def level_after(
    record: Sequence[StepTaken],
    step: Step,
    *,
    by: str,
    reason: str,
    levels: ReviewLevels,
    name: str,
    cure: str,
) -> int:
    """How many levels have approved once the step is taken.

    Args:
        record: All steps before, as they were taken.
        step: What somebody wants to do.
        by: Who.
        reason: Why; needed to return it.
        levels: Those of the settings.
        name: What it is, for the refusal.
        cure: What changes it once it is locked.

    Raises:
        ReviewError: the step does not follow, lacks a name or a reason, is somebody else's, or would be
            the last with one name on all of them.
    """
    state = state_of(record)
    is_open = state in {"submitted", "approved"}
    if not by.strip():
        raise ReviewError("--by: must not be blank")
    for option, text in (("--by", by), ("--reason", reason)):
        if not text.isprintable():  # it is printed in the report, whose Word document takes nothing else
            raise ReviewError(f"{option}: {excerpt(text)} holds a character that cannot be printed")
    if state == "locked":
        raise ReviewError(f"{name} is approved; {cure}")
    if step == "submitted":
        if is_open:
            raise ReviewError(f"{name} is submitted already; approve it or return it")
        return 0
    if not is_open:
        raise ReviewError(f"{name} is not submitted; liangqu approval submit does that")
    if step == "returned":
        if not reason.strip():
            raise ReviewError("--reason: must not be blank")
        return 0
    return _next_level(record, by, levels, name)


def _next_level(record: Sequence[StepTaken], by: str, levels: ReviewLevels, name: str) -> int:
    level = record[-1].level + 1
    levels.check_name(level, by)
    names = {one.by for one in record[_begun(record) :]} | {by}
    if level >= levels.number and len(names) < LEAST_NAMES:
        raise ReviewError(f"{name}: {by} alone has prepared and reviewed it; somebody else must approve it")
    return level


def _begun(record: Sequence[StepTaken]) -> int:
    """Where the last round begins."""
    return max((n for n, one in enumerate(record) if one.step == "submitted"), default=len(record))
