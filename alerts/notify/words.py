"""The texts of messages, Chinese and English."""

import math
from collections.abc import Mapping

from msgspec import Struct

from alerts.episodes.states import ChangeReason, ChangeState
from sensors.catalogue.model import Catalogue
from sensors.excerpt import escaped
from sensors.model import Language, Name, Severity, StatisticName
from sensors.standards.rounding import Use, decimals_of, to_significant
from sensors.standards.statistics import CLOCKED, statistic_kind

SEVERITIES: Mapping[Severity, Name] = {
    "info": Name("提示", "info"),
    "watch": Name("关注", "watch"),
    "warning": Name("警告", "warning"),
    "critical": Name("严重", "critical"),
}
STATES: Mapping[ChangeState, Name] = {
    "firing": Name("超出限值", "beyond the limit"),
    "acknowledged": Name("已确认", "acknowledged"),
    "resolved": Name("已解除", "over"),
}
REASONS: Mapping[ChangeReason, Name] = {
    "worse": Name("级别升高", "more severe now"),
    "milder": Name("级别降低", "milder now"),
    "revised": Name("数据修订", "data revised"),
    "still_exceeded": Name("仍超出限值", "still beyond the limit"),
    "repeat": Name("仍超出限值", "still beyond the limit"),
    "escalated": Name("无人确认，转告下一位", "nobody acknowledged, next person notified"),
    "clear": Name("恢复到限值以内", "back within the limit"),
    "period_end": Name("统计时段结束", "its period is over"),
    "invalidated": Name("数据无效，告警作废", "invalidated, as its data were invalid"),
    "rule_changed": Name("规则已更改", "the rule was changed"),
    "place_removed": Name("站点已不归本服务管理", "its place is no longer ours"),
}


class KindWords(Struct, frozen=True):
    """What is said of episodes of a kind: on their page, when they begin (with the value), last, and end."""

    state: Name
    firing: Name
    still: Name
    clear: Name


LIMITED = KindWords(STATES["firing"], Name("{}", "{}"), REASONS["still_exceeded"], REASONS["clear"])
KINDS: Mapping[StatisticName, KindWords] = {  # those without a limit of what is measured
    "silence": KindWords(
        Name("无数据", "no data"),
        Name("未收到数据已 {}", "no data for {}"),
        Name("仍未收到数据", "still no data"),
        Name("重新收到数据", "data again"),
    ),
    "check": KindWords(
        Name("未通过检查", "fails a check"),
        Name("未通过检查", "fails a check"),
        Name("仍未通过检查", "still fails a check"),
        Name("重新通过检查", "passes the checks again"),
    ),
    "system": KindWords(
        Name("故障", "in trouble"),
        Name("已持续 {}", "for {} so far"),
        Name("仍未恢复", "still going on"),
        Name("恢复正常", "back to normal"),
    ),
}
AQI = "aqi"
INDICES: Mapping[str, Name] = {
    AQI: Name("空气质量指数AQI", "AQI"),
    "water_class": Name("水质类别", "Water class"),
    "_": Name("", ""),
}
SYSTEM: Mapping[str, Name] = {
    "broker": Name("消息服务器", "Broker"),
    "ingest": Name("数据处理", "Ingest"),
    "store": Name("数据库", "Store"),
    "channel": Name("通知渠道", "Notification channel"),
    "parts": Name("服务部件", "Part of the service"),
    "internal_error": Name("程序内部错误", "Internal error"),
}
_CLASSES = ("", "Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ", "Ⅴ", "劣Ⅴ")
_WORSE_THAN_V = 6
_SPANS = (
    (1, 60, "秒", "s"),
    (60, 3600, "分钟", "min"),
    (3600, 48 * 3600, "小时", "h"),
    (86400, math.inf, "天", "days"),
)  # seconds, below how many, and what they are called
_JOINER = "\u200d"


class MeasuredName(Struct, frozen=True):
    """The name of what is measured, its unit, and the name where there is little room.

    `decimals` are those that count by law, see sensors/standards/rounding.toml; None where it states none.
    `is_index`: an air quality index, whose levels have names.
    """

    name: Name
    unit: str
    short: Name
    decimals: int | None = None
    is_index: bool = False


def name_parameter(parameter: str, catalogue: Catalogue) -> tuple[Name, Name]:
    """Of a parameter, an index or a part of the service: its name, and that where there is little room."""
    known = catalogue.parameters.get(parameter)
    name = known.name if known is not None else SYSTEM.get(parameter) or INDICES.get(parameter)
    name = name or Name(parameter, parameter)
    short = Name(known.symbol, known.symbol) if known and known.symbol and known.medium == "air" else name
    return name, short


def describe_measured(parameter: str, statistic: StatisticName, catalogue: Catalogue) -> MeasuredName:
    """`PM2.5 rolling 24 h mean` and its unit; a class or an index has no unit.

    Of what has no limit (see `KINDS`) the parameter or the part alone; of a silent station nothing.
    """
    known = catalogue.parameters.get(parameter)
    name, short = name_parameter(parameter, catalogue)
    if statistic in KINDS:
        return MeasuredName(name, "s" if statistic in CLOCKED else "", short)
    if parameter == AQI:
        return MeasuredName(name, "", Name("AQI", "AQI"), 0, is_index=True)
    span = statistic_kind(statistic).short or Name("", "")
    if parameter == "water_class" or statistic == "sample":
        label = statistic_kind("sample").name if statistic == "sample" else name
        return MeasuredName(label, "class", Name(f"{span.zh}水质", f"{span.en} water".strip()))
    label = statistic_kind(statistic).name
    use: Use = "reading" if statistic == "reading" else "assessment"
    return MeasuredName(
        Name(f"{name.zh}{label.zh}", f"{name.en} {label.en}".strip()),
        known.unit if known is not None else "",
        Name(f"{short.zh} {span.zh}".strip(), f"{short.en} {span.en}".strip()),
        decimals_of(parameter, use),
    )


def format_value(value: float | None, unit: str, language: Language) -> str:
    """A value as people write it: `31.2 µg/m³`, `Ⅳ`; for `s` see `format_duration`."""
    if value is None:
        return "–"
    if unit == "class" and 0 < value <= _WORSE_THAN_V:
        roman = _CLASSES[int(value)]
        return f"{roman}类" if language == "zh" else roman.replace("劣Ⅴ", "worse than Ⅴ")
    if unit == "s":
        return format_duration(value, language)
    return f"{to_significant(value)} {unit}".strip()


def format_duration(seconds: float, language: Language) -> str:
    """A duration as people say it: `45 s`, `12 min`, `26.5 h`, from 48 h on in days; no part of a minute."""
    for size, most, zh, en in _SPANS:
        if seconds < most:
            number = max(seconds, 0.0) / size
            shown = f"{number:.0f}" if size < _SPANS[2][0] else f"{number:.3g}"
            return f"{shown} {zh if language == 'zh' else en}"
    raise AssertionError("the last span has no end")


def printable(text: str) -> str:
    r"""Text with control characters escaped as `\u202e`; the joiner within an emoji stays."""
    return _JOINER.join(escaped(part) for part in text.split(_JOINER))
