"""Every quality check: a file of its own in this folder, and a row here.

The order of the rows is that of the names in `Checked.failed`. The class of a row says when its check runs
and what a failure means. A row that does not say in which values its check finds nothing has it see each.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, reduce
from operator import and_

from msgspec import Struct

from ingest.checks import device_flag, flat_line, inversion, physical_range, spike, step
from ingest.checks.calm import NOTHING_IS_CALM, CalmBounds
from ingest.checks.state import CheckState, Neighbour
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Name, Reading


def _nothing(_parameter: Parameter) -> CalmBounds:
    return NOTHING_IS_CALM


class SingleCheck(Struct, frozen=True):
    """Checks each reading alone, late ones too; one that fails is invalid and never a neighbour."""

    name: str
    words: Name
    fails: Callable[[Reading, Parameter], bool]
    calm: Callable[[Parameter], CalmBounds] = _nothing


class NeighbourCheck(Struct, frozen=True):
    """Checks the newest reading against those before it, in order; one that fails is suspect.

    `state.last` is None where no neighbour is near enough. A check may remember something in the state.
    """

    name: str
    words: Name
    fails: Callable[[Reading, Thresholds, CheckState], bool]
    calm: Callable[[Parameter], CalmBounds] = _nothing


class CompanyCheck(Struct, frozen=True):
    """Compares readings of one site, kind and time that came in one message; what fails counts all the same.

    Its name is a remark: it does not say which of the values is wrong. `pairs` are those of some parameters
    that it compares, by index; it can only fail where the first of a pair is above the second.
    """

    name: str
    words: Name
    failing: Callable[[Sequence[Reading], Mapping[str, Parameter]], frozenset[int]]
    pairs: Callable[[Sequence[Parameter]], tuple[tuple[int, int], ...]]


class MiddleCheck(Struct, frozen=True):
    """Checks a reading once both its neighbours are known; one that fails is suspect, and not a neighbour."""

    name: str
    words: Name
    fails: Callable[[Neighbour, Neighbour, Reading, Thresholds], bool]
    calm: Callable[[Parameter], CalmBounds] = _nothing


QualityCheck = SingleCheck | NeighbourCheck | MiddleCheck | CompanyCheck

DEVICE_FLAG = "flag"
CHECKS: tuple[QualityCheck, ...] = (
    SingleCheck(DEVICE_FLAG, Name("仪器标记", "device flag"), device_flag.fails, device_flag.calm),
    SingleCheck("range", Name("超量程", "out of range"), physical_range.fails, physical_range.calm),
    NeighbourCheck("step", Name("突变", "step"), step.fails, step.calm),
    NeighbourCheck("flat", Name("恒值", "flat line"), flat_line.fails, flat_line.calm),
    MiddleCheck("spike", Name("尖峰", "spike"), spike.fails, spike.calm),
    CompanyCheck("inversion", Name("倒挂", "part above its whole"), inversion.inverted, inversion.pairs),
)

CHECK_WORDS: Mapping[str, Name] = {check.name: check.words for check in CHECKS}
"""What each failed check is called where people read."""

INVALIDATING = frozenset(check.name for check in CHECKS if isinstance(check, SingleCheck))
"""The checks whose failure makes a reading invalid."""

REMARKS = frozenset(check.name for check in CHECKS if isinstance(check, CompanyCheck))
"""The checks whose failure changes nothing but is said; that of any other makes a reading suspect."""


@cache
def calm_bounds(parameter: Parameter) -> CalmBounds:
    """In which values of a parameter no check finds anything."""
    return reduce(and_, [check.calm(parameter) for check in CHECKS if not isinstance(check, CompanyCheck)])


def check_words(name: str) -> Name:
    """What a failed check is called; its bare name where it is no longer registered."""
    return CHECK_WORDS.get(name) or Name(name, name)
