"""What the page of settings says of keys: out of liangqu/config/reference, as `liangqu settings` does."""

from collections.abc import Iterable, Mapping
from functools import partial

from liangqu.config.reference.keys import FILES, DescribedKey, file_tables, settings_tables
from tests.docs.blocks import Block, code, table

HEADER = ("key", "type", "default", "unit", "range", "meaning")


def settings() -> str:
    """A table for each table of the file, those keys first that stand in none."""
    return _tables(
        "###", ((f"`[{name}]`" if name else "Outside any table", keys) for name, keys in settings_tables())
    )


def file_keys(file: str) -> str:
    """The same of a file that the settings name."""
    return _tables("####", ((f"`{head}`", keys) for head, keys in file_tables(file)))


def _tables(level: str, tables: Iterable[tuple[str, Iterable[DescribedKey]]]) -> str:
    return "\n".join(f"{level} {head}\n\n{table(HEADER, map(_row, keys))}" for head, keys in tables)


def _row(key: DescribedKey) -> tuple[str, ...]:
    default = "required" if key.is_required else code(key.default)
    typed = key.type.en
    return code(".".join(filter(None, key.key))), typed, default, key.unit.en, key.span.en, key.meaning.en


BLOCKS: Mapping[str, Block] = {"settings": settings, **{file: partial(file_keys, file) for file in FILES}}
