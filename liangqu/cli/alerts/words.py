"""The words of the tables of `liangqu alerts`, Chinese and English."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from liangqu.cli.options import local_time

if TYPE_CHECKING:
    from alerts.notify.silences import Silence
    from sensors.catalogue.model import Catalogue
    from sensors.model import Language

HEADINGS: "Mapping[Language, tuple[str, ...]]" = {
    "zh": ("编号", "严重程度", "地点", "事由", "站点", "开始（北京时间）", "确认人"),
    "en": ("id", "severity", "place", "cause", "stations", "since (UTC+8)", "acknowledged"),
}
WORDS: "Mapping[Language, Mapping[str, str]]" = {
    "zh": {
        "nothing": "没有未结束的告警事件",
        "note": "备注：{}",
        "calm": "{} 起已恢复，再次发生仍属本事件",
        "muted": "静默 {}",
        "silence": "静默 {number}  {what}，{span}，{by}{why}",
        "why": "：{}",
        "until": "至 {until}",
        "planned": "{starts} 至 {until}",
        "event": "事件 {} {}",
        "rule": "规则 {}",
        "parameter": "项目 {}",
        "all": "全部地点",
        "old": "另有仅来自历史数据的告警过程 {} 个，见 liangqu alerts history",
    },
    "en": {
        "nothing": "no open events",
        "note": "note: {}",
        "calm": "recovered since {}; if it happens again it is the same event",
        "muted": "silence {}",
        "silence": "silence {number}  {what}, {span}, by {by}{why}",
        "why": ": {}",
        "until": "until {until}",
        "planned": "{starts} until {until}",
        "event": "event {} {}",
        "rule": "rule {}",
        "parameter": "parameter {}",
        "all": "all places",
        "old": "of old readings alone: {}, see liangqu alerts history",
    },
}


def silence_line(silence: "Silence", catalogue: "Catalogue", language: "Language", now: datetime) -> str:
    """Number, what is silenced, until when, by whom and why; when it is planned, from when."""
    words = WORDS[language]
    planned = silence.starts is not None and silence.starts > now
    starts = "" if silence.starts is None else local_time(silence.starts)
    return words["silence"].format(
        number=silence.id,
        what=_what(silence, catalogue, language),
        span=words["planned" if planned else "until"].format(starts=starts, until=local_time(silence.until)),
        by=silence.by,
        why=words["why"].format(silence.reason) if silence.reason else "",
    )


def _what(silence: "Silence", catalogue: "Catalogue", language: "Language") -> str:
    from alerts.notify.event import place_name
    from liangqu.config.names import EVERY

    words = WORDS[language]
    place = words["all"] if silence.site == EVERY else getattr(place_name(silence.site, catalogue), language)
    if silence.event is not None:
        return words["event"].format(silence.event, place)
    parts = [place]
    parts += [words["rule"].format(silence.rule)] if silence.rule else []
    parts += [words["parameter"].format(silence.parameter)] if silence.parameter else []
    return ("，" if language == "zh" else ", ").join(parts)
