"""The texts of messages, Chinese and English."""

from collections.abc import Mapping

from msgspec import Struct

from alerts.episodes.states import Announcement, ChangeReason, ChangeState
from sensors.catalogue.model import Catalogue
from sensors.excerpt import escaped
from sensors.model import Language, Name, Severity, StatisticName
from sensors.standards.statistics import CLOCKED, statistic_kind

SEVERITIES: Mapping[Severity, Name] = {
    "info": Name("提示", "info"),
    "watch": Name("关注", "watch"),
    "warning": Name("警告", "warning"),
    "critical": Name("严重", "critical"),
}
STATES: Mapping[ChangeState, Name] = {
    "firing": Name("超出限值", "exceeded"),
    "acknowledged": Name("已确认", "acknowledged"),
    "resolved": Name("已解除", "over"),
}
REASONS: Mapping[ChangeReason, Name] = {
    "worse": Name("级别升高", "more severe now"),
    "milder": Name("级别降低", "milder now"),
    "revised": Name("数据修订", "data revised"),
    "still_exceeded": Name("仍在持续", "still so"),
    "repeat": Name("仍在持续", "still so"),
    "escalated": Name("无人确认，转告下一位", "nobody acknowledged, next person notified"),
    "clear": Name("恢复到限值以内", "back inside"),
    "period_end": Name("统计时段结束", "its period is over"),
    "invalidated": Name("数据无效，撤销", "the data were invalid, withdrawn"),
    "rule_changed": Name("规则已更改", "the rule was changed"),
}
INDICES: Mapping[str, Name] = {
    "aqi": Name("空气质量指数AQI", "AQI"),
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
_JOINER = "\u200d"


class MeasuredName(Struct, frozen=True):
    """The name of what is measured, with its unit."""

    name: Name
    unit: str


def describe_measured(parameter: str, statistic: StatisticName, catalogue: Catalogue) -> MeasuredName:
    """`PM2.5 rolling 24 h mean` and its unit; a class or an index has no unit."""
    known = catalogue.parameters.get(parameter)
    label = statistic_kind(statistic).name
    if known is not None:
        unit = "" if statistic == "check" else known.unit
        return MeasuredName(Name(f"{known.name.zh}{label.zh}", f"{known.name.en} {label.en}"), unit)
    index = SYSTEM.get(parameter) or INDICES.get(parameter, Name(parameter, parameter))
    unit = "s" if statistic in CLOCKED else "class" if _is_class(parameter, statistic) else ""
    if parameter in {"aqi", "water_class"}:
        return MeasuredName(index, unit)
    return MeasuredName(Name(f"{index.zh}{label.zh}", f"{index.en} {label.en}".strip()), unit)


def _is_class(parameter: str, statistic: StatisticName) -> bool:
    return statistic == "sample" or parameter == "water_class"


def format_value(value: float | None, unit: str, language: Language) -> str:
    """A value as people write it: `31.2 µg/m³`, `Ⅳ`, `2 h`."""
    if value is None:
        return "–"
    if unit == "class" and 0 < value <= _WORSE_THAN_V:
        roman = _CLASSES[int(value)]
        return f"{roman}类" if language == "zh" else roman.replace("劣Ⅴ", "worse than Ⅴ")
    if unit == "s":
        return f"{value / 3600:.3g} h" if value >= 3600 else f"{value / 60:.3g} min"  # noqa: PLR2004 - an hour
    return f"{value:.6g} {unit}".strip()


def printable(text: str) -> str:
    r"""Text with control characters escaped as `\u202e`; the joiner within an emoji stays."""
    return _JOINER.join(escaped(part) for part in text.split(_JOINER))


def sentence(language: Language, announcement: Announcement, place: Name, measured: MeasuredName) -> str:
    """One line: severity, place, what, the value against its limit, and why it is announced now."""
    zh = language == "zh"
    subject, unit = announcement.subject, measured.unit
    site, rule, what = (
        getattr(name, language) for name in (place, announcement.watch.rule.name, measured.name)
    )
    limit = format_value(subject.limit, unit, language)
    why = getattr(REASONS[announcement.reason], language) if announcement.reason in REASONS else ""
    if announcement.state == "resolved":
        peak = format_value(subject.peak, unit, language)
        head = f"【已解除】{site}：{rule}，" if zh else f"[over] {site}: {rule}, "
        return f"{head}{why}；峰值 {peak}，限值 {limit}" if zh else f"{head}{why}; peak {peak}, limit {limit}"
    if announcement.state == "acknowledged":
        by = subject.acked_by
        return f"【已确认】{site}：{rule}，{by}" if zh else f"[acknowledged] {site}: {rule}, by {by}"
    value = format_value(subject.value, unit, language)
    facts = f"{what} {value}，限值 {limit}" if zh else f"{what} {value}, limit {limit}"
    text = ("；" if zh else "; ").join(part for part in (facts, announcement.detail, why) if part)
    severity = getattr(SEVERITIES[announcement.severity], language)
    return f"【{severity}】{site}：{rule}，{text}" if zh else f"[{severity}] {site}: {rule}, {text}"
