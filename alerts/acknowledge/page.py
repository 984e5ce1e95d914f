"""An episode's page, for a phone: what, where, how high, since when, a small curve, one button. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import escape

from alerts.acknowledge.template import read_template
from alerts.episodes.register import Episode
from alerts.notify.sentences import detail_text
from alerts.notify.words import KINDS, LIMITED, SEVERITIES, STATES, format_duration, format_value
from sensors.calendar import SHANGHAI
from sensors.model import Language, Name
from sensors.standards.statistics import CLOCKED, statistic_kind

_COLOURS = {"info": "#5b6677", "watch": "#b7791f", "warning": "#c2570c", "critical": "#b3261e"}
_WIDTH, _HEIGHT, _MARGIN = 320.0, 110.0, 6.0

Words = Mapping[str, str]
_WORDS: Mapping[str, Words] = {
    "zh": {
        "limit": "限值 {}",
        "since": "开始",
        "peak": "峰值",
        "ended": "结束",
        "hours": "持续时间",
        "data": "数据时间",
        "grounds": "说明",
        "button": "我来处理",
        "done": "已确认：{}",
        "asked": "已提交，稍候生效",
        "over": "已解除",
        "old": "历史数据，无需确认",
        "note": "本告警来自历史数据，仅供记录。",
        "footer": "两区监测 · {}",
    },
    "en": {
        "limit": "limit {}",
        "since": "Since",
        "peak": "Peak",
        "ended": "Ended",
        "hours": "Duration",
        "data": "Data as of",
        "grounds": "Details",
        "button": "I'll take care of it",
        "done": "Acknowledged: {}",
        "asked": "Submitted; takes effect in a moment",
        "over": "Over",
        "old": "Old data: nothing to acknowledge",
        "note": "This alert comes from old data, for the record only.",
        "footer": "liangqu · {}",
    },
}


def render(
    episode: Episode,
    points: Sequence[tuple[datetime, float]],
    fields: Mapping[str, str],
    language: Language,
    now: datetime,
) -> str:
    """The page as HTML; `fields` are what the button sends back, empty once it was pressed."""
    words = _WORDS[language]
    event = episode.event
    at, value = points[-1] if points else (event.time, event.value)
    figure, caption = _figure(episode, value, now - at, words, language)
    return read_template("page.html").substitute(
        lang="zh-CN" if language == "zh" else "en",
        colour=_COLOURS[event.severity],
        severity=escape(getattr(SEVERITIES[event.severity], language)),
        state=escape(getattr(_state(episode), language)),
        site=escape(getattr(event.site_name, language)),
        rule=escape(getattr(event.name, language)),
        note=f'<p class="note">{escape(words["note"])}</p>' if episode.historical else "",
        value=escape(figure),
        caption=escape(caption),
        curve="" if episode.statistic in KINDS else curve(points, episode.limit),
        facts="\n".join(
            f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
            for name, text in _facts(episode, words, language, (at, now))
        ),
        action=_action(episode, words, fields),
        footer=escape(words["footer"].format(episode.id)),
    )


def _state(episode: Episode) -> Name:
    if episode.ended is not None:
        return STATES["resolved"]
    if episode.acked_by:
        return STATES["acknowledged"]
    return KINDS.get(episode.statistic, LIMITED).state


def _figure(
    episode: Episode, value: float | None, since: timedelta, words: Words, language: Language
) -> tuple[str, str]:
    """What stands largest, and the line below it: the newest value, or the peak of an episode that is over.

    Without a limit it is for how long; of a failed check, that it fails as long as it does.
    """
    kind, ended = KINDS.get(episode.statistic), episode.ended is not None
    what = getattr(statistic_kind(episode.statistic).name, language)
    if kind is None:
        shown = format_value(episode.peak if ended else value, episode.unit, language)
        limit = words["limit"].format(format_value(episode.limit, episode.unit, language))
        return shown, " · ".join([*([words["peak"]] if ended else []), what, limit])
    if ended:
        return _duration(episode, episode.begun, language), words["hours"]
    if episode.statistic == "check":
        return str(getattr(kind.state, language)), detail_text(language, "check", episode.event.detail)
    name = words["hours"] if episode.statistic == "system" else what
    return format_duration((value or 0.0) + since.total_seconds(), language), name


def curve(points: Sequence[tuple[datetime, float]], limit: float) -> str:
    """The values as a small SVG with the limit as a dashed line; nothing below two points."""
    if len(points) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    start, end = points[0][0], points[-1][0]
    seconds = max((end - start).total_seconds(), 1.0)
    low = min(limit, *(value for _, value in points))
    high = max(limit, *(value for _, value in points))
    scale = (_HEIGHT - 2 * _MARGIN) / ((high - low) or 1.0)

    def place(moment: datetime, value: float) -> str:
        x = _MARGIN + (moment - start).total_seconds() / seconds * (_WIDTH - 2 * _MARGIN)
        return f"{x:.1f},{_HEIGHT - _MARGIN - (value - low) * scale:.1f}"

    line = " ".join(place(*point) for point in points)
    (_, y) = place(start, limit).split(",")
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img">'
        f'<line x1="0" x2="{_WIDTH:g}" y1="{y}" y2="{y}" stroke="var(--soft)" stroke-dasharray="5 4"/>'
        f'<polyline points="{line}" fill="none" stroke="var(--colour)" stroke-width="3"'
        ' stroke-linejoin="round" stroke-linecap="round"/></svg>'
    )


def _facts(
    episode: Episode, words: Words, language: Language, until: tuple[datetime, datetime]
) -> list[tuple[str, str]]:
    at, now = until
    kind, ended = KINDS.get(episode.statistic), episode.ended
    facts = [(words["since"], _clock(episode.begun))]
    if ended is None and episode.statistic not in CLOCKED:
        facts.append((words["data"], _clock(at)))
    if kind is None:
        peak = format_value(episode.peak, episode.unit, language)
        facts.append((words["peak"], f"{peak} · {_clock(episode.peak_at)}"))
    if kind is None or (ended is None and episode.statistic == "check"):  # else it stands largest
        facts.append((words["hours"], _duration(episode, now, language)))
    if ended is not None:
        facts.append((words["ended"], _clock(ended)))
    if episode.event.detail and episode.statistic != "check":
        facts.append((words["grounds"], detail_text(language, episode.statistic, episode.event.detail)))
    return facts


def _action(episode: Episode, words: Words, fields: Mapping[str, str]) -> str:
    """The button, or why there is none."""
    if episode.acked_by:
        return _done(words["done"].format(episode.acked_by))
    if episode.ended is not None:
        return _done(words["over"])
    if episode.historical:
        return _done(words["old"])
    if not fields:
        return _done(words["asked"])
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post">{hidden}<button type="submit">{escape(words["button"])}</button></form>'


def _done(text: str) -> str:
    return f'<div class="done">{escape(text)}</div>'


def _duration(episode: Episode, now: datetime, language: Language) -> str:
    return format_duration(episode.hours(now) * 3600, language)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
