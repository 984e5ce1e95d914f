"""The dead man's switch: a sign of life to somebody outside, who calls when it stays away."""

import urllib.error
import urllib.request
from datetime import datetime, timedelta

import structlog

from alerts.notify_file import Heartbeat, shown
from sensors.durations import parse_duration

TIMEOUT_S = 10.0

log = structlog.get_logger()


class Pulse:
    """Asks for the heartbeat's address every so often, as long as `step` is called."""

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._url = heartbeat.url
        self._every: timedelta = parse_duration(heartbeat.every)
        self._last: datetime | None = None
        self.trouble = ""

    def step(self, now: datetime) -> bool:
        """Beat if it is time."""
        if self._last is not None and now - self._last < self._every:
            return False
        self._last = now
        try:
            with urllib.request.urlopen(self._url, timeout=TIMEOUT_S):  # noqa: S310 - http(s), checked at start
                self.trouble = ""
        except (urllib.error.URLError, OSError, ValueError):
            self.trouble = f"{shown(self._url)} does not answer"
            log.warning("heartbeat not heard", address=shown(self._url))
        return False
