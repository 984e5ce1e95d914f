"""Late data, revisions, imports, a lost journal: in the end the statistics are those of the raw readings."""

import json
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from ingest.importing.importer import HistoricMessage, Importer
from ingest.journal import requests
from ingest.recompute.model import RecomputeResult
from ingest.stores.base import FormerLayoutError
from sensors.calendar import shanghai_day
from tests.ingest.statistics.test_live import START, play, week
from tests.support.pipeline_harness import AGES, BOUNDS, NOW, PipelineHarness, at, same


def imported(
    harness: PipelineHarness,
    rows: Iterable[tuple[str, str, float]],
    parameter: str = "pm25",
    conflict: str = "keep",
) -> None:
    """(site, time, value) straight into the store, as `import` does."""
    history = Importer(
        harness.journal,
        harness.raw,
        harness.catalogue,
        BOUNDS,
        conflict=conflict,  # type: ignore[arg-type]
        source="import",
        prefix="liangqu",
        quarantine_limit=10**6,
    )
    past = []
    for site, time, value in rows:
        known = harness.catalogue.sites[site]
        payload = {"time": time, "values": {parameter: value}, "kind": known.basis}
        past.append(HistoricMessage(f"liangqu/{known.medium}/{site}", json.dumps(payload).encode()))
    list(history.take(past, NOW))


def test_messages_in_any_order_come_to_the_same(harness: PipelineHarness) -> None:
    messages = list(week(4))
    order = random.Random(3)
    for start in range(0, len(messages), 60):
        part = messages[start : start + 60]
        order.shuffle(part)
        messages[start : start + 60] = part

    play(harness, iter(messages), 90)

    same(harness.statistics(), harness.expected())


@pytest.mark.parametrize("back", [1, 5, 20, 30, 50, 80], ids="{}h".format)
def test_a_late_hour_moves_every_window_and_period_it_belongs_to(harness: PipelineHarness, back: int) -> None:
    messages = list(week(5))
    late = messages[-1][1] - timedelta(hours=back)
    held_back = [m for m in messages if m[0] == "quick" and late <= m[1] < late + timedelta(hours=1)]
    play(harness, (m for m in messages if m not in held_back))
    before = harness.statistics()

    play(harness, iter(held_back))

    found = harness.statistics()
    same(found, harness.expected())
    moved = {(row[0], row[2]) for row, value in found.items() if before.get(row) != value}
    assert {("quick", "24h"), ("quick", "day"), ("zone-quarter", "24h"), ("zone-quarter", "day")} <= moved


def test_a_late_hour_moves_month_and_year_to_date(harness: PipelineHarness) -> None:
    messages = list(week(5))
    late = at("2023-12-30T09:00")
    held_back = [m for m in messages if m[0] == "hourly" and m[1] == late]
    assert held_back
    play(harness, (m for m in messages if m not in held_back))
    before = harness.statistics()

    play(harness, iter(held_back))

    december = at("2023-12-01T00:00"), at("2023-01-01T00:00")
    for place in ("hourly", "zone-quarter"):
        for name, stamp in zip(("month", "year_to_date"), december, strict=True):
            row = place, "pm25", name, stamp
            assert before[row] != harness.statistics()[row], row
    same(harness.statistics(), harness.expected())


def test_a_revision_moves_them_too(harness: PipelineHarness) -> None:
    play(harness, week(5))
    before = harness.statistics()

    harness.send("hourly", at("2023-12-30T10:00"), {"pm25": 499.5})
    harness.send("upper", at("2023-12-30T08:00"), {"ph": 9.9})
    harness.settle()

    found = harness.statistics()
    same(found, harness.expected())
    row = "hourly", "pm25", "year_to_date", at("2023-01-01T00:00")
    assert found[row][0] > before[row][0]


def test_what_becomes_invalid_is_taken_out(harness: PipelineHarness) -> None:
    play(harness, week(2))
    for hour in range(24):
        harness.send("declared", START + timedelta(hours=hour), {"pm25": 1.0}, flags={"pm25": "D"})
    harness.settle()

    same(harness.statistics(), harness.expected())
    frame = harness.store.statistics("declared", "pm25", "day", START, START + timedelta(days=1))
    assert frame[["n", "valid"]].to_numpy().tolist() == [[0, False]]


def test_over_a_store_of_a_former_build_nothing_is_computed(
    harness: PipelineHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No reading would be found there, and every statistic withdrawn."""

    def refuse() -> None:
        raise FormerLayoutError("http://127.0.0.1:8086, liangqu")

    play(harness, week(2))
    before = harness.statistics()
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, [("quick", shanghai_day(START))], "command")
    monkeypatch.setattr(harness.raw, "check_layout", refuse)

    with pytest.raises(FormerLayoutError):
        harness.recompute.step()
    assert requests.count_recompute_rows(harness.journal.connection()) == 1

    monkeypatch.undo()
    harness.settle()
    assert requests.count_recompute_rows(harness.journal.connection()) == 0
    same(harness.statistics(), before)


@pytest.mark.heavy
def test_an_import_of_years_before_a_live_week(harness: PipelineHarness) -> None:
    play(harness, week(3))
    hours = [at("2019-11-30T00:00") + timedelta(hours=6 * k) for k in range(4 * 1400)]
    imported(harness, [("hourly", h.isoformat(), 10.0 + k % 50) for k, h in enumerate(hours)])

    harness.settle()

    same(harness.statistics(), harness.expected())


def test_an_import_alone_is_enough(harness: PipelineHarness) -> None:
    hours = [at("2021-11-30T01:00") + timedelta(hours=k) for k in range(24 * 420)]
    imported(harness, [("hourly", h.isoformat(), 10.0 + k % 53) for k, h in enumerate(hours)])

    harness.settle()

    found = harness.statistics()
    same(found, harness.expected())
    assert {row[2] for row in found if row[0] == "zone-quarter"} >= {"month", "year", "12month", "day"}


def test_after_an_import_live_goes_on_where_it_ends(harness: PipelineHarness) -> None:
    hours = [START + timedelta(hours=k - 24 * 420) for k in range(24 * 420)]
    imported(harness, [("hourly", h.isoformat(), 10.0 + k % 53) for k, h in enumerate(hours)])
    harness.settle()

    play(harness, week(3))

    same(harness.statistics(), harness.expected())


def test_a_new_journal_over_an_old_store_is_made_good_by_reading_it_once(harness: PipelineHarness) -> None:
    messages = list(week(5))
    play(harness, iter(messages[:400]))
    harness.restart(journal=False)

    play(harness, iter(messages[400:]))
    harness.settle()

    same(harness.statistics(), harness.expected())


def test_a_day_asked_again_while_it_is_computed_stays_in_the_queue(harness: PipelineHarness) -> None:
    play(harness, week(1))
    day = [("hourly", "2023-12-28")]
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, day, "late")
        rows = requests.next_requests(connection)
        requests.queue_recompute(connection, day, "late")
        requests.complete_recompute(connection, rows)

    assert harness.queue() == [("hourly", "2023-12-28", "late")]


def test_what_a_series_was_fed_meanwhile_is_not_overwritten(harness: PipelineHarness) -> None:
    play(harness, week(2))
    answers: list[RecomputeResult] = []

    def hand_over(answer: RecomputeResult) -> bool:
        answers.append(answer)
        return False

    harness.recompute._apply = hand_over
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, [("hourly", "2023-12-29")], "late")
    while not answers:
        harness.recompute.step()
    harness.send("hourly", START + timedelta(days=2, hours=1), {"pm25": 77.0})
    harness.work()

    assert harness.pipeline.apply(answers[0]) is False
    harness.recompute._apply = harness.pipeline.apply
    harness.settle()
    same(harness.statistics(), harness.expected())


def test_days_of_a_place_that_the_catalogue_no_longer_knows_are_dropped(harness: PipelineHarness) -> None:
    with harness.journal.transaction() as connection:
        requests.queue_recompute(connection, [("gone", "2023-12-28"), ("zone-gone", "2023-12-28")], "late")

    harness.settle()

    assert harness.queue() == []


def derived(harness: PipelineHarness, measurement: str) -> dict[tuple[object, ...], tuple[object, ...]]:
    """Every index or class by place, statistic and stamp."""
    frame = harness.store.points(measurement, *AGES)
    fields = [name for name in frame.columns if name not in {"site", "statistic"}]
    rows = zip(
        frame.site, frame.statistic, frame.index, frame[fields].fillna(-1).to_numpy().tolist(), strict=True
    )
    return {(site, name, time): tuple(cells) for site, name, time, cells in rows}


@pytest.mark.parametrize("year", [2023, 2026], ids=["HJ 633-2012", "HJ 633-2026"])
@pytest.mark.parametrize("batch", [20, 1000])
def test_indices_and_classes_are_the_same_live_and_recomputed(
    harness: PipelineHarness, year: int, batch: int
) -> None:
    shift = at(f"{year}-12-28T00:00") - START
    play(harness, ((site, time + shift, *rest) for site, time, *rest in week(4)), batch)  # type: ignore[misc]
    live = {name: derived(harness, name) for name in ("aqi", "water_class")}
    harness.store._connect().execute("DELETE FROM aqi")
    harness.store._connect().execute("DELETE FROM water_class")

    with harness.journal.transaction() as connection:
        days = [f"{year}-12-{day}" for day in (28, 29, 30, 31)] + [f"{year + 1}-01-01"]
        requests.queue_recompute(
            connection, [(site, day) for site in harness.catalogue.sites for day in days], "command"
        )
    harness.settle()

    assert live["aqi"] == derived(harness, "aqi")
    assert live["water_class"] == derived(harness, "water_class")
    assert {name for _, name, _ in live["aqi"]} == {"1h", "day"}
    assert {name for _, name, _ in live["water_class"]} >= {"reading", "day"}


def test_periods_of_water_have_a_class_on_the_assessment_decimals(harness: PipelineHarness) -> None:
    times = [at("2021-12-01T00:00") + timedelta(hours=4 * k) for k in range(6 * 760)]
    imported(harness, [("upper", t.isoformat(), (0.9, 1.108)[k % 2]) for k, t in enumerate(times)], "nh3n")
    harness.settle()
    recomputed = derived(harness, "water_class")
    harness.send("upper", times[-1] + timedelta(hours=4), {"nh3n": 0.9})
    harness.send("upper", at("2024-01-01T00:00"), {"nh3n": 0.9})
    harness.settle()
    found = derived(harness, "water_class")

    # GB 3838-2002: up to 1.0 is class III; a mean of 1.004 is IV, but assessed as 1.00.
    classes: dict[object, set[object]] = {}
    for (_, name, _), cells in found.items():
        classes.setdefault(name, set()).add(cells[0])
    assert classes.pop("reading") == {3.0, 4.0}
    assert classes == {name: {3.0} for name in ("day", "month", "year_to_date", "year", "12month")}
    whole_years = [at("2022-01-01T00:00"), at("2023-01-01T00:00")]
    for place in ("upper", "river-brook"):
        years = [time for site, name, time in sorted(recomputed) if (site, name) == (place, "year")]
        assert years == whole_years[:1]  # 2023 is not over yet
        years = [time for site, name, time in sorted(found) if (site, name) == (place, "year")]
        assert years == whole_years
        twelve = [time for site, name, time in sorted(found) if (site, name) == (place, "12month")]
        assert (len(twelve), twelve[-1]) == (14, at("2024-01-01T00:00"))
    same(harness.statistics(), harness.expected())


def test_a_site_is_read_in_one_pass(harness: PipelineHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """All parameters over the same days; of a zone, once a member."""
    play(harness, week(2), 90)
    asked, read = list[tuple[str, int]](), harness.raw.readings_by_parameter

    def read_by_parameter(site: str, parameters: Sequence[str], *rest: Any) -> Any:
        asked.append((site, len(parameters)))
        return read(site, parameters, *rest)

    monkeypatch.setattr(harness.raw, "readings_by_parameter", read_by_parameter)
    with harness.journal.transaction() as connection:
        days = {(site, shanghai_day(START)) for site in ("hourly", "zone-quarter")}
        requests.queue_recompute(connection, days, "command")

    harness.settle()

    members = harness.catalogue.places["zone-quarter"].members
    assert sorted(asked) == sorted((site, 6) for site in ("hourly", *members)), asked
