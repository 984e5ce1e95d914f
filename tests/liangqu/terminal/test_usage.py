"""A wrong command line in Chinese: as typed, and no English word left but what is typed."""

import re

import pytest
from typer.testing import CliRunner

from liangqu.__main__ import app
from liangqu.terminal.usage import in_chinese, reworded

SEE = "；参见 liangqu {} --help"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("mark", "缺少参数 SITE" + SEE.format("mark"), id="an argument is missing"),
        pytest.param("mark wujinku pm25 2026-01-01 2026-01-02", "缺少选项 --as", id="an option is missing"),
        pytest.param("check twice", "多余的参数：twice" + SEE.format("check"), id="one too many"),
        pytest.param(
            "check --conect", "没有选项 --conect；是不是 --config 或 --connect？", id="option mistyped"
        ),
        pytest.param(
            "alerts silences", "没有命令 “silences”；是不是 silence 或 unsilence？", id="two are near"
        ),
        pytest.param("station add x", "缺少选项 --medium；已知的有 air, water", id="with its choices"),
        pytest.param("chek", "没有命令 “chek”；是不是 check？", id="a command mistyped"),
        pytest.param("demo --language fr", "--language: “fr” 不在可选值之列：'zh', 'en'", id="a choice"),
        pytest.param("demo --months x", "--months: 须为整数", id="a number"),
        pytest.param("demo --months 0", "--months: 不得小于 1", id="too small"),
        pytest.param("demo --seed", "选项 --seed 需要一个值", id="a value is missing"),
    ],
)
def test_a_wrong_line(typed: str, said: str) -> None:
    done = CliRunner().invoke(app, typed.split(), standalone_mode=False)

    assert done.exception is not None
    line = reworded(done.exception.format_message())  # type: ignore[attr-defined]
    command = "liangqu " + typed.split(maxsplit=1)[0]
    chinese = in_chinese(line if line.endswith("?") else f"{line}; see {command} --help")
    assert chinese.startswith(said)
    assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", chinese)
