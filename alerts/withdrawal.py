"""Exceedances that are withdrawn, because their values were revised or do not count after all. Pure."""

from datetime import datetime

from alerts.batch import EvaluatedBatch
from alerts.episodes.states import State
from alerts.rules.evaluation import evaluate
from alerts.rules.index import Watch
from sensors.model import Statistic


def withdraw_newest(watch: Watch, state: State, time: datetime, batch: EvaluatedBatch) -> None:
    """Withdraw the exceedance of a machine's newest value, if another value of that time has replaced it."""
    if watch.rule.statistic == "check" or state.value is None or not state.latest == state.steady == time:
        return
    if watch.sign * state.value > watch.sign * state.limit:
        batch.withdraw_exceedance(watch, state.value, state.limit, time)


def withdraw_period(watch: Watch, statistic: Statistic, batch: EvaluatedBatch) -> None:
    """Withdraw the exceedance of a corrected period that is not beyond its limit, or does not count."""
    value, counts = statistic.value or 0.0, statistic.valid and statistic.value is not None
    evaluation = evaluate(watch, value, statistic.start)
    if evaluation is not None and not (counts and evaluation.severity is not None):
        batch.withdraw_exceedance(watch, value, evaluation.limit, statistic.end)
