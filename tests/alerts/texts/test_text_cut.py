"""Cut to bytes: never more, never inside a character, and always the text's own beginning."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.texts.text_cut import ELLIPSIS, cut, size

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT, st.integers(0, 300))
def test_what_is_cut_fits_and_is_the_beginning(text: str, most: int) -> None:
    found = cut(text, most)

    assert size(found) <= most
    if size(text) <= most:
        assert found == text
    elif most >= size(ELLIPSIS):
        assert found.endswith(ELLIPSIS)
        assert text.startswith(found.removesuffix(ELLIPSIS))
    else:
        assert found == ""


@given(st.text("ab\u0301\u200d👩🏽🇨🇳\ufe0f", max_size=60), st.integers(3, 200))
def test_what_follows_belongs_to_no_character_that_was_kept(text: str, most: int) -> None:
    kept = cut(text, most).removesuffix(ELLIPSIS) if size(text) > most else text
    rest = text[len(kept) :]

    if kept and rest:
        assert not unicodedata.category(rest[0]).startswith("M")
        assert rest[0] not in "\u200d🏽"
        assert not kept.endswith("\u200d")


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        pytest.param("五金库", 9, "五金库", id="exactly"),
        pytest.param("五金库", 8, "五…", id="a byte less"),
        pytest.param("👨‍👩‍👧五", 20, "…", id="a family is one character of 18 bytes, and … is three"),
        pytest.param("👨‍👩‍👧五", 21, "👨‍👩‍👧五", id="whole"),
        pytest.param("🇨🇳🇨🇳x", 12, "🇨🇳…", id="flags are pairs"),
        pytest.param('"""', 5, '"…', id="a quotation mark is two in JSON"),
        pytest.param("abc", 2, "", id="no room"),
    ],
)
def test_by_hand(text: str, most: int, expected: str) -> None:
    assert cut(text, most) == expected
