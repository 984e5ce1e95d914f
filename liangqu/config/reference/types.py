"""Types, defaults and ranges of keys, as people read them; out of the structs that read the files."""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import structs

from alerts.rules.definition import RuleLevel
from liangqu.config.settings_file import SECRETS
from sensors.durations import parse_duration
from sensors.model import Name
from sensors.section import Section

EXPLAINED = 8  # a longer list of words is "text", and the meaning says where it stands
REQUIRED = Name("必填", "required")
DURATION = Name("时长", "duration")
SIZE = Name("大小", "size")
SECRET = Name("文本，只能来自环境变量", "text, from the environment only")
FILE = Name("文件", "file")
FILES = Name("文件列表", "list of files")
NOT_BLANK = Name("不得为空", "not blank")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_TO = Name("{} 至 {}", "{} to {}")
_TABLE = Name("表", "table")
_DATE = Name("日期", "date")
_TEXT = Name("文本", "text")
_SIMPLE: Mapping[Any, Name] = {
    str: _TEXT,
    float: Name("数", "number"),
    int: Name("整数", "whole number"),
    bool: Name("true 或 false", "true or false"),
    Decimal: Name("数", "number"),
    Name: Name('`{ zh = "…", en = "…" }`', '`{ zh = "…", en = "…" }`'),
    RuleLevel: Name("级别", "level"),
}
_UNITS: Mapping[str, Name] = {
    DURATION.en: Name("s、m、h、d", "s, m, h, d"),
    SIZE.en: Name("kB、MB、GB", "kB, MB, GB"),
}


def to_toml(value: Any) -> str:
    """A value as TOML has it; what was left out is empty."""
    if value in (None, msgspec.NODEFAULT):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(to_toml, value))}]"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    if isinstance(value, dict) and value:
        return f"{{ {', '.join(f'{_key(name)} = {to_toml(each)}' for name, each in value.items())} }}"
    return "{}" if value == {} else str(value)


def _key(name: str) -> str:
    """A key as TOML has it."""
    return name if _BARE_KEY.fullmatch(name) else to_toml(name)


def type_name(hint: Any) -> Name:
    """A type as TOML has it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal and len(inner) > EXPLAINED:
        return _TEXT
    if origin is Literal:
        return _any_of([Name(f"`{to_toml(each)}`", f"`{to_toml(each)}`") for each in inner])
    if origin in {Union, UnionType}:
        return _any_of([type_name(each) for each in inner if each is not NoneType])
    if origin is tuple:
        item = type_name(inner[0])
        return Name(f"列表，每项为{item.zh}", f"list of {item.en}")
    return _TABLE if origin is dict else _SIMPLE.get(hint, _DATE)


def section_type(section: type[Section], name: str, hint: Any, default: Any, *, is_path: bool) -> Name:
    """A type in the settings file, where sizes and durations are text."""
    if name in section.sizes:
        return SIZE
    if name in SECRETS:
        return SECRET
    if is_path:
        return FILES if get_origin(hint) is tuple else FILE
    return DURATION if is_duration(default) else type_name(hint)


def unit_of(type_: Name) -> Name:
    """The units that may stand behind its number; blank for a type without any."""
    return _UNITS.get(type_.en, Name("", ""))


def section_range(section: type[Section], name: str) -> Name:
    """From where to where a value may go, both ends taken; blank for anywhere."""
    for bounds in (section.numbers, section.durations, section.sizes):
        if name in bounds:
            return Name(_TO.zh.format(*bounds[name]), _TO.en.format(*bounds[name]))
    return NOT_BLANK if name in section.never_blank else Name("", "")


def is_duration(text: Any) -> bool:
    """Whether it is a text that is read as a duration."""
    try:
        return isinstance(text, str) and bool(parse_duration(text))
    except ValueError:
        return False


def section_default(field: structs.FieldInfo) -> str:
    """The default in the settings file, where each key may stand with it."""
    made = field.default_factory
    return to_toml(field.default if made is msgspec.NODEFAULT else made())


def default_of(field: structs.FieldInfo) -> str:
    """The default as TOML; "" where there is none, or what was left out means something else."""
    return "" if field.required or field.default in (None, "", ()) else to_toml(field.default)


def _any_of(names: list[Name]) -> Name:
    return Name(" 或 ".join(name.zh for name in names), " or ".join(name.en for name in names))
