"""What one message of the inbox brings: readings, refusals, or a request of a person; never an exception."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from ingest.journal import accounting
from ingest.journal.inbox import InboxMessage
from ingest.observer import BatchObserver
from ingest.processing.internal_errors import log_failure, to_refusals
from ingest.processing.pieces import keep_refused_objects
from ingest.series_memory import BatchWork
from ingest.sites.activity import collect_times
from ingest.sites.stretches import Arrival
from sensors.catalogue.model import Catalogue
from sensors.decoding import decoder
from sensors.decoding.topics import prefix_of
from sensors.decoding.types import Decoded, InputBounds
from sensors.excerpt import excerpt
from sensors.model import Refused

_WHOLE = ""


class DecodedMessage(NamedTuple):
    """`request` is for the observer; a message that is one holds no items."""

    decoded: Decoded
    request: Any | None = None


class MessageDecoder:
    """Decodes messages by one catalogue.

    Args:
        catalogue: Which sites and parameters there are.
        bounds: Which times and sizes are accepted; a message out of the quarantine may be of any age.
        prefixes: The topics' first levels; one or more.
        observer: Takes requests out of messages without readings; None: nobody does.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        bounds: InputBounds,
        prefixes: Sequence[str],
        observer: BatchObserver | None,
    ) -> None:
        self._catalogue = catalogue
        self._bounds = bounds
        self._replay_bounds = bounds.of_any_age
        self._prefixes = prefixes
        self._observer = observer

    def decode_batch(self, batch: Iterable[InboxMessage], work: BatchWork) -> list[Arrival]:
        """The messages with readings, in order; what else there is in them goes into the work."""
        arrivals: list[Arrival] = []
        for message in batch:
            decoded, request = self.decode(message)
            if request is not None:
                work.acknowledgements.append(request)
            if decoded.parts:
                arrivals.append(Arrival(message, decoded.parts))
            prefix = prefix_of(message.topic, self._prefixes) if self._prefixes[1:] else ""
            collect_times(message, decoded, self._catalogue, work.times, prefix)
            if decoded.refused:
                work.refused.append(keep_refused_objects(message, decoded.refused))
            work.missing += len(decoded.missing)
            for name in decoded.tolerated:
                work.tolerated[f"{accounting.TOLERATED}{message.topic.rpartition('/')[2]}:{name}"] += 1
        return arrivals

    def decode(self, message: InboxMessage) -> DecodedMessage:
        """The readings of a message and what is refused of it, by a failure of the program too."""
        if message.sha256 is not None:
            topic, most = excerpt(message.topic), self._bounds.max_payload
            detail = f"{message.length} bytes on {topic}, [mqtt] max_payload takes {most}"
            return DecodedMessage(Decoded([], [Refused("oversize", detail)]))
        try:
            decoded = decoder.decode_message(
                message.topic,
                message.payload,
                message.received,
                self._catalogue,
                self._bounds if message.conflict is None else self._replay_bounds,
                prefix=prefix_of(message.topic, self._prefixes),
                only=message.positions,
            )
            if decoded.parts:
                return DecodedMessage(decoded)
            return _counted(message, self._find_request(message, decoded))
        except Exception as error:  # noqa: BLE001 - one message must not stop the others; it is logged there
            log_failure(message, error)
            return DecodedMessage(Decoded([], to_refusals(message, error)))

    def _find_request(self, message: InboxMessage, decoded: Decoded) -> DecodedMessage:
        """A message without readings may be on a topic of the observer."""
        before, _, name = message.topic.rpartition("/")
        prefix, _, level = before.rpartition("/")
        if self._observer is None or prefix not in self._prefixes:
            return DecodedMessage(decoded)
        parsed = self._observer.parse(level, name, message.payload)
        if parsed is None:
            return DecodedMessage(decoded)
        if isinstance(parsed, Refused):
            return DecodedMessage(Decoded([], [parsed]))
        return DecodedMessage(Decoded([], []), parsed)


def _counted(message: InboxMessage, found: DecodedMessage) -> DecodedMessage:
    """A message that brings nothing counts as one item that says so; not a request, nor part of a message."""
    decoded = found.decoded
    if found.request is None and not (decoded.refused or decoded.missing or message.conflict or message.rest):
        decoded.missing = [_WHOLE]
    return found
