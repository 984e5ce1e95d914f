"""The title of a message: how severe and why, where, what, how bad, against which limit. Pure."""

from datetime import timedelta

from alerts.events.decision import NotifyReason
from alerts.notify.words import KINDS, SEVERITIES, format_duration, format_value, printable
from alerts.texts.event_view import EpisodeView, EventView
from alerts.texts.phrases import ORIGINS, TOLD, bracketed, listed, phrase
from alerts.texts.quantity import limit_text, number_text, value_text
from sensors.model import Language
from sensors.standards.statistics import OUTLOOKS

_WORST_CLASS = 6
_MOST_NAMES = 3


def title_of(view: EventView, reason: NotifyReason, language: Language) -> str:
    """`[两区] 严重·升级 示例区 PM2.5 24h 88 > 60，7/9 站`."""
    colon = ": " if language == "en" else " "
    return printable(
        f"{phrase('brand', language)}{standing_of(view, reason, language)}{colon}{headline(view, language)}"
    )


def headline(view: EventView, language: Language) -> str:
    """Where, what, how bad, against which limit, how many stations; of what is over also for how long."""
    if view.is_open and view.lead.statistic == "silence" and len(view.affected()) > 1:
        return _silent_stations(view, language)
    place, many = _where(view, language)
    what = _what_now(view, language) if view.is_open else _what_was(view, language)
    return f"{place} {what}{many}"


def condition(each: EpisodeView, language: Language) -> str:
    """What is beyond which limit, as short as can be: `PM2.5 24h 88 > 60`, `水质劣Ⅴ（目标Ⅲ）`."""
    measured = each.measured
    short = str(getattr(measured.short, language))
    if each.statistic in OUTLOOKS or each.value is None:
        return str(getattr(each.rule_name, language))
    if measured.unit == "class":
        worst = str(getattr(each.worst, language))
        gap = ", " if language == "en" and worst else ""
        return f"{_class_text(each, each.value, language)}{gap}{worst}"
    sign = "<" if each.value < each.limit else ">"
    limit = limit_text(each.limit, measured, language, unit=False)
    if measured.is_index:
        shown = (
            f"{short} {value_text(each.value, measured, language)}{bracketed(f'{sign} {limit}', language)}"
        )
        primary = str(getattr(each.worst, language))
        return f"{shown}{'，' if language == 'zh' else ', '}{primary}" if primary else shown
    number = number_text(each.value, measured, limit=each.limit)
    why = bracketed(str(getattr(each.rule_name, language)), language) if each.origin == "rule" else ""
    if not _is_beyond(each):
        return f"{short} {phrase('within_short', language, number, limit)}"
    return f"{short} {number} {sign} {limit}{why}"


def standing_of(view: EventView, reason: NotifyReason, language: Language) -> str:
    """Severity and why it comes; that it is over, or calm again."""
    if view.state == "resolved":
        return str(getattr(TOLD["over"], language))
    severity = str(getattr(SEVERITIES[view.severity], language))
    between = "·" if language == "zh" else ", "
    if view.state == "recovering":
        return f"{severity}{between}{phrase('recovering', language)}"
    why = str(getattr(TOLD[reason], language)).format(view.acked_by)
    return f"{severity}{between}{why}" if why else severity


def _silent_stations(view: EventView, language: Language) -> str:
    affected = view.affected()
    names = [str(getattr(each.place, language)) for each in affected[:_MOST_NAMES]]
    shown = listed(names, language) + ("…" if len(affected) > _MOST_NAMES else "")
    members = max(view.members, len(affected))
    key = "silent_sections" if view.is_of_water else "silent_stations"
    return f"{getattr(view.area_name, language)} {phrase(key, language, len(affected), members, shown)}"


def _where(view: EventView, language: Language) -> tuple[str, str]:
    """The place that speaks, and how many stations; of several stations without a zone's mean the first."""
    lead, affected = view.lead, view.affected()
    place = str(getattr(lead.place, language))
    kind = "sections" if view.is_of_water else "stations"
    if not view.is_open or len(affected) < (1 if lead.is_area else 2):
        return place, ""
    if lead.is_area or view.members >= len(affected):
        shown = str(getattr(lead.place if lead.is_area else view.area_name, language))
        if not lead.is_area:
            shown += f" {place}"
        return shown, phrase(kind, language, len(affected), max(view.members, len(affected)))
    others = len(affected) if language == "zh" else len(affected) - 1
    return phrase(f"and_{kind}", language, place, others), ""


def _what_now(view: EventView, language: Language) -> str:
    lead = view.lead
    if lead.statistic == "silence":
        return phrase("silent", language, _duration(lead, language))
    if lead.statistic == "check":
        return f"{getattr(lead.measured.short, language)} {getattr(lead.rule_name, language)}"
    if lead.statistic == "system":
        for_ = phrase("for_so_far", language, _duration(lead, language))
        return f"{getattr(lead.rule_name, language)}{'，' if language == 'zh' else ', '}{for_}"
    return condition(lead, language)


def _what_was(view: EventView, language: Language) -> str:
    """The peak, what is now, and for how long."""
    lead, comma = view.lead, "，" if language == "zh" else ", "
    lasted = phrase("lasted_short", language, _format(view.lasted, language))
    if lead.statistic in KINDS:
        words = phrase("data_again" if lead.statistic == "silence" else "working_again", language)
        part = "" if lead.statistic == "silence" else f"{getattr(lead.measured.short, language)} "
        return f"{part}{words}{comma}{lasted}"
    if lead.statistic in OUTLOOKS:
        return f"{getattr(lead.rule_name, language)}{comma}{lasted}"
    short, limit = getattr(lead.measured.short, language), lead.peak_limit
    if lead.measured.unit == "class":
        peak = phrase("worst_short", language, format_value(lead.peak, "class", language))
        aim = str(getattr(ORIGINS[lead.origin], language))
        against = bracketed(aim.format(format_value(limit, "class", language)), language)
    else:
        peak = phrase("peak_short", language, _peak_number(lead, language))
        sign = "<" if lead.peak < limit else ">"
        against = f" {sign} {limit_text(limit, lead.measured, language, unit=False)}"
    now = phrase("now_short", language, _now_number(lead, language)) if lead.value is not None else ""
    return comma.join(each for each in (f"{short} {peak}{against}", now, lasted) if each)


def _peak_number(lead: EpisodeView, language: Language) -> str:
    if lead.measured.is_index:
        return value_text(lead.peak, lead.measured, language)
    return number_text(lead.peak, lead.measured, limit=lead.peak_limit)


def _now_number(lead: EpisodeView, language: Language) -> str:
    if lead.value is None or lead.measured.unit == "class" or lead.measured.is_index:
        return value_text(lead.value, lead.measured, language)
    return number_text(lead.value, lead.measured)


def _class_text(each: EpisodeView, value: float, language: Language) -> str:
    """`水质劣Ⅴ（目标Ⅲ）`, `water worse than Ⅴ (target Ⅲ)`."""
    short = str(getattr(each.measured.short, language))
    aim = str(getattr(ORIGINS[each.origin], language))
    if language == "zh":
        found, wanted = (format_value(one, "class", "zh").removesuffix("类") for one in (value, each.limit))
        return f"{short}{found}{bracketed(aim.format(wanted).replace(' ', ''), 'zh')}"
    found, wanted = (format_value(one, "class", "en") for one in (value, each.limit))
    found = found if value >= _WORST_CLASS else f"class {found}"
    return f"{short} {found}{bracketed(aim.format(wanted), 'en')}"


def _is_beyond(each: EpisodeView) -> bool:
    """Whether the newest value lies on the side of the limit where the peak does."""
    if each.value is None:
        return False
    return each.value > each.limit if each.peak > each.peak_limit else each.value < each.limit


def _duration(lead: EpisodeView, language: Language) -> str:
    return format_duration(lead.value or 0.0, language)


def _format(span: timedelta, language: Language) -> str:
    return format_duration(span.total_seconds(), language)
