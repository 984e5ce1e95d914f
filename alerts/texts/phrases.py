"""What messages say besides numbers and names, in both languages: one table."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from alerts.events.decision import NotifyReason
from alerts.texts.event_view import LimitOrigin, Trend
from sensors.calendar import SHANGHAI
from sensors.model import Language, Name

TOLD: Mapping[NotifyReason, Name] = {
    "first": Name("", ""),
    "graver": Name("升级", "graver"),
    "wider": Name("范围扩大", "wider"),
    "still": Name("仍在持续", "still going on"),
    "handed_over": Name("转交", "handed over"),
    "escalated": Name("无人确认转您", "nobody answered, now you"),
    "acknowledged": Name("{}已接手", "{} has taken it over"),
    "over": Name("已解除", "over"),
}
"""Why a message comes, behind its severity; see docs/reference/events.md."""
TRENDS: Mapping[Trend, Name] = {
    "rising": Name("上升中", "rising"),
    "falling": Name("下降中", "falling"),
    "steady": Name("平稳", "steady"),
}
CLASS_TRENDS: Mapping[Trend, Name] = {
    "rising": Name("变差", "getting worse"),
    "falling": Name("好转", "getting better"),
    "steady": Name("类别未变", "class unchanged"),
}
ORIGINS: Mapping[LimitOrigin, Name] = {
    "target": Name("目标 {}", "target {}"),
    "standard": Name("国家标准 {}", "national standard {}"),
    "rule": Name("限值 {}", "limit {}"),
}
PHRASES: Mapping[str, Name] = {
    # titles
    "brand": Name("[两区] ", "[liangqu] "),
    "digest": Name("历史数据告警摘要（{}）", "digest of alerts from old data ({})"),
    "test": Name("测试", "test"),
    "recovering": Name("已回落", "calm again"),
    "headed": Name("【{}】", "[{}] "),
    "many": Name("，等 {} 起", ", and {} more"),
    "stations": Name("，{}/{} 站", ", {}/{} stations"),
    "and_stations": Name("{}等 {} 站", "{} and {} more"),
    "sections": Name("，{}/{} 断面", ", {}/{} sections"),
    "and_sections": Name("{}等 {} 断面", "{} and {} more"),
    "silent_stations": Name("{}/{} 站无数据：{}", "{}/{} stations silent: {}"),
    "silent_sections": Name("{}/{} 断面无数据：{}", "{}/{} sections silent: {}"),
    "silent": Name("无数据 {}", "no data for {}"),
    "data_again": Name("恢复数据", "data again"),
    "working_again": Name("恢复正常", "back to normal"),
    "peak_short": Name("峰值 {}", "peak {}"),
    "worst_short": Name("最差 {}", "at worst {}"),
    "now_short": Name("现 {}", "now {}"),
    "lasted_short": Name("历时 {}", "it lasted {}"),
    "within_short": Name("{}（限 {}）", "{} (limit {})"),
    # lines
    "for_so_far": Name("已持续 {}", "for {} so far"),
    "no_data_for": Name("未收到数据已 {}", "no data for {}"),
    "peak": Name("峰值 {}（{}，{}）", "peak {} ({}, {})"),
    "worst": Name("最差 {}（{}，{}）", "at worst {} ({}, {})"),
    "at_end": Name("解除时 {}（{}）", "{} when it ended ({})"),
    "since": Name("开始 {}，已持续 {}；数据时间 {}（北京时间）", "since {}, for {}; data of {} (UTC+8)"),
    "just_begun": Name("开始 {}（北京时间）", "since {} (UTC+8)"),
    "by_the_clock": Name("开始 {}，已持续 {}（北京时间）", "since {}, for {} (UTC+8)"),
    "silent_since": Name("{} 起判为无数据（北京时间）", "counted as silent since {} (UTC+8)"),
    "span": Name("{} 至 {}（北京时间），历时 {}", "{} to {} (UTC+8), it lasted {}"),
    "calm_since": Name("{} 起已回落，继续观察", "calm since {}, still watched"),
    "places": Name("站点 {}", "stations: {}"),
    "section_places": Name("断面 {}", "sections: {}"),
    "of_members": Name("{} 等 {}（共 {}）", "{} and others, {} of {}"),
    "all_members": Name("{}（{}/{}）", "{} ({} of {})"),
    "reached": Name("已通知 {}", "told: {}"),
    "taken": Name("{} 于 {} 接手", "{} took it over at {}"),
    "untaken": Name("无人确认", "nobody acknowledged it"),
    "unanswered": Name("{} 起未确认，现转您处理", "no answer from {}; now it is yours"),
    "unanswered_by": Name("{} {}", "{} since {}"),
    "unanswered_all": Name("无人确认，现转您处理", "nobody answered; now it is yours"),
    "handed_over_by": Name("由 {} 转交，尚无人确认", "handed over from {}; nobody has acknowledged it"),
    "handed_over": Name("接班转交，尚无人确认", "handed over to your duty; nobody has acknowledged it"),
    "advice": Name("建议 {}", "what to do: {}"),
    "contact": Name("联系 {}", "call: {}"),
    "acknowledge": Name("查看并确认 {}", "view and acknowledge {}"),
    "view": Name("查看 {}", "view {}"),
    "board": Name("看板 {}", "board {}"),
    "id": Name("编号 {}", "id {}"),
    "old": Name("历史数据，仅供记录", "old data, for the record only"),
}
_SHORT_ID = 6  # the commands find an event by its first characters


def phrase(key: str, language: Language, *values: object) -> str:
    """A phrase of the table with its values."""
    return str(getattr(PHRASES[key], language)).format(*values)


def listed(words: Iterable[str], language: Language) -> str:
    """Words one after the other."""
    return ("、" if language == "zh" else ", ").join([word for word in words if word])


def claused(words: Iterable[str], language: Language) -> str:
    """Clauses one after the other."""
    return ("；" if language == "zh" else "; ").join([word for word in words if word])


def bracketed(words: str, language: Language) -> str:
    """Words in brackets behind others; nothing for none."""
    if not words:
        return ""
    return f"（{words}）" if language == "zh" else f" ({words})"


def clock_text(moment: datetime) -> str:
    """`11-24 18:00` in Beijing."""
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"


def short_id(id_: str) -> str:
    """As much of an id as people need."""
    return id_[:_SHORT_ID]
