"""From the outbox to one channel: what is due, by person and site; one failing channel stops no other."""

import traceback
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
        trouble = self._send(notices)
        if trouble:
            if trouble != self.trouble:
                log.warning("channel failing", channel=self._channel, trouble=trouble)
            self.trouble = trouble
            with self._journal.transaction() as connection:
                outbox.failed(connection, notices, trouble, now)
            return False
        self.trouble = ""
        # A few bytes, also on a full disk: what is not noted would go out again.
        with self._journal.transaction(frees=True) as connection:
            outbox.sent(connection, notices, now)
        return True

    def _send(self, notices: Sequence[Notice]) -> str:
        """Why the channel has not taken them; "" when it has."""
        try:
            self._way.send(message(notices, self._language_of(notices[0]), self._link))
        except ChannelError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a channel may fail in any way and stops nobody
            # Where, but not what it says: that may show an address.
            trace = "".join(traceback.format_tb(error.__traceback__))
            log.error("channel broken", channel=self._channel, error=type(error).__name__, trace=trace)  # noqa: TRY400 - same
            return f"internal error: {type(error).__name__}"
        return ""

    def _language_of(self, notice: Notice) -> str:
        person = self._notify.people.get(notice.to.person)
        row = self._notify.channels.get(notice.to.channel)
        chosen = (person.language if person else None) or (row.language if row else None)
        return chosen or self._language
