"""A rule's evaluation of one value: beyond a level, back inside, or in between."""

from datetime import datetime

from msgspec import Struct

from alerts.rules.index import Watch
from sensors.model import Severity
from sensors.standards.rounding import rounded


class Evaluation(Struct, frozen=True):
    """The result of evaluating a value.

    `severity` is that of the highest level exceeded, None if none; `limit` is what people are told of that
    level's limit, or of the mildest.
    `clear` says the value is far enough inside to end an episode. `compared` is what was compared with the
    limit: rounded where the law says so.
    """

    severity: Severity | None
    clear: bool
    compared: float
    limit: float


def evaluate(
    watch: Watch, value: float, moment: datetime, *, against: float | None = None
) -> Evaluation | None:
    """Compare a value with the rule's levels in force at `moment`; None if none is in force then.

    Exactly at a limit is within it. Periods are rounded half to even to the limit's decimals first; readings,
    `1h` and `24h` are compared as they are.

    Args:
        watch: The rule on this series.
        value: In the parameter's unit; a class or an index as a number.
        moment: The observation's time: its date chooses the limits.
        against: The value that the limits are multiples of, for a rule with `against`.
    """
    bounds = watch.bounds(moment)
    if not bounds.levels:
        return None
    compared = value if bounds.decimals is None else rounded(value, bounds.decimals)
    factor = 1.0 if against is None else against
    sign = watch.sign
    exceeded = [
        level
        for level in bounds.levels
        if sign * compared > sign * level.limit * factor
        and (level.floor is None or sign * value > sign * level.floor)
    ]
    level = exceeded[-1] if exceeded else bounds.levels[0]
    clear = not exceeded and sign * compared <= sign * bounds.levels[0].clear * factor
    return Evaluation(level.severity if exceeded else None, clear, compared, level.told * factor)
