"""What the pages of settings say of keys: out of liangqu/config/reference, as `liangqu settings` does."""

from collections.abc import Iterable, Mapping
from functools import partial

from liangqu.config.reference.keys import FILES, DescribedKey, file_tables, settings_tables
from sensors.model import Language, Name
from tests.docs.blocks import Block, code, table

HEADERS: Mapping[Language, tuple[str, ...]] = {
    "en": ("key", "type", "default", "unit", "range", "meaning"),
    "zh": ("键", "类型", "默认", "单位", "范围", "含义"),
}
ALONE = Name("不属于任何表", "Outside any table")
OTHER_PAGE = "](settings.md#"
"""A link within the English page, as the Chinese one has it."""


def settings(language: Language) -> str:
    """A table for each table of the file, those keys first that stand in none."""
    alone = ALONE.zh if language == "zh" else ALONE.en
    tables = ((f"`[{name}]`" if name else alone, keys) for name, keys in settings_tables())
    return _tables("###", tables, language)


def file_keys(file: str, language: Language) -> str:
    """The same of a file that the settings name."""
    return _tables("####", ((f"`{head}`", keys) for head, keys in file_tables(file)), language)


def _tables(level: str, tables: Iterable[tuple[str, Iterable[DescribedKey]]], language: Language) -> str:
    row = partial(_row, language=language)
    return "\n".join(f"{level} {head}\n\n{table(HEADERS[language], map(row, keys))}" for head, keys in tables)


def _row(key: DescribedKey, language: Language) -> tuple[str, ...]:
    default = key.default_text(language) if key.is_required else code(key.default)
    words = [name.zh if language == "zh" else name.en for name in (key.type, key.unit, key.span, key.meaning)]
    kind, unit, span, meaning = words
    if language == "zh":
        meaning = meaning.replace("](#", OTHER_PAGE)
    return code(".".join(filter(None, key.key))), kind, default, unit, span, meaning


BLOCKS: Mapping[str, Block] = {
    "settings": partial(settings, "en"),
    "settings-zh": partial(settings, "zh"),
    **{file: partial(file_keys, file, "en") for file in FILES},
    **{f"{file}-zh": partial(file_keys, file, "zh") for file in FILES},
}
