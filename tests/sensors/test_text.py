"""Files of people: a byte order mark is passed over, another encoding named, nothing else altered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.text import parse_text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff")))
def test_utf_8_is_taken_as_it_is_with_a_mark_or_without(text: str) -> None:
    assert parse_text(text.encode()) == parse_text(text.encode("utf-8-sig")) == text


@given(st.binary(max_size=200))
def test_any_other_bytes_are_one_line_that_shows_none_of_them(raw: bytes) -> None:
    said = ""
    try:
        parse_text(raw)
    except ValueError as error:
        said = str(error)

    assert said == "" or (said.isascii() and "\n" not in said and "UTF-8" in said)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param("后城".encode("gbk"), "line 1: not UTF-8 (byte 0xba), it looks like GBK", id="GBK"),
        pytest.param(b"a\nb\n\xff\xff", "line 3: not UTF-8 (byte 0xff); save it", id="in no encoding"),
        pytest.param("a".encode("utf-16"), "it is UTF-16, not UTF-8; save it", id="UTF-16"),
        pytest.param("a".encode("utf-16-be"), "line 1: not UTF-8 text (byte 0x00)", id="UTF-16 unmarked"),
        pytest.param("a".encode("utf-32"), "it is UTF-32, not UTF-8; save it", id="UTF-32"),
        pytest.param(b"one\ntwo\0", "line 2: not UTF-8 text (byte 0x00)", id="a NUL"),
    ],
)
def test_what_it_seems_to_be_is_said(raw: bytes, words: str) -> None:
    with pytest.raises(ValueError, match="UTF-8") as error:
        parse_text(raw)

    assert str(error.value).startswith(words)
