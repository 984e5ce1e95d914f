"""What people read on a board: names, readable colours, thresholds, gaps, a map without the internet."""

import json
import math
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from dashboards.grafana import build, contrast, names, theme
from dashboards.grafana.boards.overview import MAP_SIZE
from dashboards.grafana.boards.wall import ROWS
from dashboards.grafana.maps.layout import MARK_PX, TILE_PX, views
from dashboards.grafana.maps.panel import map_panel
from dashboards.grafana.theme import Translate
from ingest.journal.accounting import OUTCOMES
from ingest.sites.unused import REASONS
from ingest.stores.base import STORE_ERRORS
from sensors.catalogue import loader
from sensors.decoding.types import FLAGS
from sensors.model import KINDS, Name, RefusalReason
from sensors.standards import aqi
from sensors.standards.rounding import fraction_of, round_half_even
from sensors.standards.targets import Target
from sensors.standards.water_limits import quality
from sensors.standards.wind_force import force_of
from tests.dashboards.grafana.test_boards import BOARDS, CATALOGUE

IDS = {
    "site",
    "parameter",
    "rule",
    "kind",
    "failed",
    "flag",
    "determining",
    "state",
    "severity",
    "rank",
    "class",
}
PALETTE = (theme.NEUTRAL, theme.GOOD, theme.WARN, theme.SERIOUS, theme.BAD)
OFFICIAL = [level.colour for level in aqi.levels()] + [quality(n).colour for n in theme.CLASSES]


def panels(*types: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, p) for name, board in BOARDS.items() for p in board["panels"] if p["type"] in types]


def changes(panel: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What each override sets, by the name it is for."""
    return {
        one["matcher"]["options"]: {change["id"]: change["value"] for change in one["properties"]}
        for one in panel["fieldConfig"]["overrides"]
    }


@pytest.mark.parametrize(
    ("table", "ids"),
    [
        ("kind", KINDS), ("refused", get_args(RefusalReason)), ("store_error", STORE_ERRORS),
        ("unused", REASONS), ("flag", FLAGS), ("outcome", OUTCOMES),
    ],
)  # fmt: skip
def test_every_word_of_the_service_has_a_name(table: str, ids: list[str]) -> None:
    assert {*names.words()[table]} == {*ids}


def test_a_column_that_holds_ids_shows_names() -> None:
    found = 0
    for board, panel in panels("table"):
        there = panel["transformations"][0]["options"]
        for column, title in there["renameByName"].items():
            if column in IDS:
                found += 1
                assert changes(panel)[title].get("mappings"), (board, panel["title"], column)
    assert found > 40


def test_the_first_of_several_items_is_named_with_the_others() -> None:
    (mapping,) = names.joined_parameters(Translate("zh"), CATALOGUE, "air")
    options: Any = mapping.options

    assert options["pm10;pm25"].text == "可吸入颗粒物、细颗粒物"


@pytest.mark.parametrize("colour", OFFICIAL, ids=lambda colour: colour.en)
def test_letters_can_be_read_on_every_official_colour(colour: Any) -> None:
    shown = bytes.fromhex(contrast.readable(colour)[1:])

    assert contrast.is_readable((shown[0], shown[1], shown[2]))


@pytest.mark.parametrize("colour", PALETTE)
def test_letters_can_be_read_on_our_own(colour: str) -> None:
    red, green, blue = bytes.fromhex(colour[1:])

    assert contrast.is_readable((red, green, blue))


def test_contrast_is_that_of_wcag() -> None:
    """Black on white is 21, and #767676 on white the darkest grey that just reaches 4.5."""
    assert contrast.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast.contrast((0x76,) * 3, (255,) * 3) == pytest.approx(4.54, abs=0.005)
    assert contrast.contrast((0x77,) * 3, (255,) * 3) < 4.5


def target(limit: str, decimals: int) -> Target:
    return Target(
        "t", "zone-a", "year", "stable", date(2022, 1, 1), 2022, "", "pm25", Decimal(limit), decimals
    )


@given(st.integers(1, 60), st.integers(0, 2), st.integers(0, 8000))
def test_red_begins_with_the_first_mean_that_misses_the_target(limit: int, decimals: int, cents: int) -> None:
    value = Decimal(cents) / 100
    misses = round_half_even(fraction_of(value), decimals) > limit

    assert (float(value) >= theme.first_beyond(target(str(limit), decimals))) == misses


def test_25_is_met_by_25_4_and_missed_by_25_5() -> None:
    (_, good), (begins, red) = theme.target_steps(target("25", 0))

    assert (begins, good, red) == (25.5, theme.GOOD, theme.BAD)


def test_what_is_only_striven_for_and_an_hour_above_it_are_never_red() -> None:
    aimed = structs.replace(target("25", 0), wording="striven_for")
    colours = {
        colour for steps in (theme.target_steps(aimed), theme.signal_steps(aimed)) for _, colour in steps
    }

    assert colours == {theme.GOOD, theme.WARN}
    assert theme.signal_steps(aimed)[1][0] == math.nextafter(25, 26)


def test_no_line_leads_across_a_gap_of_any_length() -> None:
    for board, panel in panels("timeseries", "state-timeline"):
        custom = [panel["fieldConfig"]["defaults"]["custom"], *changes(panel).values()]
        spans = [one.get("spanNulls", one.get("custom.spanNulls", False)) for one in custom]
        assert True not in spans, (board, panel["title"])


def test_zero_is_not_amber_and_not_red() -> None:
    for board, panel in panels("bargauge"):
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        if panel["fieldConfig"]["defaults"].get("unit") != "percent":
            assert steps[0]["color"] in {theme.GOOD, theme.NEUTRAL}, (board, panel["title"])


def test_open_events_are_listed_however_old_they_are_the_gravest_first() -> None:
    for board in ("alerts", "overview", "wall"):
        (panel,) = [
            p for p in BOARDS[f"en/{board}.json"]["panels"] if p["title"] == "Open events, gravest first"
        ]
        assert panel["timeFrom"] == "20y"
        assert [(key["displayName"], key["desc"]) for key in panel["options"]["sortBy"]] == [
            ("Severity", True),
            ("Begun", True),
        ]


def test_marks_are_those_of_the_site_that_is_chosen() -> None:
    for name, variable in (("air", "site"), ("sources", "site"), ("river", "section")):
        (marks,) = BOARDS[f"zh/{name}.json"]["annotations"]["list"]
        assert f"\"site\" = '${{{variable}:raw}}'" in marks["target"]["query"]


def test_what_is_calm_on_the_board_is_force_0() -> None:
    """0.25 m/s is 0.2 on one decimal, half to even, which is the last of force 0."""
    (panel,) = [p for p in BOARDS["en/sources.json"]["panels"] if "where the wind comes from" in p["title"]]
    *sectors, calm = [target["query"] for target in panel["targets"]]

    assert '"wind_speed" <= 0.25 ' in calm
    assert (force_of(0.25), force_of(math.nextafter(0.25, 1))) == (0, 1)
    assert len(sectors) == 8
    assert all('"wind_speed" > 0.25 ' in query for query in sectors)


def test_the_wall_has_what_is_wrong_in_its_first_row_and_says_what_has_no_room() -> None:
    """Each station has a target: three tiles each do not fit on one screen."""
    wall = BOARDS["en/wall.json"]
    city = next(one for one in CATALOGUE.targets if one.limit is not None)
    stations = [site.id for site in CATALOGUE.sites.values() if site.medium == "air"]
    many = structs.replace(CATALOGUE, targets=[structs.replace(city, place=id_) for id_ in stations])

    first = [panel["title"] for panel in wall["panels"] if panel["gridPos"]["y"] == 0]
    crowded = json.loads(build.to_files(many)["en/wall.json"])

    assert {"Open events by severity", "Silent sites"} < {*first}
    assert "overview" not in wall["description"]
    assert {"Open events by severity", "Silent sites"} < {panel["title"] for panel in crowded["panels"]}
    rest = 3 * len(stations) + 2 - 15  # of events and silent sites one each; three rows of five
    assert f"only on the overview: {rest} tiles" in crowded["description"]


def test_the_wall_is_one_screen() -> None:
    grid = [panel["gridPos"] for panel in BOARDS["zh/wall.json"]["panels"]]

    assert max(place["y"] + place["h"] for place in grid) == ROWS
    assert 1080 - 2 * 38 < ROWS * 38 + 8 <= 1080


class TestMap:
    def test_its_ground_is_in_the_board_and_asks_nobody(self) -> None:
        maps = panels("geomap")
        for board, panel in maps:
            source = panel["options"]["basemap"]["config"]["src"]
            assert source.startswith("data:application/geo+json,"), board
            features = json.loads(unquote(source.partition(",")[2]))["features"]
            assert {one["geometry"]["type"] for one in features} == {"Polygon", "LineString", "Point"}
            assert panel["options"]["basemap"]["type"] == "geojson"
            assert {layer["type"] for layer in panel["options"]["layers"]} == {"markers"}
        assert len(maps) == 8

    def test_every_site_is_on_one_of_the_maps_and_no_two_marks_touch(self) -> None:
        drawn = views(CATALOGUE, MAP_SIZE)

        assert {place.id for view in drawn for place in view.places} >= {*CATALOGUE.sites}
        for view in drawn:
            px = TILE_PX * 2**view.zoom / 360
            down = px / math.cos(math.radians(view.lat))
            for one, other in combinations(view.places, 2):
                apart = math.hypot((one.lon - other.lon) * px, (one.lat - other.lat) * down)
                assert apart >= MARK_PX, (one.id, other.id)
            for place in view.places:
                assert abs(place.lon - view.lon) * px < MAP_SIZE.width / 2
                assert abs(place.lat - view.lat) * down < MAP_SIZE.height / 2

    def test_without_any_coordinates_there_is_still_a_map(self) -> None:
        sites = {id_: structs.replace(site, lon=None, lat=None) for id_, site in CATALOGUE.sites.items()}

        (view,) = views(structs.replace(CATALOGUE, sites=sites), MAP_SIZE)

        assert {place.id for place in view.places} == {*sites}

    def test_thirty_more_without_coordinates_fill_half_of_it_and_the_rest_is_named(self) -> None:
        site = CATALOGUE.sites["bahaoqiao"]
        more = {f"s{n}": structs.replace(site, id=f"s{n}", name=Name(f"断面{n}", f"S{n}")) for n in range(30)}
        crowded = structs.replace(CATALOGUE, sites={**CATALOGUE.sites, **more})

        whole, *_ = views(crowded, MAP_SIZE)

        below = [place.id for place in whole.places if not place.known]
        assert len(below) == 6  # half of 390 px has two rows of 80, 500 px three names of 150 in each
        assert {*more} < {*below, *(place.id for place in whole.left_out)}
        panel = map_panel("Map", whole, crowded, Translate("en")).build()
        assert ", S29." in (panel.description or "")

    def test_without_any_site_the_boards_are_built_and_whole(self) -> None:
        empty = loader.load(shipped=False)
        boards = {name: json.loads(text) for name, text in build.to_files(empty).items()}

        (drawn,) = [p for p in boards["en/overview.json"]["panels"] if p["type"] == "geomap"]

        assert not empty.sites
        assert drawn["options"]["layers"] == []


def test_a_wider_zone_is_among_the_places_and_has_its_attainment(tmp_path: Path) -> None:
    """It has no readings and no hours: the boards of what is now leave it out."""
    file = tmp_path / "wider.toml"
    file.write_text(
        '[[zone]]\nid = "province"\nname = { zh = "全省", en = "Province" }\nof = ["zone-city"]\n'
        '[[target]]\nid = "province-pm25"\nplace = "zone-province"\nparameter = "pm25"\nstatistic = "year"\n'
        'limit = 30\ndecimals = 0\nwording = "stable"\nvalid_from = 2022-01-01\ndue = 2025\n'
        'confirmed = "no"\n',
        encoding="utf-8",
    )
    boards = build.to_files(loader.load([file]))

    (choice,) = [
        one for one in json.loads(boards["en/air.json"])["templating"]["list"] if one["name"] == "site"
    ]
    assert "Province : zone-province" in choice["query"]
    titles = [panel.get("title", "") for panel in json.loads(boards["en/attainment.json"])["panels"]]
    assert "Province: year to date" in titles
    shown = [panel.get("title", "") for panel in json.loads(boards["en/overview.json"])["panels"]]
    assert not any("Province" in title for title in shown)
