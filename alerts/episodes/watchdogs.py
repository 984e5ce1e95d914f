"""Rules that follow the clock: silent stations, and parts of the system in trouble."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.batch import EvaluatedBatch
from alerts.episodes.states import Observed
from alerts.evaluator import Evaluator
from alerts.rules.definition import SYSTEM
from alerts.rules.evaluation import evaluate
from alerts.rules.index import NONE, Watch
from alerts.rules.inhibition import BROKER
from ingest.observer import Health
from ingest.sites.activity import NEVER_HEARD, UNHEARD_AFTER, SiteActivity
from ingest.sites.clock import encode_fault


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
    evaluator: Evaluator, activities: Iterable[SiteActivity], health: Health, batch: EvaluatedBatch
) -> None:
    """Evaluate silence: nothing current received for `late_after`, with the broker connected throughout.

    Args:
        evaluator: The machines.
        activities: When each site was last heard; old readings are no sign of life.
        health: Since when the broker has been connected or away.
        batch: Receives the result.
    """
    since = health.connected_since
    absent = since is None or evaluator.state((BROKER, NONE, "broker")).open
    for one in activities:
        last, late_after = one.current, one.site.late_after
        if last is None or not one.site.active:
            continue
        late, detail = late_after.total_seconds(), encode_fault(one.fault) if one.fault else ""
        for watch in evaluator.index.watches(one.site.id, NONE, "silence"):
            evaluator.cap_times(watch, batch)
            state = evaluator.state(watch.id)
            if state.open:
                is_alive = last == one.received or batch.now - last <= late_after
                if state.begun is not None and last > state.begun and is_alive:
                    _feed(evaluator, watch, -late, last, batch, offset=late)
            elif since is not None and not absent:
                base = max(last, since)
                beyond = (batch.now - base - late_after).total_seconds()
                if beyond > 0:
                    _feed(evaluator, watch, beyond, base + late_after, batch, offset=late, detail=detail)


def check_unheard(
    evaluator: Evaluator, unheard: Mapping[str, datetime], health: Health, batch: EvaluatedBatch
) -> None:
    """Evaluate the silence of sites that have never sent: after a day, the broker there for `late_after`.

    Args:
        evaluator: The machines.
        unheard: Since when each of them is waited for.
        health: Since when the broker has been connected or away.
        batch: Receives the result.
    """
    if health.connected_since is None or evaluator.state((BROKER, NONE, "broker")).open:
        return
    for id_, since in unheard.items():
        site = evaluator.index.catalogue.sites.get(id_)
        if site is None or batch.now - health.connected_since <= site.late_after:
            continue
        beyond = (batch.now - since - UNHEARD_AFTER).total_seconds()
        for watch in evaluator.index.watches(id_, NONE, "silence") if beyond > 0 else ():
            if not evaluator.state(watch.id).open:
                told = since + UNHEARD_AFTER
                late = UNHEARD_AFTER.total_seconds()
                _feed(evaluator, watch, beyond, told, batch, offset=late, detail=NEVER_HEARD)


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
