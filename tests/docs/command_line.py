"""What the page of the command line says: every command and option out of the program itself."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.main import get_command

from liangqu.__main__ import app
from tests.docs.blocks import Block, code, table

NO_DEFAULT = (None, "", False, ())
TYPES: Mapping[Any, str] = {int: "whole number", float: "number", Path: "file", datetime: "date"}


def command_line() -> str:
    """Each command with its arguments and options; groups are followed by their commands."""
    return "\n".join(_texts(get_command(app), "liangqu"))


def _texts(command: Any, name: str) -> Iterator[str]:
    inner = getattr(command, "commands", {})
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    usage = " ".join([name, *map(_place, arguments), "COMMAND" if inner else "[OPTIONS]"])
    yield f"### `{name}`\n\n    {usage}\n\n{_help(command)}\n"
    if rows := [_row(each) for each in (*arguments, *command.params) if each.name != "help"]:
        yield table(("argument or option", "default", "meaning"), dict.fromkeys(rows))
    for each, under in inner.items():
        yield from _texts(under, f"{name} {each}")


def _place(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return f"{name if argument.required else f'[{name}]'}{'...' if argument.nargs < 0 else ''}"


def _row(parameter: Any) -> tuple[str, ...]:
    default = parameter.default
    shown = "required" if parameter.required else "" if default in NO_DEFAULT else code(str(default))
    return _called(parameter), shown, _plain(parameter.help or "")


def _called(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"{code(_place(parameter))}{_values(parameter)}"
    options = ", ".join(code(option) for option in (*parameter.opts, *parameter.secondary_opts))
    return options if parameter.is_flag else f"{options}{_values(parameter)}"


def _values(parameter: Any) -> str:
    """What may be given: the choices, or the type with its range."""
    hint = parameter.type_descriptor.annotation
    if get_origin(hint) is Literal:
        return f" {' or '.join(code(str(each)) for each in get_args(hint))}"
    hint = next(iter(get_args(hint)), hint)
    least, most = parameter.min, parameter.max
    span = (
        "" if least is None else f" from {least:,.15g}" if most is None else f" {least:,.15g} to {most:,.15g}"
    )
    return f" {TYPES.get(hint, 'text')}{span}"


def _help(command: Any) -> str:
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(_plain(" ".join(paragraph.split())) for paragraph in paragraphs)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("<", r"\<")


BLOCKS: Mapping[str, Block] = {"command-line": command_line}
