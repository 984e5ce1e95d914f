"""Believable stations without a station: a pure function of seed, site and time.

No clock, no network, no generator's state: whatever slice is asked for, in whatever order, the same seed says
the same. A past year written at once, a live feed and a restart therefore agree.
"""

from sensors.simulated.script import Script, demo
from sensors.simulated.stream import Sent, messages, payload, schedule

__all__ = ["Script", "Sent", "demo", "messages", "payload", "schedule"]
