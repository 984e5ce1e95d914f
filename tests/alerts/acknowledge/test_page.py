"""An episode's page: how it stands, from which data, and a button where there is something to acknowledge."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from alerts.acknowledge import page, refusal
from alerts.acknowledge.refusal import EXPIRED, INVALID, LinkRefusal
from alerts.episodes import register
from alerts.rules.definition import Rule
from sensors.model import LANGUAGES, Language
from tests.alerts.notify.test_sentences import OWN, acknowledged, flat, shipped, silent, silent_since_long
from tests.support.alerting_harness import AlertingHarness

Course = Callable[[AlertingHarness], None]
BUTTON = {"by": "wang", "lang": "zh", "sig": "0" * 32}


def lasting(d: AlertingHarness) -> None:
    for value in (40.0, 90.0, 66.0):
        d.reading("wujinku", {"pm25": value})
        d.hour += 1


def over(d: AlertingHarness) -> None:
    lasting(d)
    d.reading("wujinku", {"pm25": 12.0})
    d.hour += 100


def old(d: AlertingHarness) -> None:
    d.hour = 10
    d.reading("wujinku", {"pm25": 40.0}, hour=0)


def old_and_over(d: AlertingHarness) -> None:
    old(d)
    d.reading("wujinku", {"pm25": 12.0}, hour=1)


def flat_for_long(d: AlertingHarness) -> None:
    flat(d)
    d.hour = 1
    d.reading("wujinku", {"pm25": 4.0}, validity="suspect", failed=("flat",))


def rendered(rule: Rule, course: Course, hour: float | None, language: Language, folder: Path) -> str:
    """The page of the only episode, at an hour or when its course has ended."""
    d = AlertingHarness(folder, own=[rule])
    course(d)
    d.hour = d.hour if hour is None else hour
    [episode] = d.register()
    points = register.curve(d.journal.connection(), episode.id)
    return page.render(episode, points, BUTTON, language, d.now)


def text_of(html: str) -> list[str]:
    """What is read of a page, a line an element."""
    body = html.partition("<body>")[2]
    lines = unescape(re.sub(r"<[^>]*>", "\n", body)).splitlines()
    return [line.strip() for line in lines if line.strip()]


ZH_NOTE, EN_NOTE = "本告警来自历史数据，仅供记录。", "This alert comes from old data, for the record only."
PAGES: dict[str, tuple[Rule, Course, float | None, list[str], list[str]]] = {
    "beyond a limit": (
        OWN, lasting, None,
        ["严重", "超出限值", "五金库", "测试", "66 µg/m³", "读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "数据时间", "03-01 12:00", "峰值", "90 µg/m³ · 03-01 11:00",
         "持续时间", "3 小时", "我来处理"],
        ["critical", "beyond the limit", "Wujinku", "test", "66 µg/m³", "reading · limit 25 µg/m³",
         "Since", "03-01 10:00", "Data as of", "03-01 12:00", "Peak", "90 µg/m³ · 03-01 11:00",
         "Duration", "3 h", "I'll take care of it"],
    ),
    "acknowledged": (
        OWN, acknowledged, 50.0,
        ["关注", "已确认", "五金库", "测试", "40 µg/m³", "读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "数据时间", "03-01 10:00", "峰值", "40 µg/m³ · 03-01 10:00",
         "持续时间", "2.08 天", "已确认：王"],
        ["watch", "acknowledged", "Wujinku", "test", "40 µg/m³", "reading · limit 25 µg/m³",
         "Since", "03-01 10:00", "Data as of", "03-01 10:00", "Peak", "40 µg/m³ · 03-01 10:00",
         "Duration", "2.08 days", "Acknowledged: 王"],
    ),
    "over, with its peak and how long it lasted": (
        OWN, over, None,
        ["严重", "已解除", "五金库", "测试", "90 µg/m³", "峰值 · 读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "峰值", "90 µg/m³ · 03-01 11:00", "持续时间", "3 小时", "结束", "03-01 13:00",
         "已解除"],
        ["critical", "over", "Wujinku", "test", "90 µg/m³", "Peak · reading · limit 25 µg/m³",
         "Since", "03-01 10:00", "Peak", "90 µg/m³ · 03-01 11:00", "Duration", "3 h", "Ended", "03-01 13:00",
         "Over"],
    ),
    "from old data": (
        OWN, old, None,
        ["关注", "超出限值", "五金库", "测试", ZH_NOTE, "40 µg/m³", "读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "数据时间", "03-01 10:00", "峰值", "40 µg/m³ · 03-01 10:00",
         "持续时间", "10 小时", "历史数据，无需确认"],
        ["watch", "beyond the limit", "Wujinku", "test", EN_NOTE, "40 µg/m³", "reading · limit 25 µg/m³",
         "Since", "03-01 10:00", "Data as of", "03-01 10:00", "Peak", "40 µg/m³ · 03-01 10:00",
         "Duration", "10 h", "Old data: nothing to acknowledge"],
    ),
    "from old data, and over": (
        OWN, old_and_over, None,
        ["关注", "已解除", "五金库", "测试", ZH_NOTE, "40 µg/m³", "峰值 · 读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "峰值", "40 µg/m³ · 03-01 10:00", "持续时间", "1 小时", "结束", "03-01 11:00",
         "已解除"],
        ["watch", "over", "Wujinku", "test", EN_NOTE, "40 µg/m³", "Peak · reading · limit 25 µg/m³",
         "Since", "03-01 10:00", "Peak", "40 µg/m³ · 03-01 10:00", "Duration", "1 h", "Ended", "03-01 11:00",
         "Over"],
    ),
    "a silent station": (
        shipped("station-silent"), silent_since_long, 30.0,
        ["警告", "无数据", "五金库", "站点无数据", "30 小时", "无数据时长",
         "开始", "03-01 12:00", "我来处理"],
        ["warning", "no data", "Wujinku", "Station silent", "30 h", "time without data",
         "Since", "03-01 12:00", "I'll take care of it"],
    ),
    "a station that is heard again": (
        shipped("station-silent"), silent, None,
        ["警告", "已解除", "五金库", "站点无数据", "26.5 小时", "持续时间",
         "开始", "03-01 12:00", "结束", "03-02 14:30", "已解除"],
        ["warning", "over", "Wujinku", "Station silent", "26.5 h", "Duration",
         "Since", "03-01 12:00", "Ended", "03-02 14:30", "Over"],
    ),
    "a check": (
        shipped("sensor-flat"), flat_for_long, 5.0,
        ["关注", "未通过检查", "五金库", "读数长时间不变", "未通过检查", "恒值",
         "开始", "03-01 10:00", "数据时间", "03-01 11:00", "持续时间", "5 小时", "我来处理"],
        ["watch", "fails a check", "Wujinku", "Sensor does not move", "fails a check", "flat line",
         "Since", "03-01 10:00", "Data as of", "03-01 11:00", "Duration", "5 h", "I'll take care of it"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "course", "hour", "zh", "en"), PAGES.values(), ids=PAGES)
def test_a_page_says_how_it_stands(
    rule: Rule, course: Course, hour: float | None, zh: list[str], en: list[str], tmp_path: Path
) -> None:
    pages = {}
    for language in LANGUAGES:
        (folder := tmp_path / language).mkdir()
        pages[language] = rendered(rule, course, hour, language, folder)

    assert text_of(pages["zh"])[:-1] == zh
    assert text_of(pages["en"])[:-1] == en
    has_button = zh[-1] == "我来处理"
    assert [html.count("<button") for html in pages.values()] == [has_button, has_button]


@pytest.mark.parametrize(
    ("rule", "course", "curves"),
    [
        pytest.param(OWN, lasting, 1, id="of values beyond a limit"),
        pytest.param(shipped("sensor-flat"), flat_for_long, 0, id="none of a check that fails"),
    ],
)
def test_a_page_draws_what_has_a_limit(rule: Rule, course: Course, curves: int, tmp_path: Path) -> None:
    assert rendered(rule, course, None, "en", tmp_path).count("<svg") == curves


@pytest.mark.parametrize("why", [INVALID, EXPIRED], ids=["invalid", "expired"])
def test_a_refused_link_says_so_in_both_languages(why: LinkRefusal) -> None:
    html = refusal.render(why)

    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert text_of(html) == [why.title.zh, why.hint.zh, why.title.en, why.hint.en]
    assert "$" not in html


@pytest.mark.parametrize(
    ("accept", "is_page"),
    [
        pytest.param("", True, id="nothing said"),
        pytest.param("*/*", True, id="anything"),
        pytest.param("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True, id="a browser"),
        pytest.param("application/json", False, id="JSON"),
        pytest.param("application/json, text/plain, */*", False, id="JSON first of all"),
        pytest.param("application/problem+json", False, id="JSON of a kind"),
        pytest.param("text/plain", False, id="plain text"),
        pytest.param("text/html, application/json", True, id="a page, or JSON"),
    ],
)
def test_programs_that_ask_for_json_get_no_page(accept: str, is_page: bool) -> None:
    assert refusal.is_page_wanted(accept) == is_page
