"""What the pages say of the files that settings name: catalogue, rules, notify file; out of their structs."""

from collections.abc import Mapping
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, structs

from alerts.notify import config
from alerts.notify.channels.row import ChannelRow
from alerts.rules.definition import Rule, RuleLevel
from sensors.catalogue.rows import Region, River, SiteRow, Zone
from sensors.model import Name
from sensors.standards.targets import Load, Target
from tests.docs.blocks import MEANING, Block, code, table

HEADER = ("key", "type", "default", "meaning")
EXPLAINED = 8  # a longer list of words is "text", and the meaning says where it stands
NAMES: Mapping[Any, str] = {
    str: "text",
    float: "number",
    int: "whole number",
    bool: "true or false",
    Decimal: "number",
    Name: '`{ zh = "…", en = "…" }`',
    RuleLevel: "level",
}


def rows(prefix: str, row: type[Struct]) -> str:
    """A table of a row's keys."""
    hints = get_type_hints(row)
    return table(
        HEADER,
        (
            (code(f"{prefix}.{one.encode_name}"), type_name(hints[one.name]), _default(one), MEANING)
            for one in structs.fields(row)
        ),
    )


def type_name(hint: Any) -> str:
    """A type as TOML has it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal and len(inner) > EXPLAINED:
        return "text"
    if origin is Literal:
        return " or ".join(code(f'"{each}"' if isinstance(each, str) else f"{each}") for each in inner)
    if origin in {Union, UnionType}:
        return " or ".join(type_name(each) for each in inner if each is not NoneType)
    if origin is tuple:
        return f"list of {type_name(inner[0])}"
    if origin is dict:
        return "table"
    return NAMES.get(hint, "date")


def _default(one: structs.FieldInfo) -> str:
    if one.required:
        return "required"
    empty = one.default in (None, "", (), msgspec.NODEFAULT)
    text = str(one.default).lower() if isinstance(one.default, bool) else one.default
    return "" if empty else code(f'"{text}"' if isinstance(one.default, str) else f"{text}")


def _sections(of: Mapping[str, tuple[str, type[Struct]]]) -> str:
    return "\n".join(f"#### `{head}`\n\n{rows(prefix, row)}" for head, (prefix, row) in of.items())


def catalogue() -> str:
    """Sites, zones, rivers, the region and its targets."""
    return _sections(
        {
            "[[site]]": ("site", SiteRow),
            "[[zone]]": ("zone", Zone),
            "[[river]]": ("river", River),
            "[[region]]": ("region", Region),
            "[[target]]": ("target", Target),
            "[[load]]": ("load", Load),
        }
    )


def rules() -> str:
    """A rule and its levels."""
    return _sections({"[[rule]]": ("rule", Rule), "levels": ("level", RuleLevel)})


def notify() -> str:
    """Channels, people, duty, routes, waits, heartbeat."""
    return _sections(
        {
            "[[channel]]": ("channel", ChannelRow),
            "[[person]]": ("person", config.Person),
            "[duty]": ("duty", config.DutyRow),
            "[[route]]": ("route", config.Route),
            "[wait]": ("wait", config.Waits),
            "[heartbeat]": ("heartbeat", config.Heartbeat),
        }
    )


BLOCKS: Mapping[str, Block] = {"catalogue": catalogue, "rules": rules, "notify": notify}
