"""An episode's page: how it stands, from which data, and a button where there is something to acknowledge."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from msgspec import structs

from alerts.acknowledge import page, refusal
from alerts.acknowledge.content import PageContent, read_content
from alerts.acknowledge.refusal import EXPIRED, INVALID, LinkRefusal
from alerts.events import register as event_register
from alerts.rules.definition import Rule
from alerts.texts.event_reader import EventReader
from sensors.model import LANGUAGES, Language
from tests.alerts.notify.test_sentences import OWN, acknowledged, flat, shipped, silent, silent_since_long
from tests.alerts.test_engine import PEOPLE
from tests.support.alerting_harness import CATALOGUE, AlertingHarness, critical_standard

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


def content_of(d: AlertingHarness, person: str = "wang") -> PageContent:
    """What the page of the first episode shows."""
    reader = EventReader(catalogue=CATALOGUE, rules={rule.id: rule for rule in d.rules}, notify=d.notify)
    with d.journal.snapshot() as connection:
        found = read_content(connection, reader, d.register()[0].id, person, d.now)
    assert found is not None
    return found


def to_page(content: PageContent, language: Language, d: AlertingHarness, notice: str = "") -> str:
    return page.render(content, language, d.now, BUTTON, lambda id_: f"{id_}?signed", notice=notice)


def rendered(rule: Rule, course: Course, hour: float | None, language: Language, folder: Path) -> str:
    """The page of the only episode, at an hour or when its course has ended."""
    d = AlertingHarness(folder, own=[structs.replace(rule, advice=None)])
    course(d)
    d.hour = d.hour if hour is None else hour
    return to_page(content_of(d), language, d)


def text_of(html: str) -> list[str]:
    """What is read of a page, a line an element."""
    body = re.sub(r'<span class="whole">([^<]*)</span>', r"\1", html.partition("<body>")[2])
    lines = unescape(re.sub(r"<[^>]*>", "\n", body)).splitlines()
    return [line.strip() for line in lines if line.strip()]


ZONE = {"zh": "时间均为北京时间（UTC+8）", "en": "All times are Beijing's (UTC+8)"}
NOBODY = {"zh": "没有发给人的消息", "en": "No messages to people"}
SILENCING = {
    "zh": ["静默本事件", "静默期间不发通知，告警继续登记。", "1 小时", "2 小时", "8 小时"],
    "en": ["Silence this event", "Nobody is notified meanwhile; the alert goes on.", "1 h", "2 h", "8 h"],
}
ZH_NOTE, EN_NOTE = "本告警来自历史数据，仅供记录。", "This alert comes from old data, for the record only."
PAGES: dict[str, tuple[Rule, Course, float | None, list[str], list[str]]] = {
    "beyond a limit": (
        OWN, lasting, None,
        ["严重", "超出限值", "五金库", "颗粒物 · 测试", "66 µg/m³", "细颗粒物读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "数据时间", "03-01 12:00", "持续时间", "3 小时", "峰值",
         "90 µg/m³ · 03-01 11:00", "我来处理"],
        ["critical", "beyond the limit", "Wujinku", "particles · test", "66 µg/m³",
         "PM2.5 reading · limit 25 µg/m³", "Since", "03-01 10:00", "Data as of", "03-01 12:00",
         "Duration", "3 h", "Peak", "90 µg/m³ · 03-01 11:00", "I'll take care of it"],
    ),
    "acknowledged": (
        OWN, acknowledged, 50.0,
        ["关注", "已确认", "五金库", "颗粒物 · 测试", "40 µg/m³", "细颗粒物读数 · 限值 25 µg/m³",
         "开始", "03-01 10:00", "数据时间", "03-01 10:00", "持续时间", "2.08 天", "峰值",
         "40 µg/m³ · 03-01 10:00", "确认人", "王 · 03-01 10:00", "已确认：王"],
        ["watch", "acknowledged", "Wujinku", "particles · test", "40 µg/m³",
         "PM2.5 reading · limit 25 µg/m³", "Since", "03-01 10:00", "Data as of", "03-01 10:00",
         "Duration", "2.08 days", "Peak", "40 µg/m³ · 03-01 10:00", "Acknowledged by",
         "王 · 03-01 10:00", "Acknowledged: 王"],
    ),
    "over, with its peak and how long it lasted": (
        OWN, over, None,
        ["严重", "已回落", "五金库", "颗粒物 · 测试", "90 µg/m³",
         "峰值 · 细颗粒物读数 · 限值 75 µg/m³", "开始", "03-01 10:00", "持续时间", "3 小时", "恢复",
         "03-01 13:00", "峰值", "90 µg/m³ · 03-01 11:00", "已恢复，继续观察；再次发生仍属本事件"],
        ["critical", "calm again", "Wujinku", "particles · test", "90 µg/m³",
         "Peak · PM2.5 reading · limit 75 µg/m³", "Since", "03-01 10:00", "Duration", "3 h",
         "Calm since", "03-01 13:00", "Peak", "90 µg/m³ · 03-01 11:00",
         "Calm for now; if it happens again it is the same event"],
    ),
    "from old data": (
        OWN, old, None,
        ["关注", "超出限值", "五金库", "颗粒物 · 测试", ZH_NOTE, "40 µg/m³",
         "细颗粒物读数 · 限值 25 µg/m³", "开始", "03-01 10:00", "数据时间", "03-01 10:00", "持续时间",
         "10 小时", "峰值", "40 µg/m³ · 03-01 10:00", "历史数据，无需确认"],
        ["watch", "beyond the limit", "Wujinku", "particles · test", EN_NOTE, "40 µg/m³",
         "PM2.5 reading · limit 25 µg/m³", "Since", "03-01 10:00", "Data as of", "03-01 10:00",
         "Duration", "10 h", "Peak", "40 µg/m³ · 03-01 10:00", "Old data: nothing to acknowledge"],
    ),
    "from old data, and over": (
        OWN, old_and_over, None,
        ["关注", "已解除", "五金库", "颗粒物 · 测试", ZH_NOTE, "40 µg/m³",
         "峰值 · 细颗粒物读数 · 限值 25 µg/m³", "开始", "03-01 10:00", "持续时间", "1 小时", "结束",
         "03-01 11:00", "峰值", "40 µg/m³ · 03-01 10:00", "已解除"],
        ["watch", "over", "Wujinku", "particles · test", EN_NOTE, "40 µg/m³",
         "Peak · PM2.5 reading · limit 25 µg/m³", "Since", "03-01 10:00", "Duration", "1 h", "Ended",
         "03-01 11:00", "Peak", "40 µg/m³ · 03-01 10:00", "Over"],
    ),
    "a silent station": (
        shipped("station-silent"), silent_since_long, 30.0,
        ["警告", "无数据", "五金库", "无数据 · 站点无数据", "30 小时", "无数据时长", "判为无数据",
         "03-01 12:00", "我来处理"],
        ["warning", "no data", "Wujinku", "no data · Station silent", "30 h", "time without data",
         "Counted as silent", "03-01 12:00", "I'll take care of it"],
    ),
    "a station that is heard again": (
        shipped("station-silent"), silent, None,
        ["警告", "已回落", "五金库", "无数据 · 站点无数据", "26.5 小时", "持续时间", "开始",
         "03-01 12:00", "恢复", "03-02 14:30", "已恢复，继续观察；再次发生仍属本事件"],
        ["warning", "calm again", "Wujinku", "no data · Station silent", "26.5 h", "Duration", "Since",
         "03-01 12:00", "Calm since", "03-02 14:30",
         "Calm for now; if it happens again it is the same event"],
    ),
    "a check": (
        shipped("sensor-flat"), flat_for_long, 5.0,
        ["关注", "未通过检查", "五金库", "仪器 · 读数长时间不变", "未通过检查", "细颗粒物", "开始",
         "03-01 10:00", "数据时间", "03-01 11:00", "持续时间", "5 小时", "说明", "恒值", "我来处理"],
        ["watch", "fails a check", "Wujinku", "sensor · Sensor does not move", "fails a check",
         "PM2.5", "Since", "03-01 10:00", "Data as of", "03-01 11:00", "Duration", "5 h", "Details",
         "flat line", "I'll take care of it"],
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

    is_open = zh[-1] in {"我来处理", "已确认：王"}
    for language, expected in (("zh", zh), ("en", en)):
        found = text_of(pages[language])
        assert found[:-1] == [
            *expected[:-1],
            ZONE[language],
            expected[-1],
            *(SILENCING[language] if is_open else ()),
            NOBODY[language],
        ]
    has_button = zh[-1] == "我来处理"
    assert [html.count('value="ack"') for html in pages.values()] == [has_button, has_button]
    assert [html.count('name="silence"') for html in pages.values()] == [3 * is_open] * 2


def storm(d: AlertingHarness) -> None:
    """Haze at two stations and in their zone, at a section, and a message of each to 王."""
    for hour, value in enumerate((66.0, 88.0, 79.0)):
        d.hour = hour
        d.statistic("wujinku", "pm25", "24h", value)
        d.statistic("renmin-gongyuan", "pm25", "24h", value - 5)
    d.statistic("zone-city", "pm25", "24h", 77.0)
    d.reading("houcheng", {"codmn": 20.0, "tp": 0.5})
    d.statistic("wujinku", "pm25", "24h", 81.0)
    with d.journal.transaction() as connection:
        connection.execute("UPDATE notification SET sent_ms = due_ms, result = 'sent' WHERE person = 'wang'")
        connection.execute(
            "UPDATE notification SET result = 'connection refused', tries = 1 WHERE channel = 'hook'"
        )


@pytest.fixture
def stormy(tmp_path: Path) -> AlertingHarness:
    d = AlertingHarness(tmp_path, own=[critical_standard(), shipped("water-sample")], notify=PEOPLE)
    storm(d)
    return d


def test_a_page_of_several_stations_has_them_all_with_their_curves(stormy: AlertingHarness) -> None:
    html = to_page(content_of(stormy, "li"), "en", stormy)

    text = text_of(html)
    assert text[:6] == [
        "critical", "beyond the limit", "Zhangjiakou city",
        "particles · PM2.5 rolling 24 h mean above the national standard", "77 µg/m³",
        "PM2.5 rolling 24 h mean · national standard 60 µg/m³",
    ]  # fmt: skip
    assert text[text.index("Stations") + 1] == "2/5 · Wujinku, Renmin Park"
    at = text.index("Episodes (3)")
    assert text[at + 1 : at + 4] == [
        "Wujinku · PM2.5 rolling 24 h mean", "critical · 81 µg/m³ · national standard 60 µg/m³",
        "since 03-01 10:00",
    ]  # fmt: skip
    assert text[text.index("What to do") + 1]
    assert html.count("<svg") == 2  # the zone has only one value


def test_two_rules_of_one_sample_are_told_apart_and_a_class_is_at_its_worst(tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[shipped("water-sample"), shipped("water-lasting")], notify=PEOPLE)
    for hour in (0, 4):
        d.hour = hour
        d.reading("houcheng", {"tp": 0.24})

    text = text_of(to_page(content_of(d), "zh", d))

    assert {"后城 · 水质劣于断面目标类别", "后城 · 水质持续劣于断面目标类别"} <= set(text)
    assert text[text.index("最差") + 1] == "Ⅳ类 · 03-01 10:00"


def test_a_page_says_who_was_told_when_and_why_and_what_did_not_arrive(stormy: AlertingHarness) -> None:
    text = text_of(to_page(content_of(stormy), "zh", stormy))

    at = text.index("已发消息（2）")
    assert text[at + 1 : -1] == [
        "03-01 10:00 · hook · 严重 · 首次通知 · 待重发：connection refused",
        "03-01 10:00 · 王 · 严重 · 首次通知",
    ]


def test_a_page_leads_to_the_persons_other_open_events_and_takes_them_too(stormy: AlertingHarness) -> None:
    html, of_another = (to_page(content_of(stormy, person), "en", stormy) for person in ("wang", "li"))

    [water] = [
        event.id
        for event in event_register.open_events(stormy.journal.connection())
        if event.cause == "water"
    ]
    assert f'<a href="{water}?signed">critical · Houcheng water worse than Ⅴ (target Ⅲ)' in html
    assert 'type="checkbox" name="all"' in html
    assert "My other open events (1)" in html
    assert "other open events" not in of_another


def test_what_people_wrote_cannot_change_a_page(stormy: AlertingHarness) -> None:
    event, evil = content_of(stormy).view.id, '<b onclick="x">'
    stormy.ask("ack", episode=event, by=evil, note=evil)
    stormy.ask(
        "silence", id=0, site="all", rule=None, parameter=None, reason=evil, by=evil,
        until="2100-01-01T00:00:00Z",
    )  # fmt: skip

    html = to_page(content_of(stormy), "en", stormy)

    assert evil not in html
    assert html.count("&lt;b onclick") == 5  # taken twice, its note, the silence's reason and person


def test_a_silence_of_the_event_can_be_ended_and_one_of_a_place_is_only_named(
    stormy: AlertingHarness,
) -> None:
    event = content_of(stormy).view.id
    for site, id_ in (("wujinku", None), ("zone-city", event)):
        stormy.ask(
            "silence", id=0, site=site, rule=None, parameter=None, reason="校准", by="王", event=id_,
            until="2026-03-01T08:00:00Z",
        )  # fmt: skip

    html = to_page(content_of(stormy), "zh", stormy)

    assert text_of(html).count("静默至 03-01 16:00，王：校准") == 2
    assert html.count('name="unsilence" value="2"') == html.count('name="unsilence"') == 1
    assert 'name="silence"' not in html


@pytest.mark.parametrize(("notice", "forms"), [("asked", 0), ("no_reason", 2)])
def test_a_notice_says_what_became_of_a_form(notice: str, forms: int, stormy: AlertingHarness) -> None:
    html = to_page(content_of(stormy), "en", stormy, notice)

    assert html.count("<form") == forms
    assert ("Submitted; takes effect in a moment" in html) == (not forms)
    assert ("Not silenced: please give a reason" in html) == bool(forms)


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
