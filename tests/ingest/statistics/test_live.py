"""What the pipeline writes equals the bulk form over the raw readings, whatever happens in between."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from tests.ingest.statistics.house import House, at, same

START = at("2023-12-28T00:00")


Message = tuple[str, datetime, dict[str, float], dict[str, str]]


def week(days: float = 5, seed: int = 1) -> Iterator[Message]:
    """Messages in order of time: gaps, flags, spikes, a silent afternoon."""
    order = random.Random(seed)
    level = dict.fromkeys(("hourly", "quick", "declared", "upper", "lower"), 40.0)
    for step in range(int(days * 72)):
        time = START + timedelta(minutes=20 * step)
        for site in level:
            cycle = {"quick": 1, "upper": 12, "lower": 12}.get(site, 3)
            if step % cycle or order.random() < 0.06 or (site == "hourly" and 100 < step < 120):
                continue
            level[site] = min(max(level[site] + order.uniform(-5, 5), 5), 90)
            value = round(level[site], 1)
            if site in {"upper", "lower"}:
                values = {
                    "ph": 6 + value / 40,
                    "nh3n": value / 40,
                    "codmn": value / 10,
                    "do": 12 - value / 20,
                }
                values = {name: round(one, 2) for name, one in values.items()}
            elif site == "declared":
                values = {"pm25": value, "o3": value + 60}
            else:
                values = {"pm25": value, "pm10": value + 20, "so2": 8.0 + step % 3, "o3": 2 * value}
                values |= {"no2": value / 2, "co": round(value / 50, 2)}
            if order.random() < 0.03:
                values[next(iter(values))] *= 20
            flags = {next(iter(values)): "M"} if order.random() < 0.03 else {}
            yield site, time, values, flags


def kind_of(house: House, message: Message) -> dict[str, str]:
    return {"kind": house.catalogue.sites[message[0]].basis}


def play(house: House, messages: Iterator[Message], batch: int = 50, restarts: int = 0) -> None:
    for count, (site, time, values, flags) in enumerate(messages):
        house.send(site, time, values, flags=flags)
        if count % batch == batch - 1:
            house.work()
            if restarts and (count // batch) % restarts == 0:
                house.restart()
    house.settle()


@pytest.mark.parametrize("batch", [1, 37, 1000])
def test_what_is_written_live_equals_the_bulk_form(house: House, batch: int) -> None:
    play(house, week(2.5 if batch == 1 else 5), batch)

    found = house.statistics()

    same(found, house.expected())
    assert {row[2] for row in found} >= {"1h", "8h", "24h", "day", "o3_8h_max", "month", "year_to_date"}
    assert {row[0] for row in found} >= {"zone-quarter", "river-brook"}


def test_a_restart_after_any_batch_changes_nothing(house: House) -> None:
    play(house, week(3), 25, restarts=1)

    same(house.statistics(), house.expected())
