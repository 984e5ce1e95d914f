"""Every hint: a module of its own in this folder, and a row here, in the order in which they are shown."""

from collections.abc import Callable, Iterator, Mapping

from dashboards.review.curves import SiteMonth
from dashboards.review.hints import (
    below_limit,
    leaves_neighbours,
    maintenance_drop,
    night_flat,
    part_above_whole,
    repeats,
)
from dashboards.review.hints.hint import Hint, HintKind
from dashboards.review.hints.thresholds import HintThresholds, shipped_thresholds

Look = Callable[[SiteMonth, HintThresholds], Iterator[Hint]]

HINTS: Mapping[HintKind, Look] = {
    "part_above_whole": part_above_whole.look,
    "below_limit": below_limit.look,
    "repeats": repeats.look,
    "leaves_neighbours": leaves_neighbours.look,
    "night_flat": night_flat.look,
    "maintenance_drop": maintenance_drop.look,
}


def hints_of(month: SiteMonth, thresholds: HintThresholds | None = None) -> list[Hint]:
    """All hints of a site's month, by when they begin; the shipped thresholds where none are given."""
    given = thresholds or shipped_thresholds()
    found = [hint for look in HINTS.values() for hint in look(month, given)]
    return sorted(found, key=lambda hint: (hint.start, hint.end))
