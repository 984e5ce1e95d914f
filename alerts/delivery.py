"""From the outbox to one channel: what is due, by person and site; one failing channel stops no other."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from alerts import outbox
from alerts.channels import Channel, ChannelError
from alerts.messages import Link, group, message
from alerts.notify_file import Notify
from alerts.outbox import Notice
from ingest.journal.journal import Journal

log = structlog.get_logger()


class Delivery:
    """Works off one channel's notifications; one thread uses it.

    Args:
        journal: Where the outbox is.
        channel: The id of the channel, and the way out itself.
        way: Same.
        notify: People and their languages.
        link: The page of an episode for a person and a language; "" without pages.
        language: Of messages to nobody in particular.
    """

    def __init__(
        self, journal: Journal, channel: str, way: Channel, notify: Notify, *, link: Link, language: str
    ) -> None:
        self._journal = journal
        self._channel = channel
        self._way = way
        self._notify = notify
        self._link = link
        self._language = language
        self.trouble = ""

    def step(self, now: datetime) -> bool:
        """Hand over what is due; False when there was nothing, or it was not taken."""
        notices = outbox.due(self._journal.connection(), self._channel, now)
        worked = False
        for together in group(notices):
            worked |= self._hand_over(together, now)
        return worked

    def close(self) -> None:
        """Close the way out."""
        self._way.close()

    def _hand_over(self, notices: Sequence[Notice], now: datetime) -> bool:
        language = self._language_of(notices[0])
        try:
            self._way.send(message(notices, language, self._link))
        except ChannelError as error:
            if str(error) != self.trouble:
                log.warning("channel failing", channel=self._channel, trouble=str(error))
            self.trouble = str(error)
            with self._journal.transaction() as connection:
                outbox.failed(connection, notices, self.trouble, now)
            return False
        self.trouble = ""
        # A few bytes, also on a full disk: what is not noted would go out again.
        with self._journal.transaction(frees=True) as connection:
            outbox.sent(connection, notices, now)
        return True

    def _language_of(self, notice: Notice) -> str:
        person = self._notify.people.get(notice.to.person)
        row = self._notify.channels.get(notice.to.channel)
        chosen = (person.language if person else None) or (row.language if row else None)
        return chosen or self._language
