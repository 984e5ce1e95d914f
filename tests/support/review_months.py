"""A site's month for the hints of a review, out of tables: real measurements, or made ones."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboards.review.curves import (
    MaintenanceSpan,
    ReviewCurve,
    ReviewGrid,
    ReviewNeighbour,
    SiteMonth,
)
from dashboards.review.limits import limits_of
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.catalogue.model import Site
from sensors.model import Medium, Name
from tests.support.paths import REAL

BEIJING = REAL / "air-beijing-prsa"
COLUMNS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
Table = Mapping[str, NDArray[np.float64]]
"""Of each site the values of one parameter, step by step."""


@cache
def beijing() -> Mapping[str, pd.DataFrame]:
    """Four years of six stations by parameter, a column each; CO in mg/m³ as here."""
    frames = {}
    for file in sorted(BEIJING.glob("*.csv.gz")):
        frame = pd.read_csv(file, na_values="NA")
        frame.index = pd.to_datetime(frame[["year", "month", "day", "hour"]])
        frames[str(frame["station"].iloc[0])] = frame.rename(columns=COLUMNS)[list(COLUMNS.values())]
    for frame in frames.values():
        frame["co"] = (frame["co"] / 1000).round(3)
    return {
        parameter: pd.DataFrame({site: frame[parameter] for site, frame in frames.items()})
        for parameter in COLUMNS.values()
    }


def beijing_month(month: str) -> dict[str, dict[str, NDArray[np.float64]]]:
    """By parameter and site the hours of `YYYY-MM`, to be changed at will."""
    return {
        parameter: {
            str(site): column.to_numpy(dtype=float, copy=True) for site, column in frame.loc[month].items()
        }
        for parameter, frame in beijing().items()
    }


def a_site(id_: str, medium: Medium = "air", cycle: timedelta = timedelta(hours=1)) -> Site:
    """A site with nothing but a name."""
    return Site(id_, medium, Name(id_, id_), cycle, 2 * cycle)


def site_month(
    site: str,
    start: str,
    tables: Mapping[str, Table],
    maintenance: Sequence[MaintenanceSpan] = (),
    *,
    medium: Medium = "air",
    cycle: timedelta = timedelta(hours=1),
) -> SiteMonth:
    """The month of one of the sites of the tables, which are by parameter; all others are its neighbours."""
    begin = datetime.fromisoformat(start).replace(tzinfo=SHANGHAI)
    catalogue = loader.load()
    size = len(next(iter(next(iter(tables.values())).values())))
    own = a_site(site, medium, cycle)
    others = dict.fromkeys(name for table in tables.values() for name in table if name != site)
    return SiteMonth(
        own,
        catalogue.parameters,
        ReviewGrid(begin, cycle, size, 0, size),
        {id_: ReviewCurve(table[site], table[site]) for id_, table in tables.items() if site in table},
        tuple(
            ReviewNeighbour(
                a_site(name, medium, cycle),
                None,
                {id_: table[name] for id_, table in tables.items() if name in table},
            )
            for name in others
        ),
        tuple(maintenance),
        {id_: limits_of(own, id_, catalogue, begin.date()) for id_ in tables},
    )


def made_month(
    seed: int = 0, *, sites: int = 6, hours: int = 720
) -> dict[str, dict[str, NDArray[np.float64]]]:
    """Whole-numbered PM2.5 and PM10 of sites `s0`, `s1` … that rise and fall together."""
    numbers = np.random.default_rng(seed)
    common = _wandering(numbers, hours, keeps=0.98, step=0.12)
    tables: dict[str, dict[str, NDArray[np.float64]]] = {"pm25": {}, "pm10": {}}
    for at in range(sites):
        own = common + _wandering(numbers, hours, keeps=0.8, step=0.08) + numbers.normal(0, 0.15)
        fine = np.round(50 * np.exp(own))
        tables["pm25"][f"s{at}"] = fine
        tables["pm10"][f"s{at}"] = np.round(fine * (1.5 + 0.1 * np.sin(np.arange(hours) / 9))) + 4
    return tables


def _wandering(numbers: np.random.Generator, hours: int, *, keeps: float, step: float) -> NDArray[np.float64]:
    """Each hour what is kept of the last one, and something new."""
    found, value = np.empty(hours), 0.0
    for at, new in enumerate(numbers.normal(0, step, hours)):
        found[at] = value = keeps * value + new
    return found
