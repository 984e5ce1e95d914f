"""Delivery from the outbox to one channel: what is due, by person and event; channels are independent."""

import sqlite3
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import NamedTuple

import structlog

from alerts.notify import outbox
from alerts.notify.channels import BusyError, Channel, ChannelError, ChannelMessage, RefusedError
from alerts.notify.config import NotifyConfig
from alerts.notify.due import NO_HURRY
from alerts.notify.outbox import MQTT, Notification
from alerts.notify.sending import results
from alerts.notify.sending.rate_limit import RateLimiter
from alerts.notify.sending.reroute import reroute, wakes_people
from alerts.notify.sending.stored_first import StoredFirst
from alerts.texts.event_reader import EventReader
from alerts.texts.event_view import EventView
from alerts.texts.messages import EpisodeLink, fit, group_by_recipient, join, severity_rank
from ingest.journal.file import Journal
from sensors.model import Language

_DAY = timedelta(days=1)
_APART = timedelta(milliseconds=1)  # what was sent in one message is what was sent at one moment
LONGEST_STEP_S = 1.0
_MOST_AT_ONCE = 3  # messages to a channel of nobody's; of more one is made
_ALARM_LASTS = timedelta(minutes=10)  # longer than the rule `channel-failing` waits

log = structlog.get_logger()


class ChannelMemory(NamedTuple):
    """Why each address fails, what never arrived, when of it nobody heard; as of the step at `now`."""

    troubles: Mapping[str, str]
    undelivered: list[tuple[datetime, str]] | None
    reached_nobody: Sequence[datetime]
    now: datetime | None


class ChannelDelivery:
    """Sends one channel's notifications; used by one thread.

    Args:
        journal: Where the outbox is.
        channel_id: Which of its notifications.
        channel: Where they go.
        notify: People and their languages.
        link: The page of an event for a person and a language; "" without pages.
        language: Of messages to nobody in particular.
        reader: Reads events as they are when their messages go out; without one the documents alone speak.
    """

    def __init__(
        self,
        journal: Journal,
        channel_id: str,
        channel: Channel,
        notify: NotifyConfig,
        *,
        link: EpisodeLink,
        language: Language,
        reader: EventReader | None = None,
    ) -> None:
        self._journal = journal
        self._id = channel_id
        self._channel = channel
        self._notify = notify
        self._link = link
        self._language = language
        self._reader = reader
        self._stored_first = StoredFirst(journal)
        self._limiter = RateLimiter(journal, channel.service or channel_id, channel.limits)
        known = {"", *channel.addresses}
        found = results.last_failures(journal.connection(), channel_id)
        self._troubles = {address: words for address, words in found.items() if address in known}
        self._undelivered: list[tuple[datetime, str]] | None = None  # read at the first step
        self._reached_nobody: list[datetime] = []
        self._now: datetime | None = None
        self._sent_in_step = 0

    @property
    def memory(self) -> ChannelMemory:
        """What it knows now, for the delivery that goes on by other settings."""
        return ChannelMemory(dict(self._troubles), self._undelivered, self._reached_nobody, self._now)

    def remember(self, memory: ChannelMemory) -> None:
        """Know what a former delivery knew of this channel; an address that is gone is forgotten."""
        known = {"", *self._channel.addresses}
        self._troubles = {address: why for address, why in memory.troubles.items() if address in known}
        self._undelivered, self._now = memory.undelivered, memory.now
        self._reached_nobody = [*memory.reached_nobody]

    @property
    def trouble(self) -> str:
        """Why one of the channel's addresses did not accept the last message; "" if all did."""
        return next(iter(list(self._troubles.values())), "")

    @property
    def alarm(self) -> str:
        """What the operator must know: the trouble, or for a while what was lost though others arrive."""
        lost = self._undelivered_within(_ALARM_LASTS)
        return self.trouble or (lost[-1] if lost else "")

    @property
    def warning(self) -> str:
        """The trouble, and how many notifications of the last day never arrived; "" if there is nothing."""
        lost = self._undelivered_within(_DAY)
        if not lost:
            return self.trouble
        count = f"{len(lost)} of the last 24 h never arrived"
        if nobody := sum(self._now - when < _DAY for when in self._reached_nobody) if self._now else 0:
            count += f", {nobody} reached nobody at all"
        return f"{self.trouble}; {count}" if self.trouble else f"{count}: {lost[-1]}"

    def _undelivered_within(self, span: timedelta) -> list[str]:
        now = self._now
        return [why for when, why in self._undelivered or () if now is None or now - when < span]

    def step(self, now: datetime) -> bool:
        """Send what is due, the most severe first; False if there was nothing, or it was not accepted.

        It ends after the message that is being sent when `LONGEST_STEP_S` are over: something more severe may
        have come.
        """
        self._now, self._sent_in_step = now, 0
        if self._undelivered is None:
            self._undelivered = results.undelivered_since(self._journal.connection(), self._id, now - _DAY)
        if self._limiter.remaining(urgent=True) == 0:
            return False
        worked = False
        over = monotonic() + LONGEST_STEP_S
        failed: set[tuple[str, str]] = set()  # threads and addresses whose order would be lost
        for message in self._messages(self._due(now), now):
            streams = {(each.thread, each.to.address) for each in message.notifications}
            if streams & failed:
                continue
            if not self._limiter.acquire(urgent=severity_rank(message.notifications) == 0):
                break
            delivered = self._deliver(message, now)
            worked |= delivered
            if not delivered:
                failed |= streams
            if monotonic() >= over:
                break
        return worked

    def _due(self, now: datetime) -> list[Notification]:
        """Due notifications; if the channel has several addresses, those to no one address are split."""
        connection = self._journal.connection()
        notifications = self._stored(outbox.due_notifications(connection, self._id, now))
        whole = [notification for notification in notifications if not notification.to.address]
        if not self._channel.addresses or not whole:
            return notifications
        with self._journal.transaction(frees=True) as connection:  # as below
            outbox.split_by_address(connection, whole, self._channel.addresses, now)
        return self._stored(outbox.due_notifications(connection, self._id, now))

    def _stored(self, due: list[Notification]) -> list[Notification]:
        newest = self._stored_first.newest()
        return [notification for notification in due if notification.id <= newest]

    def _messages(self, notifications: Sequence[Notification], now: datetime) -> Iterator[ChannelMessage]:
        groups: Sequence[Sequence[Notification]] = group_by_recipient(notifications)
        if self._id == MQTT:  # machines read the documents
            yield from (ChannelMessage("", "", group) for group in groups)
            return
        groups = sorted(groups, key=severity_rank)
        remaining = self._limiter.remaining()
        limited = remaining is not None and len(groups) > remaining
        groups = join(groups) if limited else _join_many(groups)
        for group in groups:
            yield from self._fit(group, now)

    def _fit(self, group: Sequence[Notification], now: datetime) -> Sequence[ChannelMessage]:
        language, most = self._language_of(group[0]), self._channel.limits.message_bytes
        try:
            return list(fit(group, language, self._link, most, self._views_of(group, now)))
        except Exception:  # an alarm in plain words is worth more than none
            log.exception("message not composed", channel=self._id, keys=[each.key for each in group])
            return list(fit(group, language, self._link, most))

    def _views_of(self, group: Sequence[Notification], now: datetime) -> Mapping[str, EventView]:
        """The events as they are now: a message says what is, not what was when it was put down."""
        if self._reader is None:
            return {}
        connection = self._journal.connection()
        found = {id_: self._reader.read(connection, id_, now) for id_ in {each.thread for each in group}}
        return {id_: view for id_, view in found.items() if view is not None}

    def _deliver(self, message: ChannelMessage, now: datetime) -> bool:
        error = self._send(message)
        if error is not None:
            self._record_failure(message, error, now)
            return False
        if self._troubles.pop(message.notifications[0].to.address, None) is not None:
            log.info("channel delivers again", channel=self._id)
        # A few bytes, even on a full disk: what is not recorded would be sent again. The next waits
        # for no sync.
        with self._journal.transaction(frees=True, synced=False) as connection:
            outbox.mark_sent(connection, message.notifications, now + self._sent_in_step * _APART)
        self._sent_in_step += 1
        return True

    def _send(self, message: ChannelMessage) -> ChannelError | None:
        """Send it; returns why the channel did not accept it, or None if it did."""
        try:
            self._channel.send(message)
        except ChannelError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a channel may fail in any way and stops nobody
            # Where, but not what it says: that may show an address.
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("channel broken", channel=self._id, error=type(error).__name__, trace=trace)  # noqa: TRY400 - same
            return ChannelError(f"internal error: {type(error).__name__}")
        return None

    def _record_failure(self, message: ChannelMessage, error: ChannelError, now: datetime) -> None:
        trouble, address = str(error), message.notifications[0].to.address
        refused = isinstance(error, RefusedError)
        if trouble != self._troubles.get(address):
            log.warning("channel failing", channel=self._id, trouble=trouble, refused=refused)
        self._troubles[address] = trouble
        after = error.after if isinstance(error, BusyError) else None
        if after is not None:
            self._limiter.pause(after)
        if isinstance(error, RefusedError) and error.content and len(message.notifications) > 1:
            self._deliver_halves(message.notifications, now)
            return
        with self._journal.transaction() as connection:
            if refused:
                gone = outbox.mark_refused(connection, message.notifications, trouble, now)
            else:
                gone = outbox.mark_failed(connection, message.notifications, trouble, now, after=after)
            for each in gone:
                self._reroute(connection, each, now)
        recent = [each for each in self._undelivered or () if now - each[0] < _DAY]
        self._undelivered = [*recent, *((now, trouble) for _ in gone)]

    def _reroute(self, connection: sqlite3.Connection, gone: Notification, now: datetime) -> None:
        instead = reroute(connection, self._notify, gone, now)
        if instead:
            results.count_rerouted(connection, gone)
            others = [f"{to.channel} ({to.person})" if to.person else to.channel for to in instead]
            log.warning("rerouted", channel=self._id, key=gone.key, to=others)
        elif wakes_people(gone.event) and not any(results.progress(connection, gone).values()):
            self._reached_nobody.append(now)
            log.error("reached nobody", channel=self._id, key=gone.key)

    def _deliver_halves(self, notifications: Sequence[Notification], now: datetime) -> None:
        """One of them is refused for its content: it must not hold back the others."""
        middle = len(notifications) // 2
        for half in (notifications[:middle], notifications[middle:]):
            for message in self._fit(half, now):
                if self._limiter.acquire(urgent=severity_rank(half) == 0):
                    self._deliver(message, now)

    def _language_of(self, notification: Notification) -> Language:
        person = self._notify.people.get(notification.to.person)
        row = self._notify.channels.get(notification.to.channel)
        chosen = (person.language if person else None) or (row.language if row else None)
        return chosen or self._language


def _join_many(groups: Sequence[Sequence[Notification]]) -> list[Sequence[Notification]]:
    """What can wait goes to a person in one message; to no person what hurries nobody or is many."""
    urgent = [group for group in groups if _is_urgent(group)]
    others = [group for group in groups if not _is_urgent(group)]
    calm = [group for group in others if all(each.event.told in NO_HURRY for each in group)]
    news = [group for group in others if group not in calm]
    at_once = Counter(group[0].to for group in news)
    many = [group for group in news if group[0].to.person or at_once[group[0].to] > _MOST_AT_ONCE]
    few = [group for group in news if group not in many]
    of_people = [group for group in calm if group[0].to.person]
    of_nobody = [group for group in calm if not group[0].to.person]
    return sorted([*urgent, *join([*many, *of_people]), *few, *join(of_nobody)], key=severity_rank)


def _is_urgent(group: Sequence[Notification]) -> bool:
    return severity_rank(group) == 0 and any(each.event.told not in NO_HURRY for each in group)
