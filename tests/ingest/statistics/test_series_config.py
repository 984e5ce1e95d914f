"""What feeds the series of a place, where the catalogue is another than when they began."""

from datetime import date

import pytest
from msgspec import structs

from ingest.statistics.series_config import config_on
from sensors.calendar import day_number
from sensors.catalogue import loader

CATALOGUE = loader.load()
DAY = day_number(date(2026, 11, 22))
SECTION = CATALOGUE.sites["houcheng"]
TURNED = structs.replace(
    CATALOGUE, sites={**CATALOGUE.sites, "wujinku": structs.replace(SECTION, id="wujinku", river=None)}
)


@pytest.mark.parametrize(
    ("site", "parameter", "is_fed"),
    [
        pytest.param("wujinku", "codmn", True, id="water, now that it is a section"),
        pytest.param("wujinku", "o3", False, id="ozone, from when it measured air"),
        pytest.param("houcheng", "no2", False, id="air at a section that never was anything else"),
        pytest.param("wujinku", "of-no-catalogue", False, id="a parameter that is gone"),
        pytest.param("gone", "no2", False, id="a site that is gone"),
    ],
)
def test_only_parameters_of_its_medium_feed_a_place(site: str, parameter: str, *, is_fed: bool) -> None:
    assert (config_on(TURNED, site, parameter, DAY) is not None) == is_fed
