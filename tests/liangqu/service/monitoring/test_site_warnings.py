"""What /readyz says of single stations."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import check_state
from ingest.journal.file import Journal
from ingest.sites import expected_sites
from liangqu.service.monitoring.site_warnings import unheard_warnings
from sensors.catalogue import loader
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Mosquitto

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = timedelta(days=1)
CATALOGUE = loader.load()


def test_a_site_that_has_never_sent_is_named_after_a_day(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")

    def warnings(now: datetime) -> list[str]:
        return [*unheard_warnings(journal, CATALOGUE, lambda: now)]

    def register(*sites: str, now: datetime = NOW) -> None:
        with journal.transaction() as connection:
            expected_sites.register(connection, sites, now)

    register("wujinku", "houcheng", "gone-from-the-catalogue")
    with journal.transaction() as connection:
        check_state.record_last_seen(connection, {"houcheng": NOW}, NOW)
    after = NOW + DAY + timedelta(seconds=1)
    at_once, later = warnings(NOW + DAY), warnings(after)
    register("wujinku", "yunding", now=after)  # a restart changes nothing, and yunding is new
    again = warnings(after)
    register("yunding", now=after)  # wujinku is switched off
    off = warnings(after)
    journal.close()

    assert at_once == []
    assert later == again
    (words,) = later
    assert words.startswith("Wujinku (wujinku): never heard since 2026-11-22; look at its topic")
    assert words.endswith("or switch it off in the catalogue: active = false")
    assert off == []


@pytest.mark.server
def test_the_service_waits_for_the_active_sites_of_its_catalogue(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    service = LiangquRun(tmp_path, mosquitto.port)
    service.start()
    service.kill()
    journal = Journal(tmp_path / "journal.db")
    found = expected_sites.unheard(journal.connection())
    journal.close()

    assert set(found) == {site.id for site in CATALOGUE.sites.values() if site.active}
    assert "wujinku" in found
    assert "taizicheng" not in found
