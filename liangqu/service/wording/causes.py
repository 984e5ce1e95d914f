"""Causes of troubles, as the program has them, in the words of people; the table is causes.toml."""

import re
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from alerts.notify.words import SYSTEM
from sensors.model import Language, Name

PARTS = {
    **SYSTEM,
    "network_thread": Name("网络线程", "Network thread"),
    "journal": Name("本地账本", "Journal"),
    "alerts": Name("定时告警", "Alerts by the clock"),
    "intake": Name("接收部件", "Intake"),
    "acknowledgement": Name("确认部件", "Acknowledgement"),
    "pipeline": Name("处理部件", "Pipeline"),
    "recompute": Name("重算部件", "Recompute"),
    "operation": Name("自监测部件", "Self-monitoring"),
    "http": Name("HTTP 服务", "HTTP server"),
    "log": Name("运行日志", "Log"),
    "heartbeat": Name("心跳", "Heartbeat"),
    "closing": Name("统计时段结算", "Closing of periods"),
}
"""What people call the parts of the service, as /readyz, the metrics and the log name them."""
_CHANNEL = "channel "


class CauseRow(Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table."""

    pattern: str
    zh: str
    en: str


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    cause: tuple[CauseRow, ...]


@cache
def cause_rows() -> tuple[tuple[re.Pattern[str], CauseRow], ...]:
    """The rows of the table in their order, each with its pattern."""
    raw = Path(__file__).with_name("causes.toml").read_bytes()
    table = msgspec.toml.decode(raw, type=_Table, strict=True)
    return tuple((re.compile(row.pattern, re.DOTALL), row) for row in table.cause)


def describe_cause(cause: str, language: Language) -> str:
    """What the program says of a trouble in the words of people; what the table does not know stays."""
    for pattern, row in cause_rows():
        if found := pattern.fullmatch(cause):
            groups = {name: text or "" for name, text in found.groupdict().items()}
            if "why" in groups:
                groups["why"] = describe_cause(groups["why"], language)
            return str(getattr(row, language)).format(**groups).strip()
    return cause


def describe_part(part: str, language: Language) -> str:
    """What people call a part of the service; `channel x` by its id, another as it is."""
    if part.startswith(_CHANNEL):
        return f"{getattr(PARTS['channel'], language)} {part.removeprefix(_CHANNEL)}"
    known = PARTS.get(part)
    return part if known is None else str(getattr(known, language))
