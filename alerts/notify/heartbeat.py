"""The heartbeat: a dead man's switch at an outside service, which raises the alarm when it stops."""

import math

import structlog

from alerts.notify.channels import ChannelError
from alerts.notify.channels.http import get
from alerts.notify.channels.row import mask_address
from alerts.notify.config import Heartbeat
from sensors.durations import parse_duration

FIRST_PAUSE_S = 10.0

log = structlog.get_logger()


class HeartbeatSender:
    """Requests the heartbeat's address at intervals, as long as `step` is called; 2xx is success.

    A failure is retried after pauses that grow from `FIRST_PAUSE_S` up to the usual interval.
    """

    def __init__(self, heartbeat: Heartbeat) -> None:
        self._url = heartbeat.url
        self._every = parse_duration(heartbeat.every).total_seconds()
        self._pause = FIRST_PAUSE_S
        self._due = -math.inf
        self.trouble = ""

    def step(self, now: float) -> bool:
        """Beat if it is time; `now` in seconds of a clock that nobody sets, such as `time.monotonic`."""
        if now < self._due:
            return False
        trouble = self._beat()
        if trouble != self.trouble:
            if trouble:
                log.warning("heartbeat not heard", address=mask_address(self._url), trouble=trouble)
            else:
                log.info("heartbeat heard again", address=mask_address(self._url))
        self.trouble = trouble
        self._due = now + (min(self._pause, self._every) if trouble else self._every)
        self._pause = self._pause * 2 if trouble else FIRST_PAUSE_S
        return False

    def _beat(self) -> str:
        try:
            answer = get(self._url)
        except ChannelError as error:
            return str(error)
        return "" if answer.is_success else f"it answered {answer.status}"
