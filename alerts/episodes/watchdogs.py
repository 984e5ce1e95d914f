"""Rules that follow the clock: silent stations, and parts of the system in trouble."""

from collections.abc import Mapping
from datetime import datetime

from alerts.batch import EvaluatedBatch
from alerts.episodes.states import Observed
from alerts.evaluator import Evaluator
from alerts.rules.definition import SYSTEM
from alerts.rules.evaluation import evaluate
from alerts.rules.index import NONE, Watch
from alerts.rules.inhibition import BROKER
from ingest.observer import Health


def check_system(evaluator: Evaluator, health: Health, batch: EvaluatedBatch) -> None:
    """Evaluate how long each part has been in trouble."""
    for part in SYSTEM:
        for watch in evaluator.index.watches(NONE, part, "system"):
            _feed(
                evaluator,
                watch,
                health.troubles.get(part, 0.0),
                batch.now,
                batch,
                detail=health.words.get(part, ""),
            )


def check_silence(
    evaluator: Evaluator, last_seen: Mapping[str, datetime], health: Health, batch: EvaluatedBatch
) -> None:
    """Evaluate silence: nothing received for `late_after`, with the broker connected throughout.

    Args:
        evaluator: The machines.
        last_seen: When the last message of each site was received.
        health: Since when the broker has been connected or away.
        batch: Receives the result.
    """
    since = health.connected_since
    absent = since is None or evaluator.state((BROKER, NONE, "broker")).open
    for site, last in last_seen.items():
        known = evaluator.index.catalogue.sites.get(site)
        if known is None:
            continue
        late = known.late_after.total_seconds()
        for watch in evaluator.index.watches(site, NONE, "silence"):
            evaluator.cap_times(watch, batch)
            state = evaluator.state(watch.id)
            if state.open:
                if state.begun is not None and last > state.begun:
                    _feed(evaluator, watch, -late, last, batch, offset=late)
            elif since is not None and not absent:
                base = max(last, since)
                beyond = (batch.now - base - known.late_after).total_seconds()
                if beyond > 0:
                    _feed(evaluator, watch, beyond, base + known.late_after, batch, offset=late)


def _feed(
    evaluator: Evaluator,
    watch: Watch,
    value: float,
    time: datetime,
    batch: EvaluatedBatch,
    *,
    offset: float = 0.0,
    detail: str = "",
) -> None:
    """Evaluate a lasting condition: announced when it begins, becomes more severe, or ends.

    The event shows `value` and the limit with `offset` added: two hours of silence against two hours.
    """
    evaluator.cap_times(watch, batch)
    state = evaluator.state(watch.id)
    evaluation = evaluate(watch, value, time)
    if evaluation is None or (state.phase == "normal" and evaluation.severity is None):
        return
    if state.phase == "firing" and evaluation.severity == state.severity:
        return
    limit = evaluation.limit + offset
    evaluator.feed(
        watch, Observed(time, value + offset, limit, evaluation.severity, evaluation.clear), batch, detail
    )
