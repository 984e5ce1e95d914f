"""Whether people are notified, row by row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from alerts.events.decision import (
    FollowUpWaits,
    Notify,
    NotifyDecision,
    OpenEpisode,
    Suppressed,
    count_places,
    decide_announcement,
    decide_follow_up,
    is_over,
    waits_for,
)
from alerts.events.event import Event
from sensors.model import Severity

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)  # Monday, 10:00 in Shanghai
HOUR = timedelta(hours=1)
NEW = Event(
    id="0123456789ab", area="zone-city", cause="particles", category="exceedance", severity="warning",
    begun=NOW - HOUR, calm=None, ended=None, acked_by="", acked_at=None, note="", notified_severity=None,
    notified_at=None, reminded_at=None, places=0, step=0,
)  # fmt: skip
KNOWN = replace(NEW, notified_severity="warning", notified_at=NOW - HOUR, places=1)
TAKEN = replace(KNOWN, acked_by="li", acked_at=NOW)
QUARTER = FollowUpWaits(timedelta(minutes=15), None)
ONCE_A_DAY, EACH_HOUR = FollowUpWaits(timedelta(), None), FollowUpWaits(timedelta(), HOUR)
NEVER = FollowUpWaits(timedelta(), timedelta())


def one(severity: Severity, site: str = "a", *, is_area: bool = False, **more: object) -> OpenEpisode:
    return OpenEpisode(site, site, is_area, severity, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "episode", "has_recipients", "decision"),
    [
        pytest.param(NEW, one("warning"), True, Notify("first", "warning"), id="nobody knows of it"),
        pytest.param(NEW, one("watch"), False, Suppressed("nobody"), id="no route asks for it"),
        pytest.param(KNOWN, one("critical"), True, Notify("graver", "critical"), id="graver at once"),
        pytest.param(
            TAKEN, one("critical"), True, Notify("graver", "critical"), id="graver than what was taken"
        ),
        pytest.param(KNOWN, one("warning"), True, Suppressed("told"), id="another station"),
        pytest.param(KNOWN, one("watch"), True, Suppressed("lesser"), id="a target below a standard"),
        pytest.param(KNOWN, one("watch"), False, Suppressed("lesser"), id="known, whatever the routes"),
        pytest.param(TAKEN, one("warning"), True, Suppressed("acknowledged"), id="somebody has it"),
        pytest.param(
            NEW, one("critical", muted="silenced"), True, Suppressed("silenced"), id="a silence covers it"
        ),
        pytest.param(
            KNOWN,
            one("critical", muted="inhibited"),
            True,
            Suppressed("inhibited"),
            id="another speaks for it",
        ),
    ],
)
def test_an_announcement(
    event: Event, episode: OpenEpisode, has_recipients: bool, decision: NotifyDecision
) -> None:
    assert decide_announcement(event, episode, has_recipients=has_recipients) == decision


def many(count: int, severity: Severity = "warning") -> list[OpenEpisode]:
    return [one(severity, f"s{number}") for number in range(count)]


@pytest.mark.parametrize(
    ("event", "episodes", "waits", "is_working", "decision"),
    [
        pytest.param(KNOWN, [one("warning")], NEVER, True, None, id="nothing is new"),
        pytest.param(
            replace(KNOWN, notified_at=NOW - timedelta(minutes=15)), [one("warning")], QUARTER, True,
            Notify("escalated", "warning"), id="a quarter of an hour without an answer",
        ),
        pytest.param(
            replace(KNOWN, notified_at=NOW - timedelta(minutes=14.99)), [one("warning")], QUARTER, True, None,
            id="a moment less",
        ),
        pytest.param(
            replace(KNOWN, notified_at=NOW - timedelta(minutes=29), step=1), [one("warning")], QUARTER, True,
            None, id="the one after waits as long again",
        ),
        pytest.param(
            replace(KNOWN, notified_at=NOW + HOUR), [one("warning")], QUARTER, True, None,
            id="it waits until quiet hours are over",
        ),
        pytest.param(TAKEN, [one("warning")], QUARTER, True, None, id="taken: nobody else"),
        pytest.param(
            KNOWN, [one("warning")], FollowUpWaits(timedelta(), None, is_handed_over=True), False,
            Notify("handed_over", "warning"), id="another person is on duty",
        ),
        pytest.param(KNOWN, many(2), NEVER, True, Notify("wider", "warning"), id="twice as many stations"),
        pytest.param(
            replace(KNOWN, notified_at=NOW - HOUR + timedelta(seconds=1)), many(5), NEVER, True, None,
            id="wider, but told less than an hour ago",
        ),
        pytest.param(replace(KNOWN, places=4), many(7), NEVER, True, None, id="seven of four: not twice"),
        pytest.param(
            KNOWN, [*many(5), one("warning", "zone", is_area=True)], NEVER, True, None,
            id="the zone speaks for its stations",
        ),
        pytest.param(KNOWN, [one("warning"), *many(5, "watch")], NEVER, True, None, id="wider, but lesser"),
        pytest.param(
            replace(KNOWN, notified_at=NOW - 20 * HOUR), [one("watch")], ONCE_A_DAY, True,
            Notify("still", "watch"), id="another day, as severe as it is now",
        ),
        pytest.param(
            replace(KNOWN, notified_at=NOW - 20 * HOUR), [one("watch")], ONCE_A_DAY, False,
            None, id="at night it waits for working hours",
        ),
        pytest.param(
            replace(KNOWN, notified_at=NOW - 40 * HOUR, reminded_at=NOW - 19 * HOUR), [one("watch")],
            ONCE_A_DAY, True, None, id="once a day",
        ),
        pytest.param(
            KNOWN, [one("warning")], EACH_HOUR, False, Notify("still", "warning"),
            id="a rule that repeats each hour",
        ),
        pytest.param(
            KNOWN, [one("warning", muted="silenced")], EACH_HOUR, False, None, id="silenced"
        ),
        pytest.param(NEW, [one("warning")], NEVER, False, Notify("first", "warning"), id="a silence is over"),
        pytest.param(
            KNOWN, [one("critical")], NEVER, False, Notify("graver", "critical"),
            id="a silence is over under which it became graver",
        ),
    ],
)  # fmt: skip
def test_an_event_that_lasts(
    event: Event,
    episodes: Sequence[OpenEpisode],
    waits: FollowUpWaits,
    is_working: bool,
    decision: Notify | None,
) -> None:
    assert decide_follow_up(event, episodes, waits, NOW, is_working=is_working) == decision


def test_it_is_over_when_a_short_recovery_would_be() -> None:
    calm = replace(KNOWN, calm=NOW)
    assert not is_over(KNOWN, timedelta(), NOW)
    assert not is_over(calm, 12 * HOUR, NOW + 12 * HOUR - timedelta(microseconds=1))
    assert is_over(calm, 12 * HOUR, NOW + 12 * HOUR)
    assert is_over(calm, timedelta(), NOW)


@pytest.mark.parametrize(
    ("event", "other", "hours", "waits"),
    [
        pytest.param({}, {}, 12, True, id="another zone has the same"),
        pytest.param({}, {"cause": "ozone"}, 12, False, id="another cause"),
        pytest.param({"cause": "water"}, {"cause": "water"}, 12, False, id="rivers are on their own"),
        pytest.param({}, {"notified_severity": None}, 12, False, id="nobody was told of the other"),
        pytest.param({}, {"calm": NOW}, 12, False, id="the other is over too"),
        pytest.param({}, {"calm": NOW + HOUR}, 12, True, id="the other is calm, not yet over"),
        pytest.param({}, {}, 36, False, id="a day more is the most"),
        pytest.param({"calm": None}, {}, 12, False, id="it is not even calm"),
    ],
)
def test_the_end_of_one_weather_is_told_once(
    event: dict[str, object], other: dict[str, object], hours: int, waits: bool
) -> None:
    calm = replace(KNOWN, **{"calm": NOW, **event})
    there = replace(KNOWN, **{"id": "other", "area": "zone-competition", **other})

    assert waits_for(calm, [calm, there], 12 * HOUR, NOW + hours * HOUR) is waits
    assert not waits_for(calm, [calm], 12 * HOUR, NOW + hours * HOUR)
    assert not waits_for(calm, [calm, there], timedelta(), NOW + hours * HOUR)


def test_places_are_counted_that_people_are_told_of() -> None:
    """Those below the severity, silenced ones and a place's second pollutant are no further places."""
    episodes = [one("critical", "a"), one("warning", "a"), one("warning", "b"), one("watch", "c")]
    silenced = one("critical", "d", muted="silenced")

    assert count_places([*episodes, silenced], "warning") == 2
    assert count_places([*episodes, silenced], "watch") == 3
