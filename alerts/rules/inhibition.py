"""Two fixed inhibitions: a silent station speaks for its parameters, an absent broker for its stations."""

from collections.abc import Container

from alerts.rules.definition import Rule
from alerts.rules.index import NONE, WatchId

SILENT = "station-silent"
BROKER = "broker-away"


def inhibited_by(rule: Rule, key: WatchId, firing: Container[WatchId]) -> WatchId | None:
    """The firing machine that inhibits this one; None if there is none.

    Args:
        rule: Of the machine that would announce something.
        key: That machine.
        firing: The machines with an open episode.
    """
    if rule.statistic == "system":
        return None
    broker = (BROKER, NONE, "broker")
    if broker in firing and rule.statistic == "silence":
        return broker
    silent = (SILENT, key[1], NONE)
    return silent if rule.statistic != "silence" and silent in firing else None
