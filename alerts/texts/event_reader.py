"""An event as the journal has it now: its episodes, their newest values, who knows of it."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from alerts.episodes import register as episodes
from alerts.episodes import state_store
from alerts.episodes.register import Episode
from alerts.events import register
from alerts.events.event import Event
from alerts.events.group import EpisodeSubject, group_of
from alerts.events.lead import lead_of
from alerts.events.muting import Muting
from alerts.notify import silences
from alerts.notify.config import NotifyConfig
from alerts.notify.event import place_name
from alerts.notify.reminders import limit_at_peak
from alerts.notify.sending import results
from alerts.notify.words import describe_measured
from alerts.rules.definition import RANK, Rule
from alerts.texts.boards import BoardLink
from alerts.texts.details import describe_detail, worst_of
from alerts.texts.event_view import EpisodeView, EventView, LimitOrigin, Reached, trend_of
from ingest.sites.activity import NEVER_HEARD, UNHEARD_AFTER
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Name
from sensors.standards.statistics import CLOCKED, MONTHLY, OUTLOOKS, YEAR, statistic_kind


class EventReader(Struct, frozen=True, kw_only=True):
    """Reads events for messages.

    Args:
        catalogue: Names, members of zones, contacts.
        rules: By id: whose limits they have, and what to do.
        notify: Names of people.
        boards: Addresses of boards by language.
    """

    catalogue: Catalogue
    rules: Mapping[str, Rule]
    notify: NotifyConfig
    boards: Mapping[Language, BoardLink] = {}

    def read(self, connection: sqlite3.Connection, id_: str, now: datetime) -> EventView | None:
        """The event with this id as it is; None if there is none, or nothing of it was announced."""
        event = register.find(connection, id_)
        if event is None or event.id != id_:
            return None
        announced = [each for each in episodes.of_event(connection, id_) if each.announced is not None]
        if not announced:
            return None
        lead = self._lead(connection, announced, now)
        views = {each.id: self._episode(connection, each, now) for each in announced}
        return self._view(connection, event, (views[lead.id], tuple(views.values())), now)

    def read_open(self, connection: sqlite3.Connection, now: datetime) -> list[EventView]:
        """All that are open: calm ones last, the most severe first, of equals the oldest."""
        found = [self.read(connection, event.id, now) for event in register.open_events(connection)]
        views = [view for view in found if view is not None]
        return sorted(views, key=lambda view: (not view.is_open, -RANK[view.severity], view.begun, view.id))

    def read_alone(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> EventView:
        """An episode that belongs to no event, as one with its id: old values alone have shown it."""
        subject = EpisodeSubject(episode.category, episode.site, episode.parameter, episode.statistic)
        event = Event(
            id=episode.id,
            area=episode.site,
            cause=group_of(subject, self.catalogue).cause,
            category=episode.category,
            severity=episode.severity,
            begun=episode.begun,
            calm=episode.ended,
            ended=episode.ended,
            acked_by=episode.acked_by,
            acked_at=episode.acked_at,
            note=episode.note,
            notified_severity=None,
            notified_at=None,
            reminded_at=None,
            places=0,
            step=0,
        )
        view = self._episode(connection, episode, now)
        return self._view(connection, event, (view, (view,)), now)

    def _lead(self, connection: sqlite3.Connection, announced: Sequence[Episode], now: datetime) -> Episode:
        """Of what is open and may notify people, if anything is."""
        open_ = [each for each in announced if each.ended is None]
        muting = Muting(self.rules, self.catalogue, self.notify)
        muting.load(connection)
        silenced = silences.in_force(connection, now)
        speaking = {each.id for each in muting.of_episodes(open_, silenced) if not each.muted}
        heard = [each for each in open_ if each.id in speaking]
        return lead_of(heard or open_ or announced, self.catalogue)

    def _view(
        self,
        connection: sqlite3.Connection,
        event: Event,
        of_it: tuple[EpisodeView, tuple[EpisodeView, ...]],
        now: datetime,
    ) -> EventView:
        lead, all_ = of_it
        rule, area = self.rules.get(lead.rule), self.catalogue.places.get(event.area)
        ended = event.ended or (event.calm if event.category == "system" else None)
        return EventView(
            id=event.id,
            area=event.area,
            area_name=place_name(event.area, self.catalogue),
            cause=event.cause,
            severity=lead.severity if event.calm is None else event.severity,
            lead=lead,
            episodes=all_,
            now=now,
            begun=event.begun,
            calm=event.calm,
            ended=ended,
            acked_by=event.acked_by,
            acked_at=event.acked_at,
            note=event.note,
            is_of_water=area is not None and area.medium == "water",
            members=self._members(() if area is None else area.members),
            reached=self._reached(connection, event.id),
            advice=None if rule is None else rule.advice,
            contacts=self._contacts(all_),
            boards={language: link(lead.site) for language, link in self.boards.items()},
        )

    def _episode(self, connection: sqlite3.Connection, episode: Episode, now: datetime) -> EpisodeView:
        document, place = episode.event, self.catalogue.places.get(episode.site)
        at, value = self._newest(connection, episode, now)
        measured = describe_measured(episode.parameter, episode.statistic, self.catalogue)
        points = episodes.curve(connection, episode.id) if _is_trended(episode) else []
        newest = [*points, (at, value)] if value is not None and points and points[-1][0] < at else points
        return EpisodeView(
            id=episode.id,
            rule=episode.rule,
            site=episode.site,
            parameter=episode.parameter,
            statistic=episode.statistic,
            severity=episode.announced or episode.severity,
            place=document.site_name,
            rule_name=document.name,
            measured=measured,
            value=value,
            at=at,
            limit=episode.limit,
            peak=episode.peak,
            peak_at=episode.peak_at,
            peak_limit=limit_at_peak(episode),
            begun=episode.begun,
            ended=episode.ended,
            reason=episode.reason,
            acked_by=episode.acked_by,
            origin=self._origin(episode.rule),
            is_area=place is not None and place.is_area,
            trend=trend_of(newest, is_class=measured.unit == "class") if episode.ended is None else None,
            detail=_period(episode, at)
            or describe_detail(episode.statistic, document.detail, self.catalogue),
            worst=worst_of(episode.statistic, document.detail, self.catalogue),
        )

    def _newest(
        self, connection: sqlite3.Connection, episode: Episode, now: datetime
    ) -> tuple[datetime, float | None]:
        """The newest value and its time: of its machine, else of its last change."""
        document = episode.event
        if episode.ended is not None:
            return document.time, document.value
        if episode.statistic in CLOCKED:
            return now, self._seconds(episode, now)
        state = state_store.find(connection, episode.key)
        if state is None or state.episode != episode.id or state.value is None or state.latest is None:
            return document.time, document.value
        return state.steady or state.latest, state.value

    def _seconds(self, episode: Episode, now: datetime) -> float:
        """For how long a clocked one has lasted; silence began before its episode, which began late."""
        document, site = episode.event, self.catalogue.sites.get(episode.site)
        if episode.statistic == "silence" and site is not None:
            late = UNHEARD_AFTER if document.detail == NEVER_HEARD else site.late_after
            return max((now - episode.begun + late).total_seconds(), 0.0)
        return (document.value or 0.0) + max((now - document.time).total_seconds(), 0.0)

    def _origin(self, rule_id: str) -> LimitOrigin:
        rule = self.rules.get(rule_id)
        limits = [level.limit for level in rule.levels] if rule is not None else []
        if "standard" in limits:
            return "standard"
        return "target" if "target" in limits else "rule"

    def _members(self, members: Sequence[str]) -> int:
        return sum(self.catalogue.sites[site].active for site in members if site in self.catalogue.sites)

    def _reached(self, connection: sqlite3.Connection, event: str) -> tuple[Reached, ...]:
        """People by their names, what went to nobody in particular by its channel; once each."""
        found: dict[str, Reached] = {}
        for to, at in results.reached(connection, event):
            person = self.notify.people.get(to.person)
            name = person.name if person is not None else to.person or to.channel
            found.setdefault(to.person or to.channel, Reached(to.person or to.channel, name, at))
        return tuple(found.values())

    def _contacts(self, all_: Sequence[EpisodeView]) -> tuple[str, ...]:
        """Of the stations that are affected, the most severe first."""
        open_ = sorted((each for each in all_ if each.ended is None), key=lambda each: -RANK[each.severity])
        sites = [self.catalogue.sites[each.site] for each in open_ if each.site in self.catalogue.sites]
        return tuple(dict.fromkeys(site.contact for site in sites if site.contact))


def _period(episode: Episode, at: datetime) -> Name | None:
    """The month or year that a mean is of, as `2026-03`, `2026`; None of anything shorter."""
    if episode.statistic not in MONTHLY or episode.statistic in OUTLOOKS:
        return None
    last = (at - timedelta(milliseconds=1)).astimezone(SHANGHAI)
    text = f"{last:%Y}" if episode.statistic == YEAR else f"{last:%Y-%m}"
    return Name(text, text)


def _is_trended(episode: Episode) -> bool:
    """Whether its value moves within hours."""
    is_quick = statistic_kind(episode.statistic).family in {"observation", "rolling"}
    return is_quick and episode.statistic != "check"
