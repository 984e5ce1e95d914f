"""What loggers do besides measuring, as messages: nothing is lost, and each mishap is what its name says."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from liangqu.demo.catalogue import of_areas
from liangqu.demo.mishaps import Mishap, MishapKind, planned_mishaps, with_mishaps
from sensors.catalogue import loader
from sensors.simulated import Sent

START = datetime(2026, 11, 19, tzinfo=UTC)
SITES = list(of_areas(loader.load()).sites.values())


def hourly(site: str, hours: int = 6) -> list[Sent]:
    return [
        Sent(
            START + timedelta(hours=hour),
            f"liangqu/air/{site}",
            json.dumps({"values": {"pm25": hour}}).encode(),
        )
        for hour in range(hours)
    ]


def values(sent: list[Sent]) -> list[float]:
    return [json.loads(one.payload)["values"]["pm25"] for one in sent]


def mishap(kind: MishapKind, after: float) -> Mishap:
    made = {
        "kind": kind,
        "site": "here",
        "begin": START + timedelta(hours=1.5),
        "after": timedelta(hours=after),
    }
    return Mishap(**made)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "after", "seen"),
    [
        pytest.param("twice", 0.25, [0, 1, 2, 2, 3, 4, 5], id="at once again"),
        pytest.param("late", 2.5, [0, 1, 3, 4, 2, 5], id="after two newer ones"),
        pytest.param("corrected", 1, [0, 1, 2, 2.5, 3, 4, 5], id="a quarter more, before what is due then"),
    ],
)
def test_what_arrives(kind: MishapKind, after: float, seen: list[float]) -> None:
    sent = list(with_mishaps(hourly("here"), [mishap(kind, after)]))

    assert values(sent) == seen
    assert [one.due for one in sent] == sorted(one.due for one in sent)


def test_other_sites_and_other_messages_are_as_they_were() -> None:
    assert list(with_mishaps(hourly("there"), [mishap("late", 1)])) == hourly("there")


def test_each_kind_is_planned_once_at_a_station_of_its_own() -> None:
    planned = planned_mishaps(SITES, START)
    assert [one.kind for one in planned] == ["twice", "late", "corrected"]
    assert len({one.site for one in planned}) == len(planned)


def test_without_stations_nothing_goes_wrong() -> None:
    assert planned_mishaps([site for site in SITES if site.medium == "water"], START) == []
