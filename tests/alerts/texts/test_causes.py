"""What a message says of each cause of an event: its title and its lines, in both languages."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from alerts.notify.config import Route
from alerts.rules.definition import RuleLevel
from sensors.model import Language
from tests.support import rule_streams
from tests.support.alerting_harness import SHIPPED
from tests.support.inbox_of_people import PEOPLE, PeoplesInbox

Course = Callable[[PeoplesInbox], None]
EVERYTHING = structs.replace(PEOPLE, routes=(Route(("duty",), severity="info"),))
OWN = rule_streams.rule(id="own", levels=(RuleLevel("critical", 75.0),))
CLEAN = {"ph": 7.6, "do": 9.0, "codmn": 2.1, "nh3n": 0.2, "tp": 0.05}
MONTH = {"start": datetime(2026, 2, 28, 16, tzinfo=UTC), "end": datetime(2026, 3, 31, 16, tzinfo=UTC)}


def particles_of_a_zone(d: PeoplesInbox) -> None:
    for hour in range(4):
        d.hour = hour
        d.statistic("zone-city", "pm25", "24h", 61.0 + 10 * hour)
        d.statistic("renmin-gongyuan", "pm25", "24h", 65.0 + 9 * hour)
        d.statistic("wujinku", "pm10", "24h", 151.0)


def particles_of_stations(d: PeoplesInbox) -> None:
    d.statistic("wujinku", "pm25", "24h", 60.4)
    d.statistic("renmin-gongyuan", "pm25", "24h", 88.0)


def a_reading(d: PeoplesInbox) -> None:
    d.reading("wujinku", {"pm25": 90.0})


def ozone(d: PeoplesInbox) -> None:
    d.statistic("wujinku", "o3", "8h", 172.4)


def carbon_monoxide(d: PeoplesInbox) -> None:
    d.statistic("wujinku", "co", "1h", 12.34)


def aqi(d: PeoplesInbox) -> None:
    d.statistic("zone-city", "aqi", "1h", 205.0, grounds=("pm25",))
    d.statistic("wujinku", "aqi", "1h", 230.0, grounds=("pm25", "pm10"))


def water(d: PeoplesInbox) -> None:
    d.reading("houcheng", CLEAN)
    d.hour = 4
    d.reading("houcheng", CLEAN | {"nh3n": 1.6, "tp": 0.45, "codmn": 9.42})


def a_jump_in_water(d: PeoplesInbox) -> None:
    d.statistic("houcheng", "turbidity", "day", 17.05)
    d.reading("houcheng", {"turbidity": 85.25})


def one_silent(d: PeoplesInbox) -> None:
    d.reading("wujinku", {"pm25": 4.0})
    d.hour = 2.5


def several_silent(d: PeoplesInbox) -> None:
    for site in ("wujinku", "renmin-gongyuan", "beibengfang", "shiji-haoyuan"):
        d.reading(site, {"pm25": 4.0})
    d.hour = 2.5


def flat(d: PeoplesInbox) -> None:
    d.reading("wujinku", {"pm25": 4.0}, validity="suspect", failed=("flat", "step"))


def store_away(d: PeoplesInbox) -> None:
    d.troubles = {"store": 301.0}


def store_away_for_long(d: PeoplesInbox) -> None:
    store_away(d)
    d.tick()
    d.hour = 1


def a_month(d: PeoplesInbox) -> None:
    d.hour = 736  # 02:00 of 1 April in Beijing
    d.statistic("zone-competition", "pm25", "month", 31.4, **MONTH)
    d.tick()
    d.hour = 744


def old(d: PeoplesInbox) -> None:
    d.hour = 12
    d.reading("houcheng", CLEAN | {"nh3n": 1.6}, hour=0)


COURSES = {course.__name__: course for course in (
    particles_of_a_zone, particles_of_stations, a_reading, ozone, carbon_monoxide, aqi, water,
    a_jump_in_water, one_silent, several_silent, flat, store_away, store_away_for_long,
    a_month, old,
)}  # fmt: skip
SAID: dict[str, tuple[list[str], list[str]]] = {
    "particles_of_a_zone": (
        [
            "[两区] 警告 张家口市 PM2.5 24h 91 > 60，2/5 站",
            "张家口市：细颗粒物24小时滑动均值 91 µg/m³，国家标准 60 µg/m³；上升中",
            "开始 03-01 10:00，已持续 3 小时；数据时间 03-01 13:00（北京时间）",
            "站点 人民公园 92、五金库 PM10 24h 151 > 120（2/5）",
        ],
        [
            "[liangqu] warning: Zhangjiakou city PM2.5 24 h 91 > 60, 2/5 stations",
            "Zhangjiakou city: PM2.5 rolling 24 h mean 91 µg/m³, national standard 60 µg/m³; rising",
            "since 03-01 10:00, for 3 h; data of 03-01 13:00 (UTC+8)",
            "stations: Renmin Park 92, Wujinku PM10 24 h 151 > 120 (2 of 5)",
        ],
    ),
    "particles_of_stations": (
        [
            "[两区] 警告 张家口市 人民公园 PM2.5 24h 88 > 60，2/5 站",
            "人民公园：细颗粒物24小时滑动均值 88 µg/m³，国家标准 60 µg/m³",
            "开始 03-01 10:00（北京时间）",
            "站点 人民公园 88、五金库 60.4（2/5）",
        ],
        [
            "[liangqu] warning: Zhangjiakou city Renmin Park PM2.5 24 h 88 > 60, 2/5 stations",
            "Renmin Park: PM2.5 rolling 24 h mean 88 µg/m³, national standard 60 µg/m³",
            "since 03-01 10:00 (UTC+8)",
            "stations: Renmin Park 88, Wujinku 60.4 (2 of 5)",
        ],
    ),
    "a_reading": (
        [
            "[两区] 严重 五金库 PM2.5 读数 90 > 75（测试）",
            "五金库：细颗粒物读数 90 µg/m³，限值 75 µg/m³",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] critical: Wujinku PM2.5 reading 90 > 75 (test)",
            "Wujinku: PM2.5 reading 90 µg/m³, limit 75 µg/m³",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "ozone": (
        [
            "[两区] 警告 五金库 O₃ 8h 172 > 160",
            "五金库：臭氧8小时滑动均值 172 µg/m³，国家标准 160 µg/m³",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] warning: Wujinku O₃ 8 h 172 > 160",
            "Wujinku: Ozone rolling 8 h mean 172 µg/m³, national standard 160 µg/m³",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "carbon_monoxide": (
        [
            "[两区] 警告 五金库 CO 1h 12.3 > 10",
            "五金库：一氧化碳1小时滑动均值 12.3 mg/m³，国家标准 10 mg/m³",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] warning: Wujinku CO 1 h 12.3 > 10",
            "Wujinku: Carbon monoxide rolling 1 h mean 12.3 mg/m³, national standard 10 mg/m³",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "aqi": (
        [
            "[两区] 严重 张家口市 AQI 205 重度污染（> 200），首要污染物 PM2.5，1/5 站",
            "张家口市：空气质量指数AQI 205 重度污染，限值 200；首要污染物 PM2.5",
            "开始 03-01 10:00（北京时间）",
            "站点 五金库 230 重度污染（1/5）",
        ],
        [
            (
                "[liangqu] critical: Zhangjiakou city AQI 205 heavy pollution (> 200),"
                " primary pollutant PM2.5, 1/5 stations"
            ),
            "Zhangjiakou city: AQI 205 heavy pollution, limit 200; primary pollutant PM2.5",
            "since 03-01 10:00 (UTC+8)",
            "stations: Wujinku 230 heavy pollution (1 of 5)",
        ],
    ),
    "water": (
        [
            "[两区] 严重 后城 水质劣Ⅴ（目标Ⅲ）总磷超1.25倍",
            "后城：水质类别 劣Ⅴ类，目标 Ⅲ类；总磷超 1.25 倍、氨氮 0.60 倍、高锰酸盐指数 0.57 倍",
            "开始 03-01 14:00（北京时间）",
        ],
        [
            "[liangqu] critical: Houcheng water worse than Ⅴ (target Ⅲ), Total phosphorus 1.25 times over",
            (
                "Houcheng: water class worse than Ⅴ, target Ⅲ; Total phosphorus 1.25 times over,"
                " Ammonia nitrogen 0.60, Permanganate index 0.57"
            ),
            "since 03-01 14:00 (UTC+8)",
        ],
    ),
    "a_jump_in_water": (
        [
            "[两区] 关注 后城 浊度 读数 85.2 > 51.15（较前一日均值突增）",
            "后城：浊度读数 85.2 NTU，限值 51.15 NTU",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] watch: Houcheng Turbidity reading 85.2 > 51.15 (Sudden rise against the last day)",
            "Houcheng: Turbidity reading 85.2 NTU, limit 51.15 NTU",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "one_silent": (
        [
            "[两区] 警告 五金库 无数据 2.5 小时",
            "五金库：未收到数据已 2.5 小时",
            "03-01 12:00 起判为无数据（北京时间）",
        ],
        [
            "[liangqu] warning: Wujinku no data for 2.5 h",
            "Wujinku: no data for 2.5 h",
            "counted as silent since 03-01 12:00 (UTC+8)",
        ],
    ),
    "several_silent": (
        [
            "[两区] 警告 张家口市 4/5 站无数据：世纪豪园、人民公园、北泵房…",
            "世纪豪园：未收到数据已 2.5 小时",
            "03-01 12:00 起判为无数据（北京时间）",
            "站点 世纪豪园 2.5 小时、人民公园 2.5 小时、北泵房 2.5 小时、五金库 2.5 小时（4/5）",
        ],
        [
            (
                "[liangqu] warning: Zhangjiakou city 4/5 stations silent: Shiji Haoyuan, Renmin Park,"
                " Beibengfang…"
            ),
            "Shiji Haoyuan: no data for 2.5 h",
            "counted as silent since 03-01 12:00 (UTC+8)",
            "stations: Shiji Haoyuan 2.5 h, Renmin Park 2.5 h, Beibengfang 2.5 h, Wujinku 2.5 h (4 of 5)",
        ],
    ),
    "flat": (
        [
            "[两区] 关注 五金库 PM2.5 读数长时间不变",
            "五金库 细颗粒物：读数长时间不变；恒值、突变",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] watch: Wujinku PM2.5 Sensor does not move",
            "Wujinku PM2.5: Sensor does not move; flat line, step",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "store_away": (
        [
            "[两区] 警告 监测系统 数据库无法写入，已持续 5 分钟",
            "监测系统：数据库无法写入；已持续 5 分钟",
            "开始 03-01 10:00（北京时间）",
        ],
        [
            "[liangqu] warning: Monitoring system Store away, for 5 min so far",
            "Monitoring system: Store away; for 5 min so far",
            "since 03-01 10:00 (UTC+8)",
        ],
    ),
    "store_away_for_long": (
        [
            "[两区] 警告 监测系统 数据库无法写入，已持续 1.08 小时",
            "监测系统：数据库无法写入；已持续 1.08 小时",
            "开始 03-01 10:00，已持续 1 小时（北京时间）",
        ],
        [
            "[liangqu] warning: Monitoring system Store away, for 1.08 h so far",
            "Monitoring system: Store away; for 1.08 h so far",
            "since 03-01 10:00, for 1 h (UTC+8)",
        ],
    ),
    "a_month": (
        [
            "[两区] 关注 冬奥赛区（崇礼） PM2.5 月均 31 > 25",
            "冬奥赛区（崇礼）：细颗粒物月均值 31 µg/m³，目标 25 µg/m³；2026-03",
            "开始 04-01 00:00，已持续 10 小时；数据时间 04-01 00:00（北京时间）",
        ],
        [
            "[liangqu] watch: Winter-Olympic competition zone (Chongli) PM2.5 month 31 > 25",
            (
                "Winter-Olympic competition zone (Chongli): PM2.5 month's mean 31 µg/m³, target 25 µg/m³;"
                " 2026-03"
            ),
            "since 04-01 00:00, for 10 h; data of 04-01 00:00 (UTC+8)",
        ],
    ),
    "old": (
        [
            "[两区] 历史数据告警摘要（1）",
            "【严重】后城：水质类别 Ⅴ类，限值 Ⅲ类；氨氮超 0.60 倍（水质劣于断面目标类别）",
            "开始 2026-03-01 10:00，数据时间 2026-03-01 10:00（北京时间）",
            "历史数据，仅供记录",
        ],
        [
            "[liangqu] digest of alerts from old data (1)",
            (
                "[critical] Houcheng: water class Ⅴ, limit Ⅲ; Ammonia nitrogen 0.60 times over (Water"
                " worse than the section's class)"
            ),
            "since 2026-03-01 10:00, data of 2026-03-01 10:00 (UTC+8)",
            "old data, for the record only",
        ],
    ),
}
_LEFT_OUT = ("查看", "编号", "建议", "view", "id ", "what to do")


def said(folder: Path, course: Course, language: Language) -> list[str]:
    """The first message: title and lines, without page, id and advice."""
    folder.mkdir()
    own = [OWN] if course is a_reading else SHIPPED
    d = PeoplesInbox(folder, own=own, notify=EVERYTHING, language=language)
    course(d)
    d.tick()
    title, body = next((each.title, each.body) for id_ in ("wang", "li") for each in d.read(id_))
    return [title, *(line for line in body.splitlines() if not line.startswith(_LEFT_OUT))]


@pytest.mark.parametrize("cause", COURSES)
def test_a_message_says_what_where_how_bad_and_against_which_limit(cause: str, tmp_path: Path) -> None:
    zh, en = SAID[cause]

    assert said(tmp_path / "zh", COURSES[cause], "zh") == zh
    assert said(tmp_path / "en", COURSES[cause], "en") == en
