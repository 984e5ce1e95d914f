"""The verdicts of law and plan: whether a figure meets what it is held against, or why none can be given.

Every verdict that a report prints is made here, so that a figure beside a limit of another period is never
called met.
"""

from datetime import date
from functools import cache
from typing import Literal

from msgspec import Struct

from sensors.model import Medium, StatisticName
from sensors.standards.statistics import YEAR, statistic_kind
from sensors.standards.targets import Target

Against = Literal["standard", "section", "plan", "own"]
"""Whose limit: GB 3095, the class of a water section, a target of the plan, a rule's own number."""

Standing = Literal["met", "not_met", "progress", "not_due", "too_little"]
"""`progress`: of another period than the limit's, or one that goes on; `not_due`: before the plan's year."""


class Verdict(Struct, frozen=True):
    """What is said of a figure: its standing, against what, and whether it is within the limit all the same.

    `statistic` is what the limit is for; `within` is None where too little valid is behind the figure.
    """

    standing: Standing
    against: Against
    statistic: StatisticName
    within: bool | None = None

    @property
    def met(self) -> bool | None:
        """Met or not; None where nothing is decided."""
        return {"met": True, "not_met": False}.get(self.standing)

    @property
    def breached(self) -> bool:
        """超标: a limit of the law or of a section that is not met. The plan's target is never breached."""
        return self.standing == "not_met" and self.against in {"standard", "section"}


def plan_verdict(target: Target, statistic: StatisticName, last_day: date, *, within: bool | None) -> Verdict:
    """A figure beside a target of the plan.

    Only the mean of a whole calendar year is judged, from the target's due year on. A month, the year to date
    and twelve months are progress, so is each year before.

    Args:
        target: The target.
        statistic: What the figure is; a `year` is one that is over.
        last_day: Its last day, Asia/Shanghai.
        within: Whether it is within the target's limit or class; None without enough valid data.
    """
    if statistic != target.statistic:
        standing: Standing = "progress"
    else:
        standing = _decided(within=within) if target.is_due(last_day) else "not_due"
    return _verdict(standing, "plan", target.statistic, within=within)


def standard_verdict(statistic: StatisticName, *, within: bool | None, percentile: bool = False) -> Verdict:
    """A figure beside a limit of GB 3095: of an hour, a day or a calendar year that is over.

    What is for a year judges nothing else: months, the year to date, twelve and 36 months are progress.
    HJ 663 assesses a year by percentiles too, though it holds them against the limit of a day.
    """
    kind = statistic_kind(statistic)
    annual = percentile or kind.limit_of == YEAR
    standing = _decided(within=within) if statistic == YEAR or not annual else "progress"
    return _verdict(standing, "standard", YEAR if annual else kind.limit_of, within=within)


def section_verdict(statistic: StatisticName, *, within: bool | None) -> Verdict:
    """A section's class beside the class it has to meet: of a sample, a day, a month or a year that is over.

    环办〔2011〕22号 is for the national assessment; whether a function zone attains its class follows the
    zone's own rules, as the notice's covering letter says.
    """
    months = statistic_kind(statistic).months
    judged = statistic == YEAR or months in {None, 1}
    standing = _decided(within=within) if judged else "progress"
    return _verdict(standing, "section", statistic if judged else YEAR, within=within)


def limit_origin(limit: str | float, medium: Medium) -> Against:
    """Whose limit a rule's level names: `"standard"`, `"target"`, or a number of its own.

    Of water the target is the section's class; of air it is the plan's.
    """
    if limit == "target":
        return "section" if medium == "water" else "plan"
    return "standard" if limit == "standard" else "own"


def _decided(*, within: bool | None) -> Standing:
    if within is None:
        return "too_little"
    return "met" if within else "not_met"


@cache
def _verdict(
    standing: Standing, against: Against, statistic: StatisticName, *, within: bool | None
) -> Verdict:
    return Verdict("too_little" if within is None else standing, against, statistic, within)
