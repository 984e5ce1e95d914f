"""Several kinds of one truth, in any order: live, recomputed and in bulk the same statistics come of them."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.journal import accounting, requests
from sensors.calendar import shanghai_day
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Kind
from tests.support.pipeline_harness import PipelineHarness, at, same
from tests.support.scale import scaled

SITES = """
[[zone]]
id = "quarter"
name = { zh = "小区", en = "Quarter" }

[[site]]
id = "many"
medium = "air"
name = { zh = "甲", en = "A" }
zone = "quarter"
cycle = "20m"

[[site]]
id = "section"
medium = "water"
name = { zh = "丙", en = "C" }
river = "brook"
cycle = "4h"
"""
START = at("2026-03-01T00:00")
MINUTES: dict[Kind, int] = {"rtd": 20, "min": 20, "hour": 60, "day": 1440}
HOUR = timedelta(hours=1)

Sent = tuple[datetime, str, datetime, Kind, float]  # when it comes, site, stamp, kind, value


def truth(time: datetime) -> float:
    """What there is at a moment: a different value each time, as decimal text."""
    return 20 + ((time - START) // timedelta(minutes=20) * 37 % 400) / 10


def told(kind: Kind, hours: int) -> Iterator[tuple[datetime, float]]:
    """The stamps and values of one kind, by the end of its intervals; each kind differs so that it shows."""
    step = timedelta(minutes=MINUTES[kind])
    time = START
    while time < START + hours * HOUR:
        yield (time if kind == "rtd" else time + step), truth(time) + {"rtd": 0, "min": 0.25}.get(kind, 0.5)
        time += step


def samples(kind: Kind, hours: int) -> Iterator[tuple[datetime, float]]:
    for number in range(hours // 4):
        yield START + number * 4 * HOUR, truth(START + number * HOUR) + (0.5 if kind == "hour" else 0)


@st.composite
def arrivals(draw: st.DrawFn) -> list[Sent]:
    """What a station sends in two days: some kinds, each with its gaps, behind each other or mixed."""
    site = draw(st.sampled_from(["many", "many", "section"]))
    kinds: list[Kind] = draw(
        st.sampled_from([["rtd", "min", "hour"], ["rtd", "hour"], ["min", "hour", "day"]])
    )
    order = random.Random(draw(st.integers(0, 10**6)))
    sent: list[Sent] = []
    for kind in kinds:
        gaps = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 30)), max_size=3))
        loss = draw(st.sampled_from([0, 0, 0.1, 0.4]))
        delay = draw(st.sampled_from([0, 0, 2, 30])) * HOUR
        for stamp, value in told(kind, 44) if site == "many" else samples(kind, 44):
            hour = (stamp - START) // HOUR
            if order.random() >= loss and not any(first <= hour < first + long for first, long in gaps):
                jitter = timedelta(hours=order.choice([0, 0, 0, 0, 0, 3]) if delay else 0)
                sent.append((stamp + delay + jitter, site, stamp, kind, value))
    return sorted(sent, key=lambda one: one[0])


def play(harness: PipelineHarness, sent: list[Sent], batch: int, restarts: int) -> None:
    for count, (_, site, stamp, kind, value) in enumerate(sent, start=1):
        parameter = "pm25" if harness.catalogue.sites[site].medium == "air" else "nh3n"
        harness.send(site, stamp, {parameter: round(value, 2)}, kind=kind)
        if count % batch == 0:
            harness.work()
            if restarts and count // batch % restarts == 0:
                harness.restart()
    harness.settle()


def catalogue_in(folder: Path) -> Catalogue:
    (folder / "sites.toml").write_text(SITES, encoding="utf-8")
    return loader.load([folder / "sites.toml"])


def test_any_kinds_in_any_order_make_what_the_bulk_form_makes_of_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    @settings(max_examples=scaled(60), deadline=None, suppress_health_check=list(HealthCheck))
    @given(arrivals(), st.sampled_from([1, 7, 40, 1000]), st.sampled_from([0, 0, 3]))
    def prove(sent: list[Sent], batch: int, restarts: int) -> None:
        folder = tmp_path_factory.mktemp("kinds")
        harness = PipelineHarness(folder, catalogue_in(folder))
        try:
            play(harness, sent, batch, restarts)
            live = harness.statistics()
            with harness.journal.snapshot() as connection:
                assert accounting.read_counts(connection)["quarantined"] == 0
            same(live, harness.expected())
            days = sorted({(site, shanghai_day(stamp)) for _, site, stamp, _, _ in sent})
            with harness.journal.transaction() as connection:
                requests.queue_recompute(connection, days, "command")
            harness.settle()
            same(harness.statistics(), live)
        finally:
            harness.close()

    prove()
