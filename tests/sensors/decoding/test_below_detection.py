"""Every way in which people write a value below its detection limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.below_detection import METHODS_OWN, parse_detection_limit

NAMED = {
    "sign": "<{}",
    "blank after the sign": "< {}",
    "full-width sign": "＜{}",
    "full-width sign and blank": "＜\u3000{}",
    "small-form sign": "﹤{}",
    "laboratory": "{}L",
    "laboratory, small": "{}l",
    "laboratory, full-width": "{}Ｌ",
    "laboratory, blank": "{} L",
    "both": "<{}L",
    "blanks around": " <{}\t",
}
WORDS = (
    "ND", "nd", "Nd", "N.D.", "n.d.", "N.D", "ＮＤ", " ND ", "<DL", "<mdl", "<LOD",
    "未检出", "未檢出", "低于检出限", "小于检出限",
)  # fmt: skip


@pytest.mark.parametrize("form", NAMED.values(), ids=NAMED)
@pytest.mark.parametrize("limit", ["0.025", ".5", "5.", "1e-3", "2", "0.00004", "10"])
def test_the_limit_that_is_named(form: str, limit: str) -> None:
    assert parse_detection_limit(form.format(limit)) == limit


def test_digits_of_full_width() -> None:
    assert parse_detection_limit("＜０．０２５") == parse_detection_limit("０.０２５Ｌ") == "0.025"


@pytest.mark.parametrize("word", WORDS)
def test_words_mean_the_limit_of_the_method(word: str) -> None:
    assert parse_detection_limit(word) == METHODS_OWN


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "0.025", "-1", "<", "L", "<0", "0L", "<-0.025", "-0.025L", "<0,025", "<<0.02", "<0.025 mg/L",
        ">0.025", "≥24000", "0.025LL", "0.025 mg/L", "<nan", "<inf", "<1e999", "NaN", "null", "未测",
        "NDND", "--", "*", "<0.0.2", "1 000L", "<" + "1" * 100, "0x1L", "<٣",
    ],
)  # fmt: skip
def test_anything_else_is_none(text: str) -> None:
    assert parse_detection_limit(text) is None


@given(
    st.decimals(min_value="1e-9", max_value="1e9", places=9).map("{:f}".format),
    st.sampled_from(sorted(NAMED.values())),
)
def test_any_number_in_any_notation_is_the_same_limit(limit: str, form: str) -> None:
    assert parse_detection_limit(form.format(limit)) == limit


@given(st.text(max_size=80))
def test_no_text_raises(text: str) -> None:
    found = parse_detection_limit(text)

    assert found is None or found == METHODS_OWN or float(found) > 0
