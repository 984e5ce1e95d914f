"""Which episodes belong to one event."""

import pytest

from alerts.events.group import EpisodeSubject, EventGroup, group_of
from sensors.catalogue import loader

CATALOGUE = loader.load()


@pytest.mark.parametrize(
    ("subject", "group"),
    [
        pytest.param(
            EpisodeSubject("exceedance", "taizicheng", "pm25", "reading"),
            EventGroup("zone-competition", "particles"),
            id="a station counts in its zone",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "taizicheng", "pm10", "24h"),
            EventGroup("zone-competition", "particles"),
            id="both particles are one cause",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "zone-competition", "aqi", "1h"),
            EventGroup("zone-competition", "particles"),
            id="an index is of particles until something else is open",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "taizicheng", "o3", "8h"),
            EventGroup("zone-competition", "ozone"),
            id="ozone",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "taizicheng", "no2", "24h"),
            EventGroup("zone-competition", "gases"),
            id="the other gases",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "houcheng", "water_class", "sample"),
            EventGroup("river-baihe", "water"),
            id="a section counts in its river",
        ),
        pytest.param(
            EpisodeSubject("exceedance", "houcheng", "nh3n", "reading"),
            EventGroup("river-baihe", "water"),
            id="a sudden rise of an item is of the water",
        ),
        pytest.param(
            EpisodeSubject("equipment", "houcheng", "_", "silence"),
            EventGroup("river-baihe", "silence"),
            id="silent stations of a river",
        ),
        pytest.param(
            EpisodeSubject("equipment", "houcheng", "ph", "check"),
            EventGroup("river-baihe", "sensor"),
            id="a sensor of a section",
        ),
        pytest.param(
            EpisodeSubject("attainment", "zone-city", "pm25", "month"),
            EventGroup("zone-city", "attainment"),
            id="whether a target is met",
        ),
        pytest.param(
            EpisodeSubject("attainment", "houcheng", "water_class", "month"),
            EventGroup("river-baihe", "attainment"),
            id="of water too",
        ),
        pytest.param(
            EpisodeSubject("system", "_", "broker", "system"), EventGroup("_", "broker"), id="a part"
        ),
        pytest.param(
            EpisodeSubject("exceedance", "gone", "pm25", "reading"),
            EventGroup("gone", "particles"),
            id="a site that the catalogue no longer has",
        ),
    ],
)
def test_an_episode_belongs_to_its_area_and_cause(subject: EpisodeSubject, group: EventGroup) -> None:
    assert group_of(subject, CATALOGUE) == group
