"""Rules, episodes and notifications on a real journal: what is told and kept; a restart forgets nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import structs

from alerts.notify import outbox
from alerts.notify.channels.row import ChannelRow
from alerts.notify.config import DutyRow, NotifyConfig, Person, Route, Waits
from alerts.notify.due import next_digest
from alerts.rules.definition import Rule, RuleLevel
from ingest.journal import check_state, site_clocks
from ingest.journal.site_clocks import SiteTimes
from ingest.sites import expected_sites
from sensors.calendar import SHANGHAI, to_ms
from tests.support import alerting_harness, rule_streams
from tests.support.alerting_harness import SHIPPED, START, AlertingHarness
from tests.support.rule_streams import SHIPPED_CATALOGUE

MakeHarness = Callable[..., AlertingHarness]


@pytest.fixture
def harness(tmp_path: Path) -> MakeHarness:
    return lambda **options: AlertingHarness(tmp_path, **options)


def shipped(*ids: str) -> list[Rule]:
    found = [rule for rule in SHIPPED if rule.id in ids]
    assert len(found) == len(ids)
    return found


CLEAN = {"ph": 7.6, "do": 9.0, "codmn": 2.1, "nh3n": 0.2, "tp": 0.05}
PEOPLE = NotifyConfig(
    channels={id_: ChannelRow(id_, url="json://127.0.0.1") for id_ in ("hook", "wang", "li")},
    people={
        "wang": Person("wang", "王", ("wang",), quiet="22:00-07:00"),
        "li": Person("li", "李", ("li",)),
    },
    duty=DutyRow(people=("wang", "li"), since=date(2026, 2, 23)),
    routes=(Route(("duty",)), Route(("hook",), severity="critical")),
    waits=Waits(group="0s", digest="0s", escalate="15m"),
)


def test_a_water_sample_worse_than_the_class_names_items_and_times_over(harness: MakeHarness) -> None:
    d = harness(own=shipped("water-sample"))
    d.reading("houcheng", CLEAN)
    d.hour = 4
    d.reading("houcheng", CLEAN | {"nh3n": 1.32, "tp": 0.25})
    d.hour = 8
    d.reading("houcheng", CLEAN)

    assert d.events() == [
        "water-sample houcheng firing watch exceeded",
        "water-sample houcheng resolved watch clear",
    ]
    # (1.32 - 1.0) / 1.0 and (0.25 - 0.2) / 0.2 over class III of GB 3838-2002
    assert d.told("mqtt")[0]["detail"] == "nh3n:0.32; tp:0.25"
    assert d.told("mqtt")[0]["value"] == 4.0
    assert d.told("mqtt")[0]["limit"] == 3.0
    assert d.flags() == [("houcheng", "water-sample", 4.0, 3.0)]


def test_exactly_at_the_class_limit_is_within_it(harness: MakeHarness) -> None:
    d = harness(own=shipped("water-sample"))

    d.reading("houcheng", CLEAN | {"nh3n": 1.0, "tp": 0.2, "codmn": 6.0, "do": 5.0, "ph": 9.0})

    assert d.events() == []


def test_items_that_come_one_by_one_are_one_sample_across_a_restart(harness: MakeHarness) -> None:
    d = harness(own=shipped("water-sample"))
    d.reading("houcheng", CLEAN | {"nh3n": 1.32})
    d.hour = 4
    d.reading("houcheng", {"ph": 7.5, "do": 9.1})
    d.restart()
    d.reading("houcheng", {"codmn": 2.0, "tp": 0.05})
    assert d.events() == ["water-sample houcheng firing watch exceeded"]

    d.reading("houcheng", {"nh3n": 0.9})

    assert d.events()[1:] == ["water-sample houcheng resolved watch clear"]


def test_a_sample_whose_bad_item_is_in_maintenance_resolves_nothing(harness: MakeHarness) -> None:
    d = harness(own=shipped("water-sample"))
    d.reading("houcheng", CLEAN | {"nh3n": 1.32})
    for hour in (4, 8, 12):
        d.hour = hour
        d.reading("houcheng", {"nh3n": 0.0}, validity="invalid", failed=("flag",))
        d.reading("houcheng", {k: v for k, v in CLEAN.items() if k != "nh3n"})

    assert d.events() == ["water-sample houcheng firing watch exceeded"]


def test_an_hour_above_the_target_in_the_zone_is_a_sign_and_elsewhere_none(harness: MakeHarness) -> None:
    d = harness(own=shipped("pm25-reading", "pm25-1h"))
    d.statistic("taizicheng", "pm25", "1h", 25.0)
    d.statistic("wujinku", "pm25", "1h", 70.0)
    assert d.events() == []

    d.hour = 1
    d.reading("taizicheng", {"pm25": 25.1})
    d.statistic("taizicheng", "pm25", "1h", 25.1)

    assert d.events() == ["pm25-1h taizicheng firing watch exceeded"]  # the hour's reading is the same
    assert d.told("mqtt")[0]["source"] == "pm25-competition"


STANDARDS = [
    pytest.param("2026-02-28", 76.0, 75.0, id="GB 3095-2012 on its last day"),
    pytest.param("2026-03-01", 61.0, 60.0, id="GB 3095-2026 interim on its first"),
    pytest.param("2031-01-01", 51.0, 50.0, id="GB 3095-2026 final"),
]


@pytest.mark.parametrize(("day", "value", "limit"), STANDARDS)
def test_the_standard_in_force_on_the_day_of_the_observation(
    harness: MakeHarness, day: str, value: float, limit: float
) -> None:
    d = harness(own=shipped("pm25-24h-standard"), age=None)
    end = datetime.fromisoformat(day).replace(hour=9, tzinfo=SHANGHAI).astimezone(UTC)

    d.statistic("wujinku", "pm25", "24h", limit, end=end - timedelta(hours=1))
    d.statistic("wujinku", "pm25", "24h", value, end=end)

    assert d.flags() == [("wujinku", "pm25-24h-standard", value, limit)]


def test_a_month_is_compared_rounded_and_only_once_it_is_closed(harness: MakeHarness) -> None:
    d = harness(own=shipped("pm25-month"), age=None)
    bounds = {"start": START.replace(day=1, hour=0) - timedelta(hours=8), "end": START + timedelta(days=31)}
    d.statistic("zone-competition", "pm25", "month", 40.0, closed=False, **bounds)
    d.statistic("zone-competition", "pm25", "month", 25.5, valid=False, **bounds)
    d.statistic("zone-competition", "pm25", "month", 25.4999, **bounds)
    assert d.events() == []

    d.statistic("zone-competition", "pm25", "month", 25.5001, **bounds)

    assert d.events() == ["pm25-month zone-competition firing watch exceeded"]
    assert d.told("mqtt")[0]["value"] == 26.0


def test_the_year_to_date_survives_a_restart_in_december(
    harness: MakeHarness,
) -> None:
    """It is known after the restart and ends with the year."""
    d = harness(own=shipped("pm25-year-to-date"), age=None)
    new_year = datetime(2025, 12, 31, 16, tzinfo=UTC)
    for days in (40, 200, 340):
        d.statistic(
            "zone-competition",
            "pm25",
            "year_to_date",
            31.0,
            start=new_year,
            end=new_year + timedelta(days=days),
        )
        d.restart()
    assert d.events() == ["pm25-year-to-date zone-competition firing watch exceeded"]

    over = new_year + timedelta(days=366)
    d.statistic(
        "zone-competition", "pm25", "year_to_date", 12.0, start=new_year + timedelta(days=365), end=over
    )

    assert d.events()[1:] == ["pm25-year-to-date zone-competition resolved watch period_end"]


def test_a_late_statistic_is_flagged_and_moves_no_episode(harness: MakeHarness) -> None:
    d = harness(own=shipped("pm25-24h"), age=None)
    d.hour = 30
    d.statistic("taizicheng", "pm25", "24h", 12.0)
    d.restart()
    d.statistic("taizicheng", "pm25", "24h", 44.0, end=START)

    assert d.events() == []
    assert d.flags() == [("taizicheng", "pm25-24h", 44.0, 25.0)]


def test_a_sudden_rise_is_held_against_the_last_day_known_before_a_restart(harness: MakeHarness) -> None:
    d = harness(own=shipped("air-sudden"))
    d.statistic("wujinku", "pm25", "24h", 20.0)
    d.restart()
    d.hour = 1
    d.reading("wujinku", {"pm25": 100.0})
    assert d.events() == []

    d.hour = 2
    d.reading("wujinku", {"pm25": 100.1})

    assert d.events() == ["air-sudden wujinku firing watch exceeded"]
    assert d.told("mqtt")[0]["limit"] == 100.0


def test_a_spike_found_one_reading_later_invalidates_the_episode(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()])
    d.reading("taizicheng", {"pm25": 12.0})
    d.hour = 1
    d.reading("taizicheng", {"pm25": 900.0})
    d.restart()
    d.hour = 2
    d.reading("taizicheng", {"pm25": 900.0}, hour=1, validity="suspect", failed=("spike",))
    d.reading("taizicheng", {"pm25": 13.0})

    assert d.events() == [
        "test taizicheng firing critical exceeded",
        "test taizicheng resolved critical invalidated",
    ]


def test_a_station_that_sends_old_readings_alone_is_silent_and_its_clock_is_named(
    harness: MakeHarness,
) -> None:
    d = harness(own=shipped("station-silent"), age=timedelta(hours=6))
    d.hour = 1000
    for _ in range(4):
        moment = SiteTimes(d.now, d.now - timedelta(days=30), d.now - timedelta(days=30), 3_600_000)
        with d.journal.transaction() as connection:
            check_state.record_last_seen(connection, {"wujinku": d.now}, d.now)
            site_clocks.record(connection, {"wujinku": moment})
        d.tick()
        d.hour += 1

    assert d.events() == ["station-silent wujinku firing warning exceeded"]
    text = d.told("mqtt")[0]["text"]
    assert text["zh"].endswith("；时钟慢 30 天（站点无数据）")
    assert text["en"].endswith("; its clock is 30 days behind (Station silent)")

    right = SiteTimes(d.now, d.now, d.now, 3_600_000)
    with d.journal.transaction() as connection:
        check_state.record_last_seen(connection, {"wujinku": d.now}, d.now)
        site_clocks.record(connection, {"wujinku": right})
    d.tick()

    assert d.events()[1:] == ["station-silent wujinku resolved warning clear"]


def test_what_old_readings_begin_does_not_stand_as_firing_in_the_store(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()], age=timedelta(hours=6))
    d.hour = 400
    d.reading("taizicheng", {"pm25": 900.0}, hour=0)
    d.reading("taizicheng", {"pm25": 900.0})
    d.reading("taizicheng", {"pm25": 1.0}, hour=401)

    states = [point.fields["state"] for point in d.points if point.measurement == "alert"]
    assert states == ["historical", "firing", "resolved"]


def test_a_stuck_and_a_failing_sensor(harness: MakeHarness) -> None:
    d = harness(own=shipped("sensor-flat", "sensor-failing"))
    for hour in range(5):
        d.hour = hour
        d.reading("wujinku", {"no2": 40.0}, validity="suspect", failed=("flat",))
        d.reading("wujinku", {"co": 99.0}, validity="invalid", failed=("range",))

    assert d.events() == [
        "sensor-flat wujinku firing watch exceeded",
        "sensor-failing wujinku firing watch exceeded",
    ]
    assert d.told("mqtt")[1]["parameter"] == "co"


def expect(d: AlertingHarness, *sites: str) -> None:
    with d.journal.transaction() as connection:
        expected_sites.register(connection, sites, d.now)


def test_a_site_that_has_never_sent_is_told_after_a_day_by_name(harness: MakeHarness) -> None:
    d = harness(own=shipped("station-silent"))
    expect(d, "wujinku", "renmin-gongyuan")
    d.reading("renmin-gongyuan", {"pm25": 5.0})
    for d.hour in (1, 23, 24):
        d.reading("renmin-gongyuan", {"pm25": 5.0})
        d.tick()
    assert d.events() == []

    for d.hour in (24.1, 25, 26):
        d.tick()

    assert d.events() == ["station-silent wujinku firing warning exceeded"]
    (told,) = d.told("mqtt")
    assert told["message"].endswith("；从未收到过数据（站点无数据）")
    assert "从未收到过数据" in told["message"]
    assert (told["value"], told["limit"]) == (pytest.approx(24.1 * 3600), 24 * 3600)

    d.restart()
    d.hour = 26.5
    d.reading("wujinku", {"pm25": 5.0})
    d.tick()
    assert "station-silent wujinku resolved warning clear" in d.events()


@pytest.mark.parametrize(
    ("connected", "told"),
    [
        pytest.param(None, False, id="the broker is away"),
        pytest.param(29, False, id="the broker has just come back"),
        pytest.param(10, True, id="the broker has been there for two cycles"),
    ],
)
def test_a_broker_that_is_away_is_no_fault_of_a_site(
    connected: int | None, told: bool, harness: MakeHarness
) -> None:
    d = harness(own=shipped("station-silent"))
    expect(d, "wujinku")
    d.hour = 30
    d.since = None if connected is None else START + timedelta(hours=connected)

    d.tick()

    assert bool(d.events()) == told


def test_a_site_that_is_switched_off_never_pages(harness: MakeHarness) -> None:
    """The shipped examples are; what one of them sends is taken all the same."""
    d = harness(own=[*shipped("station-silent"), rule_streams.rule()])
    expect(d, "wujinku", "taizicheng")
    expect(d, *(site.id for site in SHIPPED_CATALOGUE.sites.values() if site.active))
    d.reading("taizicheng", {"pm25": 26.0})
    d.hour = 100
    d.reading("wujinku", {"pm25": 5.0})

    d.tick()

    assert "test taizicheng firing watch exceeded" in d.events()
    silent = [event for event in d.events() if "station-silent" in event]
    assert not any("taizicheng" in event or "yunding" in event for event in silent)
    examples = [site for site in SHIPPED_CATALOGUE.sites.values() if site.status == "example"]
    assert examples
    assert not any(site.active for site in examples)


def test_a_silent_station_is_told_once_and_over_when_it_is_heard(harness: MakeHarness) -> None:
    d = harness(own=shipped("station-silent", "broker-away"))
    d.reading("wujinku", {"pm25": 12.0})
    d.hour = 2.0
    d.tick()
    assert d.events() == []
    d.hour = 2.01
    d.tick()
    d.tick()
    d.restart()
    d.hour = 9
    d.tick()
    assert d.events() == ["station-silent wujinku firing warning exceeded"]
    assert d.told("mqtt")[0]["value"] == pytest.approx(7236)
    assert d.told("mqtt")[0]["limit"] == 7200

    d.reading("wujinku", {"pm25": 12.0})
    d.tick()

    assert d.events()[1:] == ["station-silent wujinku resolved warning clear"]


def test_an_absent_broker_speaks_for_its_stations(harness: MakeHarness) -> None:
    d = harness(own=shipped("station-silent", "broker-away"))
    d.reading("wujinku", {"pm25": 12.0})
    d.since, d.troubles = None, {"broker": 61.0}
    d.hour = 5
    d.tick()
    d.since, d.troubles = d.now, {}
    d.hour = 6
    d.tick()

    assert d.events() == ["broker-away _ firing critical exceeded", "broker-away _ resolved critical clear"]

    d.hour = 7.1
    d.tick()
    assert d.events()[2:] == ["station-silent wujinku firing warning exceeded"]


def test_a_silent_station_speaks_for_its_parameters(harness: MakeHarness) -> None:
    own = [rule_streams.rule(levels=rule_streams.levels("warning"), repeat="1h"), *shipped("station-silent")]
    d = harness(own=own, notify=PEOPLE)
    d.reading("taizicheng", {"pm25": 40.0})
    d.ask("ack", episode=d.register()[0].id, by="li")
    d.hour = 2.5
    d.tick()
    before = len(d.told("wang"))
    d.hour = 8
    d.tick()

    assert {e["rule"] for e in d.told("wang")[before:]} <= {"station-silent"}


def test_a_restart_repeats_nothing_and_keeps_the_register(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()])
    d.reading("taizicheng", {"pm25": 40.0})
    d.hour = 1
    d.reading("taizicheng", {"pm25": 60.0})
    d.restart()
    d.hour = 2
    d.reading("taizicheng", {"pm25": 50.0})
    d.restart()
    d.hour = 3
    d.reading("taizicheng", {"pm25": 10.0})

    [episode] = d.register()
    assert (episode.begun, episode.ended) == (START, START + timedelta(hours=3))
    assert (episode.peak, episode.peak_at) == (60.0, START + timedelta(hours=1))
    assert (episode.mean, episode.n, episode.hours(d.now)) == (50.0, 3, 3.0)
    assert len(d.events()) == 2


def test_a_place_that_is_another_services_now_ends_its_episodes(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(), rule_streams.rule(id="air", media=("air",))])
    for site in ("taizicheng", "yanchang"):
        d.reading(site, {"pm25": 40.0})
    sites = {id_: site for id_, site in d.catalogue.sites.items() if id_ != "taizicheng"}
    d.catalogue = structs.replace(d.catalogue, sites=sites)
    d.restart()
    d.tick()

    assert d.events()[4:] == [
        "air taizicheng resolved watch place_removed",
        "test taizicheng resolved watch place_removed",
    ]
    assert {e.site for e in d.register() if e.ended is None} == {"yanchang"}


def test_a_changed_rule_ends_its_episodes(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(), rule_streams.rule(id="gone"), rule_streams.rule(id="same")])
    d.reading("taizicheng", {"pm25": 40.0})
    same = structs.replace(rule_streams.rule(id="same"), repeat="9h")
    d.rules = (structs.replace(rule_streams.rule(), hold="2h"), same)
    d.restart()
    d.tick()
    d.tick()

    assert d.events()[3:] == [
        "gone taizicheng resolved watch rule_changed",
        "test taizicheng resolved watch rule_changed",
    ]
    assert [e.rule for e in d.register() if e.ended is None] == ["same"]


def test_silenced_is_not_told_until_it_is_over(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(levels=rule_streams.levels("warning"))], notify=PEOPLE)
    until = (START + timedelta(hours=3)).isoformat()
    d.ask(
        "silence",
        id=0,
        site="taizicheng",
        rule=None,
        parameter=None,
        until=until,
        reason="roadworks",
        by="li",
    )
    d.reading("taizicheng", {"pm25": 40.0})
    d.hour = 2.9
    d.tick()
    assert d.told("wang") == []
    assert len(d.events()) == 1

    d.hour = 3.1
    d.tick()
    d.tick()

    assert d.reasons("wang") == ["firing still_exceeded"]


def test_silenced_throughout_is_never_told_not_even_that_it_is_over(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(levels=rule_streams.levels("warning"))], notify=PEOPLE)
    until = (START + timedelta(hours=3)).isoformat()
    d.ask("silence", id=0, site="all", rule=None, parameter=None, until=until, reason="", by="li")
    d.reading("taizicheng", {"pm25": 40.0})
    d.hour = 1
    d.reading("taizicheng", {"pm25": 4.0})

    assert d.told("wang") == []
    assert len(d.events()) == 2


def test_repeats_and_escalation_until_acknowledged(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(levels=rule_streams.levels("critical"))], notify=PEOPLE)
    d.reading("taizicheng", {"pm25": 40.0})
    for minutes in (1, 14, 15, 16, 29, 60):
        d.hour = minutes / 60
        d.tick()
    assert d.reasons("wang") == ["firing exceeded"]
    assert d.reasons("li") == ["firing escalated"]
    assert d.reasons("hook") == ["firing exceeded"]
    for hour in (4, 22.9, 23, 24):  # it is Sunday; 23 is Monday, 09:00
        d.hour = hour
        d.tick()
    assert d.reasons("wang") == ["firing exceeded", "firing repeat"]
    assert d.reasons("li") == ["firing escalated", "firing repeat"]

    d.ask("ack", episode=d.register()[0].id[:5], by="li", note="on my way")
    d.hour = 47
    d.tick()
    d.reading("taizicheng", {"pm25": 4.0})
    for hours in (11.9, 12, 13):  # it stays open through a short recovery
        d.hour = 47 + hours
        d.tick()
        assert ("resolved clear" in d.reasons("wang")) == (hours >= 12)

    beginning = ["firing exceeded", "firing repeat"]
    assert d.reasons("wang") == [*beginning, "acknowledged acknowledged", "resolved clear"]
    assert d.reasons("li") == ["firing escalated", "firing repeat", "resolved clear"]  # who took it knows
    [episode] = d.register()
    assert (episode.acked_by, episode.note) == ("li", "on my way")


def test_escalation_begins_anew_at_a_higher_severity_with_those_who_knew_the_lower(
    harness: MakeHarness,
) -> None:
    chen = Person("chen", "陈", ("chen",))
    line = structs.replace(
        PEOPLE,
        channels={**PEOPLE.channels, "chen": ChannelRow("chen", url="json://127.0.0.1")},
        people={**PEOPLE.people, "chen": chen},
        duty=DutyRow(people=("wang", "li", "chen"), since=date(2026, 2, 23)),
    )
    levels = (RuleLevel("warning", 25.0), RuleLevel("critical", 75.0))
    d = harness(own=[rule_streams.rule(levels=levels)], notify=line)
    d.reading("taizicheng", {"pm25": 40.0})
    for minutes in (15, 20, 35, 50):
        d.hour = minutes / 60
        if minutes == 20:
            d.reading("taizicheng", {"pm25": 400.0})
        d.tick()

    told = {id_: [(each["told"], each["severity"]) for each in d.told(id_)] for id_ in ("wang", "li", "chen")}
    assert told == {
        "wang": [("first", "warning"), ("graver", "critical")],
        "li": [("escalated", "warning"), ("escalated", "critical")],
        "chen": [("escalated", "critical")],
    }


def test_quiet_hours_hold_back_what_is_not_critical(harness: MakeHarness) -> None:
    d = harness(
        own=[
            rule_streams.rule(id="mild", levels=rule_streams.levels("warning")),
            rule_streams.rule(id="severe", levels=rule_streams.levels("critical")),
        ],
        notify=PEOPLE,
    )
    d.hour = 13  # 23:00 in Shanghai
    d.reading("taizicheng", {"pm25": 40.0})

    rows = d.journal.connection().execute(
        "SELECT json_extract(document, '$.rule'), due_ms FROM notification WHERE channel = 'wang' ORDER BY id"
    )
    due = {rule: datetime.fromtimestamp(ms / 1000, SHANGHAI) for rule, ms in rows}
    assert due["severe"] == d.now
    assert due["mild"] == datetime(2026, 3, 2, 7, tzinfo=SHANGHAI)


def test_watch_and_info_wake_nobody_by_default(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule(levels=rule_streams.levels("watch"))], notify=PEOPLE)

    d.reading("taizicheng", {"pm25": 40.0})

    assert len(d.events()) == 1
    assert d.told("wang") == d.told("hook") == []


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        pytest.param((), 0, id="not by a route for all"),
        pytest.param(("taizicheng",), 1, id="but by one that names it"),
    ],
)
def test_an_example_is_registered_and_notifies_nobody_unless_told(
    harness: MakeHarness, monkeypatch: pytest.MonkeyPatch, sites: tuple[str, ...], told: int
) -> None:
    monkeypatch.setattr(alerting_harness, "CATALOGUE", SHIPPED_CATALOGUE)
    routes = (Route(("hook",), sites=sites),)
    d = harness(own=[rule_streams.rule()], notify=structs.replace(PEOPLE, routes=routes))

    d.reading("taizicheng", {"pm25": 80.0})
    d.tick()

    assert d.events() == ["test taizicheng firing critical exceeded"]
    assert len(d.told("hook")) == told
    [reason] = d.journal.connection().execute("SELECT reason FROM decision").fetchall()
    assert reason[0] == ("first" if told else "example")


def test_more_severe_is_told_again_and_asks_for_another_acknowledgement(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()], notify=PEOPLE)
    d.reading("taizicheng", {"pm25": 40.0})
    d.ask("ack", episode=d.register()[0].id, by="li")
    d.hour = 1
    d.reading("taizicheng", {"pm25": 80.0})

    assert d.reasons("wang") == ["firing worse"]
    assert d.register()[0].acked_by == ""


def test_a_test_message_goes_down_every_route_and_is_marked(harness: MakeHarness) -> None:
    d = harness(notify=PEOPLE)

    d.ask("alerts_test", by="li")

    assert [e["test"] for channel in ("wang", "hook") for e in d.told(channel)] == [True, True]


def test_what_a_site_has_to_tell_goes_out_together(harness: MakeHarness) -> None:
    waits = structs.replace(PEOPLE, waits=Waits(group="30s", escalate="never"))
    d = harness(
        own=[rule_streams.rule(id=i, levels=rule_streams.levels("warning")) for i in ("a", "b")], notify=waits
    )
    d.reading("taizicheng", {"pm25": 40.0})
    d.hour = 20 / 3600
    d.reading("taizicheng", {"pm25": 5.0})

    [due] = d.journal.connection().execute("SELECT DISTINCT due_ms FROM notification WHERE channel = 'wang'")
    assert due[0] == to_ms(START + timedelta(seconds=30))


def test_a_digest_gathers_until_its_turn() -> None:
    ten = timedelta(minutes=10)

    assert next_digest(START + timedelta(minutes=3), ten) == START + ten
    assert next_digest(START + timedelta(minutes=9, seconds=59), ten) == START + ten
    assert next_digest(START, timedelta()) == START


def test_what_was_delivered_long_ago_is_dropped_and_the_register_stays(harness: MakeHarness) -> None:
    d = harness(own=[rule_streams.rule()], notify=PEOPLE)
    d.reading("taizicheng", {"pm25": 80.0})
    d.hour = 1
    d.reading("taizicheng", {"pm25": 5.0})
    d.hour = 13
    d.tick()
    d.hour = 22  # in the morning
    with d.journal.transaction() as connection:
        for channel in ("mqtt", "wang"):
            outbox.mark_sent(connection, outbox.due_notifications(connection, channel, d.now), d.now)

    for days, left in ((6, {"mqtt", "wang", "hook"}), (8, {"wang", "hook"}), (91, {"hook"})):
        d.hour = days * 24
        d.restart()
        d.tick()
        rows = d.journal.connection().execute("SELECT DISTINCT channel FROM notification")
        assert {channel for (channel,) in rows} == left
    assert len(d.register()) == 1
