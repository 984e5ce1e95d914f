"""`liangqu alerts`: events as people and programs read them; acknowledged and silenced by event and site."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.cells import cell_len

from ingest.journal import requests
from liangqu import __main__ as front
from liangqu.cli.alerts import metrics
from liangqu.cli.alerts.listing import short_id
from liangqu.config.factories import open_rules
from liangqu.config.settings import Settings
from liangqu.terminal.table import lines
from sensors.catalogue.loader import load
from tests.alerts.test_engine import shipped
from tests.support.alerting_harness import AlertingHarness, critical_standard

AIR = "        Taizicheng (example): PM2.5 rolling 24 h mean 88 µg/m³, national standard 60 µg/m³"
HEAD = "id      severity  place             cause          stations  since (UTC+8)     acknowledged"
Run = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def harness(tmp_path: Path) -> AlertingHarness:
    """Haze at two stations of a zone, and a bad sample of a section."""
    d = AlertingHarness(tmp_path, own=[*shipped("water-sample"), critical_standard()])
    d.statistic("taizicheng", "pm25", "24h", 66.0)
    d.hour = 1
    d.statistic("taizicheng", "pm25", "24h", 88.0)
    d.statistic("yunding", "pm25", "24h", 70.0)
    d.hour = 2
    d.reading("houcheng", {"codmn": 20.0})
    return d


@pytest.fixture
def run(
    harness: AlertingHarness,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    monkeypatch.chdir(tmp_path)

    def typed(*words: str, language: str = "en") -> tuple[int, list[str]]:
        harness.journal.close()
        monkeypatch.setenv("LIANGQU_LANGUAGE", language)
        monkeypatch.setattr(sys, "argv", ["liangqu", *words])
        code = front._code()
        captured = capfd.readouterr()
        harness.open()
        return code, (captured.out + captured.err).splitlines()

    return typed


def carry_out(harness: AlertingHarness) -> None:
    """As the service does with what a command asked for."""
    with harness.journal.transaction() as connection:
        asked = requests.pending(connection)
        harness.alerting.carry_out(connection, asked, harness.now)
        requests.complete(connection, asked)


def ids(run: Run) -> dict[str, str]:
    """The open events by cause."""
    return {row["cause"]: row["event"] for row in json.loads("\n".join(run("alerts", "list", "--json")[1]))}


class TestList:
    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            (
                "en",
                [
                    HEAD,
                    "{air}  critical  Competition zone  particles      2/2       2026-03-01 10:00  –",
                    AIR,
                    "{water}  critical  Baihe             water quality  1/1       2026-03-01 12:00  –",
                ],
            ),
            (
                "zh",
                [
                    "编号    严重程度  地点  事由    站点  开始（北京时间）  确认人",
                    "{air}  严重      赛区  颗粒物  2/2   2026-03-01 10:00  –",
                    "        太子城（示例）：细颗粒物24小时滑动均值 88 µg/m³，国家标准 60 µg/m³",
                    "{water}  严重      白河  水质    1/1   2026-03-01 12:00  –",
                ],
            ),
        ],
        ids=["en", "zh"],
    )
    def test_the_most_severe_stands_first_with_names_value_and_limit(
        self, language: str, expected: list[str], run: Run
    ) -> None:
        found = ids(run)

        code, said = run("alerts", "list", language=language)

        short = {"air": found["particles"][:6], "water": found["water"][:6]}
        assert code == 0
        assert said[:4] == [line.format(**short) for line in expected]
        assert run("alerts", "list", "--no-header", language=language)[1] == said[1:]
        by_ids = run("alerts", "list", "--ids", "--no-header", language=language)[1]
        rows = json.loads("\n".join(run("alerts", "list", "--json")[1]))
        assert [line.split()[:4] for line in by_ids[: 2 * len(rows) : 2]] == [
            [row["event"], row["severity"], row["area"], row["cause"]] for row in rows
        ]

    def test_programs_are_given_ids_and_times_with_their_offset(self, run: Run) -> None:
        first, second = json.loads("\n".join(run("alerts", "list", "--json")[1]))

        shown = ("area", "cause", "state", "severity", "value", "limit", "site", "stations", "begin")
        assert {name: first[name] for name in shown} == {
            "area": "zone-competition", "cause": "particles", "state": "firing", "severity": "critical",
            "value": 88.0, "limit": 60.0, "site": "taizicheng", "stations": ["taizicheng", "yunding"],
            "begin": "2026-03-01T10:00:00+08:00",
        }  # fmt: skip
        assert second["cause"] == "water"

    def test_what_has_recovered_stands_last_and_is_still_the_event(
        self, run: Run, harness: AlertingHarness
    ) -> None:
        for site in ("taizicheng", "yunding"):
            harness.statistic(site, "pm25", "24h", 20.0)

        said = run("alerts", "list")[1]

        assert "Baihe" in said[1]
        assert said[4] == "        recovered since 2026-03-01 12:00; if it happens again it is the same event"

    def test_history_has_events_too(self, run: Run) -> None:
        rows = json.loads("\n".join(run("alerts", "history", "--events", "--json")[1]))

        assert [(row["area"], row["end"], row["hours"] > 0) for row in rows] == [
            ("zone-competition", None, True),
            ("river-baihe", None, True),
        ]
        assert run("alerts", "history", "--events", "--from", "2030-01-01") == (0, ["no event matches"])
        assert run("alerts", "history", "--events", "--site", "yunding")[0] == 2
        said = run("alerts", "history", "--events")[1]
        assert said[0].split("  ")[0] == "event"
        assert "  open  " in said[1]
        assert said[1].endswith("  critical  Competition zone  particles      –")
        assert run("alerts", "history", "--events", "--no-header")[1] == said[1:]
        episodes = json.loads("\n".join(run("alerts", "history", "--json")[1]))
        assert [row["event"] for row in episodes] == [rows[0]["event"], rows[0]["event"], rows[1]["event"]]


class TestAcknowledge:
    def test_several_by_their_first_characters_with_a_note_that_is_shown(
        self, run: Run, harness: AlertingHarness
    ) -> None:
        found = ids(run)
        code, said = run(
            "alerts", "ack", *(id_[:7] for id_ in found.values()), "--by", "王", "--note", "去看"
        )
        assert (code, said) == (0, [f"{', '.join(found.values())} acknowledged"])
        carry_out(harness)

        listed = run("alerts", "list")[1]

        assert [line.endswith("  王") for line in listed[1::2]] == [True, True]
        assert [line.endswith("; note: 去看") for line in listed[2::2]] == [True, True]

    @pytest.mark.parametrize(("site", "cause"), [("yunding", "particles"), ("river-baihe", "water")])
    def test_by_a_station_or_its_zone(
        self, site: str, cause: str, run: Run, harness: AlertingHarness
    ) -> None:
        event = ids(run)[cause]
        assert run("alerts", "ack", "--site", site) == (0, [f"{event} acknowledged"])
        carry_out(harness)

        states = {
            row["event"]: row["state"] for row in json.loads("\n".join(run("alerts", "list", "--json")[1]))
        }
        assert [id_ for id_, state in states.items() if state == "acknowledged"] == [event]

    def test_by_an_episode_it_is_the_whole_event(self, run: Run) -> None:
        rows = json.loads("\n".join(run("alerts", "list", "--json")[1]))

        assert run("alerts", "ack", rows[0]["episodes"][1]) == (0, [f"{rows[0]['event']} acknowledged"])

    def test_what_is_not_open_is_refused(self, run: Run) -> None:
        assert run("alerts", "ack", "nothing") == (1, ["liangqu: there is no event or episode nothing"])
        assert run("alerts", "ack", "--site", "wujinku") == (
            1, ["liangqu: --site: no event is open at wujinku"],
        )  # fmt: skip
        assert run("alerts", "ack")[0] == 2


class TestSilence:
    def test_of_an_event_is_shown_with_it_and_ended_by_its_id(
        self, run: Run, harness: AlertingHarness
    ) -> None:
        event = ids(run)["particles"]
        code, said = run(
            "alerts", "silence", event[:6], "--for", "2h", "--reason", "calibration", "--by", "b"
        )
        assert code == 0
        assert said[0].endswith(f": event {event} (zone-competition)")
        carry_out(harness)

        listed = run("alerts", "list")[1]
        assert listed[2].endswith("; silence 1")
        assert listed[-1].startswith(
            f"silence 1  event {event} Winter-Olympic competition zone (Chongli), until "
        )
        assert run("alerts", "unsilence", event[:6]) == (0, ["silence 1 ended"])
        assert run("alerts", "silence", event, "--rule", "pm25-24h-standard")[0] == 2

    def test_planned_ahead_it_is_listed_and_withdrawn_by_site(
        self, run: Run, harness: AlertingHarness
    ) -> None:
        words = (
            "--from",
            "2100-12-01T09:00",
            "--to",
            "2100-12-01T11:00",
            "--reason",
            "pipes",
            "--by",
            "b",
        )
        assert run("alerts", "silence", "yunding", *words) == (
            0, ["silenced from 2100-12-01 09:00 until 2100-12-01 11:00: yunding"],
        )  # fmt: skip
        carry_out(harness)

        line = "silence 1  Genting Snow Park (example), 2100-12-01 09:00 until 2100-12-01 11:00, by b: pipes"
        assert line in run("alerts", "list")[1]
        assert run("alerts", "unsilence", "yunding") == (0, ["silence 1 ended"])
        assert run("alerts", "unsilence", "taizicheng")[0] == 1

    @pytest.mark.parametrize(
        ("words", "line"),
        [
            (("--to", "2020-01-01"), "--to: 2020-01-01 00:00 is not after the beginning, "),
            (("--to", "2100-01-01", "--for", "2h"), "--to: give it or --for, not both"),
            (("--from", "tuesday"), "--from: "),
        ],
    )
    def test_a_span_that_is_none_is_refused(self, words: tuple[str, ...], line: str, run: Run) -> None:
        code, said = run("alerts", "silence", "yunding", *words)

        assert (code, len(said)) == (2, 1)
        assert said[0].startswith(f"liangqu: {line}")


def test_an_id_is_as_long_as_tells_it_from_the_others() -> None:
    among = ["abcdef111111", "abcdef112222", "0123456789ab"]

    assert [short_id(each, among) for each in among] == ["abcdef111", "abcdef112", "012345"]


def test_columns_stand_below_each_other_whatever_the_signs() -> None:
    made = list(lines([("编号", "x", "a"), ("1", "Ⅳ类水", "b")]))

    assert [cell_len(line[: line.index(end)]) for line, end in zip(made, "ab", strict=True)] == [13, 13]


class TestMetrics:
    def test_what_was_sent_and_what_it_cost(self, run: Run, harness: AlertingHarness) -> None:
        with harness.journal.transaction() as connection:
            connection.execute(
                "INSERT INTO notification (key, channel, person, thread, episode, site, document, made_ms,"
                " due_ms, sent_ms, result) SELECT 'k', 'mail', 'wang', event, id, site, document, begun_ms,"
                " begun_ms, begun_ms + 60000, 'sent' FROM episode WHERE site = 'houcheng'"
            )
        span = ("--from", "2026-03-01", "--to", "2026-03-03")

        assert run("alerts", "metrics", *span) == (
            0,
            [
                "2026-03-01 00:00 to 2026-03-03 00:00 (UTC+8)",
                "person  messages  a day  most in a day  most in ten minutes",
                "wang    1         0.5    1              1",
                "events: 1 notified, 0% acknowledged; median time to it –, slowest –",
                "open for more than 24 h: 1, at most 1 at once (should be below 5)",
                "chattering: none",
                "rule                                                 messages  share  begins  chattering at",
                "Water worse than the section's class                 1         100%   1       0",
                "PM2.5 rolling 24 h mean above the national standard  0         0%     2       0",
                "the first ten rules made 100% of all messages",
            ],
        )
        assert "water-sample       1         100%   1       0" in run("alerts", "metrics", *span, "--ids")[1]
        found = json.loads("\n".join(run("alerts", "metrics", *span, "--json")[1]))
        assert found["people"][0]["a_day"] == 0.5
        assert found["thresholds"]["flood"]["limit"] == 10
        assert run("alerts", "metrics", *span, language="zh")[1][1].startswith("收件人  消息  每天平均")

    def test_of_a_time_without_messages(self, run: Run) -> None:
        said = run("alerts", "metrics", "--from", "2020-01-01", "--to", "2020-02-01")[1]

        assert said[1] == "no messages to people"
        assert run("alerts", "metrics", "--from", "2020-02-01", "--to", "2020-02-01")[0] == 2


@pytest.mark.parametrize(
    ("watch", "called"),
    [
        (("station-silent", "wujinku", "_"), "五金库 站点无数据"),
        (("store-away", "_", "_"), "监测系统 数据库无法写入"),
        (("pm25-1h", "zone-city", "pm25"), "张家口市 细颗粒物 PM2.5 小时滑动均值高于规划目标值"),
        (("gone", "gone-too", "radon"), "gone-too radon gone"),
    ],
)
def test_what_chatters_is_called_by_its_names(watch: tuple[str, str, str], called: str) -> None:
    assert metrics._called(watch, open_rules(Settings(), load()), "zh") == called
