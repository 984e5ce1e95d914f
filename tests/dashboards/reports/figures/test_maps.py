"""The map of sites: true to scale, north up, all of it on the sheet."""

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dashboards.reports.figures.maps import MapSite, map_frame, scale_length, sites_map

GREEN = (0, 228, 0)
RENMIN = MapSite("人民公园", 114.8985, 40.8367, "49", GREEN)
CHONGLI = MapSite("崇礼", 115.29, 40.98, "43", GREEN)


def great_circle(one: MapSite, other: MapSite) -> float:
    """Kilometres along the earth, by the haversine formula on a sphere of 6371 km."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    lon = math.radians(other.lon - one.lon)
    a = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(lon / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(a))


places = st.builds(lambda lon, lat: MapSite("x", lon, lat, "1", GREEN), st.floats(73, 135), st.floats(18, 53))


@given(places, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_a_distance_on_the_sheet_is_that_on_the_earth(one: MapSite, east: float, north: float) -> None:
    """Within half a degree the plane is true to one part in a hundred."""
    other = one._replace(lon=one.lon + east, lat=one.lat + north)
    assume(great_circle(one, other) > 1)
    frame = map_frame([one, other])

    (x1, y1), (x2, y2) = frame.point(one.lon, one.lat), frame.point(other.lon, other.lat)

    assert math.hypot(x2 - x1, y2 - y1) / frame.mm_a_km == pytest.approx(great_circle(one, other), rel=0.01)


@given(st.lists(places, min_size=1, max_size=6))
def test_every_site_is_inside_the_frame_and_north_is_up(sites: list[MapSite]) -> None:
    frame = map_frame(sites)

    for site in sites:
        x, y = frame.point(site.lon, site.lat)
        assert 12 < x < 184
        assert 3 < y < 3 + frame.height
    assert 60 <= frame.height <= 95
    assert frame.point(sites[0].lon, sites[0].lat + 0.1)[1] < frame.point(sites[0].lon, sites[0].lat)[1]


def test_the_scale_is_a_round_number_of_kilometres_that_fits() -> None:
    """The two are 36.6 km apart, 33 of it eastwards; a quarter of the map with its air is 11 km."""
    frame = map_frame([RENMIN, CHONGLI])

    assert great_circle(RENMIN, CHONGLI) == pytest.approx(36.6, abs=0.1)
    assert scale_length(frame) == 10


def test_a_site_has_its_number_on_its_colour_and_its_name_and_without_data_it_is_grey() -> None:
    svg = sites_map([RENMIN, CHONGLI._replace(rgb=None, text="–")], "Sites", "map").svg
    texts = re.findall(r">([^<>]+)</text>", svg)

    assert {"人民公园", "49", "崇礼", "–", "10 km", "115°E", "40.9°N"} <= set(texts)
    assert "#00e400" in svg
    assert "http" not in svg.replace("http://www.w3.org", "")


def test_names_of_sites_that_stand_close_do_not_lie_on_each_other() -> None:
    """Two stations 300 m apart: one name goes to the other side."""
    near = RENMIN._replace(name="五金库", lon=RENMIN.lon + 0.003)
    svg = sites_map([RENMIN, near, CHONGLI], "Sites", "map").svg

    xs = {name: float(re.search(rf'x="([\d.]+)"[^>]*>{name}<', svg)[1]) for name in ("人民公园", "五金库")}  # type: ignore[index]
    anchors = re.findall(r"text-anchor: (\w+)[^>]*>(?:人民公园|五金库)<", svg)
    assert len(set(xs.values())) == 2 or len(set(anchors)) == 2
