"""A stretch followed at once leaves the series as its times one by one do, as far as they are calm."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from math import inf

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.checks.calm import CalmBounds
from ingest.checks.calm_stretch import SiteStretch, follow_stretch
from ingest.checks.checked_series import CheckedSeries, follow_calm
from ingest.checks.flat_line import Run
from ingest.checks.state import CheckState, Neighbour
from sensors.calendar import to_ms
from sensors.model import SiteValues
from tests.support.scale import scaled

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REACH = 2 * MINUTE // timedelta(milliseconds=1)
PARAMETERS = "pm25", "co"
VALUES = st.sampled_from([0.0, -0.0, 1.0, 1.0, 1.0, 2.0, 2.5])
SPANS = st.sampled_from([2 * MINUTE, 3 * MINUTE, 5 * MINUTE])
BOUNDS = st.one_of(
    st.builds(CalmBounds, low=st.sampled_from([0.0, 1.0]), high=st.sampled_from([1.0, 2.0, 2.5])),
    st.builds(CalmBounds, change=st.sampled_from([1.0, 1.5, 2.0, 3.0])),
    st.builds(CalmBounds, bend=st.sampled_from([1.0, 2.0, 3.0, 4.0])),
    st.builds(CalmBounds, stay=SPANS, may_stay=st.sampled_from([-inf, 0.0, 1.0])),
    st.builds(CalmBounds, stay=SPANS, may_stay=st.sampled_from([-inf, 0.0, 1.0])),
)
"""One kind of bound at a time, or hardly anything would be calm."""
GAPS = st.tuples(
    st.sampled_from([1, 1, 1, 2, 3, 0]), st.lists(st.sampled_from([1, 1, 1, 2]), max_size=4)
).map(lambda gaps: [*gaps[1], gaps[0]])


def series_of(bounds: CalmBounds, before: float, last: float, *, has_run: bool) -> CheckedSeries:
    """One whose last two readings were these, at START."""
    state = CheckState(
        Neighbour(START - MINUTE, before, START, ()),
        Neighbour(START, last, START, ()),
        Run(last, START - 2 * MINUTE * (before == last), 4, 6) if has_run else None,
    )
    return CheckedSeries(bounds, state, to_ms(START))


@settings(max_examples=scaled(2_000), deadline=None)
@given(
    bounds=st.tuples(BOUNDS, BOUNDS),
    former=st.tuples(VALUES, VALUES),
    last=st.tuples(VALUES, VALUES),
    has_run=st.sampled_from([True, True, True, False]),
    gaps=GAPS,
    first=st.sampled_from([0, 0, 2]),
    data=st.data(),
)
def test_a_stretch_is_followed_as_its_times_are(
    bounds: tuple[CalmBounds, CalmBounds],
    former: tuple[float, float],
    last: tuple[float, float],
    has_run: bool,
    gaps: list[int],
    first: int,
    data: st.DataObject,
) -> None:
    each = [series_of(*one, has_run=has_run) for one in zip(bounds, former, last, strict=True)]
    together = deepcopy(each)
    time, sent = START, [SiteValues("a", "rtd", START, START, PARAMETERS, (9.0, 9.0))] * first
    for gap in gaps:
        time += gap * MINUTE
        values = data.draw(st.tuples(VALUES, VALUES))
        sent.append(SiteValues("a", "rtd", time, time + MINUTE, PARAMETERS, values))

    calm = 0
    for one in sent[first:]:
        ahead = deepcopy(each)
        if follow_calm(ahead, one.readings, 0, to_ms(one.time), REACH) < len(PARAMETERS):
            break
        each, calm = ahead, calm + 1

    assert follow_stretch(together, SiteStretch(sent), first, len(sent), REACH) == calm
    assert states(together) == states(each)


def states(series: list[CheckedSeries]) -> list[tuple[object, ...]]:
    """All that is kept of them, to the byte."""
    return [
        (
            one.latest,
            repr(one.change),
            msgspec.msgpack.encode(one.settle()),
            repr(one.newest and one.newest.value),
        )
        for one in series
    ]
