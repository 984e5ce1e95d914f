"""Python's interpreter, set for threads that wait for each other: collections, and who computes how long."""

import gc
import sys

COLLECT_AFTER = 10_000  # new objects
SWITCH_S = 0.001


def tune() -> None:
    """Set it for a service; called once, when all that stays is built."""
    # Modules and catalogue stay: collections, which halt everything, pass them by. What comes and goes
    # holds no cycles: looked through every 700 objects as by default, it costs a tenth of all time.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
    # An alarm gives the interpreter away some ten times on its way, at each commit, wake-up and call. Whoever
    # computes meanwhile would keep it for 5 ms by default, each time.
    sys.setswitchinterval(SWITCH_S)
