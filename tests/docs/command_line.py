"""What the pages of the command line say: every command and option out of the program itself."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

from typer.main import get_command

from liangqu.__main__ import app
from liangqu.terminal.help import TABLE as HELP
from tests.docs.blocks import Block, code, table

NO_DEFAULT = (None, "", False, ())


class _Page(NamedTuple):
    """The words of one language: of the page itself, and of each text of the program."""

    head: tuple[str, str, str]
    required: str
    either: str
    least: str
    between: str
    types: Mapping[Any, str]
    text: str
    said: Mapping[str, str]

    def plain(self, text: str) -> str:
        """A paragraph or an option's meaning, as Markdown."""
        line = " ".join(text.split())
        return self.said.get(line, line).replace("<", r"\<")


def _chinese_texts() -> Mapping[str, str]:
    rows = tomllib.loads(HELP.read_text(encoding="utf-8"))["text"]
    return {row["en"]: row["zh"] for row in rows}


ENGLISH = _Page(
    ("argument or option", "default", "meaning"),
    "required",
    " or ",
    " from {:,.15g}",
    " {:,.15g} to {:,.15g}",
    {int: "whole number", float: "number", Path: "file", datetime: "date"},
    "text",
    {},
)
CHINESE = _Page(
    ("参数或选项", "默认", "含义"),
    "必填",
    " 或 ",
    "，至少 {:,.15g}",
    "，{:,.15g} 至 {:,.15g}",
    {int: "整数", float: "数", Path: "文件", datetime: "日期"},
    "文本",
    _chinese_texts(),
)


def command_line(page: _Page) -> str:
    """Each command with its arguments and options; groups are followed by their commands."""
    return "\n".join(_texts(get_command(app), "liangqu", page))


def _texts(command: Any, name: str, page: _Page) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join([name, *map(_place, arguments), "COMMAND" if inner else "[OPTIONS]"])
    yield f"### `{name}`\n\n    {usage}\n\n{_help(command, page)}\n"
    if rows := [_row(each, page) for each in (*arguments, *command.params) if each.name != "help"]:
        yield table(page.head, dict.fromkeys(rows))
    for each, under in inner.items():
        yield from _texts(under, f"{name} {each}", page)


def _place(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return f"{name if argument.required else f'[{name}]'}{'...' if argument.nargs < 0 else ''}"


def _row(parameter: Any, page: _Page) -> tuple[str, ...]:
    default = parameter.default
    shown = page.required if parameter.required else "" if default in NO_DEFAULT else code(str(default))
    return _called(parameter, page), shown, page.plain(parameter.help or "")


def _called(parameter: Any, page: _Page) -> str:
    if parameter.param_type_name == "argument":
        return f"{code(_place(parameter))}{_values(parameter, page)}"
    options = ", ".join(code(option) for option in (*parameter.opts, *parameter.secondary_opts))
    return options if parameter.is_flag else f"{options}{_values(parameter, page)}"


def _values(parameter: Any, page: _Page) -> str:
    """What may be given: the choices, or the type with its range."""
    hint = parameter.type_descriptor.annotation
    if get_origin(hint) is Literal:
        return f" {page.either.join(code(str(each)) for each in get_args(hint))}"
    hint = next(iter(get_args(hint)), hint)
    least, most = parameter.min, parameter.max
    bounds = [each for each in (least, most) if each is not None]
    span = "" if least is None else (page.least if most is None else page.between).format(*bounds)
    return f" {page.types.get(hint, page.text)}{span}"


def _help(command: Any, page: _Page) -> str:
    return "\n\n".join(map(page.plain, (command.help or "").split("\n\n")))


BLOCKS: Mapping[str, Block] = {
    "command-line": partial(command_line, ENGLISH),
    "command-line-zh": partial(command_line, CHINESE),
}
