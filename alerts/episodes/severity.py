"""An episode's severity: what its values amount to, and whether one exceeds what was announced."""

from datetime import timedelta

from msgspec.structs import replace

from alerts.episodes.states import ZERO, Observed, State
from alerts.rules.index import Watch, is_more_severe
from sensors.model import Severity


def exceeds_announced(state: State, event: Observed) -> bool:
    """Whether a current value is more severe than anything announced of current values."""
    if event.old or event.severity is None:
        return False
    return state.announced is None or is_more_severe(event.severity, state.announced)


def with_severity(watch: Watch, state: State, seen: Severity, elapsed: timedelta) -> State:
    """The severity after one more value: higher at once, lower once that has lasted for `hold`."""
    if is_more_severe(seen, state.severity):
        return replace(state, severity=seen, milder=None, milder_for=ZERO)
    state = _with_lower(state, seen, elapsed)
    if state.milder is None or state.milder_for < watch.timing.hold:
        return state
    return replace(state, severity=state.milder, milder=None, milder_for=ZERO)


def _with_lower(state: State, seen: Severity, elapsed: timedelta) -> State:
    """Follow how long a lower level has lasted, and the most severe of them meanwhile."""
    if seen == state.severity:
        return replace(state, milder=None, milder_for=ZERO) if state.milder else state
    if state.milder is None:
        return replace(state, milder=seen, milder_for=ZERO)
    highest = seen if is_more_severe(seen, state.milder) else state.milder
    return replace(state, milder=highest, milder_for=state.milder_for + elapsed)


def cap_announced(announced: Severity | None, severity: Severity) -> Severity | None:
    """What counts as announced after a lower severity was announced."""
    return severity if announced is not None and is_more_severe(announced, severity) else announced
