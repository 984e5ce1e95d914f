"""Why a key cannot be used, in Chinese: reasons.toml has what stands behind file, row and key."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("reasons.toml")
_HINT = re.compile(r"(.*?)(?:; did you mean (.*)\?|; known are (.*))", re.DOTALL)
_PARTS = re.compile(r"; (?=[\w.\[\]]+: )")  # several keys of one row
_POSITION = re.compile(r"line (\d+), column (\d+)")
_LINE = re.compile(r"(?<=: )line (\d+)")
_LAST = re.compile(r"line (\d+), the last")


def reason_in_chinese(line: str) -> str:
    """A line `FILE: row: key: reason` in Chinese; "" where the reason is none of the table."""
    parts = _PARTS.split(line)
    if len(parts) > 1 and all(each := [reason_in_chinese(part) for part in parts]):
        return "；".join(each)
    for mark in reversed([*re.finditer(": ", line)]):
        if said := _said(line[mark.end() :]):
            return f"{_where(line[: mark.start()])}：{said}"
    return ""


def _said(reason: str) -> str:
    """The reason with its hint; "" if it is not known."""
    hint = _HINT.fullmatch(reason)
    if hint is None or not (plain := bare_reason_in_chinese(hint[1])):
        return bare_reason_in_chinese(reason)
    return f"{plain}；是不是 {hint[2].replace(' or ', ' 或 ')}？" if hint[2] else f"{plain}；有 {hint[3]}"


def bare_reason_in_chinese(reason: str) -> str:
    """The reason alone, without file, row and key, as SQLite says it; "" if it is not known."""
    words = _words()
    for pattern, chinese in _rows():
        if found := pattern.fullmatch(reason):
            return chinese.format(*(words.get(each, each) for each in found.groups()))
    return ""


def _where(text: str) -> str:
    text = _LAST.sub(r"第 \1 行（末行）", _POSITION.sub(r"第 \1 行第 \2 列", text))
    return _LINE.sub(r"第 \1 行", text).replace(": ", "：")


@cache
def _rows() -> list[tuple[re.Pattern[str], str]]:
    """The patterns with what they are in Chinese; those with the most words first."""
    rows = sorted(all_reasons().items(), key=lambda row: -len(row[0].replace("{}", "")))
    return [(re.compile("(.*?)".join(map(re.escape, en.split("{}"))), re.DOTALL), zh) for en, zh in rows]


@cache
def all_reasons() -> Mapping[str, str]:
    """The whole table."""
    return dict(_pairs("reason"))


@cache
def _words() -> Mapping[str, str]:
    return dict(_pairs("word"))


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    yield from ((en, zh) for en, zh in tomllib.loads(TABLE.read_text(encoding="utf-8"))[table])
