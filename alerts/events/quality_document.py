"""The figures of `quality` for programs, with what they are held against."""

from datetime import datetime

from alerts.events.quality import AlarmQuality, thresholds
from sensors.calendar import SHANGHAI


def to_document(quality: AlarmQuality) -> dict[str, object]:
    """All figures; times of Shanghai, durations in seconds, shares of 1."""
    return {
        "start": _stamp(quality.start),
        "end": _stamp(quality.end),
        "people": [
            {
                "person": each.person,
                "channel": each.channel,
                "messages": each.messages,
                "a_day": round(each.a_day, 3),
                "most_in_a_day": each.most_in_a_day,
                "most_in_ten_minutes": each.most_in_ten_minutes,
                "flood_at": _stamp(each.flood_at),
            }
            for each in quality.people
        ],
        "events_notified": quality.notified,
        "events_acknowledged": quality.acknowledged,
        "median_seconds_to_acknowledge": quality.median_s,
        "slowest_seconds_to_acknowledge": quality.slowest_s,
        "stale_events": [each.id for each in quality.stale],
        "stale_at_once": quality.stale_at_once,
        "chattering": [
            dict(zip(("rule", "site", "parameter", "begins_in_24h"), (*each.watch, each.begins), strict=True))
            for each in quality.chattering
        ],
        "rules": [
            {
                "rule": each.rule,
                "messages": each.messages,
                "share": round(each.share, 4),
                "begins": each.begins,
                "chattering": each.chattering,
            }
            for each in quality.rules
        ],
        "top_ten_share": round(quality.top_ten_share, 4),
        "thresholds": {
            row.id: {"limit": row.limit, "source": row.source.en, "confirmed": row.confirmed}
            for row in thresholds().values()
        },
    }


def _stamp(moment: datetime | None) -> str | None:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None
