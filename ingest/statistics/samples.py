"""A section's last water samples: all items with the same time, whatever message brought them."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from ingest.statistics import points
from ingest.statistics.assessment import Assessment, class_assessment
from sensors.calendar import EpochMs, calendar_day, day_of, from_ms
from sensors.catalogue.places import Place
from sensors.standards.water_class import sample_class

HELD = 3  # a spike is shown by the next reading, with at most one missing in between

Values = dict[str, float]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[EpochMs, Values]).decode


class Samples:
    """The valid items of one section's last samples, by their time."""

    def __init__(self, place: Place, stored: bytes | None) -> None:
        self._place = place
        self._held: dict[EpochMs, Values] = {} if stored is None else _decode(stored)
        self._changed: set[EpochMs] = set()

    def put(self, ms: EpochMs, parameter: str, value: float) -> bool:
        """Add an item; False if its sample is no longer held."""
        sample = self._held.get(ms)
        if sample is None:
            if len(self._held) >= HELD and ms < min(self._held):
                return False
            sample = self._held[ms] = {}
        sample[parameter] = value
        self._changed.add(ms)
        return True

    def remove(self, ms: EpochMs, parameter: str) -> bool:
        """Remove an item that turned out to be invalid; False if its sample is no longer held."""
        sample = self._held.get(ms)
        if sample is None:
            return False
        sample.pop(parameter, None)
        self._changed.add(ms)
        return True

    def correct(self, start: EpochMs, end: EpochMs, found: Mapping[EpochMs, Values]) -> None:
        """Replace the samples between two times by those of the raw readings."""
        for ms in self._held:
            if start <= ms < end:
                self._held[ms] = dict(found.get(ms, {}))

    def take_classes(self) -> list[Assessment]:
        """The classes of the samples that changed since the last call."""
        made = [
            found
            for ms in sorted(self._changed)
            if (found := sample_class_of(self._place, ms, self._held[ms]))
        ]
        self._changed.clear()
        for ms in sorted(self._held)[:-HELD]:
            del self._held[ms]
        return made

    def encoded(self) -> bytes:
        """The samples as the journal keeps them."""
        return _encode(self._held)


def sample_class_of(place: Place, ms: EpochMs, sample: Values) -> Assessment | None:
    """The class of a sample, on its unrounded values; None without an assessed item."""
    day = calendar_day(day_of(ms))
    target = points.water_target(place, day)
    found = sample_class(sample, points.item_limits(place, day), target=target)
    if found is None:
        return None
    start = from_ms(ms)
    return class_assessment(
        place.id, "reading", found, target, start=start, end=start + timedelta(days=1), closed=True
    )
