"""*Now* over a journal with stations that were heard, are silent and never were, and what is wrong first."""

import fcntl
import re
from datetime import timedelta

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from dashboards.grafana.contrast import contrast
from ingest import marks
from ingest.journal import check_state, quarantine, statistics_state
from ingest.journal.inbox import InboxMessage
from ingest.journal.statistics_state import NewestAssessment
from liangqu.config import settings
from liangqu.desk.access.gate import Gate
from liangqu.desk.app import build_app
from liangqu.desk.assets import FOLDER
from liangqu.desk.desk import Desk
from liangqu.desk.site_map import RADIUS, SIZE, draw_maps
from liangqu.service.monitoring.self_report import PartTrouble, SelfReport, save_report
from sensors.calendar import to_ms
from sensors.marks import Mark
from sensors.model import Refused
from sensors.standards.aqi import levels
from sensors.standards.water_limits import quality
from tests.liangqu.desk.conftest import NOW, SETTINGS

HOUR = timedelta(hours=1)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """One station above 300, one silent for 9 h, a section of class Ⅳ, all else never heard."""
    with desk.journal.transaction() as connection:
        save_report(connection, SelfReport(version="0.1.0", started=NOW - 26 * HOUR, said=NOW))
        heard = {"renmin-gongyuan": NOW - HOUR / 6, "yanchang": NOW - 9 * HOUR, "houcheng": NOW - HOUR}
        check_state.record_last_seen(connection, heard, NOW)
        newest = [
            NewestAssessment("renmin-gongyuan", "1h", to_ms(NOW), 320, "pm25", None),
            NewestAssessment("zone-city", "1h", to_ms(NOW), 135, "pm25", None),
            NewestAssessment("houcheng", "reading", to_ms(NOW - HOUR), 4, "tp", 3),
        ]
        statistics_state.save_newest(connection, newest)
        message = InboxMessage("liangqu/air/nobody", b"{}", NOW - HOUR)
        quarantine.add(connection, message, [Refused("unknown_site", "", "")] * 3, 1e9)
        mark = Mark("renmin-gongyuan", "all", NOW - HOUR, NOW + HOUR, "maintenance", "<滤膜>", "li", NOW)
        marks.submit(connection, mark, NOW)
    return desk


def rows_of(page: str) -> list[str]:
    """The text of each row of the tables of stations."""
    found = re.findall(r'<tr class="is-.*?</tr>', page, re.DOTALL)
    return [" ".join(re.sub(r'<a class="hint".*?</a>|<[^>]+>', " ", row).split()) for row in found]


@pytest.mark.usefixtures("filled")
class TestNow:
    def test_chinese(self, client: TestClient) -> None:
        page = client.get("/").text
        rows = rows_of(page)

        assert rows[0].startswith("烟厂 – 11-26 03:00 9 小时 / 1 小时 无数据")
        assert (
            "人民公园 320 严重污染 PM2.5 11-26 11:50 10 分钟 / 1 小时 维护至 11-26 13:00：&lt;滤膜&gt;"
            in rows
        )
        assert any(row.startswith("后城 Ⅳ类（目标Ⅲ类） TP 11-26 11:00 1 小时 / 4 小时") for row in rows)
        assert "有 1 项不正常" in page  # the service does not run
        assert "站点不在站点目录里" in page

    def test_english(self, client: TestClient) -> None:
        page = client.get("/?lang=en").text
        rows = rows_of(page)

        assert rows[0].startswith("Yanchang – 11-26 03:00 9 h / 1 h silent")
        assert any(
            "320 severe pollution PM2.5 11-26 11:50 10 min / 1 h maintenance until" in row for row in rows
        )
        assert "not running: it ended without an orderly stop" in page
        assert '<span class="tile-number">135</span>' in page

    def test_stations_are_picked_by_area_state_and_name(self, client: TestClient) -> None:
        def names(query: str) -> list[str]:
            return [row.split(" –")[0] for row in rows_of(client.get(f"/?{query}").text)]

        assert names("state=silent") == ["烟厂"]
        assert names("name=YANCH") == ["烟厂"]
        assert names("area=zone-city&state=heard")[0].startswith("人民公园")
        assert names("name=nobody") == []


def test_stations_lead_to_their_review_and_to_their_board_where_its_address_is_known(
    filled: Desk, client: TestClient
) -> None:
    page = client.get("/").text
    assert 'href="/review/yanchang/2026-11"' in page
    assert 'href="/stations/yanchang"' in page
    assert "/d/liangqu-" not in page

    file = filled.journal.path.with_name("liangqu.toml")
    file.write_text(SETTINGS + '[alerts]\nboard_url = "https://grafana.example"\n', encoding="utf-8")
    other = Desk(lambda: settings.read(file), lambda: NOW)
    with TestClient(build_app(other, Gate()), "http://localhost", headers={"accept": "text/html"}) as asks:
        page = asks.get("/?lang=en").text
    other.close()

    assert "https://grafana.example/d/liangqu-air-en?var-site=yanchang" in page
    assert 'href="https://grafana.example/d/liangqu-overview-en"' in page


def test_what_does_not_work_stands_first(filled: Desk, client: TestClient) -> None:
    trouble = PartTrouble("http://127.0.0.1:8086/write: connection refused", NOW - HOUR)
    with filled.journal.transaction() as connection:
        report = SelfReport(
            version="0.1.0", started=NOW, said=NOW, broker="b:1883", troubles={"store": trouble}
        )
        save_report(connection, report)
    lock = filled.journal.path.with_name(filled.journal.path.name + ".lock")
    with lock.open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        page = client.get("/?lang=en").text

    assert "database 127.0.0.1:8086 refuses the connection (for 1 h)" in page[: page.index("Open events")]
    assert page.count("refuses the connection") == 2


class TestMaps:
    def test_marks_are_on_the_sheet_north_up_and_names_cover_nothing(self, desk: Desk) -> None:
        maps = draw_maps(desk.files.catalogue, "zh")
        sites = desk.files.catalogue.sites
        assert [one.name for one in maps] == ["", "全市"]
        for drawn in maps:
            for one in drawn.marks:
                assert RADIUS <= one.x <= SIZE.width - RADIUS
                assert RADIUS <= one.y <= SIZE.height - RADIUS
            known = [one for one in drawn.marks if one.place.id in sites]
            by_lat = sorted(known, key=lambda one: -(sites[one.place.id].lat or 0))
            assert [one.y for one in by_lat] == sorted(one.y for one in known)

    def test_without_coordinates_there_is_none(self, desk: Desk) -> None:
        catalogue = desk.files.catalogue
        sites = {id_: replace(site, lon=None, lat=None) for id_, site in catalogue.sites.items()}
        assert draw_maps(replace(catalogue, sites=sites), "zh") == []


def test_colours_are_those_of_the_standards_and_can_be_read() -> None:
    """4.5: WCAG 2.2, 1.4.3."""
    rules = re.findall(
        r"\.(\S+) { --mark: #(\w{6}); --on-mark: #(\w{6}); }", (FOLDER / "levels.css").read_text()
    )
    found = {name: tuple(bytes.fromhex(colour)) for name, colour, _ in rules}

    assert found == {f"aqi-{one.level}": one.colour.rgb for one in levels()} | {
        f"class-{n}": quality(n).colour.rgb for n in range(1, 7)
    }
    for name, _, ink in rules:
        red, green, blue = bytes.fromhex(ink)
        assert contrast((red, green, blue), found[name]) >= 4.5  # type: ignore[arg-type]
