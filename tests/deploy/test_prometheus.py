"""The shipped Prometheus rules: over families that exist, valid to Prometheus, each fires when it should."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sensors.model import LANGUAGES
from tests.deploy.prometheus import FOLDER, NAMES, SELECTORS, families, promtool
from tests.docs import interfaces

RULES = FOLDER / "liangqu.rules.yml"


def rules() -> list[dict[str, Any]]:
    [group] = msgspec.yaml.decode(RULES.read_bytes())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_rule_names_only_families_and_labels_that_exist_and_speaks_both_languages(
    rule: dict[str, Any],
) -> None:
    known = families()

    assert [name for name in NAMES.findall(rule["expr"]) if name not in known] == []
    for name, matchers in SELECTORS.findall(rule["expr"]):
        labels = set(re.findall(r"(\w+)\s*=", matchers))
        assert labels <= set(getattr(known[name], "_labelnames", ())), name
    assert rule["labels"]["severity"] in {"info", "warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "summary_zh", "description"}
    assert len(LANGUAGES) == 2


def test_a_name_that_no_figure_has_would_be_seen() -> None:
    assert NAMES.findall("sum(liangqu_nope_total[1h]) > 0") == ["liangqu_nope_total"]
    assert "liangqu_nope_total" not in families()


def test_parts_severities_and_states_in_the_rules_are_those_that_the_service_says() -> None:
    text = RULES.read_text(encoding="utf-8")
    parts = set(re.findall(r'liangqu_up\{part="(\w+)"\}', text))

    assert parts
    assert parts <= set(interfaces.readiness_parts())
    assert set(re.findall(r'liangqu_sites\{state="(\w+)"\}', text)) == {"never_heard"}


FIRES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    # alert: series in Prometheus' notation, a sample a minute, that fire it; and that do not
    "LiangquDown": ({'up{job="liangqu"}': "0x2000"}, {'up{job="liangqu"}': "1x2000"}),
    "LiangquAbsent": ({}, {"liangqu_build_info": "1x2000"}),
    "LiangquRestarts": (
        {"liangqu_start_time_seconds": "0+10x2000"},
        {"liangqu_start_time_seconds": "0x2000"},
    ),
    "LiangquBrokerAway": ({'liangqu_up{part="broker"}': "0x2000"}, {'liangqu_up{part="broker"}': "1x2000"}),
    "LiangquStoreAway": ({'liangqu_up{part="store"}': "0x2000"}, {'liangqu_up{part="store"}': "1x2000"}),
    "LiangquTakesNothing": (
        {'liangqu_up{part="journal"}': "0x2000"},
        {'liangqu_up{part="journal"}': "1x2000"},
    ),
    "LiangquJournalFills": (
        {"liangqu_journal_bytes": "81x2000", "liangqu_journal_limit_bytes": "100x2000"},
        {"liangqu_journal_bytes": "80x2000", "liangqu_journal_limit_bytes": "100x2000"},
    ),
    "LiangquFallsBehind": (
        {'liangqu_oldest_waiting_seconds{queue="inbox"}': "301x2000"},
        {'liangqu_oldest_waiting_seconds{queue="inbox"}': "300x2000"},
    ),
    "LiangquStoreBehind": (
        {
            'liangqu_oldest_waiting_seconds{instance="a",queue="outgoing"}': "3601x2000",
            'liangqu_up{instance="a",part="store"}': "1x2000",
        },
        {
            'liangqu_oldest_waiting_seconds{instance="a",queue="outgoing"}': "3601x2000",
            'liangqu_up{instance="a",part="store"}': "0x2000",  # that is another alarm
        },
    ),
    "LiangquNothingComes": (
        {"liangqu_messages_received_total": "7x2000", "liangqu_start_time_seconds": "0x2000"},
        {"liangqu_messages_received_total": "0+1x2000", "liangqu_start_time_seconds": "0x2000"},
    ),
    "LiangquStationSilent": (
        {
            'liangqu_last_message_timestamp_seconds{site="a"}': "0x2000",
            'liangqu_site_late_after_seconds{site="a"}': "7200x2000",
        },
        {
            'liangqu_last_message_timestamp_seconds{site="a"}': "0+60x2000",
            'liangqu_site_late_after_seconds{site="a"}': "7200x2000",
        },
    ),
    "LiangquStationNeverHeard": (
        {'liangqu_sites{state="never_heard"}': "1x2000"},
        {'liangqu_sites{state="never_heard"}': "0x2000"},
    ),
    "LiangquStationClock": (
        {'liangqu_site_clock_behind_seconds{site="a"}': "-28801x2000"},
        {'liangqu_site_clock_behind_seconds{site="a"}': "28800x2000"},
    ),
    "LiangquRefuses": (
        {'liangqu_quarantine_total{reason="not_json"}': "0+2x2000"},
        {'liangqu_quarantine_total{reason="not_json"}': "0+1x2000"},
    ),
    "LiangquPartFails": (
        {'liangqu_part_failing{part="store"}': "1x2000"},
        {'liangqu_part_failing{part="store"}': "0x2000"},
    ),
    "LiangquInternalError": (
        {'liangqu_internal_errors_total{what="tick"}': "0+1x2000"},
        {'liangqu_internal_errors_total{what="tick"}': "5x2000"},
    ),
    "LiangquNotificationsLost": (
        {'liangqu_notifications_total{channel="mail",result="given_up"}': "0+1x2000"},
        {'liangqu_notifications_total{channel="mail",result="failed"}': "0+1x2000"},
    ),
    "LiangquChannelFails": (
        {'liangqu_notifications_total{channel="mail",result="failed"}': "0+1x2000"},
        {
            'liangqu_notifications_total{channel="mail",result="failed"}': "0+1x2000",
            'liangqu_notifications_total{channel="mail",result="sent"}': "0+1x2000",
        },
    ),
    "LiangquSessionLost": (
        {"liangqu_broker_sessions_taken_total": "0+1x2000"},
        {"liangqu_broker_sessions_taken_total": "3x2000", "liangqu_broker_sessions_lost_total": "3x2000"},
    ),
    "LiangquSumsDoNotHold": (
        {
            "liangqu_messages_received_total": "7x2000",
            "liangqu_messages_inbox": "2x2000",
            "liangqu_messages_processed_total": "4x2000",
        },
        {
            "liangqu_messages_received_total": "7x2000",
            "liangqu_messages_inbox": "2x2000",
            "liangqu_messages_processed_total": "5x2000",
        },
    ),
    "LiangquLogLost": (
        {"liangqu_log_lines_dropped_total": "0+1x2000"},
        {"liangqu_log_lines_dropped_total": "3x2000"},
    ),
}


MINUTES = {"LiangquNothingComes": 200, "LiangquStationSilent": 140, "LiangquStationClock": 190}
MINUTES["LiangquStationNeverHeard"] = 1450
"""After how long it is asked; 90 minutes for all others."""


def test_each_rule_has_its_rows() -> None:
    assert {rule["alert"] for rule in rules()} == FIRES.keys()


def a_test(alert: str, series: Mapping[str, str], *, fires: bool) -> dict[str, Any]:
    """One test of promtool: whether the alert fires in time."""
    asked = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) > 0'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"sgn({asked})",
                "eval_time": f"{MINUTES.get(alert, 90)}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if fires else [],
            }
        ],
    }


@pytest.mark.server
@pytest.mark.parametrize("every", ["1m", "10m"])
def test_each_rule_fires_for_what_it_names_and_not_for_what_is_as_it_should_be(
    every: str, tmp_path: Path
) -> None:
    """Those that take a day are asked every ten minutes."""
    tests = [
        a_test(alert, series, fires=fires)
        for alert, both in FIRES.items()
        for series, fires in zip(both, (True, False), strict=True)
        if (MINUTES.get(alert, 0) > 24 * 60) == (every == "10m")
    ]
    file = tmp_path / "rules.test.yml"
    document = {"rule_files": [str(RULES)], "evaluation_interval": every, "tests": tests}
    file.write_text(json.dumps(document), encoding="utf-8")  # JSON is YAML too

    said = promtool("test", "rules", file)

    assert tests
    assert said.returncode == 0, said.stderr + said.stdout


@pytest.mark.server
def test_prometheus_reads_the_shipped_configuration_with_its_rules() -> None:
    said = promtool("check", "config", FOLDER / "prometheus.yml")

    assert said.returncode == 0, said.stderr
    assert f"{len(rules())} rules found" in said.stdout


@pytest.mark.server
def test_a_rule_that_is_none_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "x.yml").write_text(RULES.read_text("utf-8").replace("== 0", "=== 0", 1), encoding="utf-8")

    assert promtool("check", "rules", tmp_path / "x.yml").returncode != 0
