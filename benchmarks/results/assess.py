"""Rows per second of `liangqu assess`, beside pandas reading and writing the same file without a verdict."""

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

import pandas as pd
import typer

from liangqu.cli.assess import assess

if TYPE_CHECKING:
    from sensors.model import Medium

ROWS = 1_000_000
WATER = "section,waterbody,target,ph,do,codmn,nh3n,tp\n"
AIR = "station,time,pm25,pm10,so2,no2,co,o3\n"


def water_rows(decimals: int) -> Iterator[str]:
    """Samples as published (few distinct texts) or unrounded (hardly any twice)."""
    rng = random.Random(1)
    for n in range(ROWS):
        ph, do, codmn = rng.gauss(7.8, 0.4), abs(rng.gauss(8, 2)), abs(rng.gauss(4, 2))
        nh3n, tp = rng.expovariate(3), rng.expovariate(10)
        body = "lake" if n % 10 == 0 else "river"
        yield f"s{n % 98},{body},{n % 5 + 1},{ph:.{decimals}f},{do:.{decimals}f},"
        yield f"{codmn:.{decimals}f},{nh3n:.{decimals + 1}f},{tp:.{decimals + 1}f}\n"


def air_rows() -> Iterator[str]:
    """Hours on both sides of the change of standards, in whole µg/m³ as published."""
    rng = random.Random(1)
    for n in range(ROWS):
        month, hour = n * 12 // ROWS + 1, n // 98 % 24
        values = [rng.expovariate(1 / mean) for mean in (40, 70, 10, 30)]
        yield f"s{n % 98},2026-{month:02}-08T{hour:02}:00:00+08:00,"
        yield ",".join(f"{value:.0f}" for value in values)
        yield f",{rng.expovariate(2):.1f},{abs(rng.gauss(90, 40)):.0f}\n"


def rate(work: Callable[[], object]) -> float:
    """Rows per second, the better of two."""
    seconds = []
    for _ in range(2):
        start = perf_counter()
        work()
        seconds.append(perf_counter() - start)
    return ROWS / min(seconds)


def pandas_alone(path: Path) -> None:
    """Reads and writes the file, without an assessment."""
    pd.read_csv(path).to_csv(os.devnull, index=False)


def main() -> None:
    """Print the table."""
    files: dict[str, tuple[Medium, str, Iterator[str]]] = {
        "water, published": ("water", WATER, water_rows(2)),
        "water, unrounded": ("water", WATER, water_rows(5)),
        "air, by time": ("air", AIR, air_rows()),
    }
    command = typer.Typer()
    command.command()(assess)
    print(f"{'1,000,000 rows':20}{'assess rows/s':>16}{'pandas rows/s':>16}")
    with TemporaryDirectory() as folder, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for name, (medium, header, rows) in files.items():
            path = Path(folder) / "rows.csv"
            with path.open("w", encoding="utf-8") as file:
                file.write(header)
                file.writelines(rows)
            with redirect_stdout(nowhere):
                ours = rate(partial(command, [medium, str(path)], standalone_mode=False))
            theirs = rate(partial(pandas_alone, path))
            print(f"{name:20}{ours:16,.0f}{theirs:16,.0f}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
