"""Realistic simulated stations: a pure function of seed, site and time.

No clock, no network, no generator's state: whatever slice is asked for, in whatever order, the same seed says
the same. A past year written at once, a live feed and a restart therefore agree.
"""

from sensors.simulated.scenario import Scenario, demo_scenario
from sensors.simulated.stream import Sent, messages

__all__ = ["Scenario", "Sent", "demo_scenario", "messages"]
