"""A silence in one line: what, until when, by whom and why."""

from datetime import datetime
from typing import TYPE_CHECKING

from liangqu.cli.options import local_time
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from alerts.notify.silences import Silence
    from sensors.catalogue.model import Catalogue


def silence_line(silence: "Silence", catalogue: "Catalogue", words: CommandWords, now: datetime) -> str:
    """Number, what is silenced, until when, by whom and why; when it is planned, from when."""
    planned = silence.starts is not None and silence.starts > now
    starts = "" if silence.starts is None else local_time(silence.starts)
    return words(
        "silence",
        number=silence.id,
        what=_what(silence, catalogue, words),
        span=words("planned" if planned else "until", starts=starts, until=local_time(silence.until)),
        by=silence.by,
        why=words("why", silence.reason) if silence.reason else "",
    )


def _what(silence: "Silence", catalogue: "Catalogue", words: CommandWords) -> str:
    from alerts.notify.event import place_name
    from liangqu.config.names import EVERY

    language = words.language
    place = words("all") if silence.site == EVERY else getattr(place_name(silence.site, catalogue), language)
    if silence.event is not None:
        return words("event", silence.event, place)
    parts = [place]
    parts += [words("rule", silence.rule)] if silence.rule else []
    parts += [words("parameter", silence.parameter)] if silence.parameter else []
    return ("，" if language == "zh" else ", ").join(parts)
