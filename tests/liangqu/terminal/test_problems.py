"""What ends a command, in Chinese: each problem of the code has its row, and no row is left over."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from liangqu.terminal.problems import TABLE, problem_in_chinese, typed_language
from tests.support.paths import ROOT

ROWS = {row["en"]: row["zh"] for row in tomllib.loads(TABLE.read_text(encoding="utf-8"))["problem"]}
CODE = sorted(file for room in ("dashboards", "ingest", "liangqu") for file in (ROOT / room).rglob("*.py"))
PROBLEMS = {
    "ForeignFileError",
    "FormerReportError",
    "InvitationError",
    "JournalInUseError",
    "JournalTooNewError",
    "MonthError",
    "NoFontError",
    "NoPdfError",
    "ProblemError",
    "ReviewError",
    "SettingsError",
    "TextFileError",
    "UsersFileError",
}
"""What ends a command or refuses a form; other rooms' become a `ProblemError` word for word."""


def template(node: ast.expr) -> str:
    """A text as the code has it, {} for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(template, parts))
        case _:
            return "{}"


def raised(file: Path) -> set[str]:
    """The lines of every problem that a module raises; those that are another's words alone are none."""
    source = file.read_text(encoding="utf-8")
    if not any(problem in source for problem in PROBLEMS):
        return set()
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    found = {
        template(argument)
        for call in calls
        if getattr(call.func, "id", "") in PROBLEMS
        for argument in call.args
        if not isinstance(argument, ast.Starred)
    }
    return {text for text in found if text.replace("{}", "").strip(" :")}


@pytest.fixture(scope="module")
def in_code() -> set[str]:
    return set().union(*map(raised, CODE))


def test_the_code_s_problems_are_found(in_code: set[str]) -> None:
    assert len(in_code) > 100
    assert "{}: there is no journal yet; has liangqu run been started?" in in_code


def test_each_problem_has_its_row(in_code: set[str]) -> None:
    """A new one: put it into liangqu/terminal/problems.toml as the code says it, its Chinese beside it."""
    assert sorted(in_code - ROWS.keys()) == []


def test_no_row_is_left_over(in_code: set[str]) -> None:
    assert sorted(ROWS.keys() - in_code) == []


@pytest.mark.parametrize("english", ROWS)
def test_a_problem_is_said_in_chinese_with_what_is_filled_in(english: str) -> None:
    filled = english
    while "{}" in filled:
        filled = filled.replace("{}", f"x{filled.count('x-')}x-", 1)
    said = problem_in_chinese(filled)

    assert sorted(re.findall(r"x\d+x-", said)) == sorted(re.findall(r"x\d+x-", filled))
    assert {*re.findall(r"--[a-z0-9-]+", english)} <= {*re.findall(r"--[a-z0-9-]+", said)}
    words = english.replace("{}", "").strip(" :.=")
    is_a_key = re.fullmatch(r"(?:--)?[a-z0-9._-]+(?: FILE)?[: ]*", words)
    assert is_a_key or re.search("[\u4e00-\u9fff]", said)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(
            "--site: there is no site 'wujinko'; did you mean wujinku?",
            "--site：没有站点 'wujinko'；是不是 wujinku？",
            id="a name mistyped",
        ),
        pytest.param(
            "/x/journal.db: there is no journal yet; has liangqu run been started?",
            "/x/journal.db：还没有本地账本；liangqu run 启动过吗？",
            id="nothing there",
        ),
        pytest.param(
            "SITE: there is no site, zone or river 'nowhere'; known are a, b …",
            "SITE：没有站点、片区或河流 'nowhere'；已知的有 a, b …",
            id="a name of nothing",
        ),
        pytest.param(
            "s1: its row in a.toml replaces another one, which would come back;"
            " copy its row under another id into a file of your own",
            "s1：它在 a.toml 里的那一行替代了另一行，移除后那一行会恢复；"
            "请把那一行换一个编号复制到您自己的文件里",
            id="with a cure",
        ),
        pytest.param(
            "items refused: 3; liangqu quarantine list shows what and why",
            "被拒收 3 条；用 liangqu quarantine list 查看是什么、为什么",
            id="with a count",
        ),
        pytest.param("no such module: fts9", "no such module: fts9", id="another's words"),
    ],
)
def test_lines_as_they_are_printed(line: str, said: str) -> None:
    assert problem_in_chinese(line) == said


@pytest.mark.parametrize("option", [["-c"], ["--config"], ["--config="], ["-c="]], ids=str)
def test_the_settings_that_are_named_say_the_language(option: list[str], tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text('language = "zh"', encoding="utf-8")
    glued = {"--config=": f"--config={file}", "-c=": f"-c{file}"}
    words = [glued[option[0]]] if option[0] in glued else [*option, str(file)]

    assert typed_language(["alerts", "list", *words]) == "zh"


@pytest.mark.parametrize("option", ["-c", "--config"])
def test_of_two_files_the_last_says_the_language_as_its_settings_are_read(
    option: str, tmp_path: Path
) -> None:
    (tmp_path / "zh.toml").write_text('language = "zh"', encoding="utf-8")
    (tmp_path / "en.toml").write_text('language = "en"', encoding="utf-8")

    words = ["-c", str(tmp_path / "en.toml"), "alerts", "list", option, str(tmp_path / "zh.toml")]

    assert typed_language(words) == "zh"
