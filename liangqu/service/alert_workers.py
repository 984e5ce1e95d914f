"""The alerting parts of the service: episodes, a worker for each channel, the page, the heartbeat."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from time import monotonic

from alerts.acknowledge import links, page
from alerts.acknowledge.links import EpisodeLinks
from alerts.episodes import register
from alerts.notify import outbox
from alerts.notify.channels import Channel
from alerts.notify.channels.mqtt import MqttEvents
from alerts.notify.config import NotifyConfig
from alerts.notify.delivery import ChannelDelivery
from alerts.notify.heartbeat import HeartbeatSender
from ingest.internal_errors import REASON
from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.mqtt.retained import RetainedPublisher
from ingest.observer import Health
from ingest.pipeline import BATCH
from liangqu.config.factories import open_alerting, open_channels, open_notify
from liangqu.config.settings import Settings
from liangqu.service.clock import wall
from liangqu.service.http import Answer, HttpRequest
from liangqu.service.worker import Worker
from sensors.catalogue.model import Catalogue

Clock = Callable[[], datetime]
_FORBIDDEN: Answer = (403, "text/plain; charset=utf-8", "链接无效 / this link is not valid\n".encode())
_OVER: Answer = (410, "text/plain; charset=utf-8", "链接已失效 / this link has ended\n".encode())


class AlertWorkers:
    """The alerting parts, built from the journal and the settings.

    Args:
        settings: Already checked.
        catalogue: Already checked.
        journal: Owned by the service.
        clock: The time of day.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        journal: Journal,
        clock: Clock = wall,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._language = settings.language
        notify = self._notify = open_notify(settings)
        self.alerting = open_alerting(settings, catalogue, notify)
        with journal.transaction(frees=True) as connection:  # a full disk must not keep it from starting
            self._links = EpisodeLinks(links.secret(connection), settings.http.public_url)
        self._broker = RetainedPublisher(settings.broker(), "alerts")
        ways: dict[str, Channel] = {
            outbox.MQTT: MqttEvents(self._broker.publish, settings.mqtt.prefix),
            **open_channels(notify),
        }
        self._deliveries = {id_: self._delivery(id_, way, notify) for id_, way in ways.items()}
        self._pulse = HeartbeatSender(notify.heartbeat) if notify.heartbeat is not None else None
        self.workers = [
            Worker(f"channel {id_}", self._step(delivery), finish=delivery.close)
            for id_, delivery in self._deliveries.items()
        ]
        if self._pulse is not None:
            pulse = self._pulse
            self.workers.append(Worker("heartbeat", lambda: pulse.step(monotonic())))
        self._since: dict[str, float] = {}

    def _delivery(self, id_: str, way: Channel, notify: NotifyConfig) -> ChannelDelivery:
        return ChannelDelivery(
            self._journal, id_, way, notify, link=self._links.link, language=self._language
        )

    def _step(self, delivery: ChannelDelivery) -> Callable[[], bool]:
        return lambda: delivery.step(self._clock())

    def wake(self) -> None:
        """Wake the channels: there may be something to send."""
        for worker in self.workers:
            worker.wake()

    def warnings(self) -> list[str]:
        """Which channels fail, and why."""
        beat = self._pulse.trouble if self._pulse is not None else ""
        warned = ((id_, each.warning) for id_, each in self._deliveries.items())
        channels = [f"channel {id_}: {words}" for id_, words in warned if words]
        return [*channels, *([f"heartbeat: {beat}"] if beat else [])]

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
            "channel": "; ".join(self.channel_troubles()),
        }
        for part, words in found.items():
            if words:
                self._since.setdefault(part, now)
            else:
                self._since.pop(part, None)
        lasting = {part: now - since for part, since in self._since.items()}
        # Of the others the rule's name says enough, and their words may be long.
        told = {part: found.get(part, "") for part in ("channel", "parts", REASON)}
        return Health(connected_since, lasting, told)

    def channel_troubles(self) -> list[str]:
        """Each channel that has not accepted a message, and why; no address."""
        alarms = ((id_, each.alarm) for id_, each in self._deliveries.items())
        return [f"channel {id_}: {words}" for id_, words in alarms if words]

    def episode_page(self, request: HttpRequest) -> Answer:
        """GET shows the episode and changes nothing; POST acknowledges it, in the name that was signed."""
        given = request.form if request.method == "POST" else request.query
        by, language, signature = given.get("by", ""), given.get("lang", ""), given.get("sig", "")
        if language not in {"zh", "en"} or not self._links.verify(request.rest, by, language, signature):
            return _FORBIDDEN
        with self._journal.snapshot() as connection:
            episode = register.find(connection, request.rest)
            points = register.curve(connection, request.rest)
            told = outbox.last_made(connection, request.rest)
        if episode is None:
            return 404, "text/plain; charset=utf-8", b"not found\n"
        now = self._clock()
        over = episode.ended and max(episode.ended, told or episode.ended) + links.HELD < now
        if over or (by and by not in self._notify.people):
            return _OVER
        if request.method == "POST" and episode.ended is None and not episode.acked_by:
            nobody = "值班人员" if language == "zh" else "on duty"
            name = self._notify.people[by].name if by else nobody
            self._ask({"episode": episode.id, "by": name})
            # Relative: before a proxy the path may be longer than it is here.
            return 303, f"?{request.encoded(given)}&asked=1", b""
        fields = {} if "asked" in given else {"by": by, "lang": language, "sig": signature}
        body = page.render(episode, points, fields, language, now)
        return 200, "text/html; charset=utf-8", body.encode()

    def _ask(self, body: dict[str, str]) -> None:
        with self._journal.transaction() as connection:
            requests.submit(connection, "ack", body, self._clock())
