"""An episode's page, for a phone: what, where, how high, since when, a small curve, one button. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from importlib import resources
from string import Template

from alerts.episodes.register import Episode
from alerts.notify.words import SEVERITIES, STATES, format_value
from sensors.calendar import SHANGHAI
from sensors.model import Language
from sensors.standards.statistics import statistic_kind

_COLOURS = {"info": "#5b6677", "watch": "#b7791f", "warning": "#c2570c", "critical": "#b3261e"}
_WIDTH, _HEIGHT, _MARGIN = 320.0, 110.0, 6.0

Words = Mapping[str, str]
_WORDS: Mapping[str, Words] = {
    "zh": {
        "limit": "限值 {}",
        "since": "开始",
        "peak": "峰值",
        "ended": "结束",
        "hours": "持续",
        "data": "数据时间",
        "grounds": "说明",
        "hour": "{:.1f} 小时",
        "button": "我来处理",
        "done": "已确认：{}",
        "asked": "已提交，稍候生效",
        "over": "已解除",
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
        "hour": "{:.1f} h",
        "button": "I'll take care of it",
        "done": "Acknowledged: {}",
        "asked": "Submitted; takes effect in a moment",
        "over": "Over",
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
    severity = event.severity
    at, value = points[-1] if points else (event.time, event.value)
    template = Template((resources.files("alerts.acknowledge") / "page.html").read_text(encoding="utf-8"))
    return template.substitute(
        lang="zh-CN" if language == "zh" else "en",
        colour=_COLOURS[severity],
        severity=escape(getattr(SEVERITIES[severity], language)),
        state=escape(getattr(STATES["resolved" if episode.ended else event.state], language)),
        site=escape(getattr(event.site_name, language)),
        rule=escape(getattr(event.name, language)),
        value=escape(format_value(value, event.unit, language)),
        what=escape(getattr(statistic_kind(episode.statistic).name, language)),
        limit=escape(words["limit"].format(format_value(episode.limit, episode.unit, language))),
        curve=curve(points, episode.limit),
        facts="\n".join(
            f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>"
            for name, text in _facts(episode, words, language, (at, now))
        ),
        action=_action(episode, words, fields),
        footer=escape(words["footer"].format(episode.id)),
    )


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
    facts = [
        (words["since"], _clock(episode.begun)),
        (words["data"], _clock(at)),
        (words["peak"], f"{format_value(episode.peak, episode.unit, language)} · {_clock(episode.peak_at)}"),
        (words["hours"], words["hour"].format(max(episode.hours(now), 0.0))),
    ]
    if episode.ended is not None:
        facts.append((words["ended"], _clock(episode.ended)))
    if episode.event.detail:
        facts.append((words["grounds"], episode.event.detail))
    return facts


def _action(episode: Episode, words: Words, fields: Mapping[str, str]) -> str:
    if episode.acked_by:
        return f'<div class="done">{escape(words["done"].format(episode.acked_by))}</div>'
    if episode.ended is not None:
        return f'<div class="done">{escape(words["over"])}</div>'
    if not fields:
        return f'<div class="done">{escape(words["asked"])}</div>'
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )
    return f'<form method="post">{hidden}<button type="submit">{escape(words["button"])}</button></form>'


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}"
