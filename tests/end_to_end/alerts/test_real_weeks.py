"""What people are told of real weeks with what is shipped: little, at the right time, nothing left out."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from alerts.notify.spacing import LONGEST
from sensors.calendar import SHANGHAI, from_ms
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Severity
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import assessed, standard_on
from tests.support.paths import REAL
from tests.support.scale import FULL, scaled
from tests.support.told_people import Arrival, ServiceOfHours, Told, load_of

PEOPLE = {"wang-mail": "wang", "group": "li"}  # by channel, as deploy/notify.toml has them
MOST_A_DAY = 2  # on average
MOST_IN_TEN_MINUTES = 5
MORNING = timedelta(hours=10)  # quiet hours, the wait of a group

# --- six stations of Beijing, November and December 2015 --------------------------------------

WINTER = datetime(2015, 11, 1, tzinfo=SHANGHAI)
GASES = {"PM2.5": "pm25", "PM10": "pm10", "SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3"}
DAILY_LIMITS = {"pm25": 75, "pm10": 150, "so2": 150, "no2": 80, "co": 4}  # GB 3095-2012, class 2
ENOUGH_HOURS = 20


def winter(days: int) -> pd.DataFrame:
    """Hour by hour, stamped by its end."""
    frames = []
    for file in sorted((REAL / "air-beijing-prsa").glob("*.csv.gz")):
        raw = pd.read_csv(file)
        begin = pd.to_datetime(raw[["year", "month", "day", "hour"]]).dt.tz_localize("Asia/Shanghai")
        made = raw[[*GASES]].rename(columns=GASES)
        made["co"] /= 1000  # µg/m³
        made["site"], made["time"] = raw["station"].str.lower(), begin + pd.Timedelta(hours=1)
        frames.append(made)
    whole = pd.concat(frames)
    chosen = whole[(whole["time"] > WINTER) & (whole["time"] <= WINTER + timedelta(days=days))]
    return chosen.sort_values(["time", "site"])


def with_stations(folder: Path, sites: list[str]) -> Catalogue:
    """The shipped places, and the stations in the zone with the strictest target."""
    rows = [
        f'[[site]]\nid = "{site}"\nmedium = "air"\nname = {{ zh = "{site}", en = "{site}" }}\n'
        f'zone = "competition"\ncycle = "1h"\nbasis = "hour"\n'
        for site in sites
    ]
    file = folder / "sites.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return loader.load(extra=[file])


def hourly(frame: pd.DataFrame) -> Iterator[Arrival]:
    """Each hour five minutes after it is over."""
    for row in frame.to_dict("records"):
        values = {item: float(row[item]) for item in GASES.values() if pd.notna(row[item])}
        if values:
            time = row["time"].to_pydatetime()
            yield Arrival(time + timedelta(minutes=5), row["site"], time, values)


def breaches(frame: pd.DataFrame) -> Iterator[tuple[str, str, datetime]]:
    """Station, pollutant and end of each day whose mean of at least 20 hours lies above the daily limit."""
    days = (frame["time"] - pd.Timedelta(hours=1)).dt.floor("D")
    for site, day in sorted(set(zip(frame["site"], days, strict=True))):
        part = frame[(frame["site"] == site) & (days == day)]
        for item, limit in DAILY_LIMITS.items():
            if part[item].count() >= ENOUGH_HOURS and part[item].mean() > limit:
                yield site, item, day.to_pydatetime() + timedelta(days=1)


class Known(NamedTuple):
    """An episode of the register: when it lasted, and when people first heard of its event."""

    begun: datetime
    ended: datetime | None
    told: datetime | None


def known(service: ServiceOfHours, rule: str) -> Mapping[tuple[str, str], list[Known]]:
    """The episodes of a rule by site and parameter."""
    first: dict[str, datetime] = {}
    for one in reversed(service.told):
        if one.channel in PEOPLE:
            first |= dict.fromkeys(one.events, one.at)
    found: dict[tuple[str, str], list[Known]] = {}
    rows = service.harness.journal.connection().execute(
        "SELECT site, parameter, begun_ms, ended_ms, event FROM episode WHERE rule LIKE ?", (rule,)
    )
    for site, parameter, begun, ended, event in rows:
        end = None if ended is None else from_ms(ended)
        found.setdefault((site, parameter), []).append(Known(from_ms(begun), end, first.get(event)))
    return found


def is_told(episodes: list[Known], moment: datetime, within: timedelta = MORNING) -> bool:
    """Whether an episode lasted then, of whose event people had heard by the next morning at the latest.

    Who has dozens of rivers hears of some later: their messages keep a distance.
    """
    return any(
        one.begun <= moment
        and (one.ended is None or one.ended >= moment)
        and one.told is not None
        and one.told <= moment + within
        for one in episodes
    )


@pytest.mark.real
@pytest.mark.heavy
def test_two_winter_months_of_six_stations(tmp_path: Path) -> None:
    days = scaled(61)
    frame = winter(days)
    catalogue = with_stations(tmp_path, sorted(set(frame["site"])))
    service = ServiceOfHours(tmp_path, catalogue, WINTER)

    service.live(hourly(frame), WINTER + timedelta(days=days) + MORNING)

    for channel in PEOPLE:
        load = load_of([one for one in service.told if one.channel == channel], days)
        print(channel, load)
        assert load.messages
        assert load.a_day <= (MOST_A_DAY if FULL else MOST_A_DAY + 1)  # six days are two episodes' beginnings
        assert load.most_in_ten_minutes <= MOST_IN_TEN_MINUTES
        assert load.mild_at_night == 0
    episodes, breached = known(service, "%24h-standard"), list(breaches(frame))
    print(f"{len(breached)} days of stations and pollutants above the standard")
    assert len(breached) > days
    assert [one for one in breached if not is_told(episodes.get(one[:2], []), one[2])] == []


# --- sections of the national network, 1 to 5 April 2021 --------------------------------------

APRIL = datetime(2021, 4, 1, tzinfo=SHANGHAI)
APRIL_DAYS = 6
ITEMS = {
    "ph": "ph", "do": "do_mg_l", "codmn": "codmn_mg_l", "nh3n": "nh3n_mg_l", "tp": "tp_mg_l",
    "turbidity": "turbidity_ntu", "conductivity": "ec_us_cm",
}  # fmt: skip
CLASSES = {
    item: limits for item, limits in assessed(standard_on(APRIL.date()), "river").items() if item in ITEMS
}
PLANNED = 3


def april(sections: int) -> pd.DataFrame:
    """Every four hours, of sections from all over the country: each of them one site."""
    raw = pd.read_csv(REAL / "water-cnemc-2020-2021/open/april2021_4h.csv.gz", dtype=str)
    raw = raw[(raw["status"] == "正常") & raw["time"].str.fullmatch(r"\d\d-\d\d \d\d:\d\d")]
    names = sorted(set(raw["section"]))
    chosen = names[:: max(1, len(names) // sections)]
    raw = raw[raw["section"].isin(chosen)]
    made = pd.DataFrame({"site": raw["section"].map({name: f"s{n}" for n, name in enumerate(chosen)})})
    made["time"] = pd.to_datetime("2021-" + raw["time"]).dt.tz_localize("Asia/Shanghai")
    for item, column in ITEMS.items():
        made[item] = pd.to_numeric(raw[column], errors="coerce")
    return made.drop_duplicates(["site", "time"]).sort_values(["time", "site"])


def with_sections(folder: Path, sites: list[str]) -> Catalogue:
    """The shipped places, and each section on a river of its own that is to be Class III."""
    rows = [
        f'[[river]]\nid = "{site}"\nname = {{ zh = "{site}", en = "{site}" }}\n'
        f'[[site]]\nid = "{site}"\nmedium = "water"\nname = {{ zh = "{site}", en = "{site}" }}\n'
        f'river = "{site}"\ncycle = "4h"\n'
        f'[[target]]\nid = "{site}"\nplace = "river-{site}"\nsection = "{site}"\nstatistic = "year"\n'
        f'class = {PLANNED}\nwording = "stable"\nvalid_from = 2019-08-01\ndue = 2022\nconfirmed = ""\n'
        for site in sites
    ]
    file = folder / "sites.toml"
    file.write_text("\n".join(rows), encoding="utf-8")
    return loader.load(extra=[file])


def samples(frame: pd.DataFrame) -> Iterator[Arrival]:
    """Each sample half an hour after it was taken."""
    for row in frame.to_dict("records"):
        values = {item: float(row[item]) for item in ITEMS if pd.notna(row[item])}
        if values:
            time = row["time"].to_pydatetime()
            yield Arrival(time + timedelta(minutes=30), row["site"], time, values)


def lasting(frame: pd.DataFrame) -> Iterator[tuple[str, datetime]]:
    """Section and time of each sample worse than planned, four hours after another one."""
    for site, part in frame.groupby("site"):
        worse = [
            one.time
            for one in samples(part)
            if (found := sample_class(one.values, CLASSES)) is not None and found.number > PLANNED
        ]
        yield from (
            (str(site), late) for early, late in pairwise(worse) if late - early <= timedelta(hours=4)
        )


def alone(service: ServiceOfHours, person: str) -> Mapping[str, list[Told]]:
    """A person's messages by section: what they would be told if it were the only one they look after."""
    found: dict[str, list[Told]] = {}
    rows = service.harness.journal.connection().execute(
        "SELECT e.area, n.thread, n.sent_ms, max(json_extract(n.document, '$.severity') = 'critical')"
        " FROM notification AS n JOIN event AS e ON e.id = n.thread"
        " WHERE n.person = ? AND n.sent_ms IS NOT NULL GROUP BY 1, 2, 3",
        (person,),
    )
    for area, thread, sent, is_critical in rows:
        severity: Severity = "critical" if is_critical else "warning"
        found.setdefault(area, []).append(Told(from_ms(sent), person, severity, (thread,), ()))
    return found


@pytest.mark.real
@pytest.mark.heavy
def test_five_days_of_the_nations_sections(tmp_path: Path) -> None:
    frame = april(scaled(833))
    sites = sorted(set(frame["site"]))
    service = ServiceOfHours(tmp_path, with_sections(tmp_path, sites), APRIL, timedelta(minutes=15))

    service.live(samples(frame), APRIL + timedelta(days=APRIL_DAYS))

    for channel, person in PEOPLE.items():
        together = load_of([one for one in service.told if one.channel == channel], APRIL_DAYS)
        loads = [load_of(told, APRIL_DAYS) for told in alone(service, person).values()]
        mean = sum(load.a_day for load in loads) / len(sites)
        print(f"{len(sites)} sections by one person, {channel}: {together}")
        print(f"each alone: {mean:.2f} a day, at most {max(load.a_day for load in loads):.2f}")
        assert together.most_in_ten_minutes <= MOST_IN_TEN_MINUTES
        assert together.mild_at_night == 0
        assert max(load.a_day for load in loads) <= MOST_A_DAY
        assert max(load.most_in_ten_minutes for load in loads) <= MOST_IN_TEN_MINUTES
    episodes, worse = known(service, "water-%"), list(lasting(frame))
    print(f"{len(worse)} samples worse than planned after another one")
    assert len(worse) > APRIL_DAYS
    told_within = LONGEST + MORNING
    assert [one for one in worse if not is_told(episodes.get((one[0], "_"), []), one[1], told_within)] == []
