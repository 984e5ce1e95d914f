"""What is wrong with a command line, in one line as any other error."""

import re
import tomllib
from pathlib import Path

import typer

from liangqu.terminal import output
from liangqu.terminal.help import language_of

_REWORDED = (
    (r"Value error, ", ""),
    (r"Input should be a valid integer.*", "must be a whole number"),
    (r"Input should be a valid number.*", "must be a number"),
    (r"Input should be greater than or equal to", "must be at least"),
    (r"Input should be less than or equal to", "must be at most"),
    (r"does not match the formats? .*", "is not a date such as 2026-11-22"),
    (r"^Got unexpected extra argument\S* \((.*)\)", r"unexpected argument: \1"),
    (r"\. Choose from:\s*(.*)", lambda found: "; known are " + ", ".join(found[1].replace(",", " ").split())),
    (r" \(Possible options: (.*)\)$", r". Did you mean \1?"),
    (r"\.$", ""),
)
"""What the parser says, and how it stands here."""

_INVALID = re.compile(r"Invalid value for (?:'[^']*' / )*'([^']*)': ")
_MISSING = re.compile(r"Missing (\w+) '([^']*)'")


def say_usage_error(error: typer.TyperException) -> None:
    """Print its line, with the command whose help says more; a group without a command prints its help."""
    context = getattr(error, "ctx", None)
    path = "liangqu" if context is None else context.command_path
    words = error.format_message()
    if words.startswith((f"Usage: {path}", f"用法：{path}")):
        typer.echo(words, err=True)
    else:
        line = reworded(words)
        line = line if line.endswith("?") else f"{line}; see {path} --help"
        is_chinese = context is not None and language_of(context) == "zh"
        output.print_error(in_chinese(line) if is_chinese else line)


def in_chinese(line: str) -> str:
    """The line in Chinese; what usage.toml does not know stays as it is."""
    rows = tomllib.loads(Path(__file__).with_name("usage.toml").read_text(encoding="utf-8"))["said"]
    for row in rows:
        line = re.sub(row["en"], row["zh"], line)
    return line


def reworded(words: str) -> str:
    """The parser's words in the form of our error lines: `--as: 'x' is not one of 'a', 'b'`."""
    for pattern, ours in _REWORDED:
        words = re.sub(pattern, ours, words, flags=re.DOTALL)
    if found := _INVALID.match(words):
        return f"{_as_typed(found[1])}: {words[found.end() :]}"
    if found := _MISSING.match(words):
        return f"missing {found[1]} {_as_typed(found[2])}{words[found.end() :]}"
    fault, mark, names = words.partition(". Did you mean ")
    hint = f"; did you mean {names.replace(', ', ' or ')}" if mark else ""
    return f"{fault[0].lower()}{fault[1:]}{hint}"


def _as_typed(name: str) -> str:
    """`--by`, or an argument's name in capitals."""
    return name if name.startswith("-") else name.upper()
