"""Which open episodes may notify nobody: silenced, of an example, or another episode speaks for them."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from alerts.episodes import register as episodes
from alerts.episodes.register import Episode
from alerts.events.decision import OpenEpisode
from alerts.notify import silences
from alerts.notify.config import NotifyConfig
from alerts.notify.event import AlertEvent
from alerts.notify.silences import Silence
from alerts.rules.definition import Rule
from alerts.rules.index import WatchId
from alerts.rules.inhibition import inhibited_by
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of

Muted = Literal["", "inhibited", "silenced", "example"]


class Muting:
    """The machines that have an open episode, and what they inhibit; used by one thread.

    Args:
        rules: By id.
        catalogue: Which places are zones and rivers, and which sites are examples.
        notify: Its routes: by one that names an example people are notified of it too.
    """

    def __init__(self, rules: Mapping[str, Rule], catalogue: Catalogue, notify: NotifyConfig) -> None:
        self.firing: set[WatchId] = set()
        self._rules = rules
        self._catalogue = catalogue
        routed = {site for route in notify.routes for site in route.sites}
        self._examples = {
            site.id for site in catalogue.sites.values() if site.status == "example" and site.id not in routed
        }

    def load(self, connection: sqlite3.Connection) -> None:
        """Begin with the episodes that are open."""
        self.firing = episodes.open_keys(connection)

    def of_document(self, connection: sqlite3.Connection, document: AlertEvent, now: datetime) -> OpenEpisode:
        """An episode whose change was just announced."""
        key: WatchId = (document.rule, document.site, document.parameter)
        muted = self._muted(key, document.event, silences.in_force(connection, now))
        return OpenEpisode(
            document.episode, document.site, self._is_area(document.site), document.severity, muted
        )

    def of_episodes(self, of_it: Iterable[Episode], silenced: Sequence[Silence]) -> list[OpenEpisode]:
        """Those of an event that are open and that current values have shown, at the severity announced."""
        return [
            OpenEpisode(
                each.id,
                each.site,
                self._is_area(each.site),
                each.announced,
                self._muted(each.key, each.event_id, silenced),
            )
            for each in of_it
            if each.ended is None and each.announced is not None
        ]

    def _muted(self, key: WatchId, event: str, silenced: Sequence[Silence]) -> Muted:
        rule = self._rules.get(key[0])
        if rule is not None and inhibited_by(rule, key, self.firing):
            return "inhibited"
        if key[1] in self._examples:
            return "example"
        area = self._area_of(key[1])
        return "silenced" if any(silence.covers(key, event, area) for silence in silenced) else ""

    def _area_of(self, site: str) -> str:
        known = self._catalogue.sites.get(site)
        return (None if known is None else area_of(known)) or ""

    def _is_area(self, site: str) -> bool:
        place = self._catalogue.places.get(site)
        return place is not None and place.is_area
