"""With which readings of a site no rule does anything: until a machine, a baseline or the day changes."""

from collections.abc import Sequence
from datetime import timedelta
from math import inf

import pytest
from msgspec.structs import replace

from alerts.batch import EvaluatedBatch
from alerts.calm import calm_means
from alerts.episodes.states import State
from alerts.evaluator import Evaluator
from alerts.rules.definition import Rule, RuleLevel
from alerts.rules.index import RuleIndex
from ingest.journal.entries import SiteEntry
from sensors.calendar import to_ms
from sensors.model import Statistic
from tests.support.rule_streams import CATALOGUE, SITE, at, rule

ABOVE = rule(id="above", levels=(RuleLevel("watch", 25.0, 20.0),), parameters=("pm25",))
BELOW = rule(id="below", levels=(RuleLevel("watch", 10.0),), direction="below", parameters=("pm25",))
SUDDEN = rule(id="sudden", levels=(RuleLevel("watch", 2.0),), against="24h", parameters=("pm25",))
MEAN = rule(id="mean", statistic="1h", levels=(RuleLevel("watch", 25.0, 20.0),), parameters=("pm25",))
LAST_DAY = Statistic(SITE, "pm25", "24h", at(-1440), at(0), 10.0, 24, 24, valid=True, closed=True)


def evaluator(rules: Sequence[Rule]) -> Evaluator:
    return Evaluator(RuleIndex(rules, CATALOGUE), None)


def exceeding(on: Evaluator, minutes: float, pm25: float) -> list[str]:
    """The rules that a message's readings exceed."""
    entry = SiteEntry("air", SITE, "rtd", at(minutes), at(minutes), ("pm25", "pm10"), (pm25, 1000.0))
    batch = EvaluatedBatch(at(minutes))
    on.evaluate_readings([entry], batch)
    return [point.tags["rule"] for point in batch.exceedances]


@pytest.mark.parametrize(
    ("value", "expected"),
    [(25.0, []), (25.1, ["above"]), (10.0, []), (9.9, ["below"])],
    ids=["at the limit", "above it", "at the lower limit", "below that"],
)
def test_a_limit_itself_is_within_it(value: float, expected: list[str]) -> None:
    on = evaluator([ABOVE, BELOW])
    exceeding(on, 0, 15.0)

    assert exceeding(on, 1, value) == expected


def test_a_machine_that_has_left_idle_sees_what_is_calm_otherwise() -> None:
    on = evaluator([ABOVE])
    exceeding(on, 0, 15.0)
    exceeding(on, 1, 30.0)
    assert on.state(("above", SITE, "pm25")).phase == "firing"

    exceeding(on, 2, 15.0)

    assert on.state(("above", SITE, "pm25")).phase == "normal"


def test_a_baseline_counts_at_once_and_for_two_days() -> None:
    on = evaluator([SUDDEN])
    assert exceeding(on, 0, 30.0) == []
    on.evaluate_statistics([LAST_DAY], EvaluatedBatch(at(0)))

    assert exceeding(on, 1, 20.0) == []
    assert exceeding(on, 2, 20.1) == ["sudden"]
    two_days = timedelta(days=2) / timedelta(minutes=1)
    assert exceeding(on, two_days, 20.1) == ["sudden"]
    assert exceeding(on, two_days + 1, 20.1) == []


def mean_until(minutes: float) -> Statistic:
    """An hour's mean within every level."""
    return Statistic(SITE, "pm25", "1h", at(minutes - 60), at(minutes), 10.0, 60, 60, valid=True, closed=True)


@pytest.mark.parametrize(
    "minutes",
    [range(1, 300), range(60, 300, 60), range(59, 61), range(1, 400, 7), [1, 59.9, 60, 119.9, 121, 180, 181]],
    ids=["each minute", "each hour", "about an hour", "each seventh", "uneven"],
)
def test_of_calm_means_a_machine_sees_those_that_it_records(minutes: Sequence[float]) -> None:
    every, due = evaluator([MEAN]), evaluator([MEAN])
    for on in (every, due):
        on.evaluate_statistics([mean_until(0)], EvaluatedBatch(at(0)))
    numbers = due.calm_means(SITE, "pm25", "1h").find_due([to_ms(at(one)) for one in minutes], 0)

    every.evaluate_statistics([mean_until(one) for one in minutes], EvaluatedBatch(at(0)))
    due.evaluate_statistics([mean_until(minutes[number]) for number in numbers], EvaluatedBatch(at(0)))

    assert due.state(("mean", SITE, "pm25")) == every.state(("mean", SITE, "pm25"))
    assert len(numbers) <= minutes[-1] // 60


def test_where_machines_record_at_different_times_all_means_are_seen_from_the_first_on() -> None:
    index = RuleIndex([MEAN, replace(MEAN, id="other")], CATALOGUE)
    machines = {
        ("mean", SITE, "pm25"): State(latest=at(0)),
        ("other", SITE, "pm25"): State(latest=at(30)),
    }

    calm = calm_means(index.statistic_rules(SITE, "pm25", "1h"), machines)

    assert (calm.start, calm.end, calm.due) == (to_ms(at(30)), to_ms(at(60)), inf)
