"""The glossary has one meaning for each word, and what people read in Chinese keeps to it."""

import re
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.paths import ROOT

GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
ROOMS = ("sensors", "ingest", "alerts", "dashboards", "liangqu", "deploy")
PAGES = (
    "README.md",
    "README.zh-CN.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").glob("*.md"))),
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs/how-to").glob("*.md"))),
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs/reference").glob("*.md"))),
)
"""What people read, but this glossary."""
NAMES_OF_OTHERS = {
    "sensors/decoding/tables/headings.toml",  # how other people's tables call a site
    "sensors/standards/water_class.py",  # a term of the law, beside its English
    "sensors/standards/water_limits.toml",
    "dashboards/reports/rendering/tables/water_tables.py",  # a figure of reports, by its key
    "dashboards/reports/content/water.py",
}
SHOWN = sorted(
    str(file.relative_to(ROOT))
    for room in ROOMS
    for kind in ("*.toml", "*.py", "*.j2", "*.json", "*.yml", "*.html")
    for file in (ROOT / room).rglob(kind)
    if "__pycache__" not in file.parts
)
"""Words of the report, the demonstration, commands, messages, boards and checks: every file of the rooms."""
ALLOWED = re.compile("反向代理|代理服务器|样次达标率")
"""A proxy, reverse or not, is one."""
SAID = re.compile(r"""\ben = "[^"]*"|help="[^"]*"|command_group\("[^"]*"|Name\("[^"]*", "[^"]*"\)""")


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


def banned(language: str) -> list[str]:
    """The words of one language that are not used."""
    return [row[0] for row in BANNED if row[0].isascii() == (language == "en")]


def test_both_languages_have_words_that_are_not_used() -> None:
    assert len(banned("zh")) > 10
    assert len(banned("en")) > 10


def test_what_people_read_in_chinese_uses_no_banned_word() -> None:
    wrong = re.compile("|".join(banned("zh")))
    names = {*PAGES, *SHOWN} - {"docs/glossary.md", *NAMES_OF_OTHERS}
    assert len(names) > 300
    assert found_in(names, wrong, lambda line: ALLOWED.sub("", line)) == []


def test_what_people_read_in_english_uses_no_banned_word() -> None:
    """Pages; and of tables and code the English of what is said, see `SAID`."""
    wrong = re.compile(rf"\b(?:{'|'.join(banned('en'))})s?\b", re.IGNORECASE)
    assert found_in({*PAGES} - {"docs/glossary.md"}, wrong, str) == []
    assert found_in(set(SHOWN), wrong, lambda line: " ".join(SAID.findall(line))) == []


def found_in(names: set[str], wrong: re.Pattern[str], shown: Callable[[str], str]) -> list[str]:
    """The lines with a wrong word, each with its file."""
    return [
        f"{name}: {line.strip()}"
        for name in sorted(names)
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if wrong.search(shown(line))
    ]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('[x]\nen = "an incident"', id="a table"),
        pytest.param('zh = "事", en = "an incident"', id="a table in one line"),
        pytest.param('typer.Option(help="Only this incident.")', id="an option"),
        pytest.param('Name("事件", "an incident")', id="a name in code"),
    ],
)
def test_what_is_said_is_found(line: str) -> None:
    assert "incident" in " ".join(SAID.findall(line))
