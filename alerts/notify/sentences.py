"""What is said of an episode in one line, in both languages: that it changed, or that it lasts. Pure."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from msgspec import Struct

from alerts.episodes.states import Announcement, ChangeReason, ChangeState
from alerts.notify.words import (
    KINDS,
    LIMITED,
    REASONS,
    SEVERITIES,
    STATES,
    MeasuredName,
    format_duration,
    printable,
)
from alerts.texts.quantity import limit_text, value_text
from sensors.model import Language, Name, Severity, StatisticName

NOTHING = Name("", "")


class EpisodeFacts(Struct, frozen=True, kw_only=True):
    """What a line says of an episode; `lasted` is from its begin until its end, or until now."""

    place: Name
    rule: Name
    measured: MeasuredName
    statistic: StatisticName
    value: float | None
    limit: float
    peak: float
    peak_limit: float
    lasted: timedelta
    detail: Name = NOTHING
    by: str = ""


def facts_of(announcement: Announcement, place: Name, measured: MeasuredName, detail: Name) -> EpisodeFacts:
    """The facts that an announcement holds."""
    subject, until = announcement.subject, announcement.end or announcement.time
    return EpisodeFacts(
        place=place,
        rule=announcement.watch.rule.name,
        measured=measured,
        statistic=announcement.watch.rule.statistic,
        value=subject.value,
        limit=subject.limit,
        peak=subject.peak,
        peak_limit=subject.limit if subject.peak_limit is None else subject.peak_limit,
        lasted=until - (subject.begun or until),
        detail=detail,
        by=subject.acked_by,
    )


def change_text(facts: EpisodeFacts, state: ChangeState, severity: Severity, reason: ChangeReason) -> Name:
    """Severity or state, place, rule, what, the value against its limit, and why it is announced now."""
    head = SEVERITIES[severity] if state == "firing" else STATES[state]
    parts = _PARTS[state]
    return Name(
        _line("zh", head, facts, parts("zh", facts, reason)),
        _line("en", head, facts, parts("en", facts, reason)),
    )


def reminder_text(facts: EpisodeFacts, severity: Severity, reason: ChangeReason) -> Name:
    """Severity, place, rule, what, that it lasts and for how long, and why somebody else is notified."""
    head = SEVERITIES[severity]
    return Name(
        _line("zh", head, facts, _lasting("zh", facts, reason)),
        _line("en", head, facts, _lasting("en", facts, reason)),
    )


def _line(language: Language, head: Name, facts: EpisodeFacts, parts: list[str]) -> str:
    """The rule's name stands last: where a line is cut, the number is still there."""
    if language == "zh":
        text = "；".join([part for part in parts if part])
        return printable(f"【{head.zh}】{facts.place.zh}：{text}（{facts.rule.zh}）")
    text = "; ".join([part for part in parts if part])
    return printable(f"[{head.en}] {facts.place.en}: {text} ({facts.rule.en})")


def _firing(language: Language, facts: EpisodeFacts, reason: ChangeReason) -> list[str]:
    kind, why = KINDS.get(facts.statistic), ""
    value = value_text(facts.value, facts.measured, language, limit=facts.limit)
    if kind is None:
        what = getattr(facts.measured.name, language)
        first = _joined(language, f"{what} {value}", _limit(language, facts, facts.limit))
    else:
        first = _about(language, facts, getattr(kind.firing, language).format(value))
    if reason in REASONS:
        why = _still(language, facts) if reason == "still_exceeded" else getattr(REASONS[reason], language)
    return [first, getattr(facts.detail, language), why]


def _lasting(language: Language, facts: EpisodeFacts, reason: ChangeReason) -> list[str]:
    lasted = format_duration(facts.lasted.total_seconds(), language)
    for_ = f"已持续 {lasted}" if language == "zh" else f"for {lasted}"
    return [
        _joined(language, _about(language, facts, _still(language, facts)), for_),
        _peak(language, facts),
        getattr(facts.detail, language),
        getattr(REASONS[reason], language) if reason == "escalated" else "",
    ]


def _acknowledged(language: Language, facts: EpisodeFacts, _reason: ChangeReason) -> list[str]:
    by = facts.by if language == "zh" else f"by {facts.by}"
    return [_joined(language, getattr(facts.measured.name, language), by)]


def _over(language: Language, facts: EpisodeFacts, reason: ChangeReason) -> list[str]:
    kind = KINDS.get(facts.statistic, LIMITED)
    if reason == "clear":
        why = _about(language, facts, getattr(kind.clear, language))
    else:
        why = _joined(language, getattr(facts.measured.name, language), getattr(REASONS[reason], language))
    if kind is LIMITED:
        return [why, _peak(language, facts)]
    lasted = format_duration(facts.lasted.total_seconds(), language)
    return [why, f"历时 {lasted}" if language == "zh" else f"it lasted {lasted}"]


_PARTS: Mapping[ChangeState, Callable[[Language, EpisodeFacts, ChangeReason], list[str]]] = {
    "firing": _firing,
    "acknowledged": _acknowledged,
    "resolved": _over,
}


def _about(language: Language, facts: EpisodeFacts, words: str) -> str:
    """What is measured, and these words of it; a part or a sensor is named as the one they speak of."""
    what, zh = getattr(facts.measured.name, language), language == "zh"
    if not what:
        return words
    if facts.statistic in KINDS:
        return f"{what}：{words}" if zh else f"{what}: {words}"
    return f"{what}{words}" if zh else f"{what} {words}"


def _still(language: Language, facts: EpisodeFacts) -> str:
    return str(getattr(KINDS.get(facts.statistic, LIMITED).still, language))


def _limit(language: Language, facts: EpisodeFacts, limit: float) -> str:
    shown = limit_text(limit, facts.measured, language)
    return f"限值 {shown}" if language == "zh" else f"limit {shown}"


def _peak(language: Language, facts: EpisodeFacts) -> str:
    """The peak against the limit of that moment, where there is one."""
    if facts.statistic in KINDS:
        return ""
    peak = value_text(facts.peak, facts.measured, language, limit=facts.peak_limit)
    limit = _limit(language, facts, facts.peak_limit)
    return _joined(language, f"峰值 {peak}" if language == "zh" else f"peak {peak}", limit)


def _joined(language: Language, first: str, second: str) -> str:
    between = "，" if language == "zh" else ", "
    return f"{first}{between}{second}" if first else second
