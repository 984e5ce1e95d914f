"""Every line of the log has a sentence in both languages; causes are said in words."""

import ast
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from liangqu.service.wording.causes import cause_rows, describe_cause, describe_part
from liangqu.service.wording.lines import sentence, sentences
from sensors.model import LANGUAGES, Language
from tests.support.paths import ROOT

ROOMS = ("alerts", "ingest", "liangqu")
METHODS = {"debug", "info", "warning", "error", "exception", "critical"}
DERIVED = {"waiting", "absence"}
"""Made of another field, where the line has it."""


def logged() -> Iterator[tuple[str, frozenset[str]]]:
    """The name and the fields of each `log.…(…)` in the code; `**` counts for any field."""
    for file in sorted(file for room in ROOMS for file in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in METHODS
                and ast.unparse(node.func.value) == "log"
            ) or (isinstance(node, ast.Call) and ast.unparse(node.func) == "say" and "news" in file.name):
                assert isinstance(node.args[0], ast.Constant), f"{file}:{node.lineno}: a name that varies"
                yield str(node.args[0].value), frozenset(each.arg or "**" for each in node.keywords)


def test_every_line_that_code_writes_has_a_sentence_and_no_sentence_is_of_none() -> None:
    assert {name for name, _ in logged()} == sentences().keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_only_fields_that_its_line_has(language: Language) -> None:
    wrong = []
    for name, fields in logged():
        asked = {field for _, field, _, _ in Formatter().parse(getattr(sentences()[name], language)) if field}
        needed = asked - fields - DERIVED
        if needed and "**" not in fields:
            wrong.append((name, sorted(needed)))

    assert wrong == []


REFUSED = "http://127.0.0.1:8086/write: connection refused"
LINES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "quarantined",
        {"place": "五金库", "items": 3, "meaning": "不是 UTF-8 文本", "detail": "byte 0 is not UTF-8"},
        "五金库：3 个数据项进入隔离区（不是 UTF-8 文本）：第 0 个字节不是 UTF-8 文本",
        "五金库: 3 refused (不是 UTF-8 文本): byte 0 is not UTF-8",
    ),
    (
        "trouble",
        {"part": "store", "trouble": REFUSED, "items": 214},
        "数据库 127.0.0.1:8086 拒绝连接；214 个数据项待写入",
        "database 127.0.0.1:8086 refuses the connection; 214 items wait",
    ),
    (
        "trouble over",
        {"part": "store", "seconds": 12.3, "items": 0},
        "数据库恢复正常，故障持续 12 秒",
        "Store works again after 12 s",
    ),
    (
        "trouble",
        {"part": "store", "trouble": "https://db:8086/write: no answer in time", "items": 0},
        "数据库 db:8086 没有按时应答",
        "database db:8086 does not answer in time",
    ),
    (
        "trouble",
        {"part": "store", "trouble": "http://db:8086/write: the name of its host is not known"},
        "数据库 db:8086 主机名无法解析",
        "database db:8086 cannot be found: its host's name is not known",
    ),
    (
        "trouble",
        {"part": "store", "trouble": "http://db:8086/write: 401 x", "items": 3},
        "数据库 db:8086 不认可用户名或密码（401 x）；请检查 [influxdb]；3 个数据项待写入",
        "database db:8086 does not accept user or password (401 x); look at [influxdb]; 3 items wait",
    ),
    (
        "trouble",
        {"part": "store", "trouble": "/var/lib/liangqu.db: database or disk is full"},
        "数据库 /var/lib/liangqu.db：磁盘已满",
        "database /var/lib/liangqu.db: the disk is full",
    ),
    (
        "no connection",
        {"broker": "127.0.0.1:1883", "why": "Connection refused"},
        "消息服务器 127.0.0.1:1883 拒绝连接",
        "broker 127.0.0.1:1883 refuses the connection",
    ),
    (
        "connected",
        {"broker": "127.0.0.1:1883", "resumed": True, "refused": [], "away_s": 7380.0},
        "已连接消息服务器 127.0.0.1:1883，中断 2.05 小时",
        "connected to broker 127.0.0.1:1883 again after 2.05 h",
    ),
    (
        "connected",
        {"broker": "127.0.0.1:1883", "resumed": False, "refused": [], "away_s": None},
        "已连接消息服务器 127.0.0.1:1883",
        "connected to broker 127.0.0.1:1883",
    ),
    (
        "broker refused",
        {"broker": "b:1883", "code": "Not authorized"},
        "消息服务器 b:1883 拒绝本服务：用户名或密码不对，或没有权限",
        "broker b:1883 refuses us (does not let us in: wrong user or password, or no rights)",
    ),
    (
        "store refused points",
        {"points": 3, "first": "x"},
        "存储拒写 3 个数据点，其中第一个：x",
        "the store rejected 3 points, the first: x",
    ),
    (
        "journal takes nothing",
        {"why": "the disk is full: nothing more is acknowledged until it has room"},
        "本地账本：磁盘已满：腾出空间之前不再接收，由消息服务器代存",
        "journal: the disk is full: nothing more is acknowledged until it has room, the broker keeps it",
    ),
    (
        "trouble",
        {"part": "channel mail", "trouble": "database is locked"},
        "文件被另一程序锁住",
        "another program has locked the file",
    ),
    (
        "part fails",
        {"part": "channel mail", "why": "ValueError: x", "failures": 2},
        "通知渠道 mail出错（第 2 次），即将重启：ValueError: x",
        "Notification channel mail fails (2 so far) and is restarted: ValueError: x",
    ),
    (
        "stopped",
        {"seconds": 93_600},
        "已停止，运行了 26 小时",
        "stopped after 26 h",
    ),
]


@pytest.mark.parametrize(("name", "fields", "zh", "en"), LINES, ids=[f"{one[0]}: {one[3]}" for one in LINES])
def test_a_line_says_its_cause_in_words(name: str, fields: Mapping[str, Any], zh: str, en: str) -> None:
    event = {"event": name, "level": "warning", **fields}

    assert (sentence(event, "zh"), sentence(event, "en")) == (zh, en)


WARNINGS = [
    (
        "Park (park-1): never heard since 2026-11-22; look",
        "park-1：自 2026-11-22 起从未有数据；",
    ),
    ("Park (park-1): its clock is 2,517 days behind", "park-1：时钟慢 2,517 天"),
    ("Park (park-1): its clock is 8 h ahead, as if UTC", "park-1：时钟快 8 小时"),
    (
        "Park (park-1): pm25: day readings are stored and feed nothing: statistics",
        "park-1：pm25 已存储但未参与",
    ),
    ("the journal is 83% full; at 100% nothing more is acknowledged", "本地账本已用 83%；"),
    ("7 messages were lost: sent at QoS 0, nothing", "7 条消息丢失：以 QoS 0 发送"),
    ("7 lines of the log could not be written: no space left on device", "7 行运行日志未能写入：磁"),
    ("1 damaged journals were moved aside: x", "1 个损坏的本地账本已移开："),
    (
        "the clock was set back by 1:00:00, to 2026-11-22T08:00; waits",
        "本机时钟被拨慢 1:00:00，",
    ),
    (
        "the clock was set ahead by 2 days, 1:00:00, to 2026-11-22T08:00; waits",
        "本机时钟被拨快 2 days, ",
    ),
    (
        "the broker has dropped 7 messages since its start: its queues were full, see x",
        "消息服务器启动以来已丢弃 7",
    ),
    (
        "the session of client id 'liangqu' was gone when we connected at 2026-11-22 08:00:00+0800: what",
        "2026-11-22 08:00:00 连接时，消息服务器没有 client id liangqu 的会话",
    ),
    (
        (
            "the broker at b:1883 had the session of client id 'liangqu' when we connected before"
            " 2026-11-22 08:00:00+0800, but not its subscriptions: what was"
        ),
        "2026-11-22 08:00:00 前连接时，消息服务器 b:1883 有 client id liangqu 的会话，却没有其订阅",
    ),
    (
        (
            "the session of client id 'liangqu' was gone at b:1883 when we connected at"
            " 2026-11-22 08:00:00+0800: what"
        ),
        "2026-11-22 08:00:00 连接时，消息服务器节点 b:1883 没有 client id liangqu 的会话",
    ),
    (
        "the broker keeps ending our connections: likely another client with the same client id 'x' (a",
        "消息服务器不断断开连接：可能另有程序用同一 client id x",
    ),
    (
        "the broker's certificate ends at 2026-12-18 06:00, in 20 days: renew it; then nobody can connect",
        "消息服务器的证书 2026-12-18 06:00 到期，还有 20 天：",
    ),
    (
        "shard a is served by b since 2026 (run 1f): this one waits, unconnected, and sends nothing; it",
        "分片 a 自 2026 起由 b 负责（运行编号 1f）：本服务等待，",
    ),
    ("shard a looks whether another run serves it", "正在查看分片 a 是否已有"),
    ("shard a cannot be taken: the broker does not keep what is published on x; it", "无法接管分片 a："),
    ("the broker refuses what we publish on a/service/b: Not authorized", "消息服务器拒绝发布到 a/service"),
    ("the broker does not let us read a/service/b", "消息服务器不许读取 a/service/b"),
    ("no message for 7200 s, reconnected", "7200 秒没有消息，已重新连接"),
    ("the broker does not let us read #: mistyped topics stay unnoticed", "消息服务器不许读取 #："),
    (
        "2 messages were too large and are lost but for their head: 9",
        "2 条消息太大，只保留了开头",
    ),
    ("the quarantine is 61% full: of what is", "隔离区已用 61%："),
    ("the store refused 3 readings, the last: x; they wait in the quarantine: mend", "存储拒写 3 个读数，"),
    ("heartbeat: no answer in time", "心跳地址：没有按时应答"),
    ("channel mail: connection refused", "通知渠道 mail：拒绝连接"),
    ("settings not taken, the former ones stay: liangqu.toml: x", "新配置未生效，沿用原配置："),
]


WARNINGS += [
    ("no site of the catalogue has the topic 'liangqu/air/x'", "站点目录中没有 'liangqu/air/x'"),
    (
        "no site of the catalogue has the topic 'a/b'; did you mean a/c?",
        "站点目录中没有主题 'a/b' 的站点；",
    ),
    ("'a' is no topic of readings; did you mean b?", "'a' 不是读数的主题；是否应为 b？"),
]


@pytest.mark.parametrize(("warning", "zh"), WARNINGS, ids=[one[:40] for one, _ in WARNINGS])
def test_a_warning_or_a_refusal_is_said_in_chinese_too(warning: str, zh: str) -> None:
    assert describe_cause(warning, "zh").startswith(zh)
    assert describe_cause(warning, "en").split()[0] == warning.split(maxsplit=1)[0]


def test_a_line_without_a_sentence_or_with_other_fields_is_said_by_its_fields() -> None:
    assert sentence({"event": "of a later build", "level": "info", "n": 1}, "zh") == "of a later build  n=1"
    assert sentence({"event": "trouble over", "part": "store", "seconds": "?"}, "en") == (
        "trouble over  part=store  seconds=?"
    )


def test_every_row_of_the_table_of_causes_can_be_reached_and_filled() -> None:
    """Each pattern names the groups that its texts use, and none that is never used."""
    for pattern, row in cause_rows():
        for text in (row.zh, row.en):
            asked = {field for _, field, _, _ in Formatter().parse(text) if field}
            assert asked <= pattern.groupindex.keys(), row.pattern


def test_a_cause_that_nobody_knows_stays_as_it_is() -> None:
    assert describe_cause("quux happened", "zh") == "quux happened"
    assert describe_part("of a later build", "zh") == "of a later build"


def test_causes_are_those_that_sqlite_says(tmp_path: Path) -> None:
    """Not only texts that this file made up: a locked file says what the table knows."""
    one, other = (sqlite3.connect(tmp_path / "x.db", timeout=0, isolation_level=None) for _ in range(2))
    one.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError) as locked:
        other.execute("BEGIN IMMEDIATE")
    one.close()
    other.close()

    assert describe_cause(str(locked.value), "en") == "another program has locked the file"


@pytest.mark.parametrize(
    ("cause", "zh", "en"),
    [
        (
            "no connection to b:1883: no message for 31 s",
            "消息服务器 b:1883 已 31 秒没有消息，正在重新连接",
            "broker b:1883 has sent nothing for 31 s, we connect again",
        ),
        (
            "no connection to b:1883: Not authorized",
            "消息服务器 b:1883 用户名或密码不对，或没有权限",
            "broker b:1883 does not let us in: wrong user or password, or no rights",
        ),
        (
            "http://db:8086: 403 Forbidden",
            "数据库 db:8086 不许写入（403 Forbidden）；请检查账号的权限",
            "database db:8086 does not let us write (403 Forbidden); look at the account's rights",
        ),
    ],
    ids=["silent", "not let in", "no rights"],
)
def test_a_cause_goes_on_in_the_sentence_that_names_the_server(cause: str, zh: str, en: str) -> None:
    assert (describe_cause(cause, "zh"), describe_cause(cause, "en")) == (zh, en)
