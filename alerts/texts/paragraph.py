"""What a message says of an event below its title, a line each; some go first where room is short. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from alerts.events.decision import NotifyReason
from alerts.notify.words import KINDS, format_duration, printable
from alerts.texts.event_view import EpisodeView, EventView, Reached
from alerts.texts.headline import condition
from alerts.texts.phrases import (
    CLASS_TRENDS,
    ORIGINS,
    TRENDS,
    bracketed,
    claused,
    clock_text,
    listed,
    phrase,
    short_id,
)
from alerts.texts.quantity import limit_text, number_text, value_text
from sensors.model import Language
from sensors.standards.statistics import CLOCKED, OUTLOOKS

KEPT = 0
"""The importance of a line that is never left out."""
_MOST_PLACES = 6
_MOST_REACHED = 6


class MessageLine(NamedTuple):
    """One line; where room is short those of the highest `importance` number are left out first."""

    text: str
    importance: int


def lines_of(
    view: EventView, reason: NotifyReason, language: Language, *, person: str, page: str
) -> list[MessageLine]:
    """All lines for a person: what is now, since when, where, who knows, what to do, whom to call, the page.

    `page` is the address of the event's page, "" if there is none.
    """
    lines = [
        MessageLine(standing_text(view, language), KEPT),
        MessageLine(_why(view, reason, person, language), 1),
        MessageLine(_peak(view.lead, language), 2),
        MessageLine(_times(view, language), 2),
        MessageLine(_places(view, language), 3),
        MessageLine(_reached(view.reached, language), 5),
        *(MessageLine(text, 6) for text in _help(view, language)),
        MessageLine(_page(view, page, language), KEPT),
        MessageLine(_board(view, language), 7),
        MessageLine(phrase("id", language, short_id(view.id)), 4),
    ]
    return [MessageLine(printable(line.text), line.importance) for line in lines if line.text]


def standing_text(view: EventView, language: Language) -> str:
    """The place, the value now against its limit, and where it is heading."""
    lead = view.lead
    colon = "：" if language == "zh" else ": "
    place = str(getattr(lead.place, language))
    detail = str(getattr(lead.detail, language))
    if not view.is_open:
        return f"{place}{colon}{_how_it_ended(view, language)}"
    if lead.statistic == "check":
        place = f"{place} {getattr(lead.measured.name, language)}"
    if lead.statistic in KINDS:
        return f"{place}{colon}{claused((_of_equipment(lead, language), detail), language)}"
    if lead.statistic in OUTLOOKS:
        return f"{place}{colon}{getattr(lead.rule_name, language)}"
    comma = "，" if language == "zh" else ", "
    value = value_text(lead.value, lead.measured, language, limit=lead.limit)
    name = str(getattr(lead.measured.name, language))
    first = f"{name} {value}{comma}{_against(lead, lead.limit, language)}"
    words = CLASS_TRENDS if lead.measured.unit == "class" else TRENDS
    trend = str(getattr(words[lead.trend], language)) if lead.trend else ""
    return f"{place}{colon}{claused((first, detail, trend), language)}"


def _of_equipment(lead: EpisodeView, language: Language) -> str:
    lasted = format_duration(lead.value or 0.0, language)
    rule = str(getattr(lead.rule_name, language))
    if lead.statistic == "silence":
        return phrase("no_data_for", language, lasted)
    if lead.statistic == "system":
        return claused((rule, phrase("for_so_far", language, lasted)), language)
    return rule


def _how_it_ended(view: EventView, language: Language) -> str:
    """What is now, of an event whose episodes are all over."""
    lead = view.lead
    if lead.statistic == "silence":
        return phrase("data_again", language)
    if lead.statistic in KINDS:
        return f"{getattr(lead.measured.name, language)} {phrase('working_again', language)}"
    if lead.value is None or lead.statistic in OUTLOOKS:
        return str(getattr(lead.rule_name, language))
    value = value_text(lead.value, lead.measured, language)
    return f"{getattr(lead.measured.name, language)} {phrase('at_end', language, value, clock_text(lead.at))}"


def _against(lead: EpisodeView, limit: float, language: Language) -> str:
    return str(getattr(ORIGINS[lead.origin], language)).format(limit_text(limit, lead.measured, language))


def _peak(lead: EpisodeView, language: Language) -> str:
    """The peak against the limit of that moment, unless it is the value now."""
    if lead.statistic in KINDS or lead.statistic in OUTLOOKS or lead.peak == lead.value:
        return ""
    value = value_text(lead.peak, lead.measured, language, limit=lead.peak_limit)
    against = _against(lead, lead.peak_limit, language)
    key = "worst" if lead.measured.unit == "class" else "peak"
    return phrase(key, language, value, clock_text(lead.peak_at), against)


def _why(view: EventView, reason: NotifyReason, person: str, language: Language) -> str:
    """Who has it in hand, who did not answer, who hands it over."""
    others = [each for each in view.reached if each.id != person]
    if view.acked_by and view.acked_at is not None:
        taken = phrase("taken", language, view.acked_by, clock_text(view.acked_at))
        return claused((taken, view.note), language)
    if view.state == "resolved":
        return phrase("untaken", language)
    if reason == "escalated":
        if not others:
            return phrase("unanswered_all", language)
        told = others[:_MOST_REACHED]
        silent = [phrase("unanswered_by", language, each.name, clock_text(each.at)) for each in told]
        return phrase("unanswered", language, listed(silent, language))
    if reason == "handed_over":
        if not others:
            return phrase("handed_over", language)
        return phrase("handed_over_by", language, listed([each.name for each in others], language))
    return ""


def _times(view: EventView, language: Language) -> str:
    lasted = format_duration(view.lasted.total_seconds(), language)
    if view.ended is not None:
        return phrase("span", language, clock_text(view.begun), clock_text(view.ended), lasted)
    since = _since(view, lasted, language)
    if view.calm is None:
        return since
    return claused((phrase("calm_since", language, clock_text(view.calm)), since), language)


def _since(view: EventView, lasted: str, language: Language) -> str:
    """What the clock brings has no data; how long a station is without stands with the value."""
    begun, at = clock_text(view.begun), clock_text(view.lead.at)
    if view.lead.statistic == "silence" and view.calm is None:
        return phrase("silent_since", language, begun)
    if view.lasted < timedelta(minutes=1) and begun == at:
        return phrase("just_begun", language, begun)
    if view.lead.statistic in CLOCKED:
        return phrase("by_the_clock", language, begun, lasted)
    return phrase("since", language, begun, lasted, at)


def _places(view: EventView, language: Language) -> str:
    """The stations with their values, the highest first."""
    affected = view.affected()
    if not affected or (len(affected) == 1 and affected[0].site == view.lead.site):
        return ""
    shown = [_place_value(each, view, language) for each in affected[:_MOST_PLACES]]
    words = listed(shown, language)
    members = max(view.members, len(affected))
    if len(affected) > len(shown):
        words = phrase("of_members", language, words, len(affected), members)
    else:
        words = phrase("all_members", language, words, len(affected), members)
    return phrase("section_places" if view.is_of_water else "places", language, words)


def _place_value(each: EpisodeView, view: EventView, language: Language) -> str:
    place = str(getattr(each.place, language))
    if not view.is_open or each.value is None:
        return place
    if each.statistic == "silence":
        return f"{place} {format_duration(each.value, language)}"
    if each.statistic in KINDS:
        return f"{place} {getattr(each.measured.short, language)}"
    if (each.parameter, each.statistic) != (view.lead.parameter, view.lead.statistic):
        return f"{place} {condition(each, language)}"
    if each.measured.unit == "class" or each.measured.is_index:
        worst = "" if each.measured.is_index else str(getattr(each.worst, language))
        detail = bracketed(worst, language)
        return f"{place} {value_text(each.value, each.measured, language)}{detail}"
    return f"{place} {number_text(each.value, each.measured, limit=each.limit)}"


def _reached(reached: Sequence[Reached], language: Language) -> str:
    if not reached:
        return ""
    told = [f"{each.name} {clock_text(each.at)}" for each in reached[:_MOST_REACHED]]
    return phrase("reached", language, listed(told, language))


def _help(view: EventView, language: Language) -> Iterator[str]:
    """What to do, and whom to call, while it lasts."""
    if not view.is_open:
        return
    if view.advice is not None:
        yield phrase("advice", language, getattr(view.advice, language))
    if view.contacts:
        yield phrase("contact", language, listed(view.contacts, language))


def _page(view: EventView, page: str, language: Language) -> str:
    """Only what lasts and nobody has taken asks for an acknowledgement."""
    if not page:
        return ""
    return phrase("acknowledge" if view.state == "firing" else "view", language, page)


def _board(view: EventView, language: Language) -> str:
    board = view.boards.get(language, "")
    return phrase("board", language, board) if board else ""
