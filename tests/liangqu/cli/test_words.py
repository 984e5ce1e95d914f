"""What commands say in both languages: the same values in both, and nothing that nobody says."""

import re
import string

import pytest

from liangqu.terminal.words import CommandWords, SaidSentence, all_sentences
from sensors.model import Language
from tests.support.paths import ROOT

SENTENCES = {(section, key): row for section, rows in all_sentences().items() for key, row in rows.items()}
CODE = "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "liangqu").rglob("*.py")))


def fields_of(text: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("row", SENTENCES.values(), ids=[*map(".".join, SENTENCES)])
def test_both_languages_say_the_same_and_each_is_in_its_own(row: SaidSentence) -> None:
    assert fields_of(row.zh) == fields_of(row.en) >= fields_of(row.one)
    assert row.zh.count("|") == row.en.count("|")
    assert row.zh.count("{") == row.en.count("{")
    assert not re.search("[\u4e00-\u9fff]", row.en + row.one)
    words = re.sub("{[^}]*}", "", row.zh)
    assert re.search("[\u4e00-\u9fff]", words) or not re.search("[a-z]{3}", words)


@pytest.mark.parametrize(("section", "key"), SENTENCES, ids=[*map(".".join, SENTENCES)])
def test_somebody_says_it(section: str, key: str) -> None:
    assert f'"{section}"' in CODE
    assert f'"{key}"' in CODE or (key == "head" and ".headings()" in CODE)


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        pytest.param("en", 1, "1 item dropped", id="one"),
        pytest.param("en", 2, "2 items dropped", id="two"),
        pytest.param("en", 0, "0 items dropped", id="none"),
        pytest.param("zh", 1, "已丢弃 1 条", id="Chinese has no plural"),
    ],
)
def test_one_or_several(language: Language, number: int, said: str) -> None:
    assert CommandWords("quarantine", language)("dropped", n=number) == said
