"""InfluxQL's literals after its specification; that a server reads them so is in test_contract.py."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from ingest.stores.influxdb import influxql
from sensors.calendar import EpochMs
from sensors.model import Key

START = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        pytest.param("olympic", "'olympic'", id="plain"),
        pytest.param("it's", r"'it\'s'", id="quote"),
        pytest.param('a"b', "'a\"b'", id="the other quote"),
        pytest.param("a\\", r"'a\\'", id="backslash"),
        pytest.param("a\nb", r"'a\nb'", id="line break"),
        pytest.param("后城", "'后城'", id="Chinese"),
    ],
)
def test_a_text_is_quoted(text: str, literal: str) -> None:
    assert influxql.string(text) == literal


def test_what_no_literal_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot stand in a query"):
        influxql.string("a\0b")


def test_a_statement_names_columns_source_span_and_tags() -> None:
    statement = influxql.select(
        {"value": "float", 'a"b': "string", "valid": "bool", "kind": "tag"},
        ["air", "water"],
        {"site": "x'y"},
        (EpochMs(-1), EpochMs(2)),
        by=["site"],
    )

    assert statement == (
        'SELECT "value"::float, "a\\"b"::string, "valid"::boolean, "kind"::tag FROM "air", "water"'
        " WHERE time >= '1969-12-31T23:59:59.999Z' AND time < 2ms"
        ' AND "site" = \'x\\\'y\' GROUP BY "site"'
    )


def test_neighbouring_times_of_a_series_are_looked_up_together() -> None:
    def key(site: str, hours: float) -> Key:
        return Key("air", site, "pm25", "rtd", START + timedelta(hours=hours))

    keys = [key("b", 0), key("a", 7), key("a", 0), key("a", 1), key("a", 1), key("a", 13.001)]

    first, hour = 1_795_305_600_000, 3_600_000
    assert [(one.site, start - first, end - first) for one, (start, end) in influxql.spans(keys)] == [
        ("a", 0, 7 * hour + 1),
        ("a", 13 * hour + 3_600, 13 * hour + 3_601),
        ("b", 0, 1),
    ]
    assert influxql.spans([]) == []


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("-0", -0.0),
        ("-0.0", -0.0),
        ("25", 25.0),
        ("1e-7", 1e-7),
        ("100000000000000000000", 1e20),
        ("5e-324", 5e-324),
    ],
)
def test_numbers_are_read_bit_for_bit(written: str, number: float) -> None:
    series = f'{{"columns":["time","value"],"values":[[1,{written}]]}}'
    line = f'{{"results":[{{"statement_id":0,"series":[{series}]}}]}}'

    (found,) = influxql.read_all([line.encode()], 1)
    read = found.rows[0][1]

    assert isinstance(read, float)
    assert (read, math.copysign(1, read)) == (number, math.copysign(1, number))
