"""What two people are told of the demo's three days, and of the hours after them.

Some beginnings of many; where chance fouls the other river too, it has messages of its own.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.events.group import AIR_CAUSES
from liangqu.demo.catalogue import of_areas
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.simulated import demo_scenario, messages
from tests.support.told_people import ServiceOfHours, Told

pytestmark = pytest.mark.heavy

PEOPLE = {"wang-mail": "王", "group": "李"}  # by channel, as deploy/notify.toml has them
LENGTH = timedelta(days=3)
AFTER = timedelta(hours=18)
MOST_OF_POLLUTION = 6
MOST_AT_NIGHT = 2
MOST_IF_TAKEN = 3
MOST_OF_RIVER = 3
DAYS = [
    pytest.param(1, "2026-11-23 09:00", id="from a Monday's morning"),
    pytest.param(2, "2026-11-25 17:00", id="from an evening"),
    pytest.param(3, "2026-11-23 21:00", id="from a night, both zones clean on two days"),
    pytest.param(7, "2026-11-28 00:00", id="from a Saturday's midnight, over a handover"),
]


def demo(folder: Path, seed: int, begin: str, takers: Mapping[str, str] | None = None) -> ServiceOfHours:
    """The three days, and eighteen hours in which nothing arrives any more."""
    start = datetime.fromisoformat(begin).replace(tzinfo=SHANGHAI)
    catalogue = of_areas(loader.load())
    sites = list(catalogue.sites.values())
    service = ServiceOfHours(folder, catalogue, start, takers=takers)
    scenario = demo_scenario(sites, start)
    service.receive(messages(sites, catalogue, start, start + LENGTH, seed, scenario=scenario))
    service.wait(start + LENGTH + AFTER)
    return service


def told_of(service: ServiceOfHours, channel: str, causes: Collection[str]) -> list[Told]:
    """What a channel was told of events of these causes."""
    rows = service.harness.journal.connection().execute("SELECT id, cause FROM event")
    of_them = {id_ for id_, cause in rows if cause in causes}
    found = [one for one in service.told if one.channel == channel and of_them & {*one.events}]
    for one in found:
        print(channel, one.at.astimezone(SHANGHAI), one.severity, *one.reasons)
    return found


@pytest.mark.parametrize(("seed", "begin"), DAYS)
def test_days_in_which_nobody_takes_on_anything(seed: int, begin: str, tmp_path: Path) -> None:
    service = demo(tmp_path, seed, begin)

    pollution = {channel: told_of(service, channel, AIR_CAUSES) for channel in PEOPLE}
    river = {channel: told_of(service, channel, {"water"}) for channel in PEOPLE}

    reasons = {why for told in pollution.values() for one in told for why in one.reasons}
    assert {"first", "escalated", "over"} <= reasons
    assert any(river.values())
    for told in pollution.values():
        assert len(told) <= MOST_OF_POLLUTION
        assert sum(one.is_at_night for one in told) <= MOST_AT_NIGHT
    assert all(len(told) <= MOST_OF_RIVER for told in river.values())


@pytest.mark.parametrize(("seed", "begin"), DAYS)
def test_a_pollution_episode_that_is_taken_on_at_once(seed: int, begin: str, tmp_path: Path) -> None:
    service = demo(tmp_path, seed, begin, PEOPLE)

    told = {channel: told_of(service, channel, AIR_CAUSES) for channel in PEOPLE}

    assert any(told.values())
    assert all(len(of_one) <= MOST_IF_TAKEN for of_one in told.values())
