"""Real days replayed through the running service: its register equals what pandas finds in the files."""

import gzip
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.paths import REAL
from tests.support.servers import Mosquitto

RULES = """\
[[rule]]
id = "city-reading"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "warning", limit = 15 }]
name = { zh = "细颗粒物", en = "PM2.5" }
"""
STATIONS = {
    "人民公园": "renmin-gongyuan",
    "五金库": "wujinku",
    "世纪豪园": "shiji-haoyuan",
    "北泵房": "beibengfang",
    "烟厂": "yanchang",
}
SECTIONS = {"八号桥": "bahaoqiao", "后城": "houcheng", "后城(老)": "houcheng-old"}
CLASSES = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "劣Ⅴ": 6}
ITEMS = {"ph": "ph", "do": "do_mg_l", "codmn": "codmn_mg_l", "nh3n": "nh3n_mg_l", "tp": "tp_mg_l"}

Found = tuple[str, str, str | None, float]  # site, begin, end, peak


def episodes(values: pd.Series, limit: float) -> Iterator[tuple[datetime, datetime | None, float]]:
    """Runs above the limit: the first time, the first time not above it after the run, the highest value."""
    over = values > limit
    run = (over != over.shift()).cumsum()
    for _, part in values.groupby(run):
        if part.iloc[0] > limit:
            after = values.index[values.index > part.index[-1]]
            yield part.index[0], (after[0] if len(after) else None), float(part.max())


def expected(frame: pd.DataFrame, column: str, limit: float) -> set[Found]:
    found = set()
    for site, rows in frame.groupby("site"):
        values = rows.set_index("time")[column].dropna()
        for begin, end, peak in episodes(values, limit):
            found.add((str(site), begin.isoformat(), end.isoformat() if end is not None else None, peak))
    return found


def replayed(service: LiangquRun, table: Path, frame: pd.DataFrame, rule: str) -> set[Found]:
    frame.to_csv(table, index=False)
    told = service.command("replay", str(table))
    service.wait_until_settled(int(told.split()[0]))
    rows: list[dict[str, Any]] = json.loads(service.command("alerts", "history", "--rule", rule, "--json"))
    return {(row["site"], row["begin"], row["end"], row["peak"]) for row in rows}


def air() -> pd.DataFrame:
    """Zhangjiakou's five stations, 26 March to 3 April 2020, hour by hour, in order of time."""
    with gzip.open(REAL / "air-pm25in-2020/open/hourly_2020-03-26_04-03.csv.gz", "rt") as stream:
        raw = pd.read_csv(stream, dtype=str)
    raw = raw[raw["city"].str.contains("zhangjiakou|张家口") & raw["station"].isin(STATIONS)]
    day = pd.to_datetime(raw["date"]).dt.tz_localize("Asia/Shanghai")
    made = pd.DataFrame(
        {
            "site": raw["station"].map(STATIONS),
            "time": day + pd.to_timedelta(raw["hour"].astype(int), unit="h"),
            "pm25": pd.to_numeric(raw["pm25"], errors="coerce"),
        }
    )
    return made.dropna().drop_duplicates(["site", "time"]).sort_values("time")


def water(name: str, year: int) -> pd.DataFrame:
    """八号桥 and 后城 as published, with the authority's own class, in order of time; no year is printed."""
    with gzip.open(REAL / "water-cnemc-2020-2021/open" / name, "rt") as stream:
        raw = pd.read_csv(stream, dtype=str)
    raw = raw[raw["section"].isin(SECTIONS) & (raw["status"] == "正常") & raw["class_given"].isin(CLASSES)]
    made = pd.DataFrame({"site": raw["section"].map(SECTIONS)})
    made["time"] = pd.to_datetime(f"{year}-" + raw["time"]).dt.tz_localize("Asia/Shanghai")
    for item, column in ITEMS.items():
        cells = raw[f"{column}_raw"].fillna(raw[column]) if f"{column}_raw" in raw else raw[column]
        made[item] = pd.to_numeric(cells, errors="coerce")
    made["given"] = raw["class_given"].map(CLASSES).astype(float)
    return made.drop_duplicates(["site", "time"]).sort_values("time")


@pytest.mark.server
@pytest.mark.real
def test_real_air_gives_the_episodes_that_pandas_finds(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    more = f'[alerts]\npage_max_age = "none"\nrules = ["{tmp_path / "rules.toml"}"]\n'
    service = start_liangqu(mosquitto.port, more=more)
    frame = air()

    found = replayed(service, tmp_path / "air.csv", frame, "city-reading")

    want = expected(frame, "pm25", 15.0)
    print(f"{len(frame)} readings, {len(want)} episodes")
    assert len(want) > 10
    assert found == want


@pytest.mark.server
@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "year"),
    [
        pytest.param("daily_2020-05-08_2020-10-31.csv.gz", 2020, id="half a year, daily"),
        pytest.param("april2021_4h.csv.gz", 2021, id="five days, every four hours"),
    ],
)
def test_real_water_gives_the_episodes_of_the_authoritys_own_class(
    name: str, year: int, mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    service = start_liangqu(mosquitto.port, more='[alerts]\npage_max_age = "none"\n')
    frame = water(name, year)

    found = replayed(service, tmp_path / "water.csv", frame.drop(columns="given"), "water-sample")

    want = expected(frame, "given", 3.0)  # both sections are to be Class III
    print(f"{len(frame)} samples, {len(want)} episodes")
    assert found == want
