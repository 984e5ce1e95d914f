"""What the service reads at the broker."""

from alerts.acknowledge import acknowledgement
from liangqu.config.settings import Settings

LEVELS = ("air", "water", "hj212", acknowledgement.LEVEL)
"""The levels between the prefix and a site, a data logger or an episode."""


def topic_filters(settings: Settings) -> list[str]:
    """What the service subscribes to."""
    return [f"{settings.mqtt.prefix}/{level}/+" for level in LEVELS]
