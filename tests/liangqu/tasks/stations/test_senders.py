"""Unknown senders and what they send."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from liangqu.config import settings
from liangqu.config.factories import open_catalogue
from liangqu.tasks.stations.senders import UnknownSender, read_unknown_senders, suggested_id
from sensors.decoding.hj212.crc import crc16
from sensors.model import Refused

NOW = datetime(2026, 11, 27, tzinfo=UTC)
MN = "88888880000001"


def body(values: dict[str, float]) -> bytes:
    return json.dumps({"time": NOW.isoformat(), "values": values}).encode()


def frame(segment: str) -> bytes:
    return f"##{len(segment):04}{segment}{crc16(segment.encode()):04X}\r\n".encode()


CAME: list[tuple[str, bytes]] = [
    ("liangqu/air/hill", body({"pm25": 12, "so2": 3})),
    ("liangqu/air/hill", body({"pm10": 30, "what": 1})),
    (
        f"liangqu/hj212/{MN}",
        frame(
            f"QN=20261127070000000;ST=21;CN=2061;PW=123456;MN={MN};Flag=4;"
            "CP=&&DataTime=20261127070000;w01001-Avg=7.9,w01001-Flag=N&&"
        ),
    ),
    ("liangqu/air/山 站", b"\xff"),
    ("liangqu/air/wujinku", body({"pm25": 1})),  # known by now
]


@pytest.fixture
def senders(tmp_path: Path) -> Iterator[dict[str, UnknownSender]]:
    (tmp_path / "liangqu.toml").touch()
    own = settings.load(tmp_path / "liangqu.toml", {})
    with closing(Journal(tmp_path / "journal.db")) as journal:
        with journal.transaction() as connection:
            for minute, (topic, payload) in enumerate(CAME):
                message = InboxMessage(topic, payload, NOW + timedelta(minutes=minute))
                quarantine.add(connection, message, [Refused("unknown_site", "")], 10**6)
        found = read_unknown_senders(journal.connection(), own, open_catalogue(own), 10)
        yield {each.name: each for each in found}


def test_a_sender_is_described_by_what_it_sends(senders: dict[str, UnknownSender]) -> None:
    hill = senders["hill"]

    assert [*senders] == ["山 站", MN, "hill"]  # the newest first
    assert (hill.items, hill.since, hill.newest) == (2, NOW, NOW + timedelta(minutes=1))
    assert (hill.medium, hill.mn, hill.parameters, hill.id) == ("air", "", ("pm25", "pm10", "so2"), "hill")
    assert hill.payload == CAME[1][1]


def test_of_a_data_logger_the_medium_is_that_of_its_factors(senders: dict[str, UnknownSender]) -> None:
    assert (senders[MN].medium, senders[MN].mn, senders[MN].parameters) == ("water", MN, ("ph",))


def test_what_is_no_text_has_no_parameters(senders: dict[str, UnknownSender]) -> None:
    assert (senders["山 站"].medium, senders["山 站"].parameters) == ("air", ())


@pytest.mark.parametrize(
    ("sender", "id_"), [("hill-2", "hill-2"), ("山 站", ""), ("a b/c", "a-b-c"), ("<b>", "b"), ("..", "")]
)
def test_an_id_is_suggested_that_a_station_may_have(sender: str, id_: str) -> None:
    assert suggested_id(sender) == id_
