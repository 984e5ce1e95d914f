"""A name that does not exist is refused in one line with what may be meant; what is shown has its unit."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.rules import definition
from alerts.rules.index import RuleIndex
from ingest.journal import quarantine, requests
from ingest.journal.file import Journal
from ingest.journal.inbox import HEAD, InboxMessage
from liangqu import __main__ as front
from liangqu.tasks.checking.rule_words import places_words, rule_sentence
from liangqu.terminal.usage import reworded
from liangqu.terminal.wrapping import columns_of
from sensors.excerpt import suggestion
from sensors.model import Refused
from tests.liangqu.cli.test_hostile_arguments import ALL
from tests.support.alerting_harness import CATALOGUE, AlertingHarness

Run = Callable[..., tuple[int, list[str]]]
RECEIVED = datetime(2026, 3, 1, 17, 30, 5, tzinfo=UTC)
NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-02")
UNMARKED = ("2026-11-01", "2026-11-02", "--reason", "r", "--by", "b")
MARKED = (*UNMARKED, "--as", "invalid")
INDEX = RuleIndex(definition.load(CATALOGUE), CATALOGUE)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """In a folder with one open episode, one that is over, and two refused messages."""
    harness = AlertingHarness(tmp_path)
    harness.reading("bahaoqiao", {"codmn": 20.0})
    harness.hour = 1
    harness.reading("bahaoqiao", {"codmn": 1.0})
    harness.hour = 2
    harness.reading("houcheng", {"codmn": 20.0})
    with harness.journal.transaction() as connection:
        for site, reason, payload in (
            ("wujinku", "not_json", b"{"),
            ("houcheng", "not_utf8", b"\xff" * 5000),
        ):
            message = InboxMessage(f"liangqu/air/{site}", payload, RECEIVED)
            bound = 100_000 if len(payload) < HEAD else 50_000
            quarantine.add(connection, message, [Refused(reason, f"{reason}!", "")], bound)  # type: ignore[arg-type]
    harness.journal.close()
    (tmp_path / "a.csv").write_text("pm25\n3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def typed(*words: str) -> tuple[int, list[str]]:
        monkeypatch.setattr(sys, "argv", ["liangqu", *words])
        code = front._code()
        captured = capfd.readouterr()
        return code, (captured.out + captured.err).splitlines()

    return typed


PLACE = "site, zone or river"
UNKNOWN = [
    (("export", "wujink", *NOVEMBER), "SITE", PLACE, "wujink", "wujinku"),
    (("export", "五金库", *NOVEMBER), "SITE", PLACE, "五金库", "wujinku"),
    (("export", "wujinku", *NOVEMBER, "--statistic", "dya"), "--statistic", "statistic", "dya", "day"),
    (("recompute", "--site", "zone-cty", *NOVEMBER), "--site", PLACE, "zone-cty", "zone-city"),
    (("mark", "wujink", "pm25", *MARKED), "SITE", "site", "wujink", "wujinku"),
    (("mark", "wujinku", "pm52", *MARKED), "PARAMETER", "parameter", "pm52", "pm25"),
    (("unmark", "wujink", "pm25", *UNMARKED), "SITE", "site", "wujink", "wujinku"),
    (("unmark", "wujinku", "pm52", *UNMARKED), "PARAMETER", "parameter", "pm52", "pm25"),
    (("simulate", "--sites", "wujinku,houchen"), "--sites", "site", "houchen", "houcheng"),
    (("import", "a.csv", "--tz", "Asia/Shangai"), "--tz", "time zone", "Asia/Shangai", "Asia/Shanghai"),
    (("replay", "a.csv", "--tz", "Asia/Shangai"), "--tz", "time zone", "Asia/Shangai", "Asia/Shanghai"),
    (
        ("assess", "air", "a.csv", "--standard", "cnemc-live"),
        "--standard",
        "standard",
        "cnemc-live",
        "cnemc-live-2012",
    ),
    (("hj212", "decode", "a.csv", "--tolerate", "crc_cse"), "--tolerate", "tolerance", "crc_cse", "crc_case"),
    (("hj212", "decode", "a.csv", "--refuse", "crc_cse"), "--refuse", "tolerance", "crc_cse", "crc_case"),
    (("alerts", "silence", "wujink"), "SITE", PLACE, "wujink", "wujinku"),
    (("alerts", "silence", "all", "--rule", "aqii"), "--rule", "rule", "aqii", "aqi"),
    (("alerts", "silence", "all", "--parameter", "pm52"), "--parameter", "parameter", "pm52", "pm25"),
    (("alerts", "ack", "--site", "houchen"), "--site", PLACE, "houchen", "houcheng"),
    (("alerts", "history", "--site", "houchen"), "--site", PLACE, "houchen", "houcheng"),
    (("alerts", "history", "--rule", "aqii"), "--rule", "rule", "aqii", "aqi"),
    (("marks", "--site", "wujink"), "--site", "site", "wujink", "wujinku"),
    (("hints", "wujink", "--month", "2026-03"), "SITE", "site", "wujink", "wujinku"),
    *(
        (("approval", step, "2026-03", *given, "--site", "wujink"), "--site", "site", "wujink", "wujinku")
        for step, given in (
            ("submit", ("--by", "b")),
            ("approve", ("--by", "b")),
            ("return", ("--by", "b", "--reason", "r")),
        )
    ),
    (("approval", "list", "--site", "wujink"), "--site", "site", "wujink", "wujinku"),
    *(
        (("quarantine", what, option, name), option, kind, name, meant)
        for what in ("list", "replay", "drop")
        for option, kind, name, meant in (
            ("--reason", "reason", "not_jsn", "not_json"),
            ("--site", PLACE, "wujink", "wujinku"),
        )
    ),
]


@pytest.mark.parametrize(
    ("words", "option", "kind", "name", "meant"), UNKNOWN, ids=[" ".join(row[0]) for row in UNKNOWN]
)
def test_a_typo_is_named_with_what_is_meant(
    words: tuple[str, ...], option: str, kind: str, name: str, meant: str, run: Run, tmp_path: Path
) -> None:
    assert run(*words) == (
        2, [f"liangqu: {option}: there is no {kind} {name!r}; did you mean {meant}?"],
    )  # fmt: skip
    journal = Journal(tmp_path / "journal.db")
    assert not requests.pending(journal.connection())
    assert sum(row[2] for row in quarantine.summary(journal.connection())) == 2
    journal.close()


def test_every_option_that_takes_a_name_is_tried() -> None:
    tried = {(" ".join(words), option) for words, option, *_ in UNKNOWN}
    names = {"site", "sites", "parameter", "rule", "statistic", "standard", "tz", "tolerate", "refuse"}
    missed = [
        f"{command} {typed}"
        for command, found in ALL.items()
        for each in found.params
        if each.name in names and "Literal" not in str(each.type_descriptor.annotation)
        for typed in [max(each.opts, key=len) if each.param_type_name == "option" else each.name.upper()]
        if not any(words.startswith(f"{command} ") and option == typed for words, option in tried)
    ]

    assert len(tried) > len(names)
    assert missed == []


def test_where_nothing_is_near_all_are_listed() -> None:
    assert suggestion("xyz", ["day", "24h"]) == "; known are day, 24h"
    assert suggestion("xyz", []) == ""
    assert suggestion("DAY", ["day", "24h"]) == "; did you mean day?"
    assert suggestion("pm25-2h", ["pm25-24h", "pm25-1h", "pm25"]) == "; did you mean pm25-24h or pm25-1h?"
    assert len(suggestion("?", [f"name-{each}" for each in range(999)])) < 350


class TestSilence:
    @pytest.mark.parametrize(
        ("scope", "fault"),
        [
            (("wujinku", "--rule", "water-sample"), "water-sample does not watch wujinku"),
            (("wujinku", "--parameter", "codmn"), "no rule watches codmn at wujinku"),
            (("all", "--rule", "aqi", "--parameter", "pm25"), "aqi does not watch pm25 at any place"),
            (("_", "--parameter", "pm25"), "no rule watches pm25 at the service itself"),
            (("houcheng", "--rule", "water-sample", "--parameter", "codmn"),
             "water-sample does not watch codmn at houcheng"),
        ],
    )  # fmt: skip
    def test_what_would_silence_nothing_is_refused(
        self, scope: tuple[str, ...], fault: str, run: Run
    ) -> None:
        assert run("alerts", "silence", *scope) == (2, [f"liangqu: {fault}: nothing would be silenced"])

    @pytest.mark.parametrize(
        ("scope", "words"),
        [
            (("wujinku",), "wujinku"),
            (("wujinku", "--rule", "aqi"), "wujinku, rule aqi"),
            (("zone-city", "--rule", "aqi", "--parameter", "aqi"), "zone-city, rule aqi, parameter aqi"),
            (
                ("yunding", "--rule", "pm25-1h", "--parameter", "a34004"),
                "yunding, rule pm25-1h, parameter pm25",
            ),
            (("all", "--parameter", "pm25"), "all places, parameter pm25"),
            (("_", "--rule", "store-away"), "the service itself, rule store-away"),
            (("_", "--parameter", "broker"), "the service itself, parameter broker"),
            (
                ("wujinku", "--rule", "sensor-flat", "--parameter", "no2"),
                "wujinku, rule sensor-flat, parameter no2",
            ),
        ],
    )
    def test_the_answer_names_what_is_silenced(self, scope: tuple[str, ...], words: str, run: Run) -> None:
        code, said = run("alerts", "silence", *scope, "--by", "b")

        assert (code, len(said)) == (0, 1)
        assert said[0].startswith("silenced until 20")
        assert said[0].endswith(f": {words}")

    @pytest.mark.parametrize(
        ("language", "line"),
        [
            ("en", "silence 1  Monitoring system, rule store-away, until 2100-01-01 08:00, by b: repair"),
            ("zh", "静默 1  监测系统，规则 store-away，至 2100-01-01 08:00，b：repair"),
        ],
    )
    def test_a_list_shows_what_is_silenced(
        self, language: str, line: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        harness = AlertingHarness(tmp_path)
        harness.ask(
            "silence", id=0, site="_", rule="store-away", parameter=None, reason="repair", by="b",
            until="2100-01-01T00:00:00+00:00",
        )  # fmt: skip
        harness.journal.close()

        monkeypatch.setenv("LIANGQU_LANGUAGE", language)
        assert line in run("alerts", "list")[1]

    def test_the_id_of_the_parameter_is_kept(self, run: Run, tmp_path: Path) -> None:
        code, said = run("alerts", "silence", "all", "--parameter", "a34004", "--json")

        assert code == 0
        found = json.loads("\n".join(said))
        assert (found["site"], found["rule"], found["parameter"]) == ("all", None, "pm25")
        journal = Journal(tmp_path / "journal.db")
        [request] = requests.pending(journal.connection())
        assert request.body["parameter"] == "pm25"
        journal.close()


class TestAlerts:
    def test_an_open_episode_has_units_and_fits_the_terminal(self, run: Run) -> None:
        code, said = run("alerts", "list", "--episodes")

        assert code == 0
        head, first, second = said[:3]
        assert head.split() == ["episode", "from", "–", "to", "(UTC+8)", "lasted", "severity", "state"]
        assert "  2026-03-01 12:00 – …" in first
        assert first.endswith("  critical  firing")
        assert second == "    Houcheng water  peak worse than Ⅴ, limit Ⅲ  exceeded"
        assert max(map(len, said)) <= 80
        by_ids = run("alerts", "list", "--episodes", "--ids", "--no-header")[1]
        assert by_ids[0] == first
        assert by_ids[1] == "    houcheng water-sample  peak worse than Ⅴ, limit Ⅲ  exceeded"

    def test_the_register_says_how_much_of_what(self, run: Run) -> None:
        code, said = run("alerts", "history", "--site", "bahaoqiao")

        assert (code, len(said)) == (0, 3)
        assert "2026-03-01 10:00 – 2026-03-01 11:00  1.0 h   critical  resolved" in said[1]
        assert "peak worse than Ⅴ, limit Ⅲ" in said[2]

    def test_known_names_without_an_episode_are_no_mistake(self, run: Run) -> None:
        assert run("alerts", "history", "--rule", "aqi", "--site", "wujinku") == (0, ["no episode matches"])
        assert run("alerts", "history", "--from", "2030-01-01") == (0, ["no episode matches"])

    def test_an_empty_register_says_so(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "journal.db").unlink()
        Journal(tmp_path / "journal.db").close()

        assert run("alerts", "history", "--rule", "aqi") == (0, ["the register is empty"])
        assert run("alerts", "list", "--episodes") == (0, ["no open episodes"])
        assert run("alerts", "list") == (0, ["no open events"])

    def test_the_beginning_of_several_ids_is_not_enough(self, run: Run, tmp_path: Path) -> None:
        harness = AlertingHarness(tmp_path)
        harness.hour = 3
        harness.reading("bahaoqiao", {"codmn": 20.0})
        harness.journal.close()

        code, said = run("alerts", "ack", "")

        assert (code, len(said)) == (1, 1)
        assert said[0].startswith("liangqu: several open events or episodes begin with : ")


class TestQuarantine:
    def test_the_counts_are_of_what_is_asked_for(self, run: Run) -> None:
        assert run("quarantine", "list", "--reason", "not_json") == (
            0,
            [
                "items  reason              from",
                "    1  not_json  not JSON  Wujinku",
                "",
                "id     received (UTC+8)     reason    topic",
                "    1  2026-03-02 01:30:05  not_json  liangqu/air/wujinku",
                "       not_json!",
            ],
        )

    @pytest.mark.parametrize("words", [("--site", "zone-city"), ("--reason", "bad_frame")])
    def test_what_is_known_and_not_there_is_no_mistake(self, words: tuple[str, str], run: Run) -> None:
        assert run("quarantine", "list", *words) == (0, ["no item matches"])

    @pytest.mark.parametrize("what", ["replay", "drop"])
    def test_where_a_number_is_not_there_nothing_is_done(self, what: str, run: Run) -> None:
        assert run("quarantine", what, "1", "9", "8") == (1, ["liangqu: not in the quarantine: 8, 9"])
        assert run("quarantine", what, "1")[0] == 0
        assert run("quarantine", what, "1") == (1, ["liangqu: not in the quarantine: 1"])

    def test_it_says_that_there_is_more(self, run: Run) -> None:
        assert run("quarantine", "list", "--limit", "1")[1][-1] == "the newest 1 of 2; more with --limit"

    def test_an_item_is_shown_with_units_and_without_what_it_lacks(self, run: Run) -> None:
        assert run("quarantine", "show", "1") == (
            0,
            [
                "id        1",
                "reason    not_json",
                "detail    not_json!",
                "topic     liangqu/air/wujinku",
                "site      wujinku",
                "received  2026-03-02 01:30:05",
                "length    1 byte",
                "payload   {",
            ],
        )

    def test_of_a_cut_item_it_says_how_much_there_is(self, run: Run) -> None:
        said = run("quarantine", "show", "2")[1]

        assert "length    5000 bytes" in said
        assert f"cut       only the first {HEAD} bytes are kept" in said

    def test_json_has_the_offset(self, run: Run) -> None:
        found = json.loads("\n".join(run("quarantine", "show", "1", "--json")[1]))

        assert found["received"] == "2026-03-02T01:30:05.000+08:00"


class TestRuleLines:
    @pytest.mark.parametrize(
        ("rule", "en", "zh"),
        [
            (
                "pm25-24h-standard",
                "PM2.5 rolling 24 h mean > the standard: warning",
                "PM2.5 24小时滑动均值 > 标准限值：警告",
            ),
            (
                "pm25-outlook",
                (
                    "PM2.5 mean allowed for the rest of the year < 0.5 × the target (stable): warning;"
                    " < 0 µg/m³ (stable): critical"
                ),
                "PM2.5 年内剩余时段允许均值 < 0.5 × 规划目标（稳定达到）：警告；< 0 µg/m³（稳定达到）：严重",
            ),
            (
                "pm25-year",
                "PM2.5 year's mean > the target: watch; > the target (stable): critical",
                "PM2.5 年均值 > 规划目标：关注；> 规划目标（稳定达到）：严重",
            ),
            (
                "water-sample",
                (
                    "class of a sample worse than the target: watch;"
                    " worse than the target by 2 classes: critical"
                ),
                "水样类别 劣于 规划目标：关注；劣于 规划目标 2 个类别：严重",
            ),
            (
                "water-sudden",
                (
                    "Permanganate index, Ammonia nitrogen, Total phosphorus, Turbidity, Conductivity reading"
                    " > 3 × day's mean: watch; > 3 × day's mean and worse than the target's class: critical"
                ),
                (
                    "高锰酸盐指数、氨氮、总磷、浊度、电导率 读数 > 3 × 日均值：关注；"
                    "> 3 × 日均值 且劣于断面目标类别：严重"
                ),
            ),
            (
                "aqi",
                "AQI rolling 1 h mean > 100: watch; > 200: critical",
                "空气质量指数AQI 1小时滑动均值 > 100：关注；> 200：严重",
            ),
            (
                "air-sudden",
                "PM2.5, PM10, SO₂, NO₂, CO reading > 5 × rolling 24 h mean: watch",
                "PM2.5、PM10、SO₂、NO₂、CO 读数 > 5 × 24小时滑动均值：关注",
            ),
            (
                "station-silent",
                "no data for longer than the site's late_after: warning",
                "无数据超过站点的 late_after：警告",
            ),
            ("sensor-flat", "fails the check flat line: watch", "未通过检查：恒值：关注"),
            (
                "broker-away",
                "Broker in trouble for more than 1 min: critical",
                "消息服务器 故障持续超过 1 分钟：严重",
            ),
            ("part-failing", "Part of the service in trouble: warning", "服务部件 故障：警告"),
        ],
    )
    def test_a_rule_is_a_sentence_in_both_languages(self, rule: str, en: str, zh: str) -> None:
        assert rule_sentence(INDEX, INDEX.rules[rule], "en") == en
        assert rule_sentence(INDEX, INDEX.rules[rule], "zh") == zh

    @pytest.mark.parametrize(
        ("places", "words"),
        [
            ([], "no place: it does nothing"),
            (["_"], "the service itself"),
            (["wujinku"], "1 place: Wujinku"),
            (["houcheng", "bahaoqiao"], "2 places: Houcheng, Bahaoqiao"),
            (
                ["houcheng", "houcheng-old", "bahaoqiao", "river-baihe", "river-yongding"],
                "5 places: Houcheng, Houcheng (former station), Bahaoqiao, Baihe, …",
            ),
        ],
    )
    def test_places_are_counted_and_named(self, places: list[str], words: str) -> None:
        assert places_words(INDEX, places, "en") == words

    def test_places_fit_a_line_in_chinese_and_by_their_ids(self) -> None:
        places = [site.id for site in CATALOGUE.sites.values() if site.medium == "air"]

        assert places_words(INDEX, places, "zh") == "9 个地点：人民公园、五金库、世纪豪园、北泵房、烟厂、…"
        said = "9 places: renmin-gongyuan, wujinku, shiji-haoyuan, beibengfang, …"
        assert places_words(INDEX, places, "en", by_id=True) == said

    def test_what_check_says_fits_the_terminal(self, run: Run) -> None:
        code, said = run("check")

        assert code == 0
        assert [line for line in said if columns_of(line) > 80 and ".db" not in line] == []
        unbroken = "".join(said).replace(" ", "")
        assert all(site.name.en.replace(" ", "") in unbroken for site in CATALOGUE.sites.values())
        assert "wujinku" not in unbroken

    def test_programs_get_what_the_files_call_it(self, run: Run) -> None:
        said = " ".join(run("check", "--ids")[1])

        assert all(site in said for site in CATALOGUE.sites)
        assert all(f" {rule}  " in said for rule in INDEX.rules)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("Invalid value for '--as': Value error, 'x' is not one of 'a', 'b'.",
         "--as: 'x' is not one of 'a', 'b'"),
        ("Invalid value for 'medium': Value error, 'x' is not one of 'a'.", "MEDIUM: 'x' is not one of 'a'"),
        ("Invalid value for '-c' / '--config': file '/' is a directory.",
         "--config: file '/' is a directory"),
        ("No such command 'histry'. Did you mean 'history', 'list'?",
         "no such command 'histry'; did you mean 'history' or 'list'?"),
        ("No such option: --sit (Possible options: --csv, --site)",
         "no such option: --sit; did you mean --csv or --site?"),
        ("Missing argument 'item'.", "missing argument ITEM"),
        ("Missing option '--from'.", "missing option --from"),
    ],
)  # fmt: skip
def test_usage_errors_read_as_the_others(theirs: str, ours: str) -> None:
    assert reworded(theirs) == ours


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("alert", "no such command 'alert'; did you mean 'alerts'?"),
        ("report 2026-01 --language e",
         "--language: 'e' is not one of 'zh', 'en'; see liangqu report --help"),
        ("quarantine list --limit x", "--limit: must be a whole number; see liangqu quarantine list --help"),
        ("demo --months 99", "--months: must be at most 36; see liangqu demo --help"),
        ("demo --minutes 0", "--minutes: must be at least 0.01; see liangqu demo --help"),
        ("demo --minutes x", "--minutes: must be a number; see liangqu demo --help"),
        ("import a.csv --day 2026-13-01",
         "--day: '2026-13-01' is not a date such as 2026-11-22; see liangqu import --help"),
        ("check extra", "unexpected argument: extra; see liangqu check --help"),
        ("alerts list -c .", "--config: file '.' is a directory; see liangqu alerts list --help"),
        ("quarantine replay 1 --on-conflict revice",
         "--on-conflict: 'revice' is not one of 'keep', 'revise'; see liangqu quarantine replay --help"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_is_one_line(words: str, said: str, run: Run) -> None:
    assert run(*words.split()) == (2, [f"liangqu: {said}"])


def test_a_group_alone_shows_its_commands(run: Run) -> None:
    code, said = run("alerts")

    assert (code, said[0]) == (2, "Usage: liangqu alerts [OPTIONS] COMMAND [ARGS]...")
    assert not any(line.startswith("liangqu:") for line in said)
    assert run("--version")[0] == 0


@pytest.mark.parametrize("group", ["", "alerts", "quarantine", "hj212", "dashboards", "station", "approval"])
def test_what_a_command_does_stands_whole_in_the_list(
    group: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, said = run(*group.split(), "--help")

    commands = said[said.index("Commands:") + 1 :]
    assert code == 0
    assert len(commands) > 1
    assert [line for line in commands if line.endswith("...") or len(line) > 80] == []
