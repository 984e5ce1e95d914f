"""Rules from TOML: what is shipped covers what it should; mistakes are named by file, rule and key."""

from pathlib import Path

import pytest

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from tests.support.alerting_harness import CATALOGUE, SHIPPED

GOOD = """\
[[rule]]
id = "mine"
category = "exceedance"
statistic = "reading"
parameters = ["pm25"]
levels = [{ severity = "watch", limit = 35 }]
name = { zh = "我的", en = "mine" }
"""

MISTAKES = [
    pytest.param(
        'statistic = "reading"', 'statistic = "weekly"', 'statistic: "weekly" is not one of', id="statistic"
    ),
    pytest.param(
        'id = "mine"', 'id = "mine"\nagainst = "week"', 'against: "week" is not one of reading', id="against"
    ),
    pytest.param('["pm25"]', '["pm3"]', 'parameters: unknown parameter "pm3"', id="parameter"),
    pytest.param("limit = 35", 'limit = "law"', "levels", id="limit"),
    pytest.param(
        "limit = 35", "limit = 35, clear = 40", "clear = 40 lies beyond limit = 35", id="clear beyond"
    ),
    pytest.param('severity = "watch"', 'severity = "loud"', "levels", id="severity"),
    pytest.param('id = "mine"', 'id = "my rule"', "id: must match", id="id"),
    pytest.param(
        'id = "mine"', 'id = "mine"\nsites = ["nowhere"]', 'sites: no site has the id "nowhere"', id="site"
    ),
    pytest.param(
        'id = "mine"', 'id = "mine"\nzones = ["moon"]', 'zones: no [[zone]] has the id "moon"', id="zone"
    ),
    pytest.param('id = "mine"', 'id = "mine"\nfor = "long"', 'for: "long" is no duration', id="for"),
    pytest.param('id = "mine"', 'id = "mine"\ncolour = "red"', "colour: unknown key", id="unknown key"),
    pytest.param(
        "[{ severity",
        '[{ severity = "critical", limit = 20 }, { severity',
        "mildest to the most severe",
        id="order",
    ),
    pytest.param(
        'statistic = "reading"',
        'statistic = "check"\nchecks = ["flat", "spikes"]',
        'rule mine: checks: "spikes" is not one of flag, range, step, flat, spike',
        id="check",
    ),
    pytest.param("[[rule]]", "[[rules]]", "rules: unknown key; rules are [[rule]]", id="table"),
    pytest.param("[[rule]]", "[[rule", "line 1", id="no TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "words"), MISTAKES)
def test_a_mistake_is_named(right: str, wrong: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(GOOD.replace(right, wrong), encoding="utf-8")

    with pytest.raises(definition.RulesError) as refused:
        definition.load(CATALOGUE, [file])

    [problem] = refused.value.problems
    assert problem.startswith(f"{file}: ")
    assert words in problem
    assert "\n" not in problem


def test_a_rule_of_the_same_id_replaces_the_shipped_one(tmp_path: Path) -> None:
    """It replaces it whole, and may switch it off."""
    file = tmp_path / "rules.toml"
    other = GOOD.replace('"mine"', '"aqi"') + "enabled = false\n"
    file.write_text(GOOD.replace('"mine"', '"pm25-reading"') + other, encoding="utf-8")

    loaded = {rule.id: rule for rule in definition.load(CATALOGUE, [file])}

    assert loaded["pm25-reading"].levels[0].limit == 35
    assert loaded["pm25-reading"].zones == ()
    assert "aqi" not in loaded
    assert len(loaded) == len(SHIPPED) - 1


def test_what_is_shipped_covers_what_the_plan_asks_for() -> None:
    coverage = RuleIndex(SHIPPED, CATALOGUE)
    told = {
        (rule.id, rule.levels[-1].severity): set(coverage.places(rule)) for rule in coverage.rules.values()
    }
    competition = {"chongli-qingshaonian", "yunding", "guyangshu", "taizicheng"}

    assert told["pm25-reading", "watch"] == set()  # all of them have one reading an hour
    assert told["pm25-1h", "watch"] == competition | {"zone-competition"}
    assert told["pm25-24h", "watch"] == competition | {"zone-competition"}
    assert told["pm25-year", "critical"] == {"zone-competition", "zone-city"}
    assert told["water-sample", "critical"] == {"houcheng", "houcheng-old", "bahaoqiao"}
    assert [rule for rule, places in told.items() if not places] == [("pm25-reading", "watch")]


def test_every_shipped_rule_says_what_to_do() -> None:
    assert [rule.id for rule in SHIPPED if rule.advice is None] == []


def test_a_fingerprint_follows_verdicts_not_texts() -> None:
    import msgspec

    from sensors.model import Name

    rule = SHIPPED[0]

    assert (
        msgspec.structs.replace(rule, name=Name("别", "other"), repeat="9h").fingerprint == rule.fingerprint
    )
    assert msgspec.structs.replace(rule, advice=Name("别", "other")).fingerprint == rule.fingerprint
    assert msgspec.structs.replace(rule, for_="9h").fingerprint != rule.fingerprint
