"""The lines of a problem in Chinese: problems.toml has each as the code says it, its Chinese beside it."""

import os
import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from ingest.processing.details import describe_detail
from liangqu.terminal.language import chosen_language
from liangqu.terminal.reasons import bare_reason_in_chinese, reason_in_chinese
from liangqu.terminal.usage import in_chinese
from sensors.model import Language

TABLE = Path(__file__).with_name("problems.toml")


def typed_language(arguments: Sequence[str] | None = None) -> Language:
    """The language of what ends a command, told by its arguments: the last `-c FILE`, else as for any."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    named = [file for pair in pairwise([*typed, ""]) if (file := _named(*pair)) is not None]
    file = (named or [os.environ.get("LIANGQU_CONFIG") or "liangqu.toml"])[-1]
    return chosen_language(Path(file), os.environ)


def _named(option: str, after: str) -> str | None:
    """The settings file that an option names, if it is the one that does."""
    if option in {"-c", "--config"}:
        return after
    if option.startswith("--config="):
        return option.removeprefix("--config=")
    return option.removeprefix("-c") if option.startswith("-c") else None


def problem_in_chinese(line: str) -> str:
    """The line in Chinese; one that no table knows as it is. What is filled in stays."""
    if said := reason_in_chinese(line):
        return said
    nouns, rows = _tables()
    for pattern, chinese in rows:
        if found := pattern.fullmatch(line):
            said_within = (
                nouns.get(each) or bare_reason_in_chinese(each) or describe_detail(each, "zh")
                for each in found.groups()
            )
            return in_chinese(chinese.format(*said_within))
    said = bare_reason_in_chinese(line) or in_chinese(line)
    return said if said != line else describe_detail(line, "zh")


@cache
def _tables() -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """The nouns, and the patterns with what they are in Chinese; those with the most words first."""
    tables = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    rows = sorted(tables["problem"], key=lambda row: -len(row["en"].replace("{}", "")))
    nouns = {row["en"]: row["zh"] for row in tables["noun"]}
    return (
        nouns,
        [(_pattern(row["en"], row.get("noun"), nouns), row["zh"]) for row in rows],
    )


def _pattern(english: str, noun: int | None, nouns: Iterable[str]) -> re.Pattern[str]:
    """What is filled in is anything; at the place of a noun one of them, if it is one that is known."""
    first, *others = map(re.escape, english.split("{}"))
    listed = "|".join(map(re.escape, sorted(nouns, key=len, reverse=True)))
    filled = [f"({listed}|.*?)" if number == noun else "(.*?)" for number in range(len(others))]
    return re.compile(first + "".join(map("".join, zip(filled, others, strict=True))), re.DOTALL)
