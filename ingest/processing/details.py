"""Why an item or a table was refused, in Chinese; details.toml has what decoders and importers say.

What the journal keeps is English; it is put into words where people read it.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from sensors.decoding.hj212.tolerances import TOLERANCES
from sensors.model import Language

TABLE = Path(__file__).with_name("details.toml")
_LONGEST = 600  # characters; what is quoted is cut long before
_GAP = re.compile(r"\{\}")
_JOINED = re.compile(r"""(?:(?<!\w)'[^']*'|(?<!\w)"[^"]*"|(?!; ).)++""", re.DOTALL)
"""What `; ` stands between, outside of quotes; an apostrophe begins none."""
_FILLED = """((?:'[^']*'|"[^"]*"|(?!; )[^'"])*?)"""  # one way only to read each text: nothing to try in vain


def describe_detail(detail: str, language: Language) -> str:
    """A detail, or a remark, in the language; in Chinese what is not in the table stays as it is."""
    if language == "en" or len(detail) > _LONGEST:
        return detail
    return _said(detail) or detail


def _said(text: str) -> str:
    """In Chinese; "" where the table knows nothing of it."""
    if said := _words().get(text) or _filled("detail", text):
        return said
    before, mark, rest = text.partition(": ")
    if mark and "; " not in before and (said := _said(rest)):
        return f"{_filled('place', before) or before}：{said}"
    first, *others = [part.strip(" ") for part in _JOINED.findall(text)] or [""]
    said = _said(first) if others else ""
    return said and "；".join([said, *(_said(each) or each for each in others)])


def _filled(table: str, text: str) -> str:
    """By the first row of a table that it is of; "" where it is of none."""
    for pattern, chinese in _rows(table):
        if found := pattern.fullmatch(text):
            return chinese.format(*(_said(each) or each for each in found.groups()))
    return ""


@cache
def _rows(table: str) -> list[tuple[re.Pattern[str], str]]:
    """The patterns with what they are in Chinese; those with the most words first."""
    rows = sorted(_pairs(table), key=lambda row: -len(row[0].replace("{}", "")))
    return [(_pattern(english), chinese) for english, chinese in rows]


def _pattern(english: str) -> re.Pattern[str]:
    """What is filled in holds no `; ` outside of quotes, and no `: ` before the row's: they join details."""
    before, mark, after = english.partition(": ")
    strict = _FILLED.replace("(?!; )", "(?!; |: )")
    return re.compile(_escaped(before, strict) + re.escape(mark) + _escaped(after, _FILLED), re.DOTALL)


def _escaped(english: str, filled: str) -> str:
    plain = english.replace("{{", "{").replace("}}", "}")
    return filled.join(map(re.escape, _GAP.split(plain)))


@cache
def _words() -> Mapping[str, str]:
    deviations = {one.en: one.zh for one in TOLERANCES.values()}
    return {**deviations, **dict(_pairs("word"))}


def _pairs(table: str) -> Iterator[tuple[str, str]]:
    yield from ((english, chinese) for english, chinese in tomllib.loads(TABLE.read_text("utf-8"))[table])
