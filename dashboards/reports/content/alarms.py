"""How good the alarms of a month were, as far as the journal can tell."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from alerts.events.quality import AlarmQuality
from sensors.model import Name

AlarmState = Literal["measured", "nothing", "too_old", "no_journal"]


class MonthAlarms(Struct, frozen=True):
    """The figures of a month, None unless `state` is `measured`.

    `too_old` is a month that began before what messages are kept for. `people` and `rules` are what people
    call them, by id; who or what is not in them is called by the id.
    """

    state: AlarmState
    quality: AlarmQuality | None = None
    people: Mapping[str, str] = {}
    rules: Mapping[str, Name] = {}


NO_JOURNAL = MonthAlarms("no_journal")


def month_alarms(
    quality: AlarmQuality | None, people: Mapping[str, str], rules: Mapping[str, Name]
) -> MonthAlarms:
    """Those of a month with a journal; `quality` is None where messages are no longer kept."""
    if quality is None:
        return MonthAlarms("too_old")
    if not (quality.people or quality.rules or quality.notified):
        return MonthAlarms("nothing")
    return MonthAlarms("measured", quality, people, rules)
