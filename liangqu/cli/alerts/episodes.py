"""Episodes as lines and rows, by their ids."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from liangqu.cli.options import local_time
from liangqu.config.names import EVERY
from liangqu.terminal.table import lines as aligned
from liangqu.terminal.words import CommandWords
from sensors.model import Language, Severity

if TYPE_CHECKING:
    from alerts.episodes.register import Episode
    from sensors.catalogue.model import Catalogue

COLUMNS = (
    "episode", "rule", "site", "parameter", "statistic", "category", "severity", "state", "begin", "end",
    "hours", "peak", "peak_at", "mean", "n", "limit", "unit", "reason", "historical", "acknowledged_by",
    "acknowledged_at", "note", "event",
)  # fmt: skip


class TableForm(NamedTuple):
    """How a table is printed: in which language, with its headings or without, with names or ids."""

    language: Language
    with_head: bool
    with_ids: bool


def subject_cells(
    severity: Severity, area: str, cause: str, catalogue: "Catalogue", form: TableForm
) -> tuple[str, ...]:
    """How severe, where and what an event is about, by name or by id."""
    from alerts.notify.words import SEVERITIES
    from alerts.texts.causes import cause_name, short_place_name

    if form.with_ids:
        return severity, area, cause
    names = (SEVERITIES[severity], short_place_name(area, catalogue), cause_name(cause))
    return tuple(str(getattr(name, form.language)) for name in names)


def lines(
    episodes: "Sequence[Episode]",
    now: datetime,
    catalogue: "Catalogue",
    form: TableForm,
) -> Iterator[str]:
    """Two lines each, as one is too long for a terminal: when and how severe; where, what and how much."""
    if not episodes:
        return
    words, with_ids = CommandWords("episodes", form.language), form.with_ids
    table = aligned([words.headings(), *(_cells(one, now, words, with_ids=with_ids) for one in episodes)])
    head = next(table)
    if form.with_head:
        yield head
    for one, line in zip(episodes, table, strict=True):
        yield line
        yield f"    {'  '.join(_parts(one, catalogue, words, with_ids=with_ids))}"


def _cells(one: "Episode", now: datetime, words: CommandWords, *, with_ids: bool) -> tuple[str, ...]:
    from alerts.notify.words import SEVERITIES

    state, end = _state(one), local_time(one.ended) if one.ended else "…"
    key = "resolved_by" if state == "resolved" and one.acked_by else state
    severity = one.severity if with_ids else str(getattr(SEVERITIES[one.severity], words.language))
    return (
        one.id,
        f"{local_time(one.begun)} – {end}",
        words("hours", hours=one.hours(now)),
        severity,
        words(key, by=one.acked_by),
    )


def _parts(one: "Episode", catalogue: "Catalogue", words: CommandWords, *, with_ids: bool) -> Iterator[str]:
    """Place and what is measured, by name or as rule and parameter by id; peak and limit; why it ended."""
    from alerts.notify.words import REASONS, describe_measured, format_value
    from alerts.rules.index import NONE

    measured = describe_measured(one.parameter, one.statistic, catalogue)
    if with_ids:
        yield f"{one.site} {one.rule} {one.parameter}".removesuffix(f" {NONE}")
    else:
        yield f"{_place(one.site, catalogue, words)} {getattr(measured.short, words.language)}".strip()
    if one.statistic != "check":  # failed or not: no number that says anything
        peak, limit = (format_value(value, one.unit, words.language) for value in (one.peak, one.limit))
        yield words("peak", peak=peak, limit=limit)
    reason = REASONS.get(one.reason)
    yield one.reason if with_ids or reason is None else str(getattr(reason, words.language))


def _place(site: str, catalogue: "Catalogue", words: CommandWords) -> str:
    from alerts.notify.event import place_name
    from alerts.rules.index import NONE

    if site == NONE:
        return words("service")
    return words("everywhere") if site == EVERY else str(getattr(place_name(site, catalogue), words.language))


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
