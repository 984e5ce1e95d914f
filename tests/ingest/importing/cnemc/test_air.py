import csv
import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.importing.cells import BadCell, CsvReading
from ingest.importing.cnemc import air
from ingest.importing.cnemc.feed import read_file, station_names
from sensors.catalogue.loader import load
from tests.support.paths import REAL

FEED = REAL / "air-cnemc-live-2019" / "open"


def document(**fields: str) -> bytes:
    station = {"StationCode": "1057A", "TimePoint": "2019-07-18T13:00:00", **fields}
    inside = "".join(f"<b:{name}>{text}</b:{name}>" for name, text in station.items())
    return (
        '<R xmlns:b="http://schemas.datacontract.org/2004/07/Env.CnemcPublish.DAL">\n'
        f"<b:AQIDataPublishLive>{inside}</b:AQIDataPublishLive></R>"
    ).encode()


def only(**fields: str) -> CsvReading | BadCell:
    (cell,) = air.cells(document(**fields), "feed.xml", {"1057A": "renmin-gongyuan"})
    return cell


def test_a_value_is_the_mean_of_the_hour_that_ends_with_its_stamp() -> None:
    hour = datetime(2019, 7, 18, 5, 0, tzinfo=UTC)

    assert only(PM2_5="100") == CsvReading("renmin-gongyuan", "pm25", hour, 100.0, "N", "hour", 2)


def test_the_current_ozone_is_the_one_that_is_called_24h() -> None:
    cell = only(O3="160", O3_24h="139", O3_8h="61", O3_8h_24h="60", PM10_24h="57", CO_24h="0.8")

    assert isinstance(cell, CsvReading)
    assert (cell.parameter, cell.value) == ("o3", 139.0)


def test_a_station_that_the_catalogue_does_not_know_keeps_its_code() -> None:
    assert only(StationCode="1001A", CO="1.1").site == "1001A"


def test_what_is_below_detection_is_a_reading_in_its_own_words() -> None:
    cell = only(SO2="&lt;2")

    assert isinstance(cell, CsvReading)
    assert (cell.parameter, cell.value) == ("so2", "<2")


@pytest.mark.parametrize("blank", ["", "—", "&mdash;", " — "])
def test_a_dash_is_not_measured(blank: str) -> None:
    assert list(air.cells(document(PM2_5=blank, SO2="3"), "feed.xml", {})) == list(
        air.cells(document(SO2="3"), "feed.xml", {})
    )


@pytest.mark.parametrize(
    ("fields", "reason", "column"),
    [
        pytest.param({"PM2_5": "12a"}, "not_a_number", "PM2_5", id="no number"),
        pytest.param({"PM2_5": "1", "TimePoint": ""}, "no_time", "TimePoint", id="no time"),
        pytest.param({"PM2_5": "1", "TimePoint": "yesterday"}, "bad_time", "TimePoint", id="bad time"),
        pytest.param({"PM2_5": "1", "StationCode": ""}, "unknown_site", "StationCode", id="no station"),
    ],
)
def test_what_is_no_reading_says_where_it_stands(fields: dict[str, str], reason: str, column: str) -> None:
    cell = only(**fields)

    assert isinstance(cell, BadCell)
    assert (cell.reason, cell.column, cell.file, cell.line) == (reason, column, "feed.xml", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"", "feed.xml: line 1: not XML: no element found", id="empty"),
        pytest.param(b"<a>\n<b></a>", "feed.xml: line 2: not XML: mismatched tag", id="cut"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]>\n<a>&y;</a>',
            "feed.xml: line 1: a document type; the feed has none",
            id="entities",
        ),
    ],
)
def test_what_is_not_the_feed_is_refused_as_a_whole(text: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        list(air.cells(text, "feed.xml", {}))


@given(st.text(st.characters(exclude_categories=["C"], exclude_characters="<&>"), max_size=20))
def test_any_text_in_a_cell_is_a_row_a_bad_cell_or_blank(text: str) -> None:
    assert len(list(air.cells(document(PM2_5=text), "feed.xml", {}))) <= 1


@pytest.mark.real
def test_every_value_of_the_snapshots_of_july_2019() -> None:
    """Held against the same snapshots as a table that others made of them."""
    columns = {"PM2_5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3_24h": "o3"}
    expected: dict[str, list[tuple[str, str, str, float]]] = {}
    with gzip.open(FEED / "hourly.csv.gz", "rt", encoding="utf-8") as table:
        for line in csv.DictReader(table):
            for column, parameter in columns.items():
                if line[column] not in ("", "—"):
                    row = (line["StationCode"], line["TimePoint"], parameter, float(line[column]))
                    expected.setdefault(line["src"], []).append(row)

    for source, wanted in expected.items():
        file = FEED / "xml" / f"{Path(source)}.gz"
        cells = list(air.cells(read_file(file), file.name, {}))
        assert all(isinstance(cell, CsvReading) for cell in cells)
        hours = {row[1]: datetime.fromisoformat(f"{row[1]}+08:00") for row in wanted}
        assert sorted(
            (cell.site, cell.time, cell.parameter, cell.value)
            for cell in cells
            if isinstance(cell, CsvReading)
        ) == sorted((code, hours[stamp], parameter, value) for code, stamp, parameter, value in wanted)
    assert sum(map(len, expected.values())) == 33_775


@pytest.mark.real
def test_the_citys_stations_are_found_by_their_codes() -> None:
    names = station_names(load(), "air")
    file = next((FEED / "xml").glob("*.gz"))

    sites = {cell.site for cell in air.cells(read_file(file), file.name, names)}

    assert {"renmin-gongyuan", "wujinku", "shiji-haoyuan"} <= sites
    assert not {"1057A", "1059A", "1060A"} & sites


def test_a_text_below_many_ends_is_read_once() -> None:
    """The blank before it makes each of 300,000 ends copy ten megabytes, where the text is not cleared."""
    depth = 300_000
    nested = b"<CO>" * depth + b" " + b"1" * 10_000_000 + b"</CO>" * depth
    document = b"<R><AQIDataPublishLive><SO2>3</SO2>" + nested + b"</AQIDataPublishLive></R>"

    (cell,) = air.cells(document, "feed.xml", {})

    assert isinstance(cell, BadCell)
    assert (cell.column, cell.parameter) == ("StationCode", "so2")


@pytest.mark.parametrize("name", ["utf-8", "UTF-8", "us-ascii", "ISO-8859-1"])
def test_encodings_of_the_parser_itself_are_read(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><R/>'

    assert list(air.cells(text.encode(), "feed.xml", {})) == []


@pytest.mark.parametrize(
    "name", ["nope", "gb2312", "hex", "rot13", "idna", "undefined", "utf-7", "a" * 10_000]
)
def test_other_encodings_are_refused_by_name(name: str) -> None:
    text = f'<?xml version="1.0" encoding="{name}"?><R/>'

    with pytest.raises(ValueError, match=r"feed.xml: line 1: encoding '.*the feed is in UTF-8$") as error:
        list(air.cells(text.encode(), "feed.xml", {}))

    assert len(str(error.value)) < 200
