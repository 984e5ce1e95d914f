"""A year of operation, day by day: nothing is lost, and every planted fault is told where one looks.

365 days in a proof, 12 in CI. Each night a backup and the settings read again. On days spread over the year:
an unknown sender that becomes a station, is renamed and removed; a certificate that ends; an upgrade and a
way back that is refused; a database that is down; a disk that fills; a catalogue with a mistake; a silent
station.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.end_to_end.year.simulated_year import DAY, SITE, SimulatedYear
from tests.support.authority import Authority
from tests.support.scale import FULL
from tests.support.servers import MountDisk, StartInfluxd, StartMosquitto
from tests.support.stored_readings import count_readings

DAYS = 365 if FULL else 12


@pytest.fixture
def year(
    tmp_path: Path, mount_disk: MountDisk, start_mosquitto: StartMosquitto, start_influxd: StartInfluxd
) -> Iterator[SimulatedYear]:
    """Begun, its last day today."""
    (tmp_path / "authority").mkdir()
    authority = Authority(tmp_path / "authority")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    begun = SimulatedYear(
        tmp_path,
        mount_disk(96),
        start_mosquitto(authority.listener),
        start_influxd(),
        authority=authority,
        start=today - DAYS * DAY,
    )
    begun.begin()
    yield begun
    begun.service.kill()


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(5400)
def test_nothing_is_lost_in_a_year_and_every_fault_is_told(year: SimulatedYear) -> None:
    planted = dict(zip(_spread(len(FAULTS)), FAULTS, strict=True))

    for day in range(DAYS):
        plant = planted.get(day, SimulatedYear.live)
        plant(year)
        year.close()

    print("\n" + "\n".join(f"{what:<42} {where}" for what, where in year.found.items()))
    assert year.service.gaps() == {"messages": 0, "items": 0}
    assert year.service.accounts()["stored"] == year.sent.total()
    assert count_readings(year.influxd.url) == year.sent.total()
    accounts = year.service.accounts()
    assert year.service.stop() == 0
    assert year.restore_newest() == accounts


def _spread(number: int) -> list[int]:
    """Days so far apart as they can be, the first day and the last without any."""
    return [1 + each * (DAYS - 2) // number for each in range(number)]


def an_unknown_sender(year: SimulatedYear) -> None:
    """Kept, told, made a station, and what was kept comes in."""
    year.stations.append("north")
    year.live(settle=False)
    year.log_says("a station nobody has entered", '"event": "quarantined"')
    year.service.command("station", "add", "north", "--medium", "air", "--zh", "北站", "--en", "North")
    year.service.command("reload")
    year.service.command("quarantine", "replay", "--reason", "unknown_site", "--site", "north")
    year.wait_until_stored()


def a_certificate_that_ends(year: SimulatedYear) -> None:
    """Said by whom it is refused; with a new one it goes on by itself."""
    year.broker.stop()
    year.authority.renew(days=0)
    year.broker.start()
    year.ready_says("the broker's certificate has ended", "certificate has expired")
    year.broker.stop()
    year.authority.renew()
    year.broker.start()
    year.live()


def a_rename(year: SimulatedYear) -> None:
    """Its logger still sends under the former id."""
    year.service.command("station", "rename", "north", "hill")
    year.service.command("reload")
    year.live()


def an_upgrade(year: SimulatedYear) -> None:
    """The next build has one table more; the one before refuses what the next has written, by name."""
    year.service.stop()
    former, year.service.tree = year.service.tree, year.next_build()
    year.service.start()
    year.live()
    year.service.stop()
    year.service.tree, following = former, year.service.tree
    year.service.launch()
    assert year.service.wait_until_ended() == 2
    year.log_says("an older build on a newer journal", "this liangqu knows up to")
    year.service.tree = following
    year.service.start()


def a_database_that_is_down(year: SimulatedYear) -> None:
    """What comes waits for it."""
    year.influxd.kill()
    year.live(settle=False)
    year.ready_says("the database is down", "connection refused")
    year.influxd.start()
    year.settle()
    year.log_says("how long it was down", '"event": "trouble over"')


def a_full_disk(year: SimulatedYear) -> None:
    """Nothing more is acknowledged until there is room."""
    year.fill_disk()
    year.live(settle=False)
    year.send_rubbish()
    year.ready_says("the disk is full", "the disk is full")
    year.free_disk()
    year.settle()


def a_catalogue_with_a_mistake(year: SimulatedYear) -> None:
    """The running one stays; the command says which row and why."""
    good = year.catalogue.read_text("utf-8")
    year.catalogue.write_text(good + SITE.format(id="east"), "utf-8")
    code, said = year.service.fails("reload")
    assert (code, "east" in said) == (2, True)
    year.ready_says("a catalogue with a mistake", "settings not taken")
    year.live()
    year.catalogue.write_text(good, "utf-8")


def a_removal(year: SimulatedYear) -> None:
    """What it sent stays."""
    year.stations.remove("north")
    year.service.command("station", "remove", "hill")
    year.live()


def a_silent_station(year: SimulatedYear) -> None:
    """An event while it lasts."""
    year.stations.remove("west")
    year.live()
    year.expect(
        "a silent station", "alerts list", "west", lambda: year.service.command("alerts", "list", "--json")
    )
    year.stations.append("west")


FAULTS: list[Callable[[SimulatedYear], None]] = [
    an_unknown_sender,
    a_certificate_that_ends,
    a_rename,
    an_upgrade,
    a_database_that_is_down,
    a_full_disk,
    a_catalogue_with_a_mistake,
    a_removal,
    a_silent_station,
]
