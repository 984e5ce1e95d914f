"""Cells of a file as native messages: grouped as a station would have sent them, bad ones as they stand."""

import io
from typing import Any

import msgspec
import pytest

from ingest.importing.csv_messages import CellMessage, UnroutableCell, group_messages
from ingest.importing.csv_rows import rows
from sensors.catalogue import loader
from sensors.model import Medium

CATALOGUE = loader.load()
MEDIA = {site.id: site.medium for site in CATALOGUE.sites.values()}


def grouped(text: str, medium: Medium | None = None) -> list[CellMessage | UnroutableCell]:
    return list(
        group_messages(rows(io.BytesIO(text.encode(errors="surrogateescape")), CATALOGUE), MEDIA, medium)
    )


def bodies(text: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{m.medium}/{m.site}", msgspec.json.decode(m.payload()))
        for m in grouped(text)
        if isinstance(m, CellMessage)
    ]


def test_consecutive_rows_of_one_site_time_and_kind_are_one_message() -> None:
    text = """site,parameter,time,value,flag,kind
yanchang,pm25,2026-11-22T08:00:00+08:00,31.2,,hour
yanchang,pm10,2026-11-22T00:00:00Z,54,M,hour
yanchang,co,2026-11-22T00:00:00Z,0.4,,
houcheng,ph,2026-11-22T00:00:00Z,8.1,,
yanchang,so2,2026-11-22T00:00:00Z,3,,
yanchang,so2,2026-11-22T00:00:00Z,3,,
"""
    time = {"time": "2026-11-22T00:00:00Z"}
    assert bodies(text) == [
        (
            "air/yanchang",
            time | {"values": {"pm25": 31.2, "pm10": 54.0}, "flags": {"pm10": "M"}, "kind": "hour"},
        ),
        ("air/yanchang", time | {"values": {"co": 0.4}}),
        ("water/houcheng", time | {"values": {"ph": 8.1}}),
        ("air/yanchang", time | {"values": {"so2": 3.0}}),
        ("air/yanchang", time | {"values": {"so2": 3.0}}),
    ]


def test_what_is_below_detection_goes_out_in_its_own_words() -> None:
    text = "site,time,nh3n,tp\nhoucheng,0,<0.025,0.01L\n"

    (message,) = grouped(text)

    assert isinstance(message, CellMessage)
    assert not message.bad
    assert bodies(text) == [
        ("water/houcheng", {"time": "1970-01-01T00:00:00Z", "values": {"nh3n": "<0.025", "tp": "0.01L"}})
    ]


def test_bad_cells_go_out_as_they_stand_so_that_the_quarantine_shows_them() -> None:
    text = (
        "site,time,pm25,pm10\nyanchang,0,--,54\nyanchang,gestern,7,8\nyanchang,,7,\nyanchang,22.11.2026,7,\n"
    )

    assert bodies(text) == [
        ("air/yanchang", {"time": "1970-01-01T00:00:00Z", "values": {"pm25": "--", "pm10": 54.0}}),
        ("air/yanchang", {"time": "gestern", "values": {"pm25": 7.0, "pm10": 8.0}}),
        ("air/yanchang", {"time": "", "values": {"pm25": 7.0}}),
        ("air/yanchang", {"time": "22.11.2026", "values": {"pm25": 7.0}}),
    ]
    made = [m for m in grouped(text) if isinstance(m, CellMessage)]
    assert (sum(len(m.values) for m in made), sum(len(m.bad) for m in made)) == (6, 5)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param("nowhere,0,1,2", "site 'nowhere' is not in the catalogue; --medium", id="unknown site"),
        pytest.param(",0,1,2", "unknown_site: there is no site", id="no site"),
        pytest.param("a/b,0,1,2", "site 'a/b' cannot stand in a topic", id="no topic level"),
        pytest.param("yanchang,0,1", "bad_envelope: 3 cells under 4 columns", id="torn line"),
    ],
)
def test_what_belongs_to_no_topic_is_told_and_not_sent(row: str, words: str) -> None:
    found = grouped(f"site,time,pm25,pm10\n{row}\nyanchang,0,1,2\n")

    homeless = [m for m in found if isinstance(m, UnroutableCell)]
    (sent,) = [m for m in found if isinstance(m, CellMessage)]
    assert {m.cell.line for m in homeless} == {2}
    assert words in homeless[0].detail
    assert sent.values == {"pm25": 1.0, "pm10": 2.0}


def test_a_medium_sends_sites_that_the_catalogue_does_not_know() -> None:
    (message,) = grouped("site,time,ph\nnowhere,0,7\n", medium="water")

    assert isinstance(message, CellMessage)
    assert message.medium == "water"
