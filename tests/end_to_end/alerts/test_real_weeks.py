"""What people are told of real weeks with what is shipped: few messages, at the right time, nothing left out."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from tests.support.paths import REAL
from tests.support.scale import FULL
from tests.support.told_people import Arrival, Load, ServiceOfHours, Told, load_of, shipped_notify

FIRST = datetime(2015, 11, 1, tzinfo=SHANGHAI)
DAYS = 61
PEOPLE = ("wang-mail", "group", "centre")
ITEMS = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}


def winter() -> pd.DataFrame:
    """Six stations of Beijing, hour by hour, stamped by the end of the hour."""
    frames = []
    for file in sorted((REAL / "air-beijing-prsa").glob("*.csv.gz")):
        raw = pd.read_csv(file)
        raw["time"] = pd.to_datetime(raw[["year", "month", "day", "hour"]]).dt.tz_localize("Asia/Shanghai")
        raw["CO"] /= 1000  # µg/m³
        frames.append(raw[["station", "time", *ITEMS]].rename(columns=ITEMS))
    made = pd.concat(frames)
    made["site"] = made["station"].str.lower()
    made["time"] += pd.Timedelta(hours=1)
    return made[made["time"] > FIRST].sort_values(["time", "site"])


def city(folder: Path, sites: list[str], zone: str) -> Catalogue:
    """The shipped places, and these stations in one of its zones."""
    rows = [
        f'[[site]]\nid = "{site}"\nmedium = "air"\nname = {{ zh = "{site}", en = "{site}" }}\n'
        f'zone = "{zone}"\ncycle = "1h"\nbasis = "hour"\n'
        for site in sites
    ]
    file = folder / "sites.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return loader.load(extra=[file])


def arrivals(frame: pd.DataFrame, until: datetime) -> Iterator[Arrival]:
    """Each hour five minutes after it is over."""
    for row in frame[frame["time"] <= until].itertuples():
        values = {item: float(v) for item in ITEMS.values() if pd.notna(v := getattr(row, item))}
        if values:
            time = row.time.to_pydatetime()
            yield Arrival(time + timedelta(minutes=5), row.site, time, values)


def test_two_winter_months(tmp_path: Path) -> None:
    import os
    zone = os.environ.get("ZONE", "competition")
    days = int(os.environ.get("DAYS", "6"))
    frame = winter()
    catalogue = city(tmp_path, sorted(set(frame["site"])), zone)
    service = ServiceOfHours(tmp_path, catalogue, shipped_notify(tmp_path), FIRST)
    until = FIRST + timedelta(days=days)
    import time
    t=time.time()
    service.live(arrivals(frame, until), until)
    print(time.time()-t)
    for name in PEOPLE:
        mine = [one for one in service.told if one.channel == name]
        print(name, load_of(mine, days), Counter(r for one in mine for r in set(one.reasons)))
        if name == "wang-mail" or name=="group":
            for one in mine:
                print("  ", one.at.astimezone(SHANGHAI).strftime("%m-%d %a %H:%M"), one.severity, one.reasons, one.rules[-1], one.event)
    print(service.harness.journal.connection().execute("select reason, notified, count(*) from decision group by 1,2").fetchall())
    print(service.harness.journal.connection().execute("select area,cause,severity,notified_severity, datetime(begun_ms/1000+28800,'unixepoch'), datetime(ended_ms/1000+28800,'unixepoch') from event").fetchall())
