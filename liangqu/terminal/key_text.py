"""Keys in plain words for a terminal, and a settings file with all of them to begin from."""

import re
from collections.abc import Iterator

from liangqu.config.reference.keys import DescribedKey, settings_tables
from liangqu.config.settings_file import SECRETS
from liangqu.terminal.wrapping import wrap
from sensors.model import Language, Name

_LINK = re.compile(r"\[([^\]\[]+)\]\([^)]*\)")
_WIDTH = 96  # of a comment in the example
_OPENING = Name(
    "liangqu 的配置文件示例：全部键及其默认值。去掉行首的 # 并改成需要的值；`liangqu check` 检查它，"
    "`liangqu settings` 说明当前的值来自哪里。路径相对于本文件。",
    "An example of liangqu's settings: every key with its default. Take away the # before a line and change"
    " the value; `liangqu check` looks at it, `liangqu settings` says where each value comes from. Paths are"
    " relative to this file.",
)


def in_words(key: DescribedKey, language: Language) -> str:
    """`whole number, 1 to 65535: its port`."""
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    unit = _in(key.unit, language)
    kind = _in(key.type, language) + (
        f" ({unit})" if unit and language == "en" else f"（{unit}）" if unit else ""
    )
    span = _in(key.span, language)
    return plain(f"{kind}{comma + span if span else ''}{colon}{_in(key.meaning, language)}")


def plain(text: str) -> str:
    """Without the marks of Markdown."""
    return _LINK.sub(r"\1", text).replace("`", "")


def example(language: Language) -> str:
    """A settings file in which every key stands, each as a comment with its default."""
    return "\n".join(_example_lines(language)) + "\n"


def _example_lines(language: Language) -> Iterator[str]:
    yield from _comment(_in(_OPENING, language).replace("`", ""))
    for table, keys in settings_tables():
        yield ""
        if table:
            yield f"[{table}]"
        for key in keys:
            if key.key[1] not in SECRETS:  # refused in a file, by name
                yield from _comment(in_words(key, language))
                yield f"#{key.key[1]} = {key.default}"


def _comment(text: str) -> Iterator[str]:
    yield from (f"# {line}" for line in wrap(text, _WIDTH))


def _in(name: Name, language: Language) -> str:
    return name.zh if language == "zh" else name.en
