"""Foreign text on a terminal: nothing in it controls anything, what is read stays as it is."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.excerpt import csv_cell, escaped, escaped_json

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ANY = st.text(alphabet=st.characters(codec=None, exclude_categories=()))


@given(ANY)
def test_nothing_hidden_is_left_and_all_of_it_is_utf_8(text: str) -> None:
    shown = escaped(text)

    assert not {unicodedata.category(sign) for sign in shown} & HIDDEN
    assert shown.encode().decode() == shown


@given(st.text(alphabet=st.characters(categories=["L", "N", "P", "S"])))
def test_letters_of_every_script_stay(text: str) -> None:
    assert escaped(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("\x1b]0;owned\x07", r"\x1b]0;owned\x07", id="the window's title"),
        pytest.param("\x1b[2J", r"\x1b[2J", id="the screen wiped"),
        pytest.param("a\r\nb  firing", r"a\r\nb  firing", id="a line of its own"),
        pytest.param("a\u2028b\u2029c\x85d\x0be", r"a\u2028b\u2029c\x85d\x0be", id="other line breaks"),
        pytest.param("\x9b31m", r"\x9b31m", id="a control of the second range"),
        pytest.param("a\u202egnp.exe\u2066", r"a\u202egnp.exe\u2066", id="directions"),
        pytest.param("a\u200bb\u2060\ufeff", r"a\u200bb\u2060\ufeff", id="no width"),
        pytest.param("\udcff", r"\udcff", id="a byte that is no UTF-8"),
        pytest.param("\U000e0041", r"\U000e0041", id="a tag"),
        pytest.param("张三　来了", "张三　来了", id="Chinese with its space"),
    ],
)
def test_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(ANY)
def test_json_means_the_same(text: str) -> None:
    written = escaped_json(json.dumps({"by": text}, ensure_ascii=False))

    assert json.loads(written) == {"by": text}
    assert not {unicodedata.category(sign) for sign in written} & HIDDEN


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        pytest.param("=cmd|'/c calc'!A1", "'=cmd|'/c calc'!A1", id="a command"),
        pytest.param('=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")', id="a link"),
        pytest.param("+1+cmd|'x'!A1", "'+1+cmd|'x'!A1", id="plus"),
        pytest.param("-2+3", "'-2+3", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="after a tab"),
        pytest.param("\r=1", "'\r=1", id="after a carriage return"),
        pytest.param("\n=1", "'\n=1", id="after a line feed"),
        pytest.param("＝1+1", "'＝1+1", id="as Chinese keyboards write it"),
        pytest.param("-1.5", "-1.5", id="a number"),
        pytest.param("+1e-3", "+1e-3", id="a number with its sign"),
        pytest.param(-1.5, -1.5, id="no text at all"),
        pytest.param(None, None, id="nothing"),
        pytest.param("a=b", "a=b", id="a sign inside"),
        pytest.param("", "", id="blank"),
    ],
)
def test_a_cell_is_no_formula(cell: object, shown: object) -> None:
    assert csv_cell(cell) == shown
