"""A line of the log as one sentence for people; the table is lines.toml."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from alerts.notify.words import format_duration
from ingest.processing.details import describe_detail
from liangqu.service.wording.causes import describe_cause, describe_part
from sensors.model import Language, Name

CAUSES = ("why", "trouble", "code", "detail", "first")
"""Fields that say why."""
HIDDEN = ("event", "level", "timestamp", "trace", "exc_info", "exception")
"""Fields of every line, which no sentence shows."""
LEVELS: Mapping[str, Name] = {
    "debug": Name("调试", "debug"),
    "info": Name("信息", "info"),
    "warning": Name("警告", "warning"),
    "error": Name("错误", "error"),
    "critical": Name("严重", "critical"),
}


@cache
def sentences() -> Mapping[str, Name]:
    """The sentence of each event, with its fields in braces."""
    raw = Path(__file__).with_name("lines.toml").read_bytes()
    return msgspec.toml.decode(raw, type=dict[str, Name], strict=True)


def sentence(event: Mapping[str, Any], language: Language) -> str:
    """What a line says; an event that has no sentence, or other fields than it had, by its fields."""
    known = sentences().get(str(event.get("event")))
    if known is not None:
        try:
            return str(getattr(known, language)).format_map(_InWords(event, language))
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            pass  # a field of another type, as a later build has it
    fields = (f"{name}={_text(value)}" for name, value in event.items() if name not in HIDDEN)
    return "  ".join([str(event.get("event", "")), *fields])


class _InWords(dict[str, Any]):
    """The fields of a line as its sentence shows them."""

    def __init__(self, event: Mapping[str, Any], language: Language) -> None:
        super().__init__(event)
        self._language = language

    def __getitem__(self, name: str) -> Any:
        language, value = self._language, super().__getitem__(name)
        if name in CAUSES:
            return describe_detail(describe_cause(_text(value), language), language)
        if name == "part":
            return describe_part(_text(value), language)
        if name == "seconds" and self.get("event") != "clock set":
            return format_duration(float(value), language)
        if isinstance(value, Name):
            return getattr(value, language)
        return value if isinstance(value, int | float) else _text(value)

    def __missing__(self, name: str) -> Any:
        """What follows from another field, "" without it."""
        language = self._language
        if name == "waiting" and self.get("items"):
            return _WAITING[language].format(self["items"])
        if name == "absence" and self.get("away_s") is not None:
            return _ABSENCE[language].format(format_duration(float(self["away_s"]), language))
        return ""


_WAITING: Mapping[Language, str] = {"zh": "；{} 个数据项待写入", "en": "; {} items wait"}
_ABSENCE: Mapping[Language, str] = {"zh": "，中断 {}", "en": " again after {}"}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return ", ".join(map(_text, value))
    return repr(value) if isinstance(value, bytes) else str(value)
