"""`liangqu zones`: means of a province over the stores of two services, beside one that has it all."""

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from ingest.stores.sqlite.store import SqliteStore
from tests.support.frames import rows_of
from tests.support.pipeline_harness import AGES
from tests.support.typed_command import EndOfCommand, type_command

NORTH, SOUTH = ("n1", "n2", "n3"), ("s1", "s2")
DAYS = [date(2025, 1, 25) + timedelta(days=k) for k in range(11)]
SILENT = {"n2": {3, 4}, "s1": {4, 9, 10}}
"""Days, by their number, on which a station sent nothing."""

SITE = """
[[site]]
id = "{id}"
medium = "air"
name = {{ zh = "站{id}", en = "Site {id}" }}
zone = "{zone}"
parameters = ["pm25"]
"""
ZONE = '[[zone]]\nid = "{id}"\nname = {{ zh = "{id}", en = "{id}" }}\n'


def _value(site: str, day: int, hour: int) -> float:
    return (hash((site[0] == "n", int(site[1]), day, hour)) % 9973) / 100


def _settle(folder: Path, catalogue: str, more: str = "", others: tuple[str, ...] = ()) -> None:
    folder.mkdir()
    (folder / "sites.toml").write_text(catalogue, encoding="utf-8")
    files = [*others, "sites.toml"]
    settings = f'language = "en"\n[catalogue]\nshipped = false\nextra = {files}\n{more}'
    (folder / "liangqu.toml").write_text(settings, encoding="utf-8")


def _import(folder: Path, sites: tuple[str, ...], days: dict[int, float] | None = None) -> None:
    """The sites' hours; with `days`, these days alone, that much higher."""
    rows = [
        f"{site},{DAYS[day]}T{hour:02}:00:00+08:00,{_value(site, day, hour) + (days or {}).get(day, 0.0):.2f}"
        for site in sites
        for day in days or range(len(DAYS))
        if day not in SILENT.get(site, ())
        for hour in range(24)
    ]
    (folder / "rows.csv").write_text("site,time,pm25\n" + "\n".join(rows) + "\n", encoding="utf-8")
    conflict = ("--on-conflict", "revise") if days else ()
    done = type_command("import", "rows.csv", "--label", "start", *conflict, cwd=folder)
    assert done.returncode == 0, done.stderr


def zones(folder: Path, *words: str) -> EndOfCommand:
    return type_command("zones", "--from", "2021-01-01", *words, cwd=folder)


def _rows(folder: Path, zone: str, name: str) -> dict[object, tuple[object, ...]]:
    """Value, validity and whether it is over, by stamp; from the month upward the counts too."""
    cells = ("value", "valid", "closed") + (("n", "expected") if name != "day" else ())
    with closing(SqliteStore(folder / "liangqu.db")) as store:
        frame = store.statistics(zone, "pm25", name, *AGES)  # type: ignore[arg-type]
    return {row.Index: tuple(getattr(row, cell) for cell in cells) for row in rows_of(frame)}


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two services of a province, one for all of it beside them, and whoever computes the province."""
    place = tmp_path_factory.mktemp("province")
    for name, sites in (("north", NORTH), ("south", SOUTH)):
        rows = "".join(SITE.format(id=one, zone=name) for one in sites)
        _settle(place / name, ZONE.format(id=name) + rows)
        _import(place / name, sites)
    everything = "".join(SITE.format(id=one, zone="all") for one in (*NORTH, *SOUTH))
    _settle(place / "one", ZONE.format(id="all") + everything)
    _import(place / "one", (*NORTH, *SOUTH))
    of_sites = ZONE.format(id="all") + f"of = {[*NORTH, *SOUTH]}\n"
    of_zones = ZONE.format(id="cities") + 'of = ["zone-north", "zone-south"]\n'
    _settle(
        place / "above",
        of_zones + of_sites,
        '[zones]\nshards = ["../north/liangqu.toml", "../south/liangqu.toml"]\n',
        ("../north/sites.toml", "../south/sites.toml"),
    )
    return place


@pytest.fixture(scope="module")
def first(province: Path) -> EndOfCommand:
    return zones(province / "above")


def test_it_is_what_one_service_computes_of_the_same_stations(province: Path, first: EndOfCommand) -> None:
    assert first.returncode == 0, first.stderr
    for name in ("day", "month", "year_to_date", "year", "12month", "36month"):
        found = _rows(province / "above", "zone-all", name)
        expected = _rows(province / "one", "zone-all", name)
        assert found == expected, name
    assert len(_rows(province / "above", "zone-all", "day")) == len(DAYS)


def test_it_says_on_how_many_it_rests_and_who_is_missing(province: Path, first: EndOfCommand) -> None:
    assert "  2025-02-04 rests on 4 of 5 members (PM2.5); missing: Site s1" in first.stdout.splitlines()
    assert "  2025-02-04 rests on 2 of 2 members (PM2.5)" in first.stdout.splitlines()
    with closing(SqliteStore(province / "above" / "liangqu.db")) as store:
        found = store.points("zone_members", *AGES, {"site": "zone-all", "statistic": "day"})
    rests = [(row.present, row.of, row.missing) for row in rows_of(found)]
    assert [rests[day] for day in (0, 3, 4, 10)] == [
        (5.0, 5.0, ""),
        (4.0, 5.0, "n2"),
        (3.0, 5.0, "n2;s1"),
        (4.0, 5.0, "s1"),
    ]
    valid = [row[1] for row in _rows(province / "above", "zone-all", "day").values()]
    assert [valid[day] for day in (0, 3, 4, 10)] == [True, True, False, True]  # three of five are too few


def test_zones_of_zones_average_zones(province: Path, first: EndOfCommand) -> None:
    assert first.returncode == 0
    of_zones, north, south = (
        [row[0] for row in _rows(province / folder, zone, "day").values()]
        for folder, zone in (("above", "zone-cities"), ("north", "zone-north"), ("south", "zone-south"))
    )
    assert of_zones[0] == pytest.approx((north[0] + south[0]) / 2, rel=1e-12)  # type: ignore[operator]


def test_a_revised_day_is_taken_over_and_nothing_else_is_written(province: Path, first: EndOfCommand) -> None:
    assert first.returncode == 0
    before = _rows(province / "above", "zone-all", "day")
    assert [line for line in zones(province / "above").stdout.splitlines() if "written" in line] == [
        "cities: 0 rows written",
        "all: 0 rows written",
    ]

    _import(province / "south", ("s2",), {7: 50.0})
    _import(province / "one", ("s2",), {7: 50.0})
    assert zones(province / "above").returncode == 0

    after = _rows(province / "above", "zone-all", "day")
    assert [at for at, row in after.items() if row != before[at]] == [[*before][7]]
    assert after == _rows(province / "one", "zone-all", "day")


FLAWS = {
    "no such member": ('of = ["zone-north", "nobody"]', 'of: no air site or zone has the id "nobody"'),
    "twice": ('of = ["zone-north", "zone-north"]', "of: one stands twice"),
    "a zone by its bare id": (
        'of = ["north"]',
        'of: a zone stands here by the id of its place, "zone-north"',
    ),
    "made of itself": ('of = ["zone-city"]', "of: it is made of itself"),
}


@pytest.mark.parametrize(("row", "said"), FLAWS.values(), ids=FLAWS)
def test_a_wider_zone_that_cannot_be_is_refused(tmp_path: Path, row: str, said: str) -> None:
    catalogue = ZONE.format(id="north") + SITE.format(id="n1", zone="north") + ZONE.format(id="city") + row
    _settle(tmp_path / "it", catalogue + "\n")
    done = zones(tmp_path / "it")
    assert done.returncode == 2
    assert said in done.stderr


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    catalogue = ZONE.format(id="north") + SITE.format(id="n1", zone="north")
    catalogue += ZONE.format(id="all") + 'of = ["n1"]\n'
    _settle(tmp_path / "it", catalogue, '[zones]\nshards = ["missing.toml"]\n')
    done = zones(tmp_path / "it")
    assert done.returncode == 2
    assert "missing.toml" in done.stderr
    missing = tmp_path / "it" / "missing.toml"
    said = f"zones.shards: {missing}: there is no such file here; liangqu zones needs it"
    assert said in type_command("check", cwd=tmp_path / "it").stdout


def test_whoever_stays_goes_on_when_a_store_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not asked to stay the same is the end, with exit code 1."""
    catalogue = ZONE.format(id="north") + SITE.format(id="n1", zone="north")
    catalogue += ZONE.format(id="all") + 'of = ["n1"]\n'
    store = '[store]\nkind = "influxdb"\n[influxdb]\nurl = "http://127.0.0.1:9"\ntimeout = "1s"\n'
    _settle(tmp_path / "it", catalogue, store)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    once = zones(tmp_path / "it")
    monkeypatch.setattr("liangqu.cli.zones.time.sleep", pause)
    stays = zones(tmp_path / "it", "--every", "1h")

    assert (once.returncode, once.stderr.count("store: ")) == (1, 1)
    assert (stays.stderr.count("store: "), pauses) == (2, [3600.0, 3600.0])
