"""Words of the report: formulas with their subscripts wherever a text comes from."""

import re

import pytest

from dashboards.reports.words import ReportWords, texts, with_subscripts
from sensors.model import LANGUAGES, Language, Name


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        pytest.param("PM2.5", "PM₂.₅", id="fine particles"),
        pytest.param("PM10 12", "PM₁₀ 12", id="a number after it stays"),
        pytest.param("SO2、NO2、O3", "SO₂、NO₂、O₃", id="gases"),
        pytest.param("O3日最大8小时", "O₃日最大8小时", id="before Chinese"),
        pytest.param("CO 95", "CO 95", id="carbon monoxide has none"),
        pytest.param("PM₂.₅", "PM₂.₅", id="once is enough"),
        pytest.param("GB 3095-2012, pm25, NO25, XNO2", "GB 3095-2012, pm25, NO25, XNO2", id="no formula"),
    ],
)
def test_formulas_have_subscripts_and_nothing_else_has(written: str, printed: str) -> None:
    assert with_subscripts(written) == printed


def test_a_notice_is_named_in_the_letters_of_the_language() -> None:
    assert ReportWords("zh").standard("环办〔2011〕22号") == "环办〔2011〕22号"
    assert ReportWords("en").standard("环办〔2011〕22号") == "Huanban [2011] 22"
    assert ReportWords("en").standard("GB 3095-2012") == "GB 3095-2012"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_and_no_name_comes_out_without_them(language: Language) -> None:
    words = ReportWords(language)
    spoken = {key: words(key) for key in texts() if "{" not in texts()[key][language]}

    plain = re.compile(r"PM2\.5|PM10|SO2|NO2|O3")
    assert [key for key, text in spoken.items() if plain.search(text)] == []
    assert words.name(Name("PM2.5 小时值", "PM2.5, an hour")) in {"PM₂.₅ 小时值", "PM₂.₅, an hour"}
