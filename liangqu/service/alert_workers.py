"""The alerting parts of the service: episodes, a worker for each channel, the page, the heartbeat."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from time import monotonic

from alerts.acknowledge import links
from alerts.acknowledge.links import EpisodeLinks
from alerts.notify import outbox
from alerts.notify.channels.mqtt import MqttEvents
from alerts.notify.heartbeat import HeartbeatSender
from alerts.notify.sending.delivery import ChannelDelivery
from ingest.journal import site_clocks
from ingest.journal.file import Journal
from ingest.mqtt.publishing.retained_publisher import RetainedPublisher
from ingest.observer import Health
from ingest.pipeline import BATCH
from ingest.processing.internal_errors import REASON
from ingest.sites import expected_sites
from liangqu.config.factories import JudgingParts
from liangqu.service.event_page import EventPages
from liangqu.service.worker import Worker


class AlertWorkers:
    """The alerting parts, built from the journal and the settings.

    Args:
        parts: By the settings, already checked.
        journal: Owned by the service.
        clock: The time of day.
        is_turn: Whether we are to tell anybody anything.
    """

    def __init__(
        self,
        parts: JudgingParts,
        journal: Journal,
        clock: Callable[[], datetime],
        is_turn: Callable[[], bool] = lambda: True,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._is_turn = is_turn
        self._publisher = RetainedPublisher(parts.settings.broker(), "alerts")
        self._deliveries: dict[str, ChannelDelivery] = {}
        self._heartbeat: HeartbeatSender | None = None
        self._trouble_since: dict[str, float] = {}
        self._link_secret = parts.settings.link_secret()
        self.workers: list[Worker] = []
        self._build(parts)

    def renew(self, parts: JudgingParts) -> None:
        """Go on by other settings: a channel from its next step, a new one at once; one that is gone ends."""
        before = self.workers
        self._build(parts)
        for worker in before:
            if worker not in self.workers:
                worker.stop_soon()
        for worker in self.workers:
            if worker not in before:
                worker.start()

    def _build(self, parts: JudgingParts) -> None:
        settings, notify, reader = parts.settings, parts.notify, parts.reader
        channels = {
            outbox.MQTT: MqttEvents(self._publisher.publish, settings.mqtt.served[0], self._prefix_of),
            **parts.channels,
        }
        with self._journal.transaction(frees=True) as connection:  # a full disk must not keep it from it
            secret = links.secret(connection, self._link_secret)
            mine = EpisodeLinks(secret, settings.message_address)
            active = [site.id for site in parts.catalogue.sites.values() if site.active]
            expected_sites.register(connection, active, self._clock())
        deliver = partial(ChannelDelivery, link=mine.link, language=settings.language, reader=reader)
        former = self._deliveries
        self._deliveries = {id_: deliver(self._journal, id_, each, notify) for id_, each in channels.items()}
        for id_ in former.keys() & channels.keys():
            self._deliveries[id_].remember(former[id_].memory)
        self.engine, self.reader = parts.engine, reader
        self.pages = EventPages(self._journal, reader, mine, self._clock)
        self._heartbeat = HeartbeatSender(notify.heartbeat) if notify.heartbeat is not None else None
        names = {
            **{f"channel {id_}": id_ for id_ in channels},
            **({"heartbeat": ""} if self._heartbeat else {}),
        }
        running = {worker.name: worker for worker in self.workers}
        self.workers = [
            running.get(name) or Worker(name, partial(self._step, id_)) for name, id_ in names.items()
        ]

    def _prefix_of(self, site: str) -> str:
        return site_clocks.read_prefix(self._journal.connection(), site)

    def _step(self, channel: str) -> bool:
        """Of a channel, or of the heartbeat where none is named; one that is gone has nothing to do."""
        if not self._is_turn():
            return False
        if not channel:
            return self._heartbeat is not None and bool(self._heartbeat.step(monotonic()))
        delivery = self._deliveries.get(channel)
        return delivery is not None and delivery.step(self._clock())

    def warnings(self) -> list[str]:
        """Which channels fail, and why."""
        heartbeat = self._heartbeat.trouble if self._heartbeat is not None else ""
        channels = [
            f"channel {id_}: {why}" for id_, each in self._deliveries.items() if (why := each.warning)
        ]
        return [*channels, *([f"heartbeat: {heartbeat}"] if heartbeat else [])]

    def health(
        self, connection: sqlite3.Connection, troubles: Mapping[str, str], connected_since: datetime | None
    ) -> Health:
        """For how many seconds each part has been in trouble, by the wall's clock whatever ours shows.

        `ingest` is behind while more than a batch waits, `channel` fails while any of them does.
        """
        behind = connection.execute("SELECT 1 FROM inbox LIMIT 1 OFFSET ?", (BATCH,)).fetchone()
        now = monotonic()
        found = {
            **troubles,
            "ingest": "more than a batch waits" if behind else "",
            "channel": "; ".join(self._channel_troubles()),
        }
        for part, words in found.items():
            if words:
                self._trouble_since.setdefault(part, now)
            else:
                self._trouble_since.pop(part, None)
        lasting = {part: now - since for part, since in self._trouble_since.items()}
        # Of the others the rule's name says enough, and their words may be long.
        details = {part: found.get(part, "") for part in ("channel", "parts", REASON)}
        return Health(connected_since, lasting, details)

    def _channel_troubles(self) -> list[str]:
        """Each channel that has not accepted a message, and why; no address."""
        return [f"channel {id_}: {why}" for id_, each in self._deliveries.items() if (why := each.alarm)]
