"""What a message says in one line, of each kind of episode: when it begins, lasts, is acknowledged, ends."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from alerts.notify import outbox
from alerts.notify.config import Route, Waits
from alerts.notify.words import format_duration
from alerts.rules.definition import Rule
from tests.alerts.test_engine import PEOPLE
from tests.support import rule_streams
from tests.support.alerting_harness import SHIPPED, AlertingHarness

Course = Callable[[AlertingHarness], None]


def shipped(id_: str) -> Rule:
    [found] = [rule for rule in SHIPPED if rule.id == id_]
    return found


def reading(d: AlertingHarness) -> None:
    """Twice beyond the limit, then within it."""
    for value in (40.0, 90.0, 12.0):
        d.reading("wujinku", {"pm25": value})
        d.hour += 0.5


def acknowledged(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 40.0})
    d.ask("ack", episode=d.register()[0].id, by="王")


def of_an_old_rule(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 40.0})
    d.rules = ()
    d.restart()
    d.tick()


def silent(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 4.0})
    d.hour = 2.5
    d.tick()
    d.hour = 28.5
    d.reading("wujinku", {"pm25": 4.0})
    d.tick()


def failing(d: AlertingHarness) -> None:
    for hour in (0.0, 1.0, 2.0, 3.0):
        d.hour = hour
        d.reading("wujinku", {"pm25": 4000.0}, validity="invalid", failed=("range", "spike"))
    for hour in (4.0, 6.0, 8.0, 10.0, 12.0):
        d.hour = hour
        d.reading("wujinku", {"pm25": 4.0})


def store_away(d: AlertingHarness) -> None:
    d.troubles = {"store": 301.0}
    d.tick()
    d.hour = 0.5
    d.troubles = {}
    d.tick()


OWN = rule_streams.rule()
NOTIFIED = structs.replace(PEOPLE, routes=(Route(("duty",), severity="watch"),))
SAID: dict[str, tuple[Rule, Course, list[str], list[str]]] = {
    "a reading": (
        OWN,
        reading,
        [
            "【关注】五金库：细颗粒物读数 40 µg/m³，限值 25 µg/m³（测试）",
            "【严重】五金库：细颗粒物读数 90 µg/m³，限值 75 µg/m³；级别升高（测试）",
            "【已解除】五金库：细颗粒物读数恢复到限值以内；峰值 90 µg/m³，限值 75 µg/m³（测试）",
        ],
        [
            "[watch] Wujinku: PM2.5 reading 40 µg/m³, limit 25 µg/m³ (test)",
            "[critical] Wujinku: PM2.5 reading 90 µg/m³, limit 75 µg/m³; more severe now (test)",
            "[over] Wujinku: PM2.5 reading back within the limit; peak 90 µg/m³, limit 75 µg/m³ (test)",
        ],
    ),
    "an acknowledgement": (
        OWN,
        acknowledged,
        [
            "【关注】五金库：细颗粒物读数 40 µg/m³，限值 25 µg/m³（测试）",
            "【已确认】五金库：细颗粒物读数，王（测试）",
        ],
        [
            "[watch] Wujinku: PM2.5 reading 40 µg/m³, limit 25 µg/m³ (test)",
            "[acknowledged] Wujinku: PM2.5 reading, by 王 (test)",
        ],
    ),
    "a rule that is gone": (
        OWN,
        of_an_old_rule,
        [
            "【关注】五金库：细颗粒物读数 40 µg/m³，限值 25 µg/m³（测试）",
            "【已解除】五金库：细颗粒物读数，规则已更改；峰值 40 µg/m³，限值 25 µg/m³（测试）",
        ],
        [
            "[watch] Wujinku: PM2.5 reading 40 µg/m³, limit 25 µg/m³ (test)",
            "[over] Wujinku: PM2.5 reading, the rule was changed; peak 40 µg/m³, limit 25 µg/m³ (test)",
        ],
    ),
    "a silent station": (
        shipped("station-silent"),
        silent,
        [
            "【警告】五金库：未收到数据已 2.5 小时（站点无数据）",
            "【已解除】五金库：重新收到数据；历时 26.5 小时（站点无数据）",
        ],
        [
            "[warning] Wujinku: no data for 2.5 h (Station silent)",
            "[over] Wujinku: data again; it lasted 26.5 h (Station silent)",
        ],
    ),
    "checks": (
        shipped("sensor-failing"),
        failing,
        [
            "【关注】五金库：细颗粒物：未通过检查；超量程、尖峰（读数连续未通过检查）",
            "【已解除】五金库：细颗粒物：重新通过检查；历时 4 小时（读数连续未通过检查）",
        ],
        [
            "[watch] Wujinku: PM2.5: fails a check; out of range, spike (Readings keep failing the checks)",
            (
                "[over] Wujinku: PM2.5: passes the checks again; it lasted 4 h"
                " (Readings keep failing the checks)"
            ),
        ],
    ),
    "a part of the system": (
        shipped("store-away"),
        store_away,
        [
            "【警告】监测系统：数据库：已持续 5 分钟（数据库无法写入）",
            "【已解除】监测系统：数据库：恢复正常；历时 30 分钟（数据库无法写入）",
        ],
        [
            "[warning] Monitoring system: Store: for 5 min so far (Store away)",
            "[over] Monitoring system: Store: back to normal; it lasted 30 min (Store away)",
        ],
    ),
}


@pytest.mark.parametrize(("rule", "course", "zh", "en"), SAID.values(), ids=SAID)
def test_a_change_says_what_is_the_matter(
    rule: Rule, course: Course, zh: list[str], en: list[str], tmp_path: Path
) -> None:
    d = AlertingHarness(tmp_path, own=[rule])
    course(d)

    texts = [event["text"] for event in d.told(outbox.MQTT)]
    assert [text["zh"] for text in texts] == zh
    assert [text["en"] for text in texts] == en


def exceeded(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 40.0})


def silent_since_long(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 4.0})
    d.hour = 2.0 + 1 / 3600
    d.tick()


def flat(d: AlertingHarness) -> None:
    d.reading("wujinku", {"pm25": 4.0}, validity="suspect", failed=("flat",))


def broker_away(d: AlertingHarness) -> None:
    d.troubles = {"broker": 61.0}
    d.tick()


LASTING: dict[str, tuple[Rule, Course, float, str, str]] = {
    "hours beyond a limit": (
        structs.replace(OWN, repeat="26h"), exceeded, 26.0,
        "【关注】五金库：细颗粒物读数仍超出限值，已持续 26 小时；峰值 40 µg/m³，限值 25 µg/m³（测试）",
        (
            "[watch] Wujinku: PM2.5 reading still beyond the limit, for 26 h;"
            " peak 40 µg/m³, limit 25 µg/m³ (test)"
        ),
    ),
    "days beyond a limit": (
        structs.replace(OWN, repeat="60h"), exceeded, 60.0,
        "【关注】五金库：细颗粒物读数仍超出限值，已持续 2.5 天；峰值 40 µg/m³，限值 25 µg/m³（测试）",
        (
            "[watch] Wujinku: PM2.5 reading still beyond the limit, for 2.5 days;"
            " peak 40 µg/m³, limit 25 µg/m³ (test)"
        ),
    ),
    "silence": (
        shipped("station-silent"), silent_since_long, 74.0,
        "【警告】五金库：仍未收到数据，已持续 3 天（站点无数据）",
        "[warning] Wujinku: still no data, for 3 days (Station silent)",
    ),
    "a check": (
        shipped("sensor-flat"), flat, 24.0,
        "【关注】五金库：细颗粒物：仍未通过检查，已持续 24 小时；恒值（读数长时间不变）",
        "[watch] Wujinku: PM2.5: still fails a check, for 24 h; flat line (Sensor does not move)",
    ),
    "a part of the system": (
        structs.replace(shipped("broker-away"), repeat="4h"), broker_away, 4.0,
        "【严重】监测系统：消息服务器：仍未恢复，已持续 4 小时（与消息服务器的连接中断）",
        "[critical] Monitoring system: Broker: still going on, for 4 h (Broker away)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "course", "hour", "zh", "en"), LASTING.values(), ids=LASTING)
def test_a_repeat_says_that_it_lasts_and_for_how_long(
    rule: Rule, course: Course, hour: float, zh: str, en: str, tmp_path: Path
) -> None:
    d = AlertingHarness(tmp_path, own=[rule], notify=structs.replace(NOTIFIED, waits=Waits(escalate="0s")))
    course(d)
    for d.hour in (hour, hour + 0.001):  # in another week it is handed over first
        d.tick()

    first, *_, last = d.told("wang")
    assert (first["reason"], last["reason"]) == ("exceeded", "repeat")
    assert last["text"] == {"zh": zh, "en": en}
    assert last["message"] == zh


def test_who_is_notified_next_reads_for_how_long_and_why(tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[OWN], notify=NOTIFIED)
    exceeded(d)
    d.hour = 0.25
    d.tick()

    [event] = d.told("li")
    assert event["text"] == {
        "zh": "【关注】五金库：细颗粒物读数仍超出限值，已持续 15 分钟；峰值 40 µg/m³，限值 25 µg/m³；"
        "无人确认，转告下一位（测试）",
        "en": "[watch] Wujinku: PM2.5 reading still beyond the limit, for 15 min;"
        " peak 40 µg/m³, limit 25 µg/m³; nobody acknowledged, next person notified (test)",
    }


def test_what_was_silenced_is_told_with_its_severity_and_duration(tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[OWN], notify=NOTIFIED)
    until = (d.now + timedelta(hours=3)).isoformat()
    d.ask(
        "silence", id=0, site="wujinku", rule=None, parameter=None, until=until, reason="x", by="li"
    )  # fmt: skip
    for value in (90.0, 40.0):
        d.reading("wujinku", {"pm25": value})
        d.hour += 1
    d.hour = 3.5
    d.tick()

    [event] = d.told("wang")
    assert (event["reason"], event["severity"]) == ("still_exceeded", "critical")
    assert event["text"]["en"] == (
        "[critical] Wujinku: PM2.5 reading still beyond the limit, for 3.5 h;"
        " peak 90 µg/m³, limit 75 µg/m³ (test)"
    )


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [
        (-1.0, "0 秒", "0 s"),
        (59.0, "59 秒", "59 s"),
        (60.0, "1 分钟", "1 min"),
        (3599.0, "60 分钟", "60 min"),
        (3600.0, "1 小时", "1 h"),
        (48 * 3600 - 1.0, "48 小时", "48 h"),
        (48 * 3600.0, "2 天", "2 days"),
        (400 * 86400.0, "400 天", "400 days"),
    ],
)
def test_a_duration_is_in_days_from_two_of_them_on(seconds: float, zh: str, en: str) -> None:
    assert (format_duration(seconds, "zh"), format_duration(seconds, "en")) == (zh, en)
