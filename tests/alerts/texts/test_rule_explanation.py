from datetime import UTC, datetime

import pytest

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from alerts.texts.rule_explanation import explain
from sensors.catalogue import loader

INDEX = RuleIndex(definition.load(CATALOGUE := loader.load([])), CATALOGUE)
NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
BEFORE_THE_NEW_STANDARD = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "severity", "zh", "en", "origin"),
    [
        # The plan: 25 µg/m³ in the competition zone; targets.toml.
        pytest.param("pm25-24h", "watch", "PM2.5 24h > 25 µg/m³", "PM2.5 24 h > 25 µg/m³", "pm25-competition",
                     id="a target of the plan"),
        # GB 3095-2026, interim limit of a day: 60 µg/m³.
        pytest.param("pm25-24h-standard", "warning", "PM2.5 24h > 60 µg/m³", "PM2.5 24 h > 60 µg/m³",
                     "GB 3095-2026",
                     id="a limit of the standard"),
        pytest.param("aqi", "critical", "AQI > 200", "AQI > 200", "", id="a number of the rule's own"),
        # Two classes worse than class III: worse than IV, which is what counts.
        pytest.param("water-sample", "critical", "水质 > Ⅳ类", "water > Ⅳ", "baihe-iii",
                     id="classes beyond the target"),
        pytest.param("air-sudden", "watch", "PM2.5 读数 > 5 × 24小时滑动均值",
                     "PM2.5 reading > 5 × rolling 24 h mean", "",
                     id="a multiple of a mean"),
        pytest.param("pm25-outlook", "critical", "PM2.5 < 0 µg/m³", "PM2.5 < 0 µg/m³", "", id="below"),
    ],
)  # fmt: skip
def test_limits_in_words(rule: str, severity: str, zh: str, en: str, origin: str) -> None:
    found = explain(INDEX.rules[rule], INDEX, NOW).limits
    assert (severity, zh, en) in {(each.severity, each.text.zh, each.text.en) for each in found}
    named = next(each for each in found if (each.severity, each.text.zh) == (severity, zh))
    assert named.origin.startswith(origin)
    assert bool(named.origin) == bool(origin)


def test_limits_are_those_of_the_day() -> None:
    found = explain(INDEX.rules["pm25-24h-standard"], INDEX, BEFORE_THE_NEW_STANDARD).limits
    assert {each.text.en for each in found} == {"PM2.5 24 h > 75 µg/m³"}  # GB 3095-2012, table 1, class 2


def test_what_watches_no_measured_quantity_has_no_limit() -> None:
    for rule in INDEX.rules.values():
        explained = explain(rule, INDEX, NOW)
        if rule.statistic in {"silence", "check"}:
            assert explained.limits == ()
        elif explained.places:
            assert explained.limits, rule.id
