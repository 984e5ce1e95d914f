"""What decoders and importers say of an item or a table, in Chinese: each text of the code has its row."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from ingest.processing.details import describe_detail
from tests.support.paths import ROOT

ROOMS = ("sensors/decoding", "ingest/importing", "liangqu/assess", "liangqu/tasks/importing")
FILES = (
    "ingest/processing/message_decoder.py",
    "liangqu/tasks/assessment.py",
    "liangqu/tasks/messages/replay.py",
)
REFUSING = {
    "BadCell", "Malformed", "Refused", "UnreadableCell", "Unassessable", "_Malformed", "_Refusal", "_Wrong",
    "_bad_line", "_refused", "refuse", "append", "counts_in_words", "note", "say", "_note",
}  # fmt: skip
"""Calls of which a text with blanks is read by people."""
OTHERWISE = {"sensors/decoding/hj212/tolerances.py"}
"""What reasons.toml of the settings has."""
CHINESE = re.compile("[\u4e00-\u9fff]")


def template(node: ast.expr) -> str:
    """A text as the code has it, x for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(map(template, parts))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return template(left) + template(right)
    return "'x'" if isinstance(node, ast.FormattedValue) else ""


def said(file: Path) -> Iterator[str]:
    """The texts of a module that tell why something is refused, or what was taken for granted."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in REFUSING:
                yield from map(template, args)
            case ast.Raise(exc=ast.Call(func=ast.Name(id="ValueError"), args=args)):
                yield from map(template, args)
            case ast.Assign(targets=[ast.Name(id="detail" | "words" | "wrong")], value=value):
                yield template(value)


TEXTS = sorted(
    {
        (str(file.relative_to(ROOT)), text)
        for file in (
            *(ROOT / each for each in FILES),
            *(file for room in ROOMS for file in (ROOT / room).rglob("*.py")),
        )
        for text in said(file)
        if re.search(r"[a-z]{2,} [a-z]{2,}", text.replace("'x'", "x"))
    }
)


def test_the_texts_of_the_code_are_found() -> None:
    assert len(TEXTS) > 100
    assert ("sensors/decoding/json_envelope.py", "there is nothing in it") in TEXTS


@pytest.mark.parametrize(("file", "text"), [each for each in TEXTS if each[0] not in OTHERWISE])
def test_each_has_its_chinese(file: str, text: str) -> None:
    """A new one: put it into ingest/processing/details.toml as the code says it, its Chinese beside it."""
    whole = re.sub("(?<=[a-z})])'x'$", "", text)  # a hint that may be there
    whole = re.sub("^('x'(: |; ))+", "", whole)  # words that another text has
    shown = (whole, f"'x' {whole}", f"{whole} (character 3)")  # as a cell's fault, and as a slip of JSON

    assert any(CHINESE.search(describe_detail(each, "zh")) for each in shown)


UNIT = (
    "{}: whose unit it is, is not certain; write it behind each parameter, pm25(mg/m3), or"
    ' --ignore-columns "u"'
)
UNIT_ZH = "{}：不确定是哪一列的单位；请写在各参数之后，如 pm25(mg/m3)，"
UNIT_ZH += '或用 --ignore-columns "u" 略过'


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("byte 0 is not UTF-8; it looks like UTF-16", "第 0 个字节不是 UTF-8 文本；看起来像 UTF-16"),
        (
            "file.csv, line 7: time '31.2.2026' is none; --time-format says how it is written",
            "file.csv 第 7 行：'31.2.2026' 不是时间；用 --time-format 说明写法",
        ),
        (
            "QN: no QN (tolerance missing_qn is off)",
            "QN：没有请求编码 QN（容许偏差 missing_qn 已关闭）",
        ),
        (
            "pm25 belongs to air, houcheng measures water",
            "pm25 属于空气，houcheng 测的是水质",
        ),
        (
            "a.csv: row 3 (line 4), column 氨氮: 'x; y' is not a number; it does not count for the result",
            "a.csv：第 3 行（文件第 4 行）氨氮 列：'x; y' 不是数字；不影响结果",
        ),
        (UNIT.format("x: column u"), UNIT_ZH.format("x：列 u")),
        ("a text of nobody's", "a text of nobody's"),
    ],
)
def test_a_detail_with_what_is_filled_in(english: str, chinese: str) -> None:
    assert describe_detail(english, "zh") == chinese
    assert describe_detail(english, "en") == english


def test_a_text_that_wants_to_be_tried_in_many_ways_is_answered_at_once() -> None:
    """Two hundred quotes and joints, as only somebody hostile sends them: one way to read them, no others."""
    for hostile in ("'; " * 200, "'a'; \"" * 100, "is of ; " * 100, ": " * 300):
        before = perf_counter()
        describe_detail(f"not a number: {hostile}", "zh")
        assert perf_counter() - before < 0.5  # seconds; of the wrong patterns it is years
