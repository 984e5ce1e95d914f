"""The table of statistics, and that nobody keeps another."""

import ast
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest
from msgspec.structs import replace

from alerts.rules import definition
from alerts.rules.evaluation import evaluate
from alerts.rules.index import RuleIndex
from dashboards.reports.content.exceedances.runs import find_exceedances
from dashboards.reports.month import Month
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.model import StatisticName, WatchedStatistic
from sensors.standards import aqi
from sensors.standards import statistics as table
from sensors.standards.statistics import BELOW_MONTH, WINDOWS, statistic_kind, statistics
from tests.support.paths import ROOT

PACKAGES = ("alerts", "dashboards", "ingest", "liangqu", "sensors")
TABLE = (ROOT / "sensors" / "standards" / "statistics.py", ROOT / "sensors" / "model.py")
NAMES = {kind.id for kind in statistics()}
MISTAKABLE = {"reading", "sample", "check", "silence", "system", "day"}  # other things are called so too
DATE_PARTS = {"year", "month", "day"}  # together they are the columns of a file's date
CONSTANTS = {name: value for name, value in vars(table).items() if isinstance(value, str) and value in NAMES}

CATALOGUE = loader.load()
RULES = RuleIndex(definition.load(CATALOGUE), CATALOGUE)
AT = datetime(2026, 7, 10, 15, tzinfo=SHANGHAI)


def modules() -> list[Path]:
    return [file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]


def names_in(nodes: Sequence[ast.AST | None]) -> list[str]:
    """The names of statistics among some expressions, as texts or by the table's constants."""
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    constants = [CONSTANTS.get(node.id, "") for node in nodes if isinstance(node, ast.Name)]
    return [name for name in (*texts, *constants) if name in NAMES]


def collections_of_names(tree: ast.AST) -> list[list[str]]:
    """The tuples, lists, sets and keys of maps that hold two and more names of statistics."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            names = names_in(node.elts)
        elif isinstance(node, ast.Dict):
            names = names_in(node.keys)
        else:
            continue
        if len(set(names)) > 1 and not MISTAKABLE.issuperset(names) and not is_date(node):
            found.append(names)
    return found


def is_date(node: ast.AST) -> bool:
    """Whether these are the parts of a date, or those of one whose year stands apart."""
    names = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant)}
    return names >= DATE_PARTS or names == DATE_PARTS - {"year"}


def spelled_names(tree: ast.AST) -> list[str]:
    """The names of statistics that are spelled, but for texts of a board and keys of a report's words."""
    words = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"words", "tr"}
        for argument in node.args
    }
    dates = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple | ast.List) and is_date(node)
        for part in ast.walk(node)
    }
    passed = words | dates
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in passed]
    return [name for name in names_in(nodes) if name not in MISTAKABLE]


def test_it_would_notice_a_table_of_somebody_else() -> None:
    assert collections_of_names(ast.parse('ROLLING = frozenset({"1h", "24h"})'))
    assert collections_of_names(ast.parse('WIDTHS = {"8h": 8, ROLLING_24H: 24}'))
    assert collections_of_names(ast.parse("LONG = (MONTH, YEAR)"))
    assert not collections_of_names(ast.parse('SPACING = {"hour": 1, "day": 24}'))
    assert spelled_names(ast.parse('rule("8h")')) == ["8h"]
    assert not collections_of_names(ast.parse('("year", "month", "day", "hour")'))
    assert not spelled_names(ast.parse('("date", "year", "month", "day")'))
    assert not spelled_names(ast.parse('words("year_to_date")'))


# A report's lay-out says which periods stand beside each other: columns, cards and their starts.
LAID_OUT = {
    "dashboards/reports/month.py",
    "dashboards/reports/rendering/tables/exceptional_table.py",
    "dashboards/reports/rendering/tables/index_tables.py",
    "dashboards/reports/content/water.py",
    "dashboards/reports/content/series.py",
    "liangqu/assess/air_columns.py",  # what a file's headings say that a column is
    "sensors/decoding/tables/headings.py",  # same
    "ingest/statistics/batch_result.py",  # of which an assessment is what is so now
    "ingest/recompute/wider_zones/stored.py",  # what it reads of a member
    "liangqu/demo/picture/judgement.py",  # whose limits stand in the head of a column
    "sensors/averages/bulk/months.py",  # computes them
    "sensors/averages/live/calendar_periods.py",  # same
}


def test_nobody_else_keeps_a_set_or_map_of_statistics() -> None:
    found = {
        str(file.relative_to(ROOT)): names
        for file in modules()
        if file not in TABLE and (names := collections_of_names(ast.parse(file.read_text(encoding="utf-8"))))
    }
    assert set(found) == LAID_OUT, found


PAGES = ROOT / "liangqu/desk/pages"
"""Whose forms and templates have fields of these names: a `month` there is the month of an address."""

# Where a word of the table is spelled besides, in at most 13 modules; most mean something else by it.
SPELLED = {
    "alerts/rules/definition.py": "the duration that `hold` has if a rule says nothing",
    "dashboards/grafana/common.py": "how far back a panel looks",
    "dashboards/reports/export.py": "a key of report.json",
    "dashboards/reports/month.py": "a key of words.toml",
    "dashboards/reports/text/generated.py": "the name of a chapter",
    "dashboards/reports/revisions/former.py": "a key of report.json",
    "ingest/journal/handover/tables.py": "a column of the journal",
    "ingest/journal/statistics_state.py": "a column of the journal",
    "liangqu/assess/air_columns.py": "what a heading of a file says",
    "ingest/stores/influxdb/section.py": "the longest time-out",
    "sensors/catalogue/rows.py": "the cycle of an air station that says nothing",
    "sensors/decoding/tables/headings.py": "what a heading of a file says",
    "sensors/standards/targets.py": "a target is of a year",
}


def test_a_statistic_is_spelled_in_the_table_alone() -> None:
    found = {
        str(file.relative_to(ROOT)): names
        for file in modules()
        if file not in TABLE
        and file.parent != PAGES
        and (names := spelled_names(ast.parse(file.read_text(encoding="utf-8"))))
    }
    assert found.keys() == SPELLED.keys(), found
    assert len(SPELLED) <= 13


def test_the_names_of_the_types_are_the_ids_of_the_table() -> None:
    assert set(get_args(StatisticName)) == NAMES
    assert set(get_args(WatchedStatistic)) == {kind.id for kind in statistics() if kind.watched}


def test_windows_and_days_are_those_of_the_standard() -> None:
    assert WINDOWS == (("8h", 8), ("24h", 24))
    assert [kind.id for kind in BELOW_MONTH] == ["1h", "8h", "24h", "day", "o3_8h_max"]
    with pytest.raises(ValueError, match="month does not span hours"):
        _ = statistic_kind("month").span


@pytest.mark.parametrize(
    ("name", "value", "exceeds"),
    [
        pytest.param("8h", 160.0, False, id="sliding 8 h exactly at the limit"),
        pytest.param("8h", 160.4, True, id="sliding 8 h a trace above: raw, as 1 h and 24 h"),
        pytest.param("o3_8h_max", 160.4, False, id="the day's maximum a trace above: rounded, as a period"),
        pytest.param("o3_8h_max", 160.6, True, id="the day's maximum, rounded above"),
    ],
)
def test_ozone_is_compared_raw_as_it_slides_and_rounded_as_a_day(
    name: WatchedStatistic, value: float, *, exceeds: bool
) -> None:
    """GB 3095-2026, table 1, class 2, interim: 160 µg/m³ for both."""
    rule = next(
        rule for rule in definition.load(CATALOGUE) if rule.statistic == "8h" and "o3" in rule.parameters
    )
    index = RuleIndex([_with(rule, name)], CATALOGUE)
    watch = index.watch(index.rules[rule.id], "wujinku", "o3")

    judged = evaluate(watch, value, AT)

    assert judged is not None
    assert judged.limit == 160
    assert (judged.severity is not None) == exceeds


def _with(rule: definition.Rule, statistic: WatchedStatistic) -> definition.Rule:
    return replace(rule, statistic=statistic)


def test_the_report_lists_what_the_rule_calls_out() -> None:
    rule = next(rule for rule in RULES.rules.values() if rule.statistic == "8h" and "o3" in rule.parameters)
    watch = RULES.watch(rule, "wujinku", "o3")
    values = pd.Series([160.0, 160.4, 160.0], index=pd.date_range(AT, periods=3, freq="h", tz=SHANGHAI))
    month = Month.parse("2026-07")

    (found,) = find_exceedances(values, watch, month, month.end)

    assert found.begin == AT + timedelta(hours=1)
    judged = evaluate(watch, 160.4, AT)
    assert judged is not None
    assert judged.severity is not None


def test_a_days_index_leaves_out_what_the_place_declares_not_to_measure() -> None:
    """HJ 633-2026: PM2.5 20 is IAQI 29 (50/35 × 20, up), PM10 40 is 40 (50/50 × 40)."""
    place = CATALOGUE.places["wujinku"]
    declared = replace(place, parameters=("pm25", "pm10"))
    values, day = {"pm25": 20.0, "pm10": 40.0}, date(2026, 6, 1)

    whole, some = aqi.daily_index(values, declared, day), aqi.daily_index(values, place, day)

    assert whole is not None
    assert some is not None
    assert (whole.published, whole.aqi) == (True, 40)
    assert (some.published, some.missing) == (False, ("so2", "no2", "co", "o3"))
    assert aqi.daily_index(values, place, date(1999, 1, 1)) is None
