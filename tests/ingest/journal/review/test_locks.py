"""No path changes what an approved day shows without the day showing as changed."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.journal.review.days import is_over, read_days, take_step
from ingest.journal.review.steps import ReviewLevels, Step
from sensors.calendar import shanghai_day
from tests.support.changing_store import BEGIN, ChangingStore
from tests.support.scale import scaled

SITES = ("quick", "hourly")
STEPS: tuple[tuple[Step, str], ...] = (("submitted", "张"), ("approved", "李"))
SiteDay = tuple[str, str]


class ReviewedStore(ChangingStore):
    """As the store changes, days are approved; `approved` is what each showed then."""

    def __init__(self, folder: Path, order: random.Random) -> None:
        super().__init__(folder, order)
        self.approved: dict[SiteDay, list[str]] = {}

    def rows_of_days(self) -> dict[SiteDay, list[str]]:
        found: dict[SiteDay, list[str]] = {}
        for line in self.export(None).splitlines()[1:]:
            site, _, time = line.split(",")[:3]
            found.setdefault((site, time[:10]), []).append(line)
        return found

    def approve(self) -> None:
        """Approve some days that are over and not approved, with readings or without."""
        days = [shanghai_day(BEGIN + timedelta(days=n)) for n in range(-9, 9)]
        shown = self.rows_of_days()
        for day in self.order.sample(days, 6):
            site = self.order.choice(SITES)
            if is_over(day, self.harness.now) and self.states().get((site, day)) != "locked":
                with self.harness.journal.transaction() as connection:
                    for step, by in STEPS:
                        take_step(
                            connection, site, [day], step, by=by, reason="", levels=ReviewLevels(1),
                            now=self.harness.now,
                        )  # fmt: skip
                self.approved[site, day] = shown.get((site, day), [])

    def states(self) -> dict[SiteDay, str]:
        return {(one.site, one.day): one.state for one in read_days(self.harness.journal.connection())}

    def silently_changed(self) -> Iterator[SiteDay]:
        """The days that show something else than when they were approved, and still show as approved."""
        shown, states = self.rows_of_days(), self.states()
        for one, rows in self.approved.items():
            if shown.get(one, []) != rows and states[one] != "changed":
                yield one


@given(order=st.randoms(use_true_random=False))
@settings(max_examples=scaled(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_an_approved_day_never_changes_silently(order: random.Random) -> None:
    with TemporaryDirectory() as folder, closing(ReviewedStore(Path(folder), order)) as store:
        for number in range(30):
            if number % 4 == 3:
                store.approve()
            store.tell()
            assert [*store.silently_changed()] == []


def test_what_a_station_held_back_and_sends_in_order_shows_on_a_day_approved_without_it(
    tmp_path: Path,
) -> None:
    """Nothing of it is late: each reading is newer than its series' last."""
    with closing(ReviewedStore(tmp_path, random.Random(0))) as store:
        store.harness.now = BEGIN + timedelta(days=3)
        day = shanghai_day(BEGIN + timedelta(days=1))
        with store.harness.journal.transaction() as connection:
            for step, by in STEPS:
                take_step(
                    connection, "quick", [day], step, by=by, reason="", levels=ReviewLevels(1),
                    now=store.harness.now,
                )  # fmt: skip
        assert store.states() == {("quick", day): "locked"}

        for hour in range(24, 30):
            store.put(BEGIN + timedelta(hours=hour), "quick")
        store.harness.settle()

        (found,) = read_days(store.harness.journal.connection())
        assert (found.state, [one.cause for one in found.changes]) == ("changed", ["late"])
        assert len(store.rows_of_days()["quick", day]) == 18
