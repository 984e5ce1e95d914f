"""What the service reads at the broker."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from alerts.acknowledge import acknowledgement
from ingest.mqtt.message_queue import MessageQueue
from ingest.mqtt.session import Session
from liangqu.config.settings import Settings
from sensors.catalogue.model import Catalogue

LEVELS = ("air", "water", "hj212", acknowledgement.LEVEL)
"""The levels between the prefix and a site, a data logger or an episode."""
ALERTS = "alerts"
"""The level below which the service publishes, and reads nothing."""
UNNAMED = "_/_/_"
"""Below it an alert of no site, no rule and no parameter: what is published to be tried, or to mark."""


class TopicFilters(Struct, frozen=True):
    """What is subscribed: first everything below the prefix, then the prefix as it is often mistyped.

    `narrow` is what is subscribed instead at a broker that does not allow the first. Messages on topics that
    begin with one of `passed_over` are nothing to us.
    """

    wide: tuple[str, ...]
    narrow: tuple[str, ...]
    passed_over: tuple[str, ...]


def topic_filters(settings: Settings) -> TopicFilters:
    """The filters of the service; no two of `wide` match the same topic, so that nothing comes twice."""
    prefix = settings.mqtt.prefix
    spelled = {prefix.lower(), prefix.upper(), prefix.title()} - {prefix}
    beside = {f"/{each}" for each in (prefix, *spelled)} | spelled
    others = sorted(each.removeprefix("//") for each in beside)
    return TopicFilters(
        wide=tuple(f"{each}/#" for each in (prefix, *others)),
        narrow=tuple(f"{prefix}/{level}/+" for level in LEVELS),
        passed_over=tuple(f"{prefix}/{each}/" for each in (ALERTS, *settings.mqtt.ignore)),
    )


def open_session(
    settings: Settings,
    catalogue: Catalogue,
    messages: MessageQueue,
    clock: Callable[[], datetime],
    *,
    known: bool,
) -> Session:
    """What receives the messages, not yet connected; `known` says whether the broker has had it before."""
    filters = topic_filters(settings)
    return Session(
        settings.broker(),
        filters.wide,
        messages.put,
        fallback=filters.narrow,
        passed_over=filters.passed_over,
        marks=f"{settings.mqtt.prefix}/{ALERTS}/{UNNAMED}",
        window=settings.mqtt.window,
        expiry=int(settings.session_expiry().total_seconds()),
        known=known,
        max_payload=settings.bounds().max_payload,
        clock=clock,
        silence=settings.watchdog(catalogue.fastest_cycle),
        is_full=messages.is_full,
        on_resumed=messages.drop_unacknowledged,
    )
