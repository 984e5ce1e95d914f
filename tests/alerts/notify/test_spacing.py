"""Messages to one person that can wait keep a distance, which grows with how many there are."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notify.duty import Recipient
from alerts.notify.spacing import LONGEST, note, planned_for, space
from ingest.journal.file import Journal

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
APART = timedelta(hours=2)
DAY = timedelta(days=1)


def after(*hours: float) -> list[datetime]:
    return [NOON + timedelta(hours=each) for each in hours]


@pytest.mark.parametrize(
    ("planned", "due", "sent"),
    [
        pytest.param([], 0, 0, id="the first of a day"),
        pytest.param([-1], 0, 1, id="the second: two hours after it"),
        pytest.param([-2], 0, 0, id="exactly two hours after it"),
        pytest.param([-4, -2], 0, 2, id="the third: four hours after the second"),
        pytest.param([-7, -5, -1], 0, 7, id="the fourth: eight hours after the third"),
        pytest.param([-9, -7, -5, -3, -1], 0, 11, id="many: half a day at most"),
        pytest.param([-24], 0, 0, id="exactly a day ago counts no more"),
        pytest.param([0], 0, 0, id="together with what goes out at that moment"),
        pytest.param([-1, 1], 0, 1, id="together with what is due before its own time"),
        pytest.param([-1, 2.5], 0, 2.5, id="together with what is due soon after its own time"),
        pytest.param([-1, 5], 0, 1, id="not with what is due long after its own time"),
    ],
)
def test_when_it_is_sent(planned: list[float], due: float, sent: float) -> None:
    assert space(after(due)[0], after(*planned), APART) == after(sent)[0]


def test_what_hurries_nobody_may_come_earlier() -> None:
    assert space(NOON, after(-1, -3), APART, earlier=APART) == after(-1)[0]
    assert space(NOON, after(-3), APART, earlier=APART) == NOON


@given(st.lists(st.integers(0, 4 * 24 * 60), max_size=60))
def test_of_any_stream_four_a_day_at_most_and_each_within_half_a_day(minutes: list[int]) -> None:
    planned: set[datetime] = set()
    for each in sorted(minutes):
        due = NOON + timedelta(minutes=each)
        sent = space(due, sorted(planned), APART)
        assert due <= sent <= due + LONGEST + APART
        planned.add(sent)

    times = sorted(planned)
    assert all(late - early >= APART for early, late in pairwise(times))
    assert all(sum(begin <= time < begin + DAY for time in times) <= 4 for begin in times)


def test_what_is_planned_is_kept_for_a_day_and_each_recipient(journal: Journal) -> None:
    wang, li = Recipient("mail", "wang"), Recipient("mail", "li")
    with journal.transaction() as connection:
        note(connection, wang, NOON, NOON)
        note(connection, wang, after(3)[0], NOON)
        note(connection, li, after(5)[0], after(5)[0])

        assert planned_for(connection, wang) == after(0, 3)
        note(connection, wang, after(25)[0], after(25)[0])
        assert planned_for(connection, wang) == after(3, 25)
        assert planned_for(connection, li) == after(5)
