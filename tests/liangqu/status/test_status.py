"""What runs now on one screen: of a service that runs, stopped, crashed or never ran, in both languages."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.texts.event_reader import EventReader
from ingest import marks
from ingest.journal import check_state, quarantine, statistics_state
from ingest.journal.database.holder import Holder, StandbyLock, standby_of, write_holder
from ingest.journal.database.reading import JournalTooOldError, is_owned, reading
from ingest.journal.database.schema import ForeignFileError, JournalTooNewError
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.statistics_state import NewestAssessment
from ingest.sites.clock import ClockLimits
from liangqu.service.monitoring.self_report import EVERY as REPORTED_EVERY
from liangqu.service.monitoring.self_report import (
    PartTrouble,
    SelfReport,
    SelfReporter,
    now_of,
    read_report,
    save_report,
)
from liangqu.status.content import Status
from liangqu.status.document import to_document
from liangqu.status.reading import read_status
from liangqu.status.screen import MOST_STATIONS, status_lines
from liangqu.status.words import StatusWords, texts
from sensors.calendar import SHANGHAI, to_ms
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue, Site
from sensors.marks import EVERY, Mark, What
from sensors.model import LANGUAGES, Language, Name, Refused

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)  # 18:00 in Shanghai
HOUR = timedelta(hours=1)
AIR = Site(id="gongyuan", medium="air", name=Name("公园", "Park"), cycle=HOUR, late_after=2 * HOUR)
FACTORY = replace(AIR, id="yanchang", name=Name("烟厂", "Factory"))
SECTION = replace(AIR, id="qiao", medium="water", name=Name("大桥", "Bridge"), cycle=4 * HOUR)
OFF = replace(AIR, id="off", name=Name("停用站", "Off"), active=False)
REPORT = SelfReport(
    version="0.1.0",
    started=NOW - 26 * HOUR,
    said=NOW,
    broker="127.0.0.1:1883",
    connected=NOW - 25 * HOUR,
    store="http://127.0.0.1:8086",
    http=9464,
)


def catalogue_of(*sites: Site) -> Catalogue:
    shipped = loader.load([])
    return replace(shipped, sites={site.id: site for site in sites})


def reader_of(catalogue: Catalogue) -> EventReader:
    rules = {rule.id: rule for rule in definition.load(loader.load([]))}
    return EventReader(catalogue=catalogue, rules=rules, notify=NotifyConfig())


@contextmanager
def held(path: Path) -> Iterator[None]:
    """As while a service runs."""
    with path.with_name(path.name + ".lock").open("w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with a service's report, heard and silent stations, a section's sample, what was refused."""
    path = tmp_path / "journal.db"
    with closing(Journal(path)) as journal, journal.transaction() as connection:
        save_report(connection, REPORT)
        heard = {"gongyuan": NOW - 10 * timedelta(minutes=1), "yanchang": NOW - 7 * HOUR, "qiao": NOW - HOUR}
        check_state.record_last_seen(connection, heard, NOW)
        newest = [
            NewestAssessment("gongyuan", "1h", to_ms(NOW), 135, "pm25", None),
            NewestAssessment("yanchang", "1h", to_ms(NOW - 7 * HOUR), 80, "pm10", None),
            NewestAssessment("qiao", "reading", to_ms(NOW - 2 * HOUR), 4, "tp;codmn", 3),
        ]
        statistics_state.save_newest(connection, newest)
        message = InboxMessage("liangqu/air/nobody", b"{}", NOW - HOUR)
        quarantine.add(connection, message, [Refused("unknown_site", "", "")] * 3, 1e9)
        old = InboxMessage("liangqu/air/nobody", b"{}", NOW - 25 * HOUR)
        quarantine.add(connection, old, [Refused("not_json", "", "")], 1e9)
    return path


def read(path: Path, *sites: Site, now: datetime = NOW) -> Status:
    catalogue = catalogue_of(*(sites or (AIR, FACTORY, SECTION, OFF)))
    return read_status(path, reader_of(catalogue), ClockLimits(6 * HOUR), 4 * 1024**3, now)


def lines(status: Status, language: Language, width: int = 80, **options: Any) -> list[str]:
    words = StatusWords(language, catalogue_of(*(one.site for one in status.stations)))
    return [line.plain.rstrip() for line in status_lines(status, words, width, **options)]


ENGLISH = """\
11-24 18:00 (UTC+8)  liangqu 0.1.0 running for 26 h, since 11-23 16:00
  broker      127.0.0.1:1883 connected since 11-23 17:00
  store       http://127.0.0.1:8086 works
  journal     nothing waits, 0 of 4,096 MB used, 0 messages received
  pages       http://127.0.0.1:9464/

Open events: no open events

Air: 1 heard, 1 silent, 1 switched off
  station  last heard   ago / cycle   value now
  Factory  11-24 11:00  7 h / 1 h     silent
  Park     11-24 17:50  10 min / 1 h  ■ 135 light pollution PM2.5
  Off      –            – / 1 h       switched off

Water: 1 heard
  station  last heard   ago / cycle  value now
  Bridge   11-24 17:00  1 h / 4 h    ■ Ⅳ (target Ⅲ) TP CODMn

Refused in 24 h: 3
  site not in the catalogue 3, last 11-24 17:00
Channels
  mqtt        nothing sent yet"""

CHINESE = """\
11-24 18:00（北京时间）  liangqu 0.1.0 运行中，已 26 小时（11-23 16:00 启动）
  消息服务器  127.0.0.1:1883 已连接（11-23 17:00 起）
  存储        http://127.0.0.1:8086 正常
  本地账本    没有积压，已用 0/4,096 MB，累计收到 0 条消息
  页面        http://127.0.0.1:9464/

告警事件：没有未结束的告警事件

空气站：有数据 1，无数据 1，停用 1
  站点    最近数据     距今/周期         当前值
  烟厂    11-24 11:00  7 小时 / 1 小时   无数据
  公园    11-24 17:50  10 分钟 / 1 小时  ■ 135 轻度污染 PM2.5
  停用站  –            – / 1 小时        停用

水质断面：有数据 1
  站点  最近数据     距今/周期        当前值
  大桥  11-24 17:00  1 小时 / 4 小时  ■ Ⅳ类（目标Ⅲ类） TP CODMn

24 小时内进入隔离区：3
  站点不在站点目录里 3，最近 11-24 17:00
通知渠道
  mqtt        未发送过"""


@pytest.mark.parametrize(("language", "screen"), [("en", ENGLISH), ("zh", CHINESE)])
def test_a_running_service_on_one_screen(language: Language, screen: str, path: Path) -> None:
    with held(path):
        status = read(path)

    assert "\n".join(lines(status, language)) == screen


def test_what_does_not_work_is_said_in_words_with_how_long_and_what_waits(path: Path) -> None:
    away = "http://127.0.0.1:8086/write: connection refused"
    troubles = {
        "store": PartTrouble(away, NOW - 2 * HOUR),
        "broker": PartTrouble("no connection to 127.0.0.1:1883: Connection refused", NOW - HOUR / 2),
        "journal": PartTrouble("the disk is full: nothing more is acknowledged until it has room", NOW),
    }
    with closing(Journal(path)) as journal, journal.transaction() as connection:
        report = replace(REPORT, troubles=troubles, warnings=("a thing",), restarts={"store": 2})
        save_report(connection, report)
        connection.execute("UPDATE count SET value = 214 WHERE name = 'outgoing'")
    with held(path):
        shown = lines(read(path), "en")

    assert shown[1:3] == [
        "  broker      broker 127.0.0.1:1883 refuses the connection (for 30 min)",
        "  store       database 127.0.0.1:8086 refuses the connection (for 2 h)",
    ]
    assert shown[3].startswith(
        "  journal     the disk is full: nothing more is acknowledged until it has room"
    )
    assert ", 0 messages to work on, 214 items to store, " in shown[3]
    assert shown[4:8] == [
        "  pages       http://127.0.0.1:9464/",
        "  part        Store was restarted 2 times",
        "  warning     a thing",
        "",
    ]


def test_marks_in_force_stand_beside_the_value(path: Path) -> None:
    """From their begin until before their end; what was taken back is none."""

    def mark(what: What, start: datetime, end: datetime, parameter: str, made: datetime) -> Mark:
        return Mark("gongyuan", parameter, start, end, what, "filter", "li", made)

    with closing(Journal(path)) as journal, journal.transaction() as connection:
        for each in (
            mark("maintenance", NOW - HOUR, NOW + HOUR, EVERY, NOW - HOUR),
            mark("invalid", NOW - HOUR, NOW, "pm10", NOW - HOUR),
            mark("invalid", NOW, NOW + HOUR, "pm25", NOW - HOUR),
            mark("exceptional", NOW - HOUR, NOW + HOUR, "no2", NOW - HOUR),
            mark("withdrawn", NOW - HOUR, NOW + HOUR, "no2", NOW),
        ):
            marks.submit(connection, each, NOW)

    [park] = read(path, AIR).stations
    english, chinese = ("\n".join(lines(read(path, AIR), language, 120)) for language in ("en", "zh"))

    assert [(each.what, each.parameter) for each in park.marks] == [
        ("maintenance", EVERY),
        ("invalid", "pm25"),
    ]
    assert "PM2.5  maintenance until 11-24 19:00: filter, invalid until 11-24 19:00, PM2.5: filter" in english
    assert "维护至 11-24 19:00：filter，无效至 11-24 19:00，PM2.5：filter" in chinese


@pytest.mark.parametrize(
    ("report", "first"),
    [
        pytest.param(replace(REPORT, stopped=NOW - HOUR), "0.1.0 stopped at 11-24 17:00", id="stopped"),
        pytest.param(
            REPORT,
            "0.1.0 not running: it ended without an orderly stop, last sign at 11-24 18:00",
            id="killed",
        ),
        pytest.param(None, "never started", id="never"),
    ],
)
def test_a_service_that_does_not_run(report: SelfReport | None, first: str, path: Path) -> None:
    with closing(Journal(path)) as journal, journal.transaction() as connection:
        connection.execute("DELETE FROM meta WHERE name = 'self_report'")
        if report is not None:
            save_report(connection, report)

    shown = lines(read(path), "en")

    assert shown[0] == f"11-24 18:00 (UTC+8)  liangqu {first}"
    assert shown[1].startswith("  journal     nothing waits")
    assert read(path).uptime is None


@pytest.mark.parametrize(
    ("language", "line"),
    [
        pytest.param("en", "  standby     north, pid 7, waits since ", id="en"),
        pytest.param("zh", "  备用        north 进程 7 等待接手（", id="zh"),
    ],
)
def test_whoever_waits_for_the_journal_is_named_while_it_does(
    language: Language, line: str, path: Path
) -> None:
    waits = StandbyLock(path, NOW)
    with standby_of(path).open("r+b") as lock:
        write_holder(lock.fileno(), Holder("north", 7, NOW))
    with held(path):
        assert [shown for shown in lines(read(path), language) if shown.startswith(line)]
        assert to_document(read(path))["service"]["standby"] == {
            "host": "north",
            "pid": 7,
            "since": NOW.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        }
        waits.end()
        assert not [shown for shown in lines(read(path), language) if shown.startswith(line)]


def test_a_service_that_hangs_says_how_old_its_last_report_is(path: Path) -> None:
    with held(path):
        fresh, old = (lines(read(path, now=NOW + n * REPORTED_EVERY), "en")[0] for n in (3, 4))

    assert "its last report" not in fresh  # exactly three of them is still so
    assert old.endswith("its last report is 2 min old")


def test_an_empty_journal_is_a_screen_too(tmp_path: Path) -> None:
    Journal(tmp_path / "journal.db").close()
    status = read(tmp_path / "journal.db")

    assert {one.state for one in status.stations} == {"never_heard", "switched_off"}
    assert lines(status, "en")[0].endswith("liangqu never started")


def test_values_of_the_past_are_not_values_now(path: Path) -> None:
    """Three hours of an index, three cycles of a sample; exactly then they still are."""
    for hours, air in ((3, 135), (3.01, None)):
        [found] = read(path, AIR, now=NOW + timedelta(hours=hours)).stations
        assert (found.value and found.value.number) == air
    for hours, water in ((10, 4), (10.01, None)):
        [found] = read(path, SECTION, now=NOW + timedelta(hours=hours)).stations
        assert (found.value and found.value.number) == water


def test_of_a_thousand_stations_the_worst_are_listed_and_the_rest_is_counted(path: Path) -> None:
    many = [
        replace(AIR, id=f"s{n}", name=Name(f"站点{n}", f"Station with a long name {n}")) for n in range(1000)
    ]
    with closing(Journal(path)) as journal, journal.transaction() as connection:
        check_state.record_last_seen(connection, {site.id: NOW for site in many}, NOW)
        values = [
            NewestAssessment(site.id, "1h", to_ms(NOW), n // 2, "pm25", None) for n, site in enumerate(many)
        ]
        statistics_state.save_newest(connection, values)
    status = read(path, FACTORY, *many)

    short, whole = (lines(status, "en", most_stations=most) for most in (MOST_STATIONS, 2000))

    stations = [line for line in short if " / 1 h " in line]
    assert len(stations) == MOST_STATIONS
    assert "silent" in stations[0]
    assert [line.split("■ ")[1].split()[0] for line in stations[1:4]] == ["499", "499", "498"]
    assert "  986 more; --all shows them" in short
    assert sum(" / 1 h " in line for line in whole) == 1001
    assert max(cell_len(line) for line in stations) <= 80


def test_the_document_has_ids_and_times_with_their_offset(path: Path) -> None:
    with held(path):
        document = msgspec.to_builtins(to_document(read(path)))

    park, factory, bridge, off = document["stations"]
    assert (document["service"]["state"], document["service"]["uptime_seconds"]) == ("running", 26 * 3600)
    assert park == {
        "site": "gongyuan", "medium": "air", "state": "heard", "last_heard": "2026-11-24T17:50:00+08:00",
        "age_seconds": 600.0, "cycle_seconds": 3600.0, "clock_behind_seconds": None, "marks": [],
        "aqi": 135, "level": 3,
        "primary": ["pm25"], "value_at": "2026-11-24T18:00:00+08:00",
    }  # fmt: skip
    assert (factory["state"], factory["aqi"], off["state"]) == ("silent", None, "switched_off")
    assert (bridge["class"], bridge["target"], bridge["met"]) == (4, 3, False)
    assert bridge["determining"] == ["tp", "codmn"]
    assert document["quarantine_24h"] == [
        {"reason": "unknown_site", "items": 3, "newest": "2026-11-24T17:00:00+08:00"}
    ]
    assert [one["channel"] for one in document["channels"]] == ["mqtt"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_used_and_can_be_filled(language: Language) -> None:
    used = "".join(
        (Path(__file__).parents[3] / "liangqu" / "status" / name).read_text(encoding="utf-8")
        for name in ("screen.py", "statements.py", "words.py")
    )
    by_state = {"stopped", "ended", "never_started", "heard", "silent", "never_heard", "switched_off"}
    by_state |= {"mark_invalid", "mark_maintenance", "mark_exceptional"}
    by_state |= {"is_silent", "is_never_heard", "is_switched_off", "air", "water", "broker", "store", "clock"}

    assert [key for key in texts() if f'"{key}"' not in used and key not in by_state] == []
    assert all(getattr(name, language) for name in texts().values())


class TestReading:
    def test_it_changes_nothing_and_makes_nothing(self, path: Path) -> None:
        before = path.read_bytes()
        read(path)
        with reading(path) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM meta")

        assert path.read_bytes() == before

    def test_a_journal_of_another_version_is_refused_by_name(self, path: Path) -> None:
        with closing(Journal(path)) as journal:
            (version,) = journal.connection().execute("PRAGMA user_version").fetchone()
            journal.connection().execute(f"PRAGMA user_version = {version + 1}")
            with pytest.raises(JournalTooNewError, match="install the newer one"), reading(path):
                pass
            journal.connection().execute(f"PRAGMA user_version = {version - 1}")
            with pytest.raises(JournalTooOldError, match="start its service"), reading(path):
                pass

    def test_another_programs_file_is_refused(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "x.db")) as other:
            other.execute("CREATE TABLE t (x)")
        with pytest.raises(ForeignFileError), reading(tmp_path / "x.db"):
            pass

    def test_asking_whether_it_is_owned_keeps_no_service_from_starting(self, path: Path) -> None:
        assert not is_owned(path)
        with closing(Journal(path)) as journal:
            journal.own()
            assert is_owned(path)
        assert not is_owned(path)


class TestReports:
    def test_one_is_written_when_a_trouble_changes_and_every_half_minute(self, path: Path) -> None:
        troubles, written = dict[str, str](), list[SelfReport]()

        def complete(report: SelfReport) -> SelfReport:
            written.append(report)
            return report

        with closing(Journal(path)) as journal:
            reporter = SelfReporter(journal, REPORT, lambda: troubles, complete)
            reporter.step(NOW)
            reporter.step(NOW + REPORTED_EVERY / 2)
            troubles["store"] = "away"
            reporter.step(NOW + REPORTED_EVERY / 2)
            troubles["store"] = "slow"
            reporter.step(NOW + REPORTED_EVERY * 2 / 3)
            reporter.step(NOW + REPORTED_EVERY * 5 / 3)
            troubles["store"] = ""
            reporter.step(NOW + REPORTED_EVERY * 5 / 3)
            reporter.finish(NOW + 2 * REPORTED_EVERY)
            last = read_report(journal.connection())

        assert [one.said - NOW for one in written] == [
            share * REPORTED_EVERY for share in (0, 1 / 2, 2 / 3, 5 / 3, 5 / 3)
        ]
        assert [one.troubles.get("store") for one in written] == [
            None,
            PartTrouble("away", NOW + REPORTED_EVERY / 2),
            PartTrouble("slow", NOW + REPORTED_EVERY / 2),  # since it began
            PartTrouble("slow", NOW + REPORTED_EVERY / 2),
            None,
        ]
        assert last is not None
        assert last.stopped == NOW + 2 * REPORTED_EVERY

    def test_one_of_another_build_is_none(self, path: Path) -> None:
        with closing(Journal(path)) as journal:
            journal.connection().execute("UPDATE meta SET value = '{\"x\": 1}' WHERE name = 'self_report'")

            assert read_report(journal.connection()) is None

    def test_a_demonstration_is_read_as_of_its_own_clock(self, path: Path) -> None:
        with closing(Journal(path)) as journal, journal.transaction() as connection:
            save_report(connection, replace(REPORT, simulated=True, said=NOW - 100 * HOUR))

            # As `alerts list` and `history` reckon how long something lasts.
            assert now_of(connection, NOW) == NOW - 100 * HOUR
        assert read(path).now == NOW - 100 * HOUR

    def test_any_other_journal_is_read_as_of_the_wall(self, path: Path) -> None:
        with closing(Journal(path)) as journal:
            assert now_of(journal.connection(), NOW + HOUR) == NOW + HOUR
