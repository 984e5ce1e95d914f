"""Flags and units that stand in columns of their own: applied or refused, never passed over."""

import io

import pytest

from ingest.importing.cells import CsvReading
from ingest.importing.csv_rows import RowOptions, rows
from tests.ingest.importing.test_csv_rows import CATALOGUE, read, the_bad_cell, the_row

TIME = "2026-11-22T08:00:00+08:00"


def flags(text: str) -> dict[str, str]:
    return {cell.parameter: cell.flag for cell in read(text)}


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        pytest.param("pm25,pm10,flag", "31,54,M", {"pm25": "M", "pm10": "M"}, id="one for the row"),
        pytest.param("PM2.5,PM10,数据标记", "31,54,D", {"pm25": "D", "pm10": "D"}, id="in Chinese"),
        pytest.param("pm25,pm25_flag,pm10,pm10_flag", "31,M,54,N", {"pm25": "M", "pm10": "N"}, id="own"),
        pytest.param("PM2.5,PM2.5标记,PM10", "31,维护,54", {"pm25": "M", "pm10": "N"}, id="a word"),
        pytest.param("a34004,a34004-Flag,a34002", "31,C,54", {"a34004": "C", "a34002": "N"}, id="HJ 212"),
        pytest.param("pm25,pm10,pm10_flag,flag", "31,54,D,M", {"pm25": "M", "pm10": "D"}, id="both"),
        pytest.param("pm25,pm10,flag", "31,54,", {"pm25": "N", "pm10": "N"}, id="blank is normal"),
        pytest.param("pm25,pm10,flag", "31,,m", {"pm25": "M"}, id="lower case"),
    ],
)
def test_flags_of_a_wide_table_mark_their_values(header: str, row: str, expected: dict[str, str]) -> None:
    assert flags(f"site,time,{header}\nyanchang,{TIME},{row}\n") == expected


@pytest.mark.parametrize("flag", ["X", "0", "1", "优"])
def test_a_flag_that_is_none_refuses_what_it_marks_and_is_quoted(flag: str) -> None:
    """Its letter is not known, so nobody knows whether the value is good."""
    wide = read(f"site,time,pm25,pm25_flag,pm10\nyanchang,{TIME},31,{flag},54\n")
    long = the_bad_cell(f"site,parameter,time,value,flag\nyanchang,pm25,{TIME},31,{flag}\n")

    assert [cell.reason for cell in wide if not isinstance(cell, CsvReading)] == ["unknown_flag"]
    assert [cell.parameter for cell in wide if isinstance(cell, CsvReading)] == ["pm10"]
    assert long.reason == "unknown_flag"
    assert repr(flag) in long.detail


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        pytest.param("pm25,quality", "31,bad", "quality", id="by its heading"),
        pytest.param("pm25,质控标识", "31,Q", "质控标识", id="in Chinese"),
        pytest.param("pm25,validity", "31,invalid", "validity", id="an export's own"),
    ],
)
def test_a_column_that_judges_in_other_words_is_not_passed_over(header: str, row: str, name: str) -> None:
    text = f"site,time,{header}\nyanchang,{TIME},{row}\n"

    with pytest.raises(ValueError, match=f"column {name}: judges values"):
        read(text)
    assert len(read(text, ignore={name})) == 1


def test_words_beside_the_values_pass() -> None:
    """A remark is no flag, nor is a direction of the wind a letter of one."""
    row = the_row(f"site,time,pm25,备注,方位\nyanchang,{TIME},31,正常,N\n")

    assert (row.value, row.flag) == (31.0, "N")


def test_words_of_flags_under_another_heading_are_said() -> None:
    """The state of a station may be one of its values, or of what was published beside them."""
    said: list[str] = []
    text = f"site,time,pm25,站点情况\nyanchang,{TIME},31,维护\nyanchang,2026-11-22T09:00:00+08:00,32,正常\n"

    cells = list(rows(io.BytesIO(text.encode()), CATALOGUE, RowOptions(), said.append))

    assert len(cells) == 2
    assert any("站点情况 holds words of flags and is not applied" in line for line in said)


@pytest.mark.parametrize(
    ("parameter", "value", "unit", "expected"),
    [
        pytest.param("pm25", "0.031", "mg/m3", 31.0, id="mg"),
        pytest.param("pm25", "31", "μg/m³", 31.0, id="the catalogue's own"),
        pytest.param("pm25", "31", "", 31.0, id="blank"),
        pytest.param("co", "427", "ug/m3", 0.427, id="CO"),
        pytest.param("PM2.5", "0.031", "毫克/立方米", 31.0, id="a symbol, in Chinese"),
        pytest.param("CO(μg/m³)", "427", "", 0.427, id="in the parameter's cell"),
    ],
)
def test_a_unit_of_a_long_row_converts_its_value(
    parameter: str, value: str, unit: str, expected: float
) -> None:
    """It stood there unread: 0.031 mg/m³ was stored as 0.031 µg/m³."""
    row = the_row(f"site,parameter,time,value,unit\nyanchang,{parameter},{TIME},{value},{unit}\n")

    assert row.value == expected
    found = CATALOGUE.parameter(row.parameter)
    assert found is not None
    assert found.id in {"pm25", "co"}


@pytest.mark.parametrize("unit", ["ppb", "°C", "度"])
def test_a_unit_that_does_not_convert_refuses_its_value(unit: str) -> None:
    bad = the_bad_cell(f"site,parameter,time,value,unit\nyanchang,pm25,{TIME},31,{unit}\n")

    assert (bad.reason, bad.column) == ("not_a_number", "unit")
    assert f"{unit!r} does not convert to µg/m³" in bad.detail


def test_a_unit_of_a_wide_row_is_not_guessed_whose_it_is() -> None:
    text = f"site,time,pm25,unit\nyanchang,{TIME},0.031,mg/m3\n"

    with pytest.raises(ValueError, match=r"column unit: whose unit it is, is not certain"):
        read(text)
    assert len(read(f"site,time,pm25,单位\nyanchang,{TIME},31,张家口市站\n")) == 1


@pytest.mark.parametrize("name", ["PM2.5_24h", "x", "氨氮倍数"])
def test_what_a_long_row_measures_is_known_for_certain_or_refused(name: str) -> None:
    assert (
        the_bad_cell(f"site,parameter,time,value\nyanchang,{name},{TIME},31\n").reason == "unknown_parameter"
    )
