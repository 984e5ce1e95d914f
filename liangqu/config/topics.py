"""What the service reads at the broker, and when it acknowledges it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import chain

from msgspec import Struct

from alerts.acknowledge import acknowledgement
from ingest.journal.file import Journal
from ingest.mqtt.inbox_writer import InboxWriter
from ingest.mqtt.lease.watch import LeaseWatch
from ingest.mqtt.message_queue import MessageQueue
from ingest.mqtt.session import Session
from ingest.processing.stored_acknowledgement import StoredAcknowledgement
from liangqu.config.settings import Settings
from sensors.catalogue.model import Catalogue
from sensors.section import parse_size

LEVELS = ("air", "water", "hj212", acknowledgement.LEVEL)
"""The levels between the prefix and a site, a data logger or an episode."""
ALERTS = "alerts"
"""The level below which the service publishes, and reads nothing."""
SERVICE = "service"
"""The level below which a shard says who serves it."""
UNNAMED = "_/_/_"
"""Below it an alert of no site, no rule and no parameter: what is published to be tried, or to mark."""


class TopicFilters(Struct, frozen=True):
    """What is subscribed: first everything below each prefix, then a single one as it is often mistyped.

    `instead` is what is subscribed at a broker that does not allow everything below a prefix, by that filter.
    Messages on topics that begin with one of `passed_over` are nothing to us. `tried` are topics of no
    station below what the service publishes on, to find out whether it may.
    """

    wide: tuple[str, ...]
    instead: Mapping[str, tuple[str, ...]]
    passed_over: tuple[str, ...]
    tried: tuple[str, ...]

    @property
    def narrow(self) -> tuple[str, ...]:
        """All of `instead`."""
        return tuple(chain.from_iterable(self.instead.values()))


def topic_filters(settings: Settings) -> TopicFilters:
    """The filters of the service; no two of `wide` match the same topic, so that nothing comes twice."""
    served, passed_over = settings.mqtt.served, [ALERTS, *settings.mqtt.ignore]
    # NATS makes two consumers of each filter, and bounds what all of them may have under way.
    others = () if len(served) > 1 else _mistyped(served[0])
    tried = [unnamed_topic(prefix) for prefix in served]
    if settings.shard.name:
        passed_over.append(SERVICE)
        tried.append(f"{served[0]}/{SERVICE}/_")
    return TopicFilters(
        wide=tuple(f"{each}/#" for each in (*served, *others)),
        instead={f"{each}/#": tuple(f"{each}/{level}/+" for level in LEVELS) for each in served},
        passed_over=tuple(f"{prefix}/{each}/" for prefix in served for each in passed_over),
        tried=tuple(tried),
    )


def _mistyped(prefix: str) -> tuple[str, ...]:
    spelled = {prefix.lower(), prefix.upper(), prefix.title()} - {prefix}
    beside = {f"/{each}" for each in (prefix, *spelled)} | spelled
    return tuple(sorted(each.removeprefix("//") for each in beside))


def unnamed_topic(prefix: str) -> str:
    """Where the service may publish what is of no station, to try it or to mark."""
    return f"{prefix}/{ALERTS}/{UNNAMED}"


def open_session(
    settings: Settings,
    catalogue: Catalogue,
    messages: MessageQueue,
    clock: Callable[[], datetime],
    *,
    known: bool,
    lease: LeaseWatch | None = None,
) -> Session:
    """What receives the messages, not yet connected; `known` says whether the broker has had it before."""
    filters = topic_filters(settings)
    return Session(
        settings.broker(),
        filters.wide,
        messages.put,
        fallback=filters.instead,
        passed_over=filters.passed_over,
        marks=unnamed_topic(settings.mqtt.served[0]),
        window=settings.mqtt.window,
        expiry=int(settings.session_expiry().total_seconds()),
        known=known,
        max_payload=settings.bounds().max_payload,
        clock=clock,
        silence=settings.watchdog(catalogue.fastest_cycle),
        is_full=messages.is_full,
        on_resumed=messages.drop_unacknowledged,
        lease=lease,
    )


def open_intake(
    settings: Settings, journal: Journal, messages: MessageQueue, session: Session
) -> tuple[InboxWriter, list[Callable[[], int]]]:
    """What takes messages into the journal; and the step that acknowledges them later than it, if any."""
    window, limit = settings.mqtt.window, parse_size(settings.journal.limit)
    if settings.journal.acknowledge == "journal":
        return InboxWriter(journal, messages, session.acknowledge, window=window, limit=limit), []
    stored = StoredAcknowledgement(journal, session.acknowledge)
    return InboxWriter(journal, messages, stored.hold, window=window, limit=limit), [stored.step]
