"""Levels: what they hold against what, and where each of them stands; a table of rows for each form."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from alerts.rules import definition
from alerts.rules.definition import RuleLevel
from alerts.rules.evaluation import Evaluation, evaluate
from alerts.rules.index import RuleIndex, Watch
from sensors.catalogue.model import Catalogue
from sensors.standards.targets import Target
from tests.support import rule_streams
from tests.support.alerting_harness import CATALOGUE, SHIPPED

DAY = datetime(2026, 5, 4, 4, tzinfo=UTC)


def shipped(rule: str, site: str, parameter: str, catalogue: Catalogue = CATALOGUE) -> Watch:
    """One shipped rule on one series."""
    [found] = [each for each in SHIPPED if each.id == rule]
    index = RuleIndex([found], catalogue)
    assert index.covers(found, site, parameter)
    return index.watch(found, site, parameter)


def severity(watch: Watch, value: float, day: datetime = DAY, *, against: float | None = None) -> str | None:
    """What the value amounts to."""
    found = evaluate(watch, value, day, against=against)
    return None if found is None else found.severity


SEVERITIES = [
    # rule, place, parameter, value, severity
    ("pm25-1h", "taizicheng", "pm25", 25.1, "watch"),
    ("pm25-24h", "taizicheng", "pm25", 400.0, "watch"),
    ("pm25-month", "zone-competition", "pm25", 26.0, "watch"),
    ("pm25-month", "zone-city", "pm25", 26.0, None),
    ("pm25-year-to-date", "zone-competition", "pm25", 26.0, "watch"),
    ("pm25-year", "zone-competition", "pm25", 25.4, None),
    ("pm25-year", "zone-competition", "pm25", 25.6, "critical"),
    ("pm25-year", "zone-city", "pm25", 25.6, None),
    ("pm25-12month", "zone-competition", "pm25", 25.6, "critical"),
    ("pm25-12month", "zone-city", "pm25", 25.6, None),
    ("pm25-outlook", "zone-competition", "pm25", 12.5, None),
    ("pm25-outlook", "zone-competition", "pm25", 12.4, "warning"),
    ("pm25-outlook", "zone-competition", "pm25", 0.0, "warning"),
    ("pm25-outlook", "zone-competition", "pm25", -0.1, "critical"),
    ("pm25-outlook-season", "zone-competition", "pm25", 0.0, None),
    ("pm25-outlook-season", "zone-competition", "pm25", -0.1, "warning"),
    ("pm25-24h-standard", "wujinku", "pm25", 60.0, None),
    ("pm25-24h-standard", "wujinku", "pm25", 60.1, "warning"),
    ("air-24h-standard", "wujinku", "pm10", 120.1, "warning"),
    ("air-24h-standard", "wujinku", "so2", 150.1, "warning"),
    ("air-24h-standard", "wujinku", "no2", 80.1, "warning"),
    ("air-24h-standard", "wujinku", "co", 4.1, "warning"),
    ("air-1h-standard", "wujinku", "so2", 500.1, "warning"),
    ("air-1h-standard", "wujinku", "no2", 200.1, "warning"),
    ("air-1h-standard", "wujinku", "co", 10.1, "warning"),
    ("air-1h-standard", "wujinku", "o3", 200.1, "warning"),
    ("o3-8h-standard", "wujinku", "o3", 160.1, "warning"),
    ("aqi", "wujinku", "aqi", 100.0, None),
    ("aqi", "wujinku", "aqi", 200.0, "watch"),
    ("aqi", "wujinku", "aqi", 201.0, "critical"),
    ("water-sample", "houcheng", "_", 3.0, None),
    ("water-sample", "houcheng", "_", 4.0, "watch"),
    ("water-sample", "houcheng", "_", 5.0, "critical"),
    ("water-sample", "houcheng", "_", 6.0, "critical"),
    ("water-lasting", "houcheng", "_", 4.0, "warning"),
    ("water-month", "river-baihe", "water_class", 6.0, "watch"),
    ("water-year", "river-baihe", "water_class", 4.0, "critical"),
    ("water-12month", "river-yongding", "water_class", 4.0, "critical"),
]


@pytest.mark.parametrize(("rule", "site", "parameter", "value", "expected"), SEVERITIES)
def test_what_is_shipped_is_as_severe_as_plan_and_law_say(
    rule: str, site: str, parameter: str, value: float, expected: str | None
) -> None:
    assert severity(shipped(rule, site, parameter), value) == expected


def with_targets(*targets: Target) -> Catalogue:
    """The shipped places, with these targets alone."""
    return structs.replace(CATALOGUE, targets=targets)


def target(**changed: Any) -> Target:
    """A class for Houcheng, stable from 2020 on."""
    plain = Target("t", "river-baihe", "year", "stable", date(2020, 1, 1), 2022, "", water_class=3,
                   section="houcheng")  # fmt: skip
    return structs.replace(plain, **changed)


CLASSES = [
    # class of the target, class of the sample, severity
    (1, 2, "watch"),
    (1, 3, "critical"),
    (2, 3, "watch"),
    (2, 4, "critical"),
    (3, 4, "watch"),
    (3, 5, "critical"),
    (4, 5, "watch"),
    (4, 6, "critical"),
    (5, 5, None),
    (5, 6, "critical"),
]


@pytest.mark.parametrize(("aimed", "found", "expected"), CLASSES)
def test_two_classes_worse_or_worse_than_v_is_critical(aimed: int, found: int, expected: str | None) -> None:
    watch = shipped("water-sample", "houcheng", "_", with_targets(target(water_class=aimed)))

    assert severity(watch, found) == expected


def test_people_are_told_the_target_not_the_class_that_was_still_within() -> None:
    found = evaluate(shipped("water-sample", "houcheng", "_"), 6.0, DAY)

    assert found == Evaluation("critical", clear=False, compared=6.0, limit=3.0)


JUMPS = [
    # parameter, mean of yesterday, reading, severity; class III of a river: NH3-N 1.0, TP 0.2, CODMn 6
    pytest.param("nh3n", 0.05, 0.15, None, id="exactly three times"),
    pytest.param("nh3n", 0.05, 0.16, "watch", id="three times next to nothing"),
    pytest.param("nh3n", 0.3, 1.0, "watch", id="exactly at the class"),
    pytest.param("nh3n", 0.3, 1.01, "critical", id="worse than the class"),
    pytest.param("nh3n", 0.9, 1.2, None, id="worse than the class without a jump"),
    pytest.param("tp", 0.06, 0.21, "critical", id="phosphorus"),
    pytest.param("codmn", 1.9, 6.1, "critical", id="organic matter"),
    pytest.param("turbidity", 10.0, 900.0, "watch", id="rain"),
    pytest.param("conductivity", 100.0, 900.0, "watch", id="no class has a limit on it"),
]


@pytest.mark.parametrize(("parameter", "mean", "value", "expected"), JUMPS)
def test_a_jump_may_be_an_accident_where_the_item_is_worse_than_its_class_too(
    parameter: str, mean: float, value: float, expected: str | None
) -> None:
    assert severity(shipped("water-sudden", "houcheng", parameter), value, against=mean) == expected


def test_without_a_target_a_jump_is_no_more_than_a_sign() -> None:
    watch = shipped("water-sudden", "houcheng", "nh3n", with_targets())

    assert severity(watch, 30.0, against=0.3) == "watch"


DUE = [
    # rule, place, parameter, value, day, severity; both are striven for by 2035
    pytest.param(
        "water-year", "river-baihe", "water_class", 3.0, "2034-12-31", None, id="a day before II is due"
    ),
    pytest.param("water-year", "river-baihe", "water_class", 3.0, "2035-01-01", "critical", id="II is due"),
    pytest.param("pm25-year", "zone-city", "pm25", 40.0, "2034-12-31", None, id="a day before 25 is due"),
    pytest.param("pm25-year", "zone-city", "pm25", 40.0, "2035-01-01", "critical", id="25 is due"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "site", "parameter", "value", "day", "expected"), DUE)
def test_what_is_striven_for_is_an_aspiration_until_its_year(
    rule: str, site: str, parameter: str, value: float, day: str, expected: str | None
) -> None:
    watch = shipped(rule, site, parameter)

    assert severity(watch, value, datetime.fromisoformat(f"{day}T04:00:00+00:00")) == expected


def test_a_binding_target_stays_in_force_beside_a_newer_one_that_is_striven_for() -> None:
    rule = rule_streams.rule(
        statistic="sample", levels=(RuleLevel("warning", "target", wordings=("stable",)),)
    )
    newer = target(id="n", wording="striven_for", water_class=2, valid_from=date(2024, 1, 1), due=2035)
    watch = RuleIndex([rule], with_targets(target(), newer)).watch(rule, "houcheng", "_")

    assert [bound.limit for bound in watch.bounds(DAY).levels] == [3.0]


def test_a_factor_of_a_target_is_compared_unrounded() -> None:
    """25 is met by 25.4, as that rounds to 25; half of it is a number of ours."""
    whole, half = (RuleLevel("watch", "target", times=times) for times in (1, 0.5))
    low = target(place="zone-city", section=None, water_class=None, parameter="pm25", limit=Decimal(25),
                 decimals=0)  # fmt: skip
    watches = [
        RuleIndex([rule], with_targets(low)).watch(rule, "zone-city", "pm25")
        for level in (whole, half)
        for rule in [rule_streams.rule(statistic="month", levels=(level,))]
    ]

    assert [severity(watches[0], value) for value in (25.4, 25.6)] == [None, "watch"]
    assert [severity(watches[1], value) for value in (12.5, 12.6)] == [None, "watch"]


def test_a_reading_clears_a_fifth_below_the_target_and_counts_only_below_an_hour() -> None:
    [rule] = [each for each in SHIPPED if each.id == "pm25-reading"]
    site = CATALOGUE.sites["taizicheng"]
    quick = structs.replace(site, cycle=site.cycle / 2)
    catalogue = structs.replace(CATALOGUE, sites={**CATALOGUE.sites, "taizicheng": quick})
    index = RuleIndex([rule], catalogue)

    assert set(index.places(rule)) == {"taizicheng"}
    found = [evaluate(index.watch(rule, "taizicheng", "pm25"), value, DAY) for value in (25.1, 25.0, 20.0)]
    assert [(one.severity, one.clear) for one in found if one] == [
        ("watch", False),
        (None, False),
        (None, True),
    ]


MISTAKES = [
    pytest.param("limit = 35, clear_times = 1.2", "clear_times = 1.2", id="clear beyond"),
    pytest.param("limit = 35, clear = 20, clear_times = 0.5", "without clear", id="both"),
    pytest.param('limit = "target", clear = 20', "clear_times goes with any", id="clear of a word"),
    pytest.param("limit = 35, times = 2", "times needs limit", id="times a number"),
    pytest.param('limit = "target", classes_beyond = 1', "classes_beyond needs a water class", id="no class"),
    pytest.param('limit = 35, wordings = ["firm"]', "wordings", id="wording"),
    pytest.param(
        'limit = 35 }, { severity = "warning", limit = 35', "further out", id="two levels at one limit"
    ),
]


@pytest.mark.parametrize(("level", "words"), MISTAKES)
def test_a_level_that_cannot_be_meant_is_named(level: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        f'[[rule]]\nid = "mine"\ncategory = "exceedance"\nstatistic = "reading"\nparameters = ["pm25"]\n'
        f'levels = [{{ severity = "watch", {level} }}]\nname = {{ zh = "我的", en = "mine" }}\n',
        encoding="utf-8",
    )

    with pytest.raises(definition.RulesError) as refused:
        definition.load(CATALOGUE, [file])

    [problem] = refused.value.problems
    assert problem.startswith(f"{file}: rule mine: ")
    assert words in problem


def test_a_key_that_came_later_leaves_the_fingerprint_of_a_rule_without_it() -> None:
    """Their open episodes would end with an upgrade otherwise; the figures are those of before."""
    rule = rule_streams.rule()

    assert rule.fingerprint == "6cfb6465b0d4"
    assert structs.replace(rule, cycle_below="1h").fingerprint != rule.fingerprint
    [level, *_] = rule.levels
    for changed in ({"times": 2.0}, {"clear_times": 0.8}, {"classes_beyond": 1}, {"wordings": ("stable",)}):
        other = structs.replace(rule, levels=(structs.replace(level, **changed),))
        assert other.fingerprint != structs.replace(rule, levels=(level,)).fingerprint
