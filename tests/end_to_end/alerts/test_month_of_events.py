"""A month with faults, silences and restarts: whatever the register announced, the right people were told."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from alerts.notify.silences import Silence
from alerts.notify.spacing import LONGEST
from liangqu.demo.catalogue import of_areas
from sensors.calendar import SHANGHAI, from_ms
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.simulated import Scenario, messages
from sensors.simulated.scenario import (
    Gap,
    Garbage,
    LevelOverride,
    Maintenance,
    Rain,
    ScriptedEvent,
    Stuck,
)
from tests.support.scale import scaled
from tests.support.told_people import ServiceOfHours

pytestmark = pytest.mark.heavy

START = datetime(2026, 11, 2, tzinfo=SHANGHAI)
DAYS = scaled(30)
TICK = timedelta(minutes=10)
BLOCK = timedelta(days=3)  # a month is ten times about the same
CITY = ("beibengfang", "renmin-gongyuan", "shiji-haoyuan", "wujinku", "yanchang")
HILLS = ("chongli-qingshaonian",)
RIVERS = {"bahaoqiao": "river-yongding", "houcheng": "river-baihe"}
CLEAN = (
    (CITY, {"pm25": 22.0, "pm10": 50.0, "o3": 70.0}),
    (HILLS, {"pm25": 11.5, "pm10": 27.0, "o3": 70.0}),
    (tuple(RIVERS), {"codmn": 4.0, "nh3n": 0.22, "tp": 0.125}),
)
DIRTY = (
    {"pm25": 118.0, "pm10": 163.0, "no2": 78.0},
    {"pm25": 210.0, "pm10": 290.0, "no2": 110.0, "co": 3.0},
    {"o3": 240.0},
)
FOUL = ({"codmn": 8.2, "nh3n": 1.32, "tp": 0.262}, {"nh3n": 3.5, "do": 2.4}, {"codmn": 11.0})
RESTARTS = tuple(timedelta(hours=hours) for hours in (11, 20.5, 50))
SILENCE = timedelta(hours=25), timedelta(hours=44)  # of a river, in every other block

WAIT = timedelta(seconds=30)  # [wait] group, as deploy/notify.toml has it
QUIET = 22, 7
ON_DUTY = ("wang", "li")
SINCE = datetime(2026, 1, 5, 9, tzinfo=SHANGHAI)
GRAVE = ("warning", "critical")
BEGINNING = ("exceeded", "worse", "still_exceeded")
MUTED = {"silenced", "inhibited", "example"}


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def script(number: int) -> Iterator[ScriptedEvent]:
    """Three days of pollution in both zones, an accident in a river, and each fault once."""
    section = list(RIVERS)[number // 2 % len(RIVERS)]
    for sites, levels in CLEAN:
        yield LevelOverride(sites=sites, begin=hours(0), end=hours(72), levels=levels, share=0.95)
    yield LevelOverride(sites=CITY, begin=hours(4), end=hours(30), rise=hours(5), levels=DIRTY[number % 3])
    yield LevelOverride(sites=HILLS, begin=hours(9), end=hours(28), rise=hours(6), levels=DIRTY[number % 3])
    yield LevelOverride(sites=(section,), begin=hours(26), end=hours(52), levels=FOUL[number % 3])
    yield Rain(begin=hours(52), end=hours(58), depth=20.0)
    yield Stuck(sites=(CITY[number % 5],), parameter="no2", begin=hours(10), end=hours(40))
    yield Gap(sites=(CITY[(number + 1) % 5],), begin=hours(31), end=hours(40), lost=bool(number % 2))
    yield Gap(sites=HILLS, begin=hours(60), end=hours(68))
    yield Maintenance(sites=(CITY[(number + 2) % 5],), begin=hours(14), end=hours(17))
    yield Garbage(sites=(CITY[(number + 3) % 5],), begin=hours(0), end=hours(72))


def month() -> Scenario:
    """All blocks."""
    return Scenario(
        START,
        tuple(
            msgspec.structs.replace(one, begin=one.begin + number * BLOCK, end=one.end + number * BLOCK)
            for number in range(10)
            for one in script(number)
        ),
    )


def silence(section: str, until: datetime) -> Callable[[ServiceOfHours], None]:
    asked = Silence(0, RIVERS[section], None, None, until, "演练", "王")
    sites = (asked, msgspec.structs.replace(asked, site=section))

    def carry_out(service: ServiceOfHours) -> None:
        for each in sites:
            service.command("silence", msgspec.to_builtins(each))

    return carry_out


def interruptions() -> list[tuple[datetime, Callable[[ServiceOfHours], None]]]:
    """Restarts and silences, in order of time."""
    found: list[tuple[datetime, Callable[[ServiceOfHours], None]]] = []
    for number in range(timedelta(days=DAYS) // BLOCK):
        begin = START + number * BLOCK
        found += [(begin + after, ServiceOfHours.restart) for after in RESTARTS]
        if number % 2 == 0:
            section = list(RIVERS)[number // 2 % len(RIVERS)]
            found.append((begin + SILENCE[0], silence(section, begin + SILENCE[1])))
    return sorted(found, key=lambda one: one[0])


class Announced(NamedTuple):
    """A change that MQTT got, which may notify people, and the occasion in its key."""

    at: datetime
    occasion: str
    change: Mapping[str, Any]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> ServiceOfHours:
    catalogue = of_areas(loader.load())
    service = ServiceOfHours(tmp_path_factory.mktemp("month"), catalogue, START, TICK)
    sites, begin, scenario = list(catalogue.sites.values()), START, month()
    for end, interrupt in [*interruptions(), (START + timedelta(days=DAYS), ServiceOfHours.restart)]:
        service.receive(messages(sites, catalogue, begin, end, 30, scenario=scenario))
        service.wait(end)
        interrupt(service)
        begin = end
    service.wait(service.now + hours(12))
    return service


def rows(service: ServiceOfHours, query: str, *values: Any) -> list[tuple[Any, ...]]:
    return service.harness.journal.connection().execute(query, values).fetchall()


def announcements(service: ServiceOfHours) -> list[Announced]:
    found = []
    query = "SELECT made_ms, key, document FROM notification WHERE channel = 'mqtt' ORDER BY id"
    for made, key, document in rows(service, query):
        change = msgspec.json.decode(document)
        if change["state"] == "firing" and change["reason"] in BEGINNING:
            found.append(Announced(from_ms(made), key.split("/")[1], change))
    return found


def expected_area(catalogue: Catalogue, site: str) -> str:
    station = catalogue.sites.get(site)
    return site if station is None else area_of(station) or site


def recipients(severity: str, category: str, at: datetime) -> set[tuple[str, str]]:
    """Channel and person, as deploy/notify.toml has them."""
    person = ON_DUTY[(at - SINCE) // timedelta(weeks=1) % 2]
    found = {("wang-mail" if person == "wang" else "group", person)}
    if severity == "critical" and category in {"exceedance", "attainment"}:
        found.add(("centre", ""))
    return found


def latest(person: str, severity: str, at: datetime) -> datetime:
    """When a message about something new must be due; the centre sleeps never, nobody if it is critical.

    A person's that can wait keeps a distance from their others.
    """
    if severity == "critical":
        return at
    due = at + WAIT + (LONGEST if person else timedelta())
    local = due.astimezone(SHANGHAI)
    if not person or QUIET[1] <= local.hour < QUIET[0]:
        return due
    morning = local.replace(hour=QUIET[1], minute=0, second=0, microsecond=0)
    return morning if morning > local else morning + timedelta(days=1)


def test_each_episode_that_was_announced_belongs_to_the_event_of_its_place(service: ServiceOfHours) -> None:
    found = rows(
        service,
        "SELECT episode.id, site, event.area FROM episode LEFT JOIN event ON event.id = episode.event"
        " WHERE announced IN ('warning', 'critical')",
    )

    print(len(found), "episodes of", rows(service, "SELECT cause, count(*) FROM event GROUP BY 1"))
    assert len(found) > 2 * DAYS
    catalogue = service.harness.catalogue
    spoken = {
        one.change["episode"]
        for one in announcements(service)
        if one.change["severity"] in GRAVE and not one.change["historical"]
    }
    lost = [
        (id_, site)
        for id_, site, area in found
        if area != expected_area(catalogue, site) or id_ not in spoken
    ]
    assert lost == []


def test_each_announcement_has_one_decision(service: ServiceOfHours) -> None:
    made = [(one.change["episode"], one.occasion) for one in announcements(service)]
    decided = rows(service, "SELECT episode, occasion FROM decision")

    print(len(made), rows(service, "SELECT notified, reason, count(*) FROM decision GROUP BY 1, 2"))
    assert len(made) > 2 * DAYS
    assert sorted(made) == sorted(decided)


def test_each_event_was_put_down_in_time_for_whom_it_concerns(service: ServiceOfHours) -> None:
    reasons = {
        (episode, occasion): reason
        for episode, occasion, reason in rows(service, "SELECT episode, occasion, reason FROM decision")
    }
    put_down, missed, seen = 0, list[Announced](), set[str]()
    for one in announcements(service):
        event, severity = one.change["event"], one.change["severity"]
        if one.change["historical"] or severity not in GRAVE or event in seen:
            continue
        if reasons[one.change["episode"], one.occasion] in MUTED:
            continue
        seen.add(event)
        put_down += 1
        missed += [one] if not is_put_down(service, one) else []

    print(put_down, "events put down")
    assert put_down > DAYS / 2
    assert missed == []


def is_put_down(service: ServiceOfHours, one: Announced) -> bool:
    """Whether everybody whom it concerns has a message of its event, due in time.

    Of attainment in working hours: at whatever time.
    """
    severity, category = one.change["severity"], one.change["category"]
    found = rows(
        service,
        "SELECT channel, person, min(due_ms) FROM notification WHERE thread = ? AND made_ms <= ?"
        " AND json_extract(document, '$.told') IN ('first', 'graver') GROUP BY 1, 2",
        one.change["event"],
        int(one.at.timestamp() * 1000),
    )
    due = {(channel, person): from_ms(ms) for channel, person, ms in found}
    return all(
        to in due and (category == "attainment" or due[to] <= latest(to[1], severity, one.at))
        for to in recipients(severity, category, one.at)
    )


def test_what_was_silenced_is_put_down_when_the_silence_is_over(service: ServiceOfHours) -> None:
    begin, end = (START + after for after in SILENCE)
    river = RIVERS["bahaoqiao"]
    kept = rows(
        service,
        "SELECT made_ms FROM decision JOIN event ON id = event WHERE area = ? AND reason = 'silenced'",
        river,
    )
    told = rows(
        service,
        "SELECT min(made_ms) FROM notification JOIN event ON event.id = thread"
        " WHERE area = ? AND cause = 'water' AND channel <> 'mqtt'",
        river,
    )

    assert begin < min(from_ms(made) for (made,) in kept) < end
    assert end <= from_ms(told[0][0]) <= end + TICK
