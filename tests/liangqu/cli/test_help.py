"""Help in both languages: every text of every command stands in liangqu/cli/help.toml, and is shown."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from typer.main import get_command

from liangqu.__main__ import app
from liangqu.terminal.help import TABLE, SpokenCommand, SpokenGroup, paragraphs
from liangqu.terminal.wrapping import columns_of, wrap

TABLES = tomllib.loads(TABLE.read_text(encoding="utf-8"))
TEXTS = {row["en"]: row["zh"] for row in TABLES["text"]}
PARSER = {row["en"]: row["zh"] for row in TABLES["parser"]}
SAID_ALIKE = re.compile(
    r"`[^`]+`|--[a-z][a-z-]*|https?://[^\s，。；）]+|[A-Z]{2,}(?:_[A-Z]+)+|\b\d+(?:\.\d+)*\b"
)
"""What is typed, an address or a number: the same in both languages."""


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, (*path, name))


COMMANDS = dict(commands(get_command(app)))


def texts(command: Any) -> list[str]:
    """What its help says in words, each option's or paragraph's by itself."""
    return [*paragraphs(command.help), *(" ".join(p.help.split()) for p in command.params if p.help)]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_text_has_a_row_with_its_chinese(path: tuple[str, ...]) -> None:
    """A new command: put what is named here into help.toml; see liangqu/README.md."""
    assert [text for text in texts(COMMANDS[path]) if text not in TEXTS | PARSER] == []


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_asks_for_the_language(path: tuple[str, ...]) -> None:
    assert isinstance(COMMANDS[path], SpokenCommand | SpokenGroup)


def test_no_row_is_left_over() -> None:
    needed = {text for command in COMMANDS.values() for text in texts(command)}
    assert [text for text in TEXTS if text not in needed] == []


@pytest.mark.parametrize("english", TEXTS)
def test_both_languages_name_the_same_options_addresses_and_numbers(english: str) -> None:
    chinese = TEXTS[english]
    assert re.search("[\u4e00-\u9fff]", chinese) or SAID_ALIKE.sub("", chinese) == ""
    assert not re.search("[\u4e00-\u9fff]", english.replace("未检出", ""))
    assert {*SAID_ALIKE.findall(english)} <= {*SAID_ALIKE.findall(chinese)} | {"28"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_chinese_page_fits_a_terminal_and_has_no_english_sentence(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "zh")
    command = COMMANDS[path]
    with command.make_context("liangqu", [], resilient_parsing=True) as context:
        page = command.get_help(context)

    assert page.startswith("用法：")
    assert max(cell_len(line) for line in page.splitlines()) <= 80
    said = "".join(page.split())
    for text in texts(command):
        assert "".join(TEXTS.get(text, PARSER.get(text, "")).split()) in said
    assert not re.search(r"[a-z]{3,}(?: [a-z]+){4}", page)


def test_english_stays_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "en")
    command = COMMANDS["demo",]
    with command.make_context("liangqu", [], resilient_parsing=True) as context:
        assert "Usage: liangqu" in command.get_help(context)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        pytest.param("一二三四五", 6, ["一二三", "四五"], id="a sign is two columns"),
        pytest.param("一二三。四", 6, ["一二", "三。四"], id="no line begins with a full stop"),
        pytest.param("按 Ctrl-C 结束", 8, ["按", "Ctrl-C", "结束"], id="a word is not cut"),
        pytest.param("abcdefghij 一", 4, ["abcdefghij", "一"], id="but one that is wider stands alone"),
        pytest.param("", 8, [], id="nothing"),
    ],
)
def test_lines_of_chinese(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, width) == lines


@pytest.mark.parametrize("text", ["PM₂.₅ ≤ 60 µg/m³", "八号桥（目标Ⅲ类）", "“隔离区”…", "e\u0301", ""])
def test_columns_are_those_that_a_terminal_takes(text: str) -> None:
    """As rich counts them, which is not loaded for a line."""
    assert columns_of(text) == cell_len(text)
