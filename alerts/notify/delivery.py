"""Delivery from the outbox to one channel: what is due, by person and site; channels are independent."""

import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import structlog

from alerts.notify import outbox
from alerts.notify.allowance import Allowance
from alerts.notify.channels import Channel, ChannelError, ChannelMessage, RefusedError
from alerts.notify.config import NotifyConfig
from alerts.notify.messages import EpisodeLink, fit, gravest, group_by_recipient, join
from alerts.notify.outbox import MQTT, Notification
from ingest.journal.file import Journal
from sensors.model import Language

_DAY = timedelta(days=1)
_HEARD = timedelta(minutes=10)  # longer than the rule `channel-failing` waits

log = structlog.get_logger()


class ChannelDelivery:
    """Sends one channel's notifications; used by one thread.

    Args:
        journal: Where the outbox is.
        channel: The id of the channel, and the channel itself.
        way: Same.
        notify: People and their languages.
        link: The page of an episode for a person and a language; "" without pages.
        language: Of messages to nobody in particular.
    """

    def __init__(
        self,
        journal: Journal,
        channel: str,
        way: Channel,
        notify: NotifyConfig,
        *,
        link: EpisodeLink,
        language: Language,
    ) -> None:
        self._journal = journal
        self._channel = channel
        self._way = way
        self._notify = notify
        self._link = link
        self._language = language
        self._allowance = Allowance(journal, way.side or channel, way.limits)
        known = {"", *way.addresses}
        found = outbox.lasting_troubles(journal.connection(), channel)
        self._troubles = {address: words for address, words in found.items() if address in known}
        self._lost: list[tuple[datetime, str]] | None = None  # read at the first step
        self._now: datetime | None = None

    @property
    def trouble(self) -> str:
        """Why one of the channel's addresses did not accept the last message; "" if all did."""
        return next(iter(list(self._troubles.values())), "")

    @property
    def alarm(self) -> str:
        """What the operator must know: the trouble, or for a while what was lost though others arrive."""
        lost = [words for when, words in self._lost or () if self._now is None or self._now - when < _HEARD]
        return self.trouble or (lost[-1] if lost else "")

    @property
    def warning(self) -> str:
        """The trouble, and how many notifications of the last day never arrived; "" if there is nothing."""
        lost = [words for when, words in self._lost or () if self._now is None or self._now - when < _DAY]
        if not lost:
            return self.trouble
        told = f"{len(lost)} of the last 24 h never arrived"
        return f"{self.trouble}; {told}" if self.trouble else f"{told}: {lost[-1]}"

    def step(self, now: datetime) -> bool:
        """Send what is due, the most severe first; False if there was nothing, or it was not accepted."""
        self._now = now
        if self._lost is None:
            self._lost = outbox.lost(self._journal.connection(), self._channel, now - _DAY)
        if self._allowance.left(urgent=True) == 0:
            return False
        worked = False
        failed: set[tuple[str, str]] = set()  # episodes and addresses whose order would be lost
        for message in self._messages(self._due(now)):
            streams = {(each.document.episode, each.to.address) for each in message.notices}
            if streams & failed:
                continue
            if not self._allowance.take(urgent=gravest(message.notices) == 0):
                break
            taken = self._hand_over(message, now)
            worked |= taken
            if not taken:
                failed |= streams
        return worked

    def close(self) -> None:
        """Close the channel."""
        self._way.close()

    def _due(self, now: datetime) -> list[Notification]:
        """Due notices; if the channel has several addresses, those to no one address are split."""
        connection = self._journal.connection()
        notices = outbox.due_notifications(connection, self._channel, now)
        whole = [notice for notice in notices if not notice.to.address]
        if not self._way.addresses or not whole:
            return notices
        with self._journal.transaction(frees=True) as connection:  # as below
            outbox.split(connection, whole, self._way.addresses, now)
        return outbox.due_notifications(connection, self._channel, now)

    def _messages(self, notices: Sequence[Notification]) -> Iterator[ChannelMessage]:
        if self._channel == MQTT:
            groups = group_by_recipient(notices)
        else:
            groups = sorted(group_by_recipient(notices), key=gravest)
            left = self._allowance.left()
            if left is not None and len(groups) > left:
                groups = join(groups)
        for together in groups:
            language = self._language_of(together[0])
            yield from fit(together, language, self._link, self._way.limits.message_bytes)

    def _hand_over(self, message: ChannelMessage, now: datetime) -> bool:
        error = self._send(message)
        if error is not None:
            self._not_taken(message, error, now)
            return False
        self._troubles.pop(message.notices[0].to.address, None)
        # A few bytes, even on a full disk: what is not recorded would be sent again.
        with self._journal.transaction(frees=True) as connection:
            outbox.mark_sent(connection, message.notices, now)
        return True

    def _send(self, message: ChannelMessage) -> ChannelError | None:
        """Send it; returns why the channel did not accept it, or None if it did."""
        try:
            self._way.send(message)
        except ChannelError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a channel may fail in any way and stops nobody
            # Where, but not what it says: that may show an address.
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("channel broken", channel=self._channel, error=type(error).__name__, trace=trace)  # noqa: TRY400 - same
            return ChannelError(f"internal error: {type(error).__name__}")
        return None

    def _not_taken(self, message: ChannelMessage, error: ChannelError, now: datetime) -> None:
        words, address = str(error), message.notices[0].to.address
        refused = isinstance(error, RefusedError)
        if words != self._troubles.get(address):
            log.warning("channel failing", channel=self._channel, trouble=words, refused=refused)
        self._troubles[address] = words
        if error.after:
            self._allowance.pause(error.after)
        if isinstance(error, RefusedError) and error.content and len(message.notices) > 1:
            self._by_halves(message.notices, now)
            return
        with self._journal.transaction() as connection:
            if refused:
                outbox.refused(connection, message.notices, words, now)
                gone = list(message.notices)
            else:
                gone = outbox.mark_failed(connection, message.notices, words, now)
        still = [each for each in self._lost or () if now - each[0] < _DAY]
        self._lost = [*still, *((now, words) for _ in gone)]

    def _by_halves(self, notices: Sequence[Notification], now: datetime) -> None:
        """One of them is refused for its content: it must not hold back the others."""
        middle = len(notices) // 2
        for half in (notices[:middle], notices[middle:]):
            language, most = self._language_of(half[0]), self._way.limits.message_bytes
            for message in fit(half, language, self._link, most):
                if self._allowance.take(urgent=gravest(half) == 0):
                    self._hand_over(message, now)

    def _language_of(self, notice: Notification) -> Language:
        person = self._notify.people.get(notice.to.person)
        row = self._notify.channels.get(notice.to.channel)
        chosen = (person.language if person else None) or (row.language if row else None)
        return chosen or self._language
