"""An event in words: what, where, how high, since when, who knows; for whichever page shows it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from html import escape

from msgspec import Struct

from alerts.acknowledge.content import PageContent, SignedLink
from alerts.acknowledge.curve import draw
from alerts.acknowledge.forms import said
from alerts.acknowledge.message_history import MessageRecord, SuppressedCount
from alerts.acknowledge.words import HISTORY, PAGE_WORDS, SUPPRESSED
from alerts.notify.words import KINDS, LIMITED, SEVERITIES, STATES, format_duration
from alerts.rules.definition import RANK
from alerts.texts.causes import cause_name
from alerts.texts.event_view import EpisodeView, EventView
from alerts.texts.headline import headline
from alerts.texts.phrases import ORIGINS, clock_text, listed, phrase
from alerts.texts.quantity import limit_text, value_text
from sensors.model import Language, Name
from sensors.standards.statistics import CLOCKED, statistic_kind

_BETWEEN = " · "
_WHOLE = 18  # characters, so many fit beside the name of a fact


class PageSection(Struct, frozen=True):
    """A part below what can be done: its title, and what it holds as HTML."""

    title: str
    inner: str
    is_open: bool = False


class EventDescription(Struct, frozen=True):
    """An event in words, for whichever page shows it; `curve`, `facts` and what sections hold are HTML.

    `value` stands largest, `caption` below it. `notice` says that it is of old data, "" if it is not.
    `suppressed` says why announcements made no message.
    """

    severity: str
    state: str
    place: str
    what: str
    value: str
    caption: str
    notice: str
    curve: str
    facts: str
    sections: Sequence[PageSection]
    is_told: bool
    suppressed: Sequence[str]


def describe(content: PageContent, language: Language, now: datetime, link: SignedLink) -> EventDescription:
    """The event in words.

    Args:
        content: Of its page.
        language: Of the words.
        now: The clock.
        link: The pages of other events.
    """
    view = content.view
    value, caption = _figure(view, language)
    return EventDescription(
        severity=_text(SEVERITIES[view.severity], language),
        state=_text(_state(view), language),
        place=_text(view.lead.place if _is_alone(view) else view.area_name, language),
        what=f"{_text(cause_name(view.cause), language)} · {_text(view.lead.rule_name, language)}",
        value=value,
        caption=caption,
        notice=_text(PAGE_WORDS["old_note"], language) if content.is_old else "",
        curve=_curve(content, view.lead),
        facts="\n".join(_facts(content, language, now)),
        sections=list(_sections(content, language, link)),
        is_told=bool(content.message_count),
        suppressed=[_suppressed(each, language) for each in content.suppressed],
    )


def _text(name: Name, language: Language) -> str:
    return str(getattr(name, language))


def _is_alone(view: EventView) -> bool:
    """Whether one station is all of it."""
    return {each.site for each in view.episodes} == {view.lead.site}


def _state(view: EventView) -> Name:
    if view.state == "resolved":
        return STATES["resolved"]
    if view.state == "recovering":
        return Name(phrase("recovering", "zh"), phrase("recovering", "en"))
    if view.acked_by:
        return STATES["acknowledged"]
    return KINDS.get(view.lead.statistic, LIMITED).state


def _figure(view: EventView, language: Language) -> tuple[str, str]:
    """What stands largest, and the line below it: the newest value, or the peak of what is over.

    Of what has no limit it is for how long; of a failed check, that it fails as long as it does.
    """
    lead, ended = view.lead, not view.is_open
    place = "" if _is_alone(view) or lead.site == view.area else _text(lead.place, language)
    kind = KINDS.get(lead.statistic)
    if kind is None:
        value, limit = (lead.peak, lead.peak_limit) if ended else (lead.value, lead.limit)
        against = _against(lead, limit, language)
        name = _text(lead.measured.name, language)
        peak = said(_peak_word(lead), language) if ended else ""
        return value_text(value, lead.measured, language, limit=limit), _dotted(peak, place, name, against)
    if ended:
        return format_duration(view.lasted.total_seconds(), language), said("lasted", language)
    if lead.statistic == "check":
        return _text(kind.state, language), _dotted(place, _text(lead.measured.name, language))
    shown = format_duration(lead.value or 0.0, language)
    if lead.statistic == "system":
        return shown, said("lasted", language)
    return shown, _dotted(place, _text(statistic_kind(lead.statistic).name, language))


def _peak_word(each: EpisodeView) -> str:
    """A class has no peak."""
    return "worst" if each.measured.unit == "class" else "peak"


def _against(each: EpisodeView, limit: float, language: Language) -> str:
    return _text(ORIGINS[each.origin], language).format(limit_text(limit, each.measured, language))


def _dotted(*words: str) -> str:
    return _BETWEEN.join(word for word in words if word)


def _facts(content: PageContent, language: Language, now: datetime) -> Iterator[str]:
    view = content.view
    is_silent = view.is_open and view.lead.statistic == "silence"
    yield _fact("silent_since" if is_silent else "since", language, clock_text(view.begun))
    yield from _times(view, language, now)
    lead = view.lead
    if lead.statistic not in KINDS:
        peak = value_text(lead.peak, lead.measured, language, limit=lead.peak_limit)
        yield _fact(_peak_word(lead), language, _dotted(peak, clock_text(lead.peak_at)))
    if detail := _text(lead.detail, language):
        yield _fact("grounds", language, detail)
    yield from _stations(view, language)
    if view.acked_by:
        at = clock_text(view.acked_at) if view.acked_at else ""
        yield _fact("taken", language, _dotted(view.acked_by, at))
    if view.note:
        yield _fact("note", language, view.note)
    yield from _help(view, language)


def _times(view: EventView, language: Language, now: datetime) -> Iterator[str]:
    if view.is_open and view.lead.statistic not in CLOCKED:
        yield _fact("data", language, clock_text(view.lead.at))
    kind = KINDS.get(view.lead.statistic)
    if kind is None or (view.is_open and view.lead.statistic == "check"):  # else it stands largest
        lasted = max((view.ended or view.calm or now) - view.begun, timedelta())
        yield _fact("lasted", language, format_duration(lasted.total_seconds(), language))
    if view.ended is not None:
        yield _fact("ended", language, clock_text(view.ended))
    elif view.calm is not None:
        yield _fact("calm", language, clock_text(view.calm))


def _stations(view: EventView, language: Language) -> Iterator[str]:
    affected = view.affected()
    if not affected or _is_alone(view):
        return
    names = listed([_text(each.place, language) for each in affected], language)
    count = f"{len(affected)}/{max(view.members, len(affected))}"
    yield _fact("sections" if view.cause == "water" else "stations", language, _dotted(count, names))


def _help(view: EventView, language: Language) -> Iterator[str]:
    """What to do, whom to call, and the board."""
    if view.advice is not None and view.is_open:
        yield _fact("advice", language, _text(view.advice, language))
    if view.contacts and view.is_open:
        yield _fact("contact", language, listed(view.contacts, language))
    if board := view.boards.get(language):
        name, text = said("board", language), said("open_board", language)
        yield f'<dt>{name}</dt><dd><a href="{escape(board)}">{text}</a></dd>'


def _fact(key: str, language: Language, text: str) -> str:
    return f"<dt>{said(key, language)}</dt><dd>{_together(text)}</dd>"


def _together(text: str) -> str:
    """As HTML, a line broken between its parts only where they are short."""
    return _BETWEEN.join(
        f'<span class="whole">{escape(part)}</span>' if len(part) <= _WHOLE else escape(part)
        for part in text.split(_BETWEEN)
    )


def _sections(content: PageContent, language: Language, link: SignedLink) -> Iterator[PageSection]:
    """The person's other events, the episodes with their curves, the messages."""
    if content.others:
        items = "".join(
            f'<li><a href="{escape(link(each.id))}">'
            f"{escape(_dotted(_text(SEVERITIES[each.severity], language), headline(each, language)))}"
            "</a></li>"
            for each in content.others
        )
        yield PageSection(said("others", language, len(content.others)), f"<ul>{items}</ul>", is_open=True)
    rows = sorted(
        content.view.episodes, key=lambda each: (each.ended is not None, -RANK[each.severity], each.begun)
    )
    if len(rows) > 1:
        inner = "".join(_episode(content, each, language) for each in rows)
        yield PageSection(said("curves", language, len(rows)), inner)
    if not content.message_count:
        return
    inner = "".join(_message(each, content, language) for each in content.messages)
    if (earlier := content.message_count - len(content.messages)) > 0:
        inner += f"<li>{said('earlier', language, earlier)}</li>"
    yield PageSection(said("messages", language, content.message_count), f"<ul>{inner}</ul>")


def _episode(content: PageContent, each: EpisodeView, language: Language) -> str:
    """Place, what, the value or the peak, since when or from when until when, and its curve.

    A class of one sample may be of several rules, so that they are named instead.
    """
    measured = "" if each.measured.unit == "class" else _text(each.measured.name, language)
    title = _dotted(_text(each.place, language), measured or _text(each.rule_name, language))
    if each.ended is None:
        when = said("span", language, clock_text(each.begun))
    else:
        when = said("ended_span", language, clock_text(each.begun), clock_text(each.ended))
    value = ""
    if each.statistic not in KINDS:
        shown, limit = (each.value, each.limit) if each.ended is None else (each.peak, each.peak_limit)
        peak = "" if each.ended is None else f"{said(_peak_word(each), language)} "
        value = f"{peak}{value_text(shown, each.measured, language, limit=limit)}"
        value = _dotted(value, _against(each, limit, language))
    severity = _text(SEVERITIES[each.severity], language)
    return (
        f'<div class="episode look-{each.severity}"><h3>{escape(title)}</h3>'
        f'<p class="soft">{escape(_dotted(severity, value))}<br>{when}</p>{_curve(content, each)}</div>'
    )


def _curve(content: PageContent, each: EpisodeView) -> str:
    return "" if each.statistic in KINDS else draw(content.curves.get(each.id, ()), each.limit)


def _suppressed(each: SuppressedCount, language: Language) -> str:
    last = _text(PAGE_WORDS["last"], language).format(clock_text(each.newest))
    return _dotted(_text(SUPPRESSED[each.reason], language), str(each.count), last)


def _message(each: MessageRecord, content: PageContent, language: Language) -> str:
    """When, who, why; and whether it has arrived."""
    who = content.people.get(each.person, each.person) or each.channel
    why = _text(HISTORY.get(each.reason, HISTORY[None]), language)
    if each.lost:
        state = said("tried" if each.sent is None else "lost", language, each.lost)
    else:
        state = said("waits", language) if each.sent is None else ""
    at = clock_text(each.sent or each.made)
    words = _dotted(at, who, _text(SEVERITIES[each.severity], language), why)
    return f"<li>{escape(words)}{f' · {state}' if state else ''}</li>"
