"""The glossary has one meaning for each word, and what people read in Chinese keeps to it."""

import re
from collections import Counter

import pytest

from tests.support.paths import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
CHINESE = ("README.zh-CN.md", "docs/guide.zh-CN.md")
SHOWN = (
    "dashboards/reports/words.toml",
    "liangqu/demo/words.toml",
    "liangqu/service/wording/causes.toml",
    "liangqu/service/wording/lines.toml",
    "liangqu/service/wording/reasons.toml",
    "liangqu/status/words.toml",
    "sensors/standards/statistics.toml",
    "ingest/checks/registry.py",
    *(str(file.relative_to(ROOT)) for file in sorted((ROOT / "dashboards/boards/zh").glob("*.json"))),
)
"""Texts of the report, the demonstration, the statistics, the checks and the boards."""
ALLOWED = re.compile("反向代理|代理服务器|样次达标率")
"""A proxy, reverse or not, is one."""


def rows(text: str) -> list[list[str]]:
    """The cells of every table row but heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] not in {"term", "not"}]


TERMS, BANNED = (rows(part) for part in GLOSSARY.split("## Not used"))


def test_each_term_has_a_chinese_word_and_a_meaning() -> None:
    assert len(TERMS) > 100
    assert [row for row in TERMS if len(row) != 3 or not all(row)] == []


@pytest.mark.parametrize("column", [pytest.param(0, id="English"), pytest.param(1, id="Chinese")])
def test_no_word_has_two_meanings(column: int) -> None:
    assert [word for word, n in Counter(row[column] for row in TERMS).items() if n > 1] == []


def test_no_term_is_among_the_words_that_are_not_used() -> None:
    assert {row[1] for row in TERMS} & {row[0] for row in BANNED} == set()


@pytest.mark.parametrize("name", [*CHINESE, *SHOWN])
def test_what_people_read_in_chinese_uses_no_banned_word(name: str) -> None:
    text = ALLOWED.sub("", (ROOT / name).read_text(encoding="utf-8"))
    found = [line for row in BANNED for line in re.findall(f".*{row[0]}.*", text)]
    assert found == []
