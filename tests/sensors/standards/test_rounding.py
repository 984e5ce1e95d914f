"""GB/T 8170: half to even on the decimal text, against the `decimal` module and the published water."""

import csv
import gzip
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.standards import rounding
from sensors.standards.rounding import (
    decimals_of,
    fraction_of,
    published,
    round_half_even,
    round_ratio,
    rounded,
    to_significant,
)
from tests.support.paths import REAL
from tests.support.planted_rounding import planted_rounding

WATER = REAL / "water-cnemc-2020-2021" / "open"
PLACES = st.integers(0, 9)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        pytest.param(2.675, 2, "2.68", id="float tie: its text is 2.675, its binary value is below"),
        pytest.param(0.835, 2, "0.84", id="float tie, odd digit goes up"),
        pytest.param(0.125, 2, "0.12", id="tie, even digit stays"),
        pytest.param(-0.125, 2, "-0.12", id="negative tie, even digit stays"),
        pytest.param("7.995", 2, "8.00", id="text tie carried into the whole, decimals shown"),
        pytest.param("8.675", 2, "8.68", id="published DO of 2020-05-08"),
        pytest.param(Decimal("25.5"), 0, "26", id="25.5 goes up to the even 26"),
        pytest.param(24.5, 0, "24", id="24.5 goes down to the even 24"),
        pytest.param(Fraction(51, 2), 0, "26", id="fraction tie"),
        pytest.param(Fraction(1, 3), 4, "0.3333", id="fraction without a decimal text"),
        pytest.param(25, 1, "25.0", id="an integer shows its decimals"),
        pytest.param(1e300, 0, "1" + "0" * 300, id="the whole range of floats"),
        pytest.param("25.500000000000000000000000000000000001", 0, "26", id="just above the tie, 38 digits"),
        pytest.param("24.500000000000000000000000000000000001", 0, "25", id="just above the even tie"),
    ],
)
def test_half_goes_to_the_even_digit(
    value: float | str | Decimal | Fraction, decimals: int, expected: str
) -> None:
    assert str(round_half_even(value, decimals)) == expected


@given(FLOATS, PLACES)
def test_a_float_rounds_as_its_shortest_text(value: float, decimals: int) -> None:
    with localcontext() as context:
        context.prec = 400
        expected = Decimal(repr(value)).quantize(Decimal(10) ** -decimals, ROUND_HALF_EVEN)
    assert round_half_even(value, decimals) == expected
    assert rounded(value, decimals) == float(expected)


@given(st.integers(-(10**9), 10**9), PLACES)
def test_exact_ties_round_alike_on_every_path(half_steps: int, decimals: int) -> None:
    """Every multiple of half a unit in the last place: where binary rounding goes wrong."""
    tie = Decimal(half_steps) * 5 * Decimal(10) ** -(decimals + 1)
    expected = tie.quantize(Decimal(10) ** -decimals, ROUND_HALF_EVEN)
    assert round_half_even(tie, decimals) == expected
    assert round_half_even(str(tie), decimals) == expected
    assert round_half_even(Fraction(tie), decimals) == expected
    assert rounded(float(tie), decimals) == float(round_half_even(float(tie), decimals))


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=50), PLACES)
def test_a_mean_is_rounded_once_from_its_fraction(tenths: list[int], decimals: int) -> None:
    mean = Fraction(sum(tenths), 10 * len(tenths))
    unit = Fraction(1, 10**decimals)
    result = round_ratio(sum(tenths), 10 * len(tenths), decimals)
    assert abs(fraction_of(result) - mean) <= unit / 2
    if abs(fraction_of(result) - mean) == unit / 2:
        assert int(fraction_of(result) / unit) % 2 == 0


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        pytest.param("0.0001", 3, "0.0001", id="TP 0.0001 stays"),
        pytest.param("0.00025", 3, "0.0002", id="the kept digit is rounded half to even"),
        pytest.param("0.0005", 3, "0.0005", id="exactly half of the last place would be 0, so it stays"),
        pytest.param("0.00051", 3, "0.001", id="above half: ordinary rounding"),
        pytest.param("0.00095", 3, "0.001", id="ordinary rounding just below one unit"),
        pytest.param("0", 3, "0.000", id="zero is zero"),
        pytest.param(0.0, 2, "0.00", id="zero as a float"),
        pytest.param("-0.0004", 3, "-0.0004", id="negative"),
        pytest.param(Fraction(1, 3000), 3, "0.0003", id="a mean"),
    ],
)
def test_what_would_become_zero_keeps_one_digit(
    value: float | str | Fraction, decimals: int, expected: str
) -> None:
    assert str(published(value, decimals)) == expected


@pytest.mark.parametrize("value", ["", "--", "1,5", "nan", "inf", "1e999"])
def test_no_number_raises(value: str) -> None:
    with pytest.raises(InvalidOperation):
        round_half_even(value, 2)


@pytest.mark.parametrize(
    ("parameter", "reading", "assessment"),
    [
        ("ph", 2, 0),
        ("do", 2, 1),
        ("codmn", 2, 1),
        ("nh3n", 3, 2),
        ("tp", 3, 3),
        ("hg", 6, 5),
        ("bod5", None, 1),
        ("pm25", 0, 0),
        ("co", 1, 1),
        ("wind_dir", None, None),
    ],
)
def test_decimals_per_item_and_use(parameter: str, reading: int | None, assessment: int | None) -> None:
    """Expected: the table of 总站水字〔2020〕90号, and HJ 663 for air; no row, no decimals."""
    assert decimals_of(parameter, "reading") == reading
    assert decimals_of(parameter, "assessment") == assessment


DAYS = (date(2013, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2040, 1, 1))


def test_the_date_chooses_the_version() -> None:
    """A planted version of one more digit holds from its first day on, the other to its last."""
    with planted_rounding():
        assert [decimals_of("pm25", on=day) for day in DAYS] == [0, 0, 1, 1]
        assert decimals_of("pm25") == 1


@pytest.mark.parametrize("day", DAYS)
def test_one_version_of_air_on_each_day_and_water_on_all(day: date) -> None:
    air = [row for row in rounding._tables() if "pm25" in row.assessment]

    assert sum(row.valid_from <= day <= row.valid_to for row in air) == 1
    assert (decimals_of("pm25", on=day), decimals_of("co", on=day), decimals_of("nh3n", on=day)) == (0, 1, 2)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        pytest.param(0.00005, 6, "0.00005", id="mercury of class I, GB 3838 item 15"),
        pytest.param(1234567.0, 6, "1234570", id="large"),
        pytest.param(60.0, 6, "60", id="no zeros at the end"),
        pytest.param(12.25, 3, "12.2", id="a tie goes to the even digit"),
        pytest.param(-0.000001234, 2, "-0.0000012", id="below zero"),
    ],
)
def test_significant_digits_are_written_as_people_do(value: float, digits: int, text: str) -> None:
    assert to_significant(value, digits) == text


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 15))
def test_significant_digits_are_within_half_a_unit_of_the_last(value: float, digits: int) -> None:
    text = to_significant(value, digits)

    assert "e" not in text.lower()
    assert abs(Fraction(text) - Fraction(value)) * 2 * 10 ** (digits - 1) <= abs(Fraction(value)) * (
        1 + Fraction(1, 10**12)
    )


@pytest.mark.real
def test_every_published_water_value_is_its_raw_value_rounded() -> None:
    """The authority's own pairs of raw and published text, 2020-05-08 to 10-31: all agree."""
    columns = {"water_temp_c": "water_temp", "ph": "ph", "do_mg_l": "do", "ec_us_cm": "conductivity"}
    columns |= {"turbidity_ntu": "turbidity", "codmn_mg_l": "codmn", "nh3n_mg_l": "nh3n", "tp_mg_l": "tp"}
    columns |= {"tn_mg_l": "tn"}
    pairs = ties = 0
    wrong = []
    with gzip.open(WATER / "daily_2020-05-08_2020-10-31.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for column, parameter in columns.items():
                raw, text = row[f"{column}_raw"], row[column]
                if not raw or text in {"--", "*", ""}:
                    continue
                decimals = decimals_of(parameter, "reading")
                assert decimals is not None
                pairs += 1
                ties += (fraction_of(raw) * 10**decimals * 2) % 2 == 1
                if published(raw, decimals) != Decimal(text):
                    wrong.append((row["section"], column, raw, text))
    print(f"{pairs} published values, {ties} exact ties, {len(wrong)} not half to even: {wrong[:9]}")
    assert pairs > 100_000
    assert not wrong
