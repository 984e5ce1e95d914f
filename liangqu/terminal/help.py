"""`--help` in the reader's language: English as typer lays it out, Chinese from liangqu/cli/help.toml."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from liangqu.terminal.language import chosen_language
from liangqu.terminal.wrapping import columns_of, wrap
from sensors.model import Language

TABLE = Path(__file__).parents[1] / "cli" / "help.toml"
WIDTH = 78
_NAMES = 26
"""Columns of an option's name; what is longer has a line of its own."""


def language_of(context: Any) -> Language:
    """The language of what a command prints: that of the settings it would read, else the locale's."""
    named = context.params.get("config") or context.find_root().obj or os.environ.get("LIANGQU_CONFIG")
    return chosen_language(Path(named or "liangqu.toml"), os.environ)


class SpokenCommand(TyperCommand):
    """A command with its help in two languages."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write it in the reader's."""
        if language_of(ctx) == "zh":
            formatter.write("\n".join(_page(self, ctx)))
        else:
            super().format_help(ctx, formatter)


class SpokenGroup(TyperGroup):
    """A group of commands with its help in two languages."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write it in the reader's."""
        if language_of(ctx) == "zh":
            formatter.write("\n".join(_page(self, ctx)))
        else:
            super().format_help(ctx, formatter)


def command_group(about: str) -> typer.Typer:
    """A group of commands; without one of them it prints its help."""
    return typer.Typer(cls=SpokenGroup, rich_markup_mode=None, no_args_is_help=True, help=about)


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a docstring or of an option's help, each in one line."""
    parts = (" ".join(part.split()) for part in cleandoc(text or "").split("\n\n"))
    return [part for part in parts if part]


@cache
def _chinese() -> Mapping[str, str]:
    tables = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return {row["en"]: row["zh"] for rows in tables.values() for row in rows}


def _said(text: str) -> str:
    """In Chinese; a text without a row as it is, so that help never fails."""
    return _chinese().get(text, text)


def _page(command: TyperCommand | TyperGroup, context: Any) -> Iterator[str]:
    yield " ".join([f"用法：{context.command_path}", *map(_said, command.collect_usage_pieces(context))])
    for paragraph in paragraphs(command.help):
        yield ""
        yield from (f"  {line}" for line in wrap(_said(paragraph), WIDTH - 2))
    parameters = command.get_params(context)
    for heading, kind in (("参数：", "argument"), ("选项：", "option")):
        rows = [_row(each, context) for each in parameters if each.param_type_name == kind]
        yield from _section(heading, rows)
    inner: Mapping[str, Any] = getattr(command, "commands", {})
    yield from _section(
        "命令：", [(name, "".join(map(_said, paragraphs(each.help)[:1]))) for name, each in inner.items()]
    )


def _row(parameter: Any, context: Any) -> tuple[str, str]:
    """How it is typed, and what it means with its default and range."""
    name, said = parameter.get_help_record(context)
    meaning = " ".join((parameter.help or "").split())
    extra = " ".join(said.split()).removeprefix(meaning).strip()
    for text in ("default: ", "required"):
        extra = extra.replace(text, _said(text))
    typed, _, kind = name.partition(" <")
    shown = f"{typed} {_said(f'<{kind}')}" if kind else name
    return shown, f"{_said(meaning)} {extra.replace('; ', '；')}".strip()


def _section(heading: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield heading
    column = min(_NAMES, max(columns_of(name) for name, _ in rows))
    for name, meaning in rows:
        lines = wrap(meaning, WIDTH - column - 4)
        if columns_of(name) > column:
            yield f"  {name}"
            name = ""  # noqa: PLW2901 - it has had its line
        for line in lines or [""]:
            yield f"  {name}{' ' * (column - columns_of(name))}  {line}".rstrip()
            name = ""  # noqa: PLW2901
