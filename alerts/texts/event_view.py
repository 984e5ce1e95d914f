"""An event as it is when a message of it goes out: what is beyond its limit, where, who knows of it. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from alerts.episodes.states import ChangeReason
from alerts.notify.words import MeasuredName
from alerts.rules.definition import RANK
from sensors.model import Language, Name, Severity, StatisticName

Trend = Literal["rising", "falling", "steady"]
LimitOrigin = Literal["target", "standard", "rule"]
EventState = Literal["firing", "acknowledged", "recovering", "resolved"]
"""`recovering`: none of its episodes is open, and it is not yet over."""
_TREND_OVER = timedelta(hours=2)
_TREND_WITHIN = timedelta(hours=13)
_STEADY_PERCENT = 5


class EpisodeView(Struct, frozen=True, kw_only=True):
    """One episode; `value` is the one at `at`: the newest while it is open, else the one that ended it.

    Of silence and troubles of the system it is how many seconds they have lasted at `at`.
    `peak_limit` is what the peak was compared with then. `worst` is the first of `detail`, for a title.
    `origin` says whose limit it is.
    """

    id: str
    rule: str
    site: str
    parameter: str
    statistic: StatisticName
    severity: Severity
    place: Name
    rule_name: Name
    measured: MeasuredName
    value: float | None
    at: datetime
    limit: float
    peak: float
    peak_at: datetime
    peak_limit: float
    begun: datetime
    ended: datetime | None = None
    reason: ChangeReason = "exceeded"
    acked_by: str = ""
    origin: LimitOrigin = "rule"
    is_area: bool = False
    trend: Trend | None = None
    detail: Name = Name("", "")
    worst: Name = Name("", "")

    @property
    def state(self) -> Literal["firing", "acknowledged", "resolved"]:
        """As events say it over MQTT."""
        if self.ended is not None:
            return "resolved"
        return "acknowledged" if self.acked_by else "firing"


class Reached(Struct, frozen=True):
    """Somebody who got a message of an event: a person's id and name, or a channel's; the first time."""

    id: str
    name: str
    at: datetime


class EventView(Struct, frozen=True, kw_only=True):
    """One event at `now`, with the episode that speaks for it and all others that were announced.

    `severity` is the most severe of what is open, of one that is over the most severe it was. `members` is
    how many stations its zone or river has. `boards` are the addresses of its board by language.
    """

    id: str
    area: str
    area_name: Name
    cause: str
    severity: Severity
    lead: EpisodeView
    episodes: tuple[EpisodeView, ...]
    now: datetime
    begun: datetime
    calm: datetime | None = None
    ended: datetime | None = None
    acked_by: str = ""
    acked_at: datetime | None = None
    note: str = ""
    members: int = 0
    is_of_water: bool = False
    reached: tuple[Reached, ...] = ()
    advice: Name | None = None
    contacts: tuple[str, ...] = ()
    boards: Mapping[Language, str] = {}

    @property
    def state(self) -> EventState:
        """How it stands."""
        if self.ended is not None:
            return "resolved"
        if self.calm is not None:
            return "recovering"
        return "acknowledged" if self.acked_by else "firing"

    @property
    def is_open(self) -> bool:
        """Whether one of its episodes is."""
        return self.calm is None and self.ended is None

    @property
    def lasted(self) -> timedelta:
        """From its begin until it became calm, or until now."""
        return max((self.ended or self.calm or self.now) - self.begun, timedelta())

    def affected(self) -> list[EpisodeView]:
        """Stations as severe as what speaks, an episode each, the highest first; once calm all that were."""
        found: dict[str, EpisodeView] = {}
        for each in self.episodes:
            lesser = RANK[each.severity] < RANK[self.lead.severity]
            if each.is_area or lesser or (self.is_open and each.ended is not None):
                continue
            known = found.get(each.site)
            if known is None or _precedes(each, known, self.lead):
                found[each.site] = each
        return sorted(found.values(), key=lambda each: (-_excess(each), each.begun))


def _precedes(one: EpisodeView, other: EpisodeView, lead: EpisodeView) -> bool:
    """Whether one speaks for its station before another: what the lead measures, then the worse."""

    def weight(each: EpisodeView) -> tuple[bool, int, float]:
        is_alike = (each.parameter, each.statistic) == (lead.parameter, lead.statistic)
        return is_alike, RANK[each.severity], _excess(each)

    return weight(one) > weight(other)


def _excess(each: EpisodeView) -> float:
    """How many times its limit a value is, for an order; of one that has none, the value."""
    value = each.peak if each.value is None or each.ended is not None else each.value
    return value / each.limit if each.limit > 0 else value


def trend_of(points: Sequence[tuple[datetime, float]], *, is_class: bool = False) -> Trend | None:
    """How values of an episode have moved in its last hours: the newest against one two hours before it.

    That is the newest one at least 2 h and at most 13 h older. A change of 5 % of it or less is steady, of a
    class none at all. None where nothing is that old.
    """
    if not points:
        return None
    at, value = points[-1]
    older = [one for when, one in points if _TREND_OVER <= at - when <= _TREND_WITHIN]
    if not older:
        return None
    change = value - older[-1]
    allowed = 0.0 if is_class else abs(older[-1]) * _STEADY_PERCENT / 100
    if abs(change) <= allowed:
        return "steady"
    return "rising" if change > 0 else "falling"
