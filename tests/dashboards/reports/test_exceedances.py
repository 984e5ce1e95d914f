"""Exceedances of a month: the same runs, peaks and means as the episode machine finds live."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.episodes import register
from alerts.episodes.machine import decide
from alerts.episodes.states import IDLE, Observed, State
from alerts.notify.event import AlertEvent
from alerts.rules import definition
from alerts.rules.index import RuleIndex, Watch
from dashboards.reports.content import journal_facts
from dashboards.reports.content.exceedances.events import listing_of
from dashboards.reports.content.exceedances.runs import (
    AcknowledgedBy,
    Exceedance,
    acknowledged_by,
    find_exceedances,
)
from dashboards.reports.month import Month
from ingest.journal.file import Journal
from sensors.calendar import EpochMs
from sensors.catalogue import loader
from sensors.model import Name

CATALOGUE = loader.load()
COVERAGE = RuleIndex(definition.load(CATALOGUE), CATALOGUE)
MONTH = Month.parse("2026-10")
HOUR = timedelta(hours=1)


def watch(rule: str) -> Watch:
    return COVERAGE.watch(COVERAGE.rules[rule], "yunding", "pm25")


def series(start: datetime, values: Sequence[float | None]) -> pd.Series:
    """Hourly values; None is missing."""
    there = {start + n * HOUR: value for n, value in enumerate(values) if value is not None}
    return pd.Series(list(there.values()), index=pd.DatetimeIndex(list(there)), dtype="float64")


def found(values: pd.Series, rule: str = "pm25-1h") -> list[Exceedance]:
    return list(find_exceedances(values, watch(rule), MONTH, MONTH.end))


@pytest.mark.parametrize(
    ("values", "runs"),
    [
        pytest.param([25.0, 25.0], [], id="exactly at the limit is within it"),
        pytest.param([24.0, 25.1, 25.0], [(1, 2)], id="one value, over with the first within"),
        pytest.param([26.0, None, 27.0, 20.0], [(0, 3)], id="a missing value ends nothing"),
        pytest.param([26.0, 25.0, 26.0, 25.0], [(0, 1), (2, 3)], id="one value within ends it"),
        pytest.param([30.0, 31.0], [(0, None)], id="goes on at the end of the data"),
    ],
)
def test_a_run_begins_beyond_and_ends_within(
    values: list[float | None], runs: list[tuple[int, int | None]]
) -> None:
    start = MONTH.start + timedelta(days=3)

    ours = found(series(start, values))

    told = [(one.begin, one.end) for one in ours]
    assert told == [(start + a * HOUR, None if b is None else start + b * HOUR) for a, b in runs]


def test_one_that_began_before_the_month_has_its_true_begin() -> None:
    start = MONTH.start - 3 * HOUR

    (one,) = found(series(start, [30.0] * 5 + [20.0]))

    assert (one.begin, one.end, one.hours) == (start, start + 5 * HOUR, 5)


def test_what_lies_outside_the_month_is_left_out() -> None:
    assert found(series(MONTH.start - 9 * HOUR, [30.0, 30.0, 20.0])) == []
    assert found(series(MONTH.end + HOUR, [30.0, 20.0])) == []


@given(st.lists(st.sampled_from([10.0, 25.0, 25.1, 26.0, 75.0, 120.5, None]), min_size=1, max_size=60))
def test_the_runs_are_those_of_the_episode_machine(values: list[float | None]) -> None:
    start = MONTH.start + timedelta(days=1)
    for rule in ("pm25-1h", "pm25-24h-standard"):
        table = series(start, values)

        ours = found(table, rule)

        assert [(o.begin, o.end, o.peak, o.peak_time) for o in ours] == _live(table, watch(rule))
        assert [o.mean for o in ours] == pytest.approx(_live_means(table, watch(rule)))


def _states(table: pd.Series, one: Watch) -> list[tuple[State, datetime | None]]:
    """The state of each episode when it ended, or where it stood at the end."""
    state, ended = IDLE, list[tuple[State, datetime | None]]()
    for stamp, value in table.items():
        time = pd.Timestamp(stamp).to_pydatetime()  # type: ignore[arg-type]
        limit = one.bounds(time).levels[0].limit
        severity = one.rule.levels[0].severity if value > limit else None
        decision = decide(one, state, Observed(time, float(value), limit, severity, clear=value <= limit))
        if decision.announcement is not None and decision.announcement.state == "resolved":
            ended.append((decision.announcement.subject, decision.announcement.end))
        state = decision.state
    return [*ended, (state, None)] if state.open else ended


def _live(
    table: pd.Series, one: Watch
) -> list[tuple[datetime | None, datetime | None, float, datetime | None]]:
    return [(state.begun, end, state.peak, state.peak_at) for state, end in _states(table, one)]


def _live_means(table: pd.Series, one: Watch) -> list[float]:
    return [state.total / state.n for state, _ in _states(table, one)]


def test_limits_follow_the_day_of_the_observation() -> None:
    """24 h PM2.5: 75 until 2026-02-28, 60 from 2026-03-01 (GB 3095-2012, GB 3095-2026)."""
    march = Month.parse("2026-03")
    values = series(march.start - 2 * HOUR, [70.0] * 4 + [60.0])

    ours = list(find_exceedances(values, watch("pm25-24h-standard"), march, march.end))

    assert [(one.begin, one.limit, one.hours) for one in ours] == [(march.start.astimezone(UTC), 60.0, 2)]


def test_handling_is_joined_from_the_register_where_the_journal_is_at_hand(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    (one,) = found(series(MONTH.start + timedelta(days=3), [30.0, 20.0]))
    name = Name("一", "one")
    row = AlertEvent(
        rule=one.rule, site=one.site, parameter=one.parameter, severity="watch", category="exceedance",
        state="firing", reason="exceeded", since=one.begin, time=one.begin, value=30.0, limit=25.0, unit="",
        statistic="1h", episode="e1", historical=True, message="", text=name, name=name, site_name=name,
    )  # fmt: skip
    with journal.transaction() as connection:
        state = State("firing", episode="e1", begun=one.begin, peak=30.0, peak_at=one.begin, total=30.0, n=1)
        register.write(connection, row, state, ended=None, stamp=EpochMs(1))
        register.mark_acknowledged(connection, "e1", "王", "已通知企业", one.begin)
    with journal.snapshot() as connection:
        known = journal_facts.read_facts(connection, MONTH.start, MONTH.end, MONTH.end, people={}, rules={})
    journal.close()

    assert acknowledged_by(one, known.register) == AcknowledgedBy("王", "已通知企业")
    assert acknowledged_by(one, {}) == AcknowledgedBy("", "")
    assert acknowledged_by(one, None) is None


@pytest.mark.parametrize(
    ("level", "against", "listing"),
    [
        pytest.param('limit = "standard"', "standard", "breach", id="the standard"),
        pytest.param('limit = "standard", times = 2', "standard", "breach", id="twice the standard"),
        pytest.param('limit = "standard", times = 0.8', "own", "own", id="a part of the standard"),
        pytest.param('limit = "target"', "plan", "plan", id="the plan's target"),
        pytest.param("limit = 60", "own", "own", id="a number, be it the standard's"),
    ],
)
def test_only_beyond_a_standard_is_a_breach(tmp_path: Path, level: str, against: str, listing: str) -> None:
    """PM2.5 of 24 h in October 2026: 60 by GB 3095-2026, 25 by the plan."""
    rule = (
        '[[rule]]\nid = "mine"\ncategory = "exceedance"\nsites = ["yunding"]\nparameters = ["pm25"]\n'
        f'statistic = "24h"\nlevels = [{{ severity = "watch", {level} }}]\n'
        'name = { zh = "自定", en = "Mine" }\n'
    )
    file = tmp_path / "rules.toml"
    file.write_text(rule, encoding="utf-8")
    coverage = RuleIndex(definition.load(CATALOGUE, [file]), CATALOGUE)
    own = coverage.watch(coverage.rules["mine"], "yunding", "pm25")

    (one,) = find_exceedances(series(MONTH.start, [10.0, 130.0, 10.0]), own, MONTH, MONTH.end)

    assert (one.against, listing_of(one)) == (against, listing)
