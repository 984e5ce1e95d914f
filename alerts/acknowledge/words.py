"""The words of an event's page, Chinese and English."""

from collections.abc import Mapping

from alerts.events.decision import NotifyReason, SuppressReason
from sensors.model import Name

HISTORY: Mapping[NotifyReason | None, Name] = {
    None: Name("通知", "notified"),
    "first": Name("首次通知", "first"),
    "graver": Name("升级", "graver"),
    "wider": Name("范围扩大", "wider"),
    "still": Name("仍在持续", "still going on"),
    "handed_over": Name("交接班转告", "handed over"),
    "escalated": Name("无人确认，转告下一位", "nobody answered, next person"),
    "acknowledged": Name("有人接手", "taken over"),
    "over": Name("解除", "over"),
}
"""Why a message went out, in the history of messages."""

SUPPRESSED: Mapping[SuppressReason, Name] = {
    "historical": Name("只见于历史数据", "only old data show it"),
    "told": Name("已按此级别通知过", "people know of it at this severity"),
    "lesser": Name("已按更高级别通知过", "people know of it at a higher severity"),
    "acknowledged": Name("已有人接手", "somebody has taken it over"),
    "silenced": Name("静默中", "silenced"),
    "inhibited": Name("由其他告警代为说明", "another alert speaks for it"),
    "example": Name("示例站点", "its site is an example"),
    "nobody": Name("没有人接收此级别", "no route asks for this severity"),
}
"""Why nobody was notified of an announcement."""

PAGE_WORDS: Mapping[str, Name] = {
    "zone": Name("时间均为北京时间（UTC+8）", "All times are Beijing's (UTC+8)"),
    "since": Name("开始", "Since"),
    "silent_since": Name("判为无数据", "Counted as silent"),
    "data": Name("数据时间", "Data as of"),
    "peak": Name("峰值", "Peak"),
    "worst": Name("最差", "Worst"),
    "lasted": Name("持续时间", "Duration"),
    "ended": Name("结束", "Ended"),
    "calm": Name("恢复", "Calm since"),
    "grounds": Name("说明", "Details"),
    "stations": Name("站点", "Stations"),
    "sections": Name("断面", "Sections"),
    "advice": Name("建议", "What to do"),
    "contact": Name("联系", "Call"),
    "board": Name("看板", "Board"),
    "open_board": Name("打开看板", "open the board"),
    "taken": Name("确认人", "Acknowledged by"),
    "note": Name("备注", "Note"),
    "note_hint": Name("备注（可不填）：例如已派人前往", "Note, if any: e.g. inspector is on the way"),
    "button": Name("我来处理", "I'll take care of it"),
    "take_others": Name("同时接手我的其余事件（{}）", "Take my other open events too ({})"),
    "button_others": Name("接手我的其余事件（{}）", "Take my other events ({})"),
    "done": Name("已确认：{}", "Acknowledged: {}"),
    "asked": Name("已提交，稍候生效", "Submitted; takes effect in a moment"),
    "over": Name("已解除", "Over"),
    "recovering": Name(
        "已恢复，继续观察；再次发生仍属本事件", "Calm for now; if it happens again it is the same event"
    ),
    "old": Name("历史数据，无需确认", "Old data: nothing to acknowledge"),
    "old_note": Name(
        "本告警来自历史数据，仅供记录。", "This alert comes from old data, for the record only."
    ),
    "silence": Name("静默本事件", "Silence this event"),
    "silence_hint": Name(
        "静默期间不发通知，告警继续登记。", "Nobody is notified meanwhile; the alert goes on."
    ),
    "reason": Name("原因，例如校准", "Reason, e.g. calibration"),
    "no_reason": Name("没有静默：请写明原因", "Not silenced: please give a reason"),
    "hours": Name("{} 小时", "{} h"),
    "silenced": Name("静默至 {}，{}：{}", "Silenced until {}, by {}: {}"),
    "unsilence": Name("结束静默", "End the silence"),
    "curves": Name("各站过程（{}）", "Episodes ({})"),
    "span": Name("{} 起", "since {}"),
    "ended_span": Name("{} 至 {}", "{} to {}"),
    "messages": Name("已发消息（{}）", "Messages ({})"),
    "last": Name("最近 {}", "last {}"),
    "none_sent": Name("没有发给人的消息", "No messages to people"),
    "earlier": Name("更早的还有 {} 条", "{} earlier ones"),
    "waits": Name("待发", "waiting"),
    "tried": Name("待重发：{}", "to be tried again: {}"),
    "lost": Name("未送达：{}", "not delivered: {}"),
    "others": Name("我的其余事件（{}）", "My other open events ({})"),
    "footer": Name("两区监测 · {}", "liangqu · {}"),
}
