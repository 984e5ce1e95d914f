"""Why a message comes, how values and trends are written, and what is left out where room is short."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from structlog.testing import capture_logs

from alerts.events.decision import NotifyReason
from alerts.notify.channels.webhook import Webhook
from alerts.notify.config import DutyRow
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as a_test
from alerts.notify.outbox import Notification
from alerts.notify.words import describe_measured
from alerts.texts.boards import board_links
from alerts.texts.event_reader import EventReader
from alerts.texts.event_view import EpisodeView, EventView, Reached, Trend, trend_of
from alerts.texts.messages import fit, to_message
from alerts.texts.quantity import limit_text, number_text, value_text
from dashboards.grafana import builder
from sensors.model import Language, Name, Severity, StatisticName
from tests.support import rule_streams
from tests.support.alerting_harness import CATALOGUE
from tests.support.inbox_of_people import PEOPLE, PeoplesInbox
from tests.support.peers.receivers import HttpReceiver

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://alerts.example.org/alerts/7cc8c193d3a0"
ACKED = {"acked_by": "李", "acked_at": NOW - timedelta(minutes=5), "note": "检查员在路上"}
CALM = {"calm": NOW - timedelta(hours=1)}
OVER = {"calm": NOW - timedelta(hours=13), "ended": NOW - timedelta(hours=13)}


def station(number: int, **changed: object) -> EpisodeView:
    """A station's 24 h mean of PM2.5 above the standard."""
    made = EpisodeView(
        id=f"e{number}", rule="pm25-24h-standard", site=f"site-{number}", parameter="pm25", statistic="24h",
        severity="critical", place=Name(f"{number}号站", f"Station {number}"), rule_name=Name("超标", "x"),
        measured=describe_measured("pm25", "24h", CATALOGUE), value=70.0 + number, at=NOW, limit=60.0,
        peak=92.0 + number, peak_at=NOW - timedelta(hours=6), peak_limit=60.0,
        begun=NOW - timedelta(hours=20), origin="standard", trend="falling",
    )  # fmt: skip
    return structs.replace(made, **changed)


def view(*episodes: EpisodeView, **changed: object) -> EventView:
    lead = episodes[0] if episodes else station(1)
    made = EventView(
        id="7cc8c193d3a0", area="zone-city", area_name=Name("张家口市", "The city"), cause="particles",
        severity=lead.severity, lead=lead, episodes=episodes or (lead,), now=NOW, begun=lead.begun, members=9,
        reached=(Reached("wang", "王", NOW - timedelta(minutes=30)),),
        advice=Name("会商", "Consult"), contacts=("张工 0313-5550100",), boards={"zh": "https://g.example.org"},
    )  # fmt: skip
    return structs.replace(made, **changed)


def notification(number: int, told: NotifyReason, severity: Severity = "critical") -> Notification:
    event = structs.replace(
        a_test("x", NOW), event="7cc8c193d3a0", told=told, severity=severity, test=False, episode="e1"
    )
    return Notification(number, f"k{number}", Recipient("hook", "li"), event, NOW, 0)


def title(told: Sequence[NotifyReason], of: EventView, language: str = "zh") -> str:
    notifications = [notification(number, each) for number, each in enumerate(told)]
    return to_message(notifications, language, lambda *_: PAGE, {of.id: of}).title  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "changed", "zh", "en"),
    [
        pytest.param(["first"], {}, "严重 ", "critical: ", id="first"),
        pytest.param(["graver"], {}, "严重·升级 ", "critical, graver: ", id="graver"),
        pytest.param(["wider"], {}, "严重·范围扩大 ", "critical, wider: ", id="wider"),
        pytest.param(["still"], {}, "严重·仍在持续 ", "critical, still going on: ", id="still"),
        pytest.param(["handed_over"], {}, "严重·转交 ", "critical, handed over: ", id="handed over"),
        pytest.param(
            ["escalated"], {}, "严重·无人确认转您 ", "critical, nobody answered, now you: ", id="escalated"
        ),
        pytest.param(
            ["acknowledged"], ACKED, "严重·李已接手 ", "critical, 李 has taken it over: ", id="acknowledged"
        ),
        pytest.param(["over"], OVER, "已解除 ", "over: ", id="over"),
        pytest.param(["first", "graver"], {}, "严重 ", "critical: ", id="graver in the night"),
        pytest.param(["graver", "still"], {}, "严重·升级 ", "critical, graver: ", id="graver, and it lasts"),
        pytest.param(["first", "graver", "over"], OVER, "已解除 ", "over: ", id="over in the night"),
        pytest.param(["first"], CALM, "严重·已回落 ", "critical, calm again: ", id="calm by the morning"),
        pytest.param(
            ["first"], ACKED, "严重·李已接手 ", "critical, 李 has taken it over: ", id="taken in the night"
        ),
    ],
)  # fmt: skip
def test_a_title_says_why_the_message_comes(
    told: list[NotifyReason], changed: dict[str, object], zh: str, en: str
) -> None:
    of = view(**changed)

    assert title(told, of).startswith(f"[两区] {zh}1号站 PM2.5 24h ")
    assert title(told, of, "en").startswith(f"[liangqu] {en}Station 1 PM2.5 24 h ")


def body(told: NotifyReason, of: EventView) -> list[str]:
    return to_message([notification(1, told)], "zh", lambda *_: PAGE, {of.id: of}).body.splitlines()


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("zh", ["【严重·仍在持续】1号站：", "【关注】2号站："]),
        ("en", ["[critical, still going on] Station 1: ", "[watch] Station 2: "]),
    ],
)
def test_each_of_several_events_says_how_severe_it_is_and_why_it_comes(
    language: Language, heads: list[str]
) -> None:
    graver, other = view(), view(station(2, severity="watch"), id="another")
    second = notification(1, "first", "watch")
    told = [
        notification(0, "still"),
        structs.replace(second, event=structs.replace(second.event, event=other.id)),
    ]

    body = to_message(told, language, lambda *_: PAGE, {each.id: each for each in (graver, other)}).body

    for paragraph, head in zip(body.split("\n\n"), heads, strict=True):
        assert paragraph.startswith(head)


def test_escalation_says_who_did_not_answer_since_when() -> None:
    assert "王 03-01 19:30 起未确认，现转您处理" in body("escalated", view())
    own = view(reached=(Reached("li", "李", NOW),))
    assert "无人确认，现转您处理" in body("escalated", own)


def test_a_hand_over_says_from_whom() -> None:
    assert "由 王 转交，尚无人确认" in body("handed_over", view())
    assert "接班转交，尚无人确认" in body("handed_over", view(reached=()))


def test_over_says_how_long_the_peak_what_is_now_and_who_handled_it() -> None:
    ended = station(1, ended=OVER["ended"], value=41.0, at=OVER["ended"], trend=None)
    of = view(ended, **OVER, **ACKED)

    assert title(["over"], of) == "[两区] 已解除 1号站 PM2.5 24h 峰值 93 > 60，现 41，历时 7 小时"
    assert body("over", of)[:4] == [
        "1号站：细颗粒物24小时滑动均值 解除时 41 µg/m³（03-01 07:00）",
        "李 于 03-01 19:55 接手；检查员在路上",
        "峰值 93 µg/m³（03-01 14:00，国家标准 60 µg/m³）",
        "03-01 00:00 至 03-01 07:00（北京时间），历时 7 小时",
    ]
    assert "无人确认" in body("over", structs.replace(of, acked_by="", acked_at=None))


@pytest.mark.parametrize(
    ("changed", "invited"),
    [
        pytest.param({}, True, id="it lasts"),
        pytest.param(ACKED, False, id="somebody has it"),
        pytest.param(CALM, False, id="it is calm"),
        pytest.param(OVER, False, id="it is over"),
    ],
)
def test_only_what_lasts_and_nobody_has_asks_for_an_acknowledgement(
    changed: dict[str, object], invited: bool
) -> None:
    [line] = [line for line in body("still", view(**changed)) if PAGE in line]

    assert line == (f"查看并确认 {PAGE}" if invited else f"查看 {PAGE}")


def test_no_key_and_no_whole_id_stands_in_the_text() -> None:
    lines = body("first", view())

    assert lines[-1] == "编号 7cc8c1"
    assert not any("k1" in line or "e1" in line for line in lines)


def test_more_stations_than_fit_are_counted() -> None:
    all_ = tuple(station(number) for number in range(1, 9))
    lead = station(9, is_area=True, place=Name("张家口市", "Zhangjiakou city"))
    of = view(lead, *all_)

    assert title(["first"], of) == "[两区] 严重 张家口市 PM2.5 24h 79 > 60，8/9 站"
    [line] = [line for line in body("first", of) if line.startswith("站点")]
    assert line == "站点 8号站 78、7号站 77、6号站 76、5号站 75、4号站 74、3号站 73 等 8（共 9）"


def test_a_station_that_is_milder_than_what_speaks_is_not_counted() -> None:
    of = view(station(1), station(2, severity="warning"), station(3, ended=NOW))

    assert title(["first"], of) == "[两区] 严重 1号站 PM2.5 24h 71 > 60"


# --- values -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "statistic", "value", "limit", "shown"),
    [
        pytest.param("pm25", "24h", 88.4, 60.0, "88", id="whole µg/m³"),
        pytest.param("pm25", "24h", 60.4, 60.0, "60.4", id="as large as the limit once rounded"),
        pytest.param("pm25", "24h", 60.04, 60.0, "60.04", id="ever so little above"),
        pytest.param("pm25", "24h", 60.5, 25.0, "60", id="half to even"),
        pytest.param("pm25", "24h", 60.0, 60.0, "60", id="exactly the limit"),
        pytest.param("co", "1h", 12.345, 10.0, "12.3", id="CO to 0.1"),
        pytest.param("nh3n", "reading", 1.3206, 1.0, "1.321", id="a reading of water"),
        pytest.param("tp", "reading", 0.00025, 1.0, "0.0002", id="what would become 0 keeps a digit"),
        pytest.param("wind_speed", "reading", 12.3456789, 1.0, "12.3457", id="no decimals by law"),
        pytest.param("pm25", "24h", float("inf"), 1.0, "inf", id="not a number that can be rounded"),
    ],
)
def test_a_value_is_rounded_as_the_law_says(
    parameter: str, statistic: StatisticName, value: float, limit: float, shown: str
) -> None:
    assert number_text(value, describe_measured(parameter, statistic, CATALOGUE), limit=limit) == shown


@given(value=st.floats(60.0, 5000.0, exclude_min=True))
def test_what_is_above_its_limit_never_reads_as_if_it_were_at_it(value: float) -> None:
    measured = describe_measured("pm25", "24h", CATALOGUE)

    assert number_text(value, measured, limit=60.0) != "60" or value < 60.0000005


def test_a_limit_is_written_as_in_the_law_and_a_multiple_is_rounded() -> None:
    tp, turbidity = (describe_measured(each, "reading", CATALOGUE) for each in ("tp", "turbidity"))

    assert limit_text(0.2, tp, "zh") == "0.2 mg/L"
    assert limit_text(85.2533, turbidity, "zh", unit=False) == "85.3"


@pytest.mark.parametrize(
    ("aqi", "zh"), [(50, "50 优"), (51, "51 良"), (300, "300 重度污染"), (501, "501 严重污染")]
)
def test_an_index_has_its_level(aqi: float, zh: str) -> None:
    assert value_text(aqi, describe_measured("aqi", "1h", CATALOGUE), "zh") == zh


@pytest.mark.parametrize(
    ("values", "is_class", "trend"),
    [
        pytest.param([], False, None, id="nothing"),
        pytest.param([(0, 80)], False, None, id="one value"),
        pytest.param([(-1.9, 60), (0, 80)], False, None, id="nothing two hours old"),
        pytest.param([(-2, 60), (0, 80)], False, "rising", id="two hours ago lower"),
        pytest.param([(-3, 60), (-2, 90), (0, 80)], False, "falling", id="the newest old enough counts"),
        pytest.param([(-2, 100), (0, 105)], False, "steady", id="exactly 5 %"),
        pytest.param([(-2, 100), (0, 105.1)], False, "rising", id="more than 5 %"),
        pytest.param([(-13, 60), (0, 80)], False, "rising", id="thirteen hours ago"),
        pytest.param([(-13.1, 60), (0, 80)], False, None, id="too long ago"),
        pytest.param([(-4, 5), (0, 6)], True, "rising", id="a class worse"),
        pytest.param([(-4, 6), (0, 6)], True, "steady", id="the same class"),
    ],
)  # fmt: skip
def test_a_trend_is_that_of_the_last_hours(
    values: list[tuple[float, float]], is_class: bool, trend: Trend | None
) -> None:
    points = [(NOW + timedelta(hours=hour), value) for hour, value in values]

    assert trend_of(points, is_class=is_class) == trend


# --- what fits, and what machines get -----------------------------------------------------------


@pytest.mark.parametrize("most", [250, 300, 400, 500, 700, 2048])
def test_where_room_is_short_title_value_and_link_survive(most: int) -> None:
    of = view()
    [made] = fit([notification(1, "first")], "zh", lambda *_: PAGE, most, {of.id: of})

    assert len(f"{made.title}\n\n{made.body}".encode()) <= most
    assert made.title.startswith("[两区] 严重 1号站")
    assert made.body.startswith("1号站：细颗粒物")
    assert f"查看并确认 {PAGE}" in made.body.splitlines()
    if most < 400:
        assert "建议" not in made.body


def test_the_least_important_lines_go_first() -> None:
    of = view()
    whole = to_message([notification(1, "first")], "zh", lambda *_: PAGE, {of.id: of})
    size = len(f"{whole.title}\n\n{whole.body}".encode()) + len(whole.body.splitlines())
    [made] = fit([notification(1, "first")], "zh", lambda *_: PAGE, size - 1, {of.id: of})

    assert set(whole.body.splitlines()) - set(made.body.splitlines()) == {"看板 https://g.example.org"}


def test_a_webhook_gets_the_event_and_each_document(tmp_path: Path) -> None:
    d = PeoplesInbox(tmp_path)
    d.statistic("zone-city", "pm25", "24h", 88.0)
    d.statistic("wujinku", "pm25", "24h", 70.0)
    d.tick()
    [message] = d.read("wang")
    with HttpReceiver() as hook:
        Webhook(hook.url, "").send(message)

    [(_, posted)] = hook.posts
    sent = json.loads(posted)
    assert {key: sent["event"][key] for key in ("area", "cause", "severity", "state")} == {
        "area": "zone-city", "cause": "particles", "severity": "warning", "state": "firing",
    }  # fmt: skip
    episodes = sorted(sent["event"]["episodes"], key=lambda one: str(one["site"]))
    assert [(one["site"], one["rule"], one["value"], one["limit"]) for one in episodes] == [
        ("wujinku", "pm25-24h-standard", 70.0, 60.0),
        ("zone-city", "pm25-24h-standard", 88.0, 60.0),
    ]
    [document] = sent["events"]
    assert document["event"] == sent["event"]["id"]
    assert (document["rule"], document["site"], document["state"]) == (
        "pm25-24h-standard",
        "zone-city",
        "firing",
    )


def test_what_was_held_over_night_is_one_summary_of_what_is(tmp_path: Path) -> None:
    night = structs.replace(
        PEOPLE, duty=DutyRow(people=("wang",), since=datetime(2026, 2, 23, tzinfo=UTC).date())
    )
    d = PeoplesInbox(tmp_path, notify=night)
    d.hour = 13  # 23:00 in Beijing
    d.statistic("chongli-qingshaonian", "pm25", "24h", 30.0)
    d.tick()
    d.hour = 16
    d.statistic("chongli-qingshaonian", "pm25", "24h", 52.0)
    d.tick()
    assert d.read("wang") == []
    d.hour = 21
    d.tick()

    [message] = d.read("wang")
    assert message.title == "[两区] 关注 崇礼青少年活动中心 PM2.5 24h 52 > 25"


def test_what_cannot_be_composed_goes_out_as_its_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    d = PeoplesInbox(tmp_path)
    d.statistic("wujinku", "pm25", "24h", 70.0)
    d.tick()

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(EventReader, "read", fail)
    with capture_logs() as logged:
        [message] = d.read("wang")

    assert message.title == "[两区] 警告 五金库 PM2.5 24小时滑动均值超过国家标准"
    assert message.body.startswith("【警告】五金库：细颗粒物24小时滑动均值 70 µg/m³，限值 60 µg/m³")
    assert [line["event"] for line in logged] == ["message not composed"]


def test_what_is_silenced_does_not_speak(tmp_path: Path) -> None:
    d = PeoplesInbox(tmp_path)
    d.statistic("wujinku", "pm25", "24h", 70.0)
    d.statistic("renmin-gongyuan", "pm25", "24h", 88.0)
    until = (d.now + timedelta(hours=3)).isoformat()
    d.ask(
        "silence", id=0, site="renmin-gongyuan", rule=None, parameter=None, until=until, reason="x", by="李"
    )  # fmt: skip
    d.tick()

    [message] = d.read("wang")
    assert message.body.startswith("五金库：")


def test_boards_are_those_that_are_provisioned() -> None:
    links = board_links("https://g.example.org/grafana/", CATALOGUE)

    assert (
        links["zh"]("wujinku")
        == f"https://g.example.org/grafana/d/{builder.uid('air', 'zh')}?var-site=wujinku"
    )
    assert links["en"]("houcheng") == (
        f"https://g.example.org/grafana/d/{builder.uid('river', 'en')}?var-section=houcheng"
    )
    assert links["en"]("zone-city") == f"https://g.example.org/grafana/d/{builder.uid('overview', 'en')}"
    assert board_links("", CATALOGUE) == {}


def test_a_peak_keeps_the_limit_of_its_moment() -> None:
    on = rule_streams.watch()  # watch above 25, critical above 75
    state, _ = rule_streams.run(
        on,
        [rule_streams.observed(on, minutes, value) for minutes, value in ((0, 90.0), (1, 40.0), (2, 60.0))],
    )

    assert (state.limit, state.peak, state.peak_limit) == (25.0, 90.0, 75.0)
