"""Episodes as lines and rows, by their ids."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from liangqu.cli.options import local_time
from liangqu.config.names import EVERY

if TYPE_CHECKING:
    from alerts.episodes.register import Episode

COLUMNS = (
    "episode", "rule", "site", "parameter", "statistic", "category", "severity", "state", "begin", "end",
    "hours", "peak", "peak_at", "mean", "n", "limit", "unit", "reason", "historical", "acknowledged_by",
    "acknowledged_at", "note", "event",
)  # fmt: skip


def lines(episodes: "Sequence[Episode]", now: datetime) -> Iterator[str]:
    """Two lines each, as one is too long for a terminal: when and how severe; where, what and how much."""
    from alerts.notify.words import format_value
    from alerts.rules.index import NONE

    for one in episodes:
        end, who = local_time(one.ended) if one.ended else "…", f" by {one.acked_by}" if one.acked_by else ""
        lasted = f"{local_time(one.begun)} – {end}  {one.hours(now):.1f} h"
        what = f"{place_words(one.site)} {one.rule} {one.parameter}".removesuffix(f" {NONE}")
        if one.statistic != "check":  # failed or not: no number that says anything
            peak, limit = (format_value(value, one.unit, "en") for value in (one.peak, one.limit))
            what = f"{what}  peak {peak}, limit {limit}"
        yield f"{one.id}  {lasted}  {one.severity}  {_state(one)}{who}"
        yield f"    {what}  {one.reason}"


def row(episode: "Episode", now: datetime) -> dict[str, Any]:
    """An episode for programs, times with their offset."""
    values = (
        episode.id, episode.rule, episode.site, episode.parameter, episode.statistic, episode.category,
        episode.severity, _state(episode), iso(episode.begun), iso(episode.ended),
        round(episode.hours(now), 2), episode.peak, iso(episode.peak_at), episode.mean, episode.n,
        episode.limit, episode.unit, episode.reason, episode.historical, episode.acked_by,
        iso(episode.acked_at), episode.note, episode.event_id,
    )  # fmt: skip
    return dict(zip(COLUMNS, values, strict=True))


def place_words(site: str) -> str:
    """A place by its id."""
    from alerts.rules.index import NONE

    return {NONE: "the service itself", EVERY: "all places"}.get(site, site)


def iso(moment: datetime | None) -> str | None:
    """A time for programs: Shanghai's, with its offset."""
    from sensors.calendar import SHANGHAI

    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else None


def _state(episode: "Episode") -> str:
    if episode.ended is not None:
        return "resolved"
    if episode.acked_by:
        return "acknowledged"
    return "historical" if episode.historical else "firing"
