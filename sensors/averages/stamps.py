"""What a time stamp stands for: how long an interval of its kind is, and which end of it the stamp names."""

from datetime import datetime, timedelta

from sensors.model import Kind, Label

MINUTE_MEAN = timedelta(minutes=5)
"""What a `min` stands for where the site's cycle does not say; ours: stations send means of five minutes."""
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def interval_of(kind: Kind, cycle: timedelta) -> timedelta:
    """How long the interval is that a reading of a kind stands for, at a site of this cycle.

    A `min` stands for the cycle where that can be one of its means: five minutes or more, below an hour.
    """
    if kind == "rtd":
        return cycle
    if kind == "min":
        return cycle if MINUTE_MEAN <= cycle < _HOUR else MINUTE_MEAN
    return _HOUR if kind == "hour" else _DAY


def relabelled(time: datetime, kind: Kind, cycle: timedelta, *, given: Label, wanted: Label) -> datetime:
    """The same interval by the label that a site's stamps have; `given` is what this one names.

    A stamp of an `rtd` is a moment and counts where that lies, as an interval does that begins then: what is
    wanted of it is the start of its cycle, whatever the site's label.

    Raises:
        OverflowError: there is no such time.
    """
    wanted = "start" if kind == "rtd" else wanted
    if given == wanted:
        return time
    interval = interval_of(kind, cycle)
    return time - interval if given == "end" else time + interval
