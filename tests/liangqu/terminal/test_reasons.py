"""Why a key cannot be used, in Chinese: each row is known by its words, and what is filled in stays."""

import re

import pytest

from liangqu.terminal.problems import problem_in_chinese
from liangqu.terminal.reasons import all_reasons, reason_in_chinese
from tests.support.paths import ROOT

CODE = " ".join(
    re.sub(r'"\s*\n\s*f?"', "", file.read_text(encoding="utf-8"))
    for room in ("alerts", "ingest", "liangqu", "sensors")
    for file in sorted((ROOT / room).rglob("*.py"))
).replace('\\"', '"')
# Of the medium's name, and of how many lines stand above a header.
MADE_UP = {
    "an air site has no {}",
    "a water site has no {}",
    "the header stands in line {}; line 1 above it is left out",
}
OF_THE_SYSTEM = {
    "No such file or directory", "Permission denied", "Is a directory", "database is locked",
    "database or disk is full", "disk I/O error", "timed out", *MADE_UP,
}  # fmt: skip


@pytest.mark.parametrize("english", all_reasons())
def test_a_reason_is_said_with_what_is_filled_in(english: str) -> None:
    filled = english
    while "{}" in filled:
        filled = filled.replace("{}", f"x{filled.count('x-')}x-", 1)

    said = reason_in_chinese(f"my.toml: site 3: key: {filled}")

    assert said.startswith("my.toml：site 3：key：")
    assert sorted(re.findall(r"x\d+x-", said)) == sorted(re.findall(r"x\d+x-", filled))
    assert re.search("[\u4e00-\u9fff]", said.removeprefix("my.toml：site 3：key："))


@pytest.mark.parametrize("english", [each for each in all_reasons() if each not in OF_THE_SYSTEM])
def test_the_code_says_it(english: str) -> None:
    longest = max(re.split(r"\{\}|[;:()] ?", english), key=len).strip()

    assert longest in CODE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param(
            "a.toml: mqtt.prot: unknown key; did you mean mqtt.port or mqtt.host?",
            "a.toml：mqtt.prot：没有这个键；是不是 mqtt.port 或 mqtt.host？",
            id="a hint",
        ),
        pytest.param(
            'a.toml: store.kind: "influx" is not one of sqlite, influxdb; did you mean influxdb?',
            'a.toml：store.kind："influx" 不是 sqlite, influxdb 之一；是不是 influxdb？',
            id="a word mistyped",
        ),
        pytest.param(
            "a.toml: zzz: unknown table; known are [mqtt], [http]",
            "a.toml：zzz：没有这个表；有 [mqtt], [http]",
            id="all there are",
        ),
        pytest.param(
            'a.toml: site "x": lat: must be a number, not a list; lonn: unknown key; did you mean lon?',
            'a.toml：site "x"：lat：必须是数，不能是列表；lonn：没有这个键；是不是 lon？',
            id="two keys of a row",
        ),
        pytest.param(
            "a.toml: line 3, column 5: the text is not closed; a quote is missing",
            "a.toml：第 3 行第 5 列：文本没有结束；缺少引号",
            id="a position",
        ),
        pytest.param(
            "LIANGQU_MQTT__PORT: 0 is not one of 1 to 65535",
            "LIANGQU_MQTT__PORT：0 不在 1 至 65535 之间",
            id="a variable",
        ),
        pytest.param("a.toml: nothing that we say", "a.toml: nothing that we say", id="another's words"),
    ],
)
def test_lines_as_they_are_printed(line: str, said: str) -> None:
    assert problem_in_chinese(line) == said
