"""Numbers as people and spreadsheets write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.tables.numerals import DecimalMark, decimal_mark, plain_number


@pytest.mark.parametrize(
    ("text", "decimal", "plain"),
    [
        ("31.2", ".", "31.2"),
        ("-.5", ".", "-.5"),
        ("1e-3", ".", "1e-3"),
        ("１２", ".", "12"),
        ("０．１２", ".", "0.12"),
        ("−3", ".", "-3"),
        ("1,425.0", ".", "1425.0"),
        ("1,425", ".", "1425"),
        ("12,345,678", ".", "12345678"),
        ("1 425", ".", "1425"),
        ("1\u00a0425,5", ",", "1425.5"),
        ("7,5", ",", "7.5"),
        ("0,125", ",", "0.125"),
        ("1.425,0", ",", "1425.0"),
        ("1,425", ",", "1.425"),
        ("７，５", ",", "7.5"),
        ("7.5", None, "7.5"),
        ("12", ",", "12"),
        ("1 2", ".", None),
        ("1_000", ".", None),
        ("nan", ".", None),
        ("0x10", ".", None),
        ("", ".", None),
        (".", ".", None),
        ("1,23,456", ".", None),
        ("1.2.3", ".", None),
        ("5 mg/L", ".", None),
        ("1e", ",", None),
        ("8:00", None, None),
    ],
)
def test_a_number_made_plain(text: str, decimal: DecimalMark | None, plain: str | None) -> None:
    assert plain_number(text, decimal) == plain


@pytest.mark.parametrize(
    ("text", "decimal", "words"),
    [
        ("7,5", ".", "--decimal ,"),
        ("1.425,0", ".", "--decimal ,"),
        ("7,5", None, "--decimal says"),
        ("1,425", None, "--decimal says"),
        ("7.5", ",", "--decimal ."),
        ("1.425", ",", "in two ways"),
    ],
)
def test_a_mark_that_may_mean_something_else_is_never_guessed(
    text: str, decimal: DecimalMark | None, words: str
) -> None:
    with pytest.raises(ValueError, match=r"decimal|two ways") as refused:
        plain_number(text, decimal)

    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("cells", "delimiter", "mark"),
    [
        (["7,5", "8"], ";", ","),
        (["7.5", "8"], ";", "."),
        (["1,425"], ";", None),
        (["1,425"], ",", "."),
        (["1,425", "0,3"], "\t", ","),
        (["1,425.0"], ";", "."),
        (["1.425,0"], ";", ","),
        (["<0,025", "0,025L"], ";", ","),
        (["12", "—"], ";", None),
        ([], ",", "."),
    ],
)
def test_the_mark_that_a_table_uses(cells: list[str], delimiter: str, mark: DecimalMark | None) -> None:
    assert decimal_mark(cells, delimiter) == mark


def test_a_table_with_both_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=r"7\.5 has a decimal point, 8,1 a decimal comma; --decimal"):
        decimal_mark(["7.5", "8,1"], ";")


@given(st.decimals(-(10**9), 10**9, places=3), st.booleans())
def test_a_number_written_for_either_country_is_the_same(value: object, grouped: bool) -> None:
    written = f"{value:,}" if grouped else str(value)
    swapped = written.translate({ord("."): ",", ord(","): "."})

    assert float(plain_number(written, ".") or "nan") == float(str(value))
    assert float(plain_number(swapped, ",") or "nan") == float(str(value))


@given(st.text(max_size=30), st.sampled_from([".", ",", None]))
def test_whatever_comes_is_a_number_or_none(text: str, decimal: DecimalMark | None) -> None:
    try:
        plain = plain_number(text, decimal)
    except ValueError:
        return
    assert plain is None or isinstance(float(plain), float)
