"""Water samples under rules: put together from their items, and evaluated by their class."""

from typing import TYPE_CHECKING

from alerts.batch import EvaluatedBatch, Missed
from alerts.episodes.state_store import StoredSample
from alerts.episodes.states import Frozen
from alerts.rules.evaluation import evaluate
from alerts.rules.index import NONE
from sensors.calendar import SHANGHAI
from sensors.model import Checked
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed, standard_on

if TYPE_CHECKING:
    from alerts.evaluator import Evaluator


def collect_item(evaluator: "Evaluator", checked: Checked, batch: EvaluatedBatch) -> None:
    """Add an item to its sample; a station may send a sample's items one by one."""
    reading = checked.reading
    sample = evaluator.samples.get(reading.site)
    if sample is not None and reading.time < sample.time:
        watches = evaluator.index.watches(reading.site, NONE, "sample")
        batch.missed += [Missed(watch, reading.time) for watch in watches]
        return
    if sample is None or reading.time > sample.time:
        if reading.site in batch.samples:
            evaluate_sample(evaluator, reading.site, batch)  # the sample before it is complete now
        sample = StoredSample(reading.time) if sample is None else sample.next(reading.time)
        evaluator.samples[reading.site] = sample
    if checked.validity == "valid":
        sample.items[reading.parameter] = reading.value
    else:
        sample.items.pop(reading.parameter, None)
    batch.samples[reading.site] = sample


def evaluate_sample(evaluator: "Evaluator", place: str, batch: EvaluatedBatch) -> None:
    """Evaluate a section's last sample, as far as it has arrived, by its class."""
    sample, site = evaluator.samples[place], evaluator.index.catalogue.sites[place]
    try:
        limits = assessed(standard_on(sample.time.astimezone(SHANGHAI).date()), site.waterbody)
    except NoStandard:
        return
    for watch in evaluator.index.watches(place, NONE, "sample"):
        levels = watch.bounds(sample.time).levels
        if not levels:
            continue
        target, rule = int(levels[0].limit), watch.rule.id
        quality = sample_class(sample.items, limits, target=target)
        if quality is None:
            continue
        evaluation = evaluate(watch, float(quality.number), sample.time)
        is_idle = evaluator.state(watch.id).phase == "normal"
        if evaluation is None or (evaluation.severity is None and is_idle):
            continue
        if evaluation.severity is None and not sample.is_decisive(rule):
            sample.worse[rule] = sample.before.get(rule, sample.over)
            evaluator.feed(watch, Frozen(sample.time), batch)
            continue
        sample.worse[rule] = {grade.limits.item for grade in quality.grades if grade.number > target}
        detail = "; ".join(str(over) for over in quality.times_over) or ", ".join(quality.determining)
        age = batch.now - sample.time
        evaluator.observe(watch, evaluation, sample.time, batch, age=age, detail=detail)
