"""`liangqu settings`: every key that may be written, what it means, and where its value comes from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liangqu.cli.options import AsJson, Config, read_settings
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import say, say_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from liangqu.config.reference.in_force import KeyInForce, KeyTable
    from liangqu.config.reference.rows_in_force import RowInForce
    from liangqu.terminal.words import CommandWords
    from sensors.model import Language, Name

_WIDTH = 76
_INDENT = "    "
_ORIGIN = 46  # the column of where a value comes from, where there is room

Names = Annotated[
    list[str] | None,
    typer.Argument(
        help="Only these: a file (settings, catalogue, rules, notify), a table such as mqtt, a key or a row's"
        " id.",
        metavar="[NAMES]",
    ),
]
Example = Annotated[
    Path | None,
    typer.Option(help="Write a settings file with every key there instead, each with its default."),
]
InLanguage = Annotated[
    str | None, typer.Option("--language", help="zh or en; by default that of the settings or the locale.")
]


def settings(
    context: typer.Context,
    names: Names = None,
    example: Example = None,
    as_json: AsJson = False,
    language: InLanguage = None,
    config: Config = None,
) -> None:
    """Show every key: value, source, default, range and meaning.

    Of the settings, and of the catalogue, rules and notify file that they name: type, unit and range, what it
    means, its default, and whether the value in force comes from the file, the environment or the default; of
    what stands in rows which rows are in force, and from which file. Secrets and addresses of people are not
    shown. Exit code 2 if the settings cannot be used; they are shown all the same.
    """
    from liangqu.config.names import check_name
    from liangqu.config.reference.in_force import files_in_force, tables_in_force
    from liangqu.config.reference.rows_in_force import rows_in_force
    from liangqu.terminal.help import language_of

    if language is not None:
        check_name("--language", language, "language", ("zh", "en"))
    spoken: Language = "zh" if (language or language_of(context)) == "zh" else "en"
    if example is not None:
        _write_example(example, spoken)
        return
    found = read_settings(context, config)
    rows = [*rows_in_force(found.settings)]
    tables, chosen = _chosen([*tables_in_force(found)], rows, names or [])
    if as_json:
        say_json([row for table in tables for row in _json_rows(table, rows, spoken)])
    else:
        from liangqu.terminal.words import CommandWords

        words = CommandWords("settings", spoken)
        say(words("file", file=found.file) if found.file else words("no_file"))
        files = files_in_force(found.settings)
        for table in tables:
            _say_table(table, words, files.get(table.file, ()))
            _say_rows([row for row in rows if table.head == f"[[{row.kind}]]"], words)
        for row in chosen:
            _say_row(row, words)
    if found.problems:
        raise ProblemError(*found.problems)


def _chosen(
    tables: "Sequence[KeyTable]", rows: "Sequence[RowInForce]", names: "Sequence[str]"
) -> "tuple[list[KeyTable], list[RowInForce]]":
    """The tables, or of them what the names are of, and the rows that are named.

    Raises:
        ProblemError: one is no file, table, key or row.
    """
    from msgspec.structs import replace

    from liangqu.config.names import check_name

    if not names:
        return [*tables], []
    known = [name for table in tables for key in table.keys for name in _names_of(table, key)]
    for name in names:
        check_name("NAMES", name, "file, table, key or row", [*known, *(row.id for row in rows)])
    of_names = [
        replace(table, keys=keys)
        for table in tables
        if (keys := tuple(key for key in table.keys if {*_names_of(table, key)} & {*names}))
    ]
    return of_names, [row for row in rows if row.id in names]


def _names_of(table: "KeyTable", key: "KeyInForce") -> "Iterator[str]":
    """By which a key can be asked for: its file, its table and its own."""
    yield from filter(None, (table.file, key.described.key[0], key.name))


def _say_table(table: "KeyTable", words: "CommandWords", files: "Sequence[str]") -> None:
    """A head with the files of your own that are read, then each key."""
    from liangqu.terminal.key_text import in_words
    from liangqu.terminal.wrapping import wrap

    say()
    say(" ".join(filter(None, (words(table.file), table.head, ", ".join(files)))))
    for key in table.keys:
        say(_value_line(key, words))
        for line in wrap(in_words(key.described, words.language), _WIDTH):
            say(f"{_INDENT}{line}")


def _say_rows(rows: "Sequence[RowInForce]", words: "CommandWords") -> None:
    """The rows of a table that are in force, a line each."""
    from liangqu.terminal.table import lines
    from liangqu.terminal.wrapping import columns_of, wrap

    if not rows:
        return
    say(words("rows", n=len(rows)))
    table = lines([(f"{_INDENT}{row.id}", row.origin or words("shipped")) for row in rows])
    for line, name in zip(table, [row.name(words.language) for row in rows], strict=True):
        fits = columns_of(f"{line}  {name}") < _WIDTH
        say(f"{line}  {name}".rstrip() if fits else line)
        for more in () if fits else wrap(name, _WIDTH - 2 * len(_INDENT)):
            say(f"{2 * _INDENT}{more}")


def _say_row(row: "RowInForce", words: "CommandWords") -> None:
    """Every key of a row, with its value and whether that is written or the default."""
    from liangqu.terminal.key_text import in_words
    from liangqu.terminal.wrapping import wrap

    say()
    head = (
        words(row.file),
        f"[[{row.kind}]]",
        row.id,
        row.name(words.language),
        row.origin or words("shipped"),
    )
    say("  ".join(filter(None, head)))
    for key in row.each_key():
        say(_value_line(key, words))
        for line in wrap(in_words(key.described, words.language), _WIDTH):
            say(f"{_INDENT}{line}")


def _value_line(key: "KeyInForce", words: "CommandWords") -> str:
    """`mqtt.port = 1884      liangqu.toml (default 1883)`; of a row its default."""
    from liangqu.config.reference.rows_in_force import SHIPPED_ORIGIN
    from liangqu.config.settings import KEYS

    in_settings = key.described.key[0] in {"", *KEYS.sections}
    if key.value is None:
        default = key.described.default_text(words.language)
        said = default if key.described.is_required else words("of_row", default=default) if default else ""
        return f"{key.name:<{_ORIGIN}}  {said}".rstrip()
    origin = words("default")
    if key.origin == SHIPPED_ORIGIN:
        origin = words("shipped")
    elif key.origin:
        default = key.described.default or ('""' if in_settings else "")
        origin = words("from" if default else "from_alone", origin=key.origin, default=default)
    return f"{f'{key.name} = {key.value}':<{_ORIGIN}}  {origin}"


def _json_rows(
    table: "KeyTable", rows: "Sequence[RowInForce]", language: "Language"
) -> "Iterator[dict[str, Any]]":
    """Each key for programs; `from` is a file, a variable or `default`, null where `rows` have the value."""
    of_table = [row for row in rows if table.head == f"[[{row.kind}]]"]

    def said(name: "Name") -> str:
        return name.zh if language == "zh" else name.en

    for key in table.keys:
        described = key.described
        yield {
            "file": table.file,
            "key": key.name,
            "type": said(described.type),
            "unit": said(described.unit),
            "range": said(described.span),
            "default": described.default,
            "required": described.is_required,
            "meaning": said(described.meaning),
            "value": key.value,
            "from": None if key.value is None else key.origin or "default",
        } | _values_of_rows(described.key[1], of_table)


def _values_of_rows(key: str, rows: "Sequence[RowInForce]") -> dict[str, Any]:
    """Under `rows`, for a key of rows, each row that has it."""
    found = [
        {"row": row.id, "value": values[key], "from": row.origin or "shipped"}
        for row in rows
        if key in (values := row.values())
    ]
    return {"rows": found} if rows else {}


def _write_example(file: Path, language: "Language") -> None:
    """Write it anew; what is there stays.

    Raises:
        ProblemError: there is such a file, or nothing can be written there.
    """
    from liangqu.terminal.key_text import example

    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(example(language))
    except FileExistsError:
        raise ProblemError(f"--example: {file}: there is such a file; name another") from None
    except OSError as error:
        raise ProblemError(f"--example: {file}: {error.strerror}") from None
    from liangqu.terminal.words import CommandWords

    say(CommandWords("settings", language)("written", file=file))
