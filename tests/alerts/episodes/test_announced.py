"""What was announced of current values stays apart from what recomputing found: whoever must hear does."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from alerts.episodes import register
from alerts.episodes.states import State
from alerts.notify.config import NotifyConfig, Person, Route, Waits
from alerts.rules.definition import RuleLevel
from ingest.journal.database import schema
from sensors.model import Severity
from tests.alerts.history.test_correction import Stream, recompute
from tests.support import rule_streams
from tests.support.alerting_harness import SHIPPED, START, AlertingHarness

NAMES: tuple[Severity, ...] = ("watch", "warning", "critical")
PEOPLE = NotifyConfig(
    people={name: Person(name, name, ("hook",)) for name in NAMES},
    routes=tuple(Route((name,), severity=name) for name in NAMES),
    waits=Waits(group="0s", digest="0s", escalate="0s"),
)
"""Three people, each told from another severity on."""
TWO = (RuleLevel("watch", 100.0), RuleLevel("critical", 200.0))
THREE = (RuleLevel("watch", 100.0), RuleLevel("warning", 150.0), RuleLevel("critical", 200.0))


def heard(harness: AlertingHarness, person: str) -> list[str]:
    """What a person was told, in order: state, reason, severity, value."""
    rows = harness.journal.connection().execute(
        "SELECT document FROM notification WHERE person = ? ORDER BY id", (person,)
    )
    found = [msgspec.json.decode(text) for (text,) in rows]
    return [
        f"{e['state']} {e['reason']} {e['severity']} {e['value']:g}" for e in found if not e["historical"]
    ]


def live(harness: AlertingHarness, *values: tuple[int, float]) -> None:
    """Readings by minute, each when it is measured."""
    for minute, value in values:
        harness.hour = minute / 60
        harness.reading("taizicheng", {"pm25": value})


def late(harness: AlertingHarness, *holds: tuple[int, float | None]) -> None:
    """What the store holds once late, revised and marked (None) readings are in it."""
    harness.restart()
    recompute(harness, list(holds))
    harness.restart()


@dataclass
class Row:
    """What comes live, what then holds, what comes live after that; and what each person hears."""

    id: str
    before: Stream
    holds: Stream
    after: Stream
    watch: list[str]
    warning: list[str]
    critical: list[str]
    levels: tuple[RuleLevel, ...] = TWO
    hold: str = "1h"


FIRST = "firing exceeded watch 150"
CRITICAL = "firing worse critical 252.5"

ROWS = [
    Row(
        "the review's: critical by a late value alone, then live",
        [(10, 150.0), (15, 150.0), (20, 150.0), (25, 150.0)],
        [(10, 150.0), (15, 150.0), (20, 150.0), (22, 250.0), (25, 150.0)],
        [(30, 151.0), (35, 252.5), (40, 252.0), (45, 251.5)],
        [FIRST, CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "three levels: the one between is announced as what it is, and the most severe after it",
        [(10, 120.0)],
        [(5, 250.0), (10, 120.0)],
        [(15, 160.0), (20, 161.0), (25, 252.5)],
        ["firing exceeded watch 120", "firing worse warning 160", CRITICAL],
        ["firing worse warning 160", CRITICAL],
        [CRITICAL],
        THREE,
    ),
    Row(
        "an episode that only late values made",
        [(10, 50.0)],
        [(5, 120.0), (10, 110.0)],
        [(15, 121.0), (20, 122.0), (25, 252.5)],
        ["firing still_exceeded watch 121", CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "late values made it critical, a current one is watch only, then critical",
        [(10, 50.0)],
        [(5, 250.0), (10, 110.0)],
        [(15, 121.0), (20, 252.5)],
        ["firing still_exceeded watch 121", CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "the late severity falls after its hold, then it is reached live",
        [(10, 150.0)],
        [(5, 250.0), (10, 150.0)],
        [(20, 150.5), (50, 151.0), (85, 152.0), (90, 153.0), (95, 252.5)],
        [FIRST, CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "the late severity falls at once: no hold",
        [(10, 150.0)],
        [(5, 250.0), (10, 150.0)],
        [(20, 150.5), (25, 252.5)],
        [FIRST, CRITICAL], [CRITICAL], [CRITICAL],
        hold="0s",
    ),
    Row(
        "a mark takes the first part, with the value that was announced as critical: they know of it",
        [(10, 252.5), (15, 150.0), (20, 150.5)],
        [(10, None), (15, 150.0), (20, 150.5)],
        [(25, 151.0), (30, 260.0)],
        ["firing exceeded critical 252.5"],
        ["firing exceeded critical 252.5"],
        ["firing exceeded critical 252.5"],
    ),
    Row(
        "late values split it: what lasts was announced",
        [(10, 150.0), (15, 150.5), (25, 151.0)],
        [(10, 150.0), (15, 150.5), (20, 30.0), (22, 250.0), (25, 151.0)],
        [(30, 152.0), (35, 252.5)],
        [FIRST, CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "late values join two episodes of the event",
        [(10, 150.0), (15, 30.0), (20, 160.0)],
        [(10, 150.0), (15, 130.0), (17, 250.0), (20, 160.0)],
        [(25, 161.0), (30, 252.5)],
        [FIRST, CRITICAL], [CRITICAL], [CRITICAL],
    ),
    Row(
        "what was announced as critical is not announced again",
        [(10, 252.5), (15, 252.0)],
        [(5, 250.0), (10, 252.5), (15, 252.0)],
        [(20, 253.0), (25, 150.0), (30, 254.0)],
        ["firing exceeded critical 252.5"],
        ["firing exceeded critical 252.5"],
        ["firing exceeded critical 252.5"],
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_everyone_hears_of_what_a_current_value_reaches(row: Row, tmp_path: Path) -> None:
    harness = AlertingHarness(
        tmp_path, own=[rule_streams.rule(levels=row.levels, hold=row.hold)], notify=PEOPLE
    )
    live(harness, *[(minute, value or 0.0) for minute, value in row.before])

    late(harness, *row.holds)
    for minute, value in row.after:
        live(harness, (minute, value or 0.0))
        harness.restart()
        harness.tick()

    assert {name: heard(harness, name) for name in NAMES} == {
        "watch": row.watch, "warning": row.warning, "critical": row.critical,
    }  # fmt: skip


def test_what_a_silence_kept_back_is_told_afterwards(tmp_path: Path) -> None:
    """It is told once, when the silence is over, and not at each reading."""
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=TWO)], notify=PEOPLE)
    live(harness, (10, 150.0))
    until = (START + timedelta(hours=2)).isoformat()
    harness.ask(
        "silence", id=0, site="taizicheng", rule=None, parameter=None, until=until, reason="", by="li"
    )
    live(harness, *[(minute, 250.0 + minute / 100) for minute in range(15, 115, 5)])
    harness.tick()
    assert harness.reasons("mqtt") == ["firing exceeded", "firing worse"]
    assert (heard(harness, "watch"), heard(harness, "critical")) == ([FIRST], [])

    harness.hour = 2.1
    for _ in range(3):
        harness.restart()
        harness.tick()

    [told] = heard(harness, "critical")
    assert told == "firing still_exceeded critical 250.15"
    assert heard(harness, "watch") == [FIRST, told]


def test_what_fell_within_a_silence_is_told_as_it_is(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=TWO, hold="0s")], notify=PEOPLE)
    live(harness, (10, 150.0))
    until = (START + timedelta(hours=1)).isoformat()
    harness.ask(
        "silence", id=0, site="taizicheng", rule=None, parameter=None, until=until, reason="", by="li"
    )
    live(harness, (15, 250.0), (20, 151.0))

    harness.hour = 1.1
    harness.tick()

    assert (heard(harness, "watch"), heard(harness, "critical")) == ([FIRST], [])
    live(harness, (70, 252.5))
    assert (heard(harness, "watch")[1:], heard(harness, "critical")) == ([CRITICAL], [CRITICAL])


def test_what_nobody_heard_of_and_has_fallen_counts_as_heard_of_by_nobody(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=THREE, hold="20m")], notify=PEOPLE)
    live(harness, (10, 120.0))
    late(harness, (5, 250.0), (10, 120.0))
    harness.hour = 8
    harness.reading("taizicheng", {"pm25": 160.0}, hour=0.5)  # seven hours old: wakes nobody
    until = (START + timedelta(hours=9)).isoformat()
    harness.ask(
        "silence", id=0, site="taizicheng", rule=None, parameter=None, until=until, reason="", by="li"
    )
    live(harness, (481, 161.0))
    assert (heard(harness, "watch"), heard(harness, "warning")) == (["firing exceeded watch 120"], [])

    harness.hour = 9.1
    harness.tick()

    assert heard(harness, "warning") == ["firing still_exceeded warning 161"]


def test_what_a_silent_station_kept_back_is_told_when_it_speaks_again(tmp_path: Path) -> None:
    own = [rule_streams.rule(levels=TWO), *(rule for rule in SHIPPED if rule.id == "station-silent")]
    harness = AlertingHarness(tmp_path, own=own, notify=PEOPLE)
    site = "chongli-qingshaonian"  # the examples are switched off: nobody is told of their silence
    harness.reading(site, {"pm25": 150.0})
    harness.hour = 5
    harness.tick()
    assert f"station-silent {site} firing warning exceeded" in harness.events()
    harness.hour = 301 / 60
    harness.reading(site, {"pm25": 252.5})

    harness.tick()
    harness.tick()

    assert [told for told in heard(harness, "critical") if "critical" in told] == [
        "firing still_exceeded critical 252.5"
    ]


def test_one_more_item_that_makes_a_sample_worse_is_told(tmp_path: Path) -> None:
    levels = (RuleLevel("watch", 3), RuleLevel("critical", 4))
    own = [rule_streams.rule(statistic="sample", media=("water",), levels=levels)]
    harness = AlertingHarness(tmp_path, own=own, notify=PEOPLE)
    harness.reading("houcheng", {"ph": 7.5, "do": 9.0, "codmn": 8.0, "nh3n": 0.2, "tp": 0.05})
    harness.hour = 0.1

    harness.reading("houcheng", {"cod": 60.0}, hour=0)

    # 8.0 mg/L of permanganate index is class IV, 60 mg/L of COD worse than V (GB 3838-2002, table 1).
    assert heard(harness, "watch") == ["firing exceeded watch 4", "firing worse critical 6"]
    assert heard(harness, "critical") == ["firing worse critical 6"]


def former(folder: Path, *, found: str, told: str, state: dict[str, object]) -> None:
    """A journal of schema version 7 with an open episode told as one severity, found to be another."""
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for version, statements in enumerate(schema.MIGRATIONS[:7], 1):
            connection.executescript(f"BEGIN; {statements}; PRAGMA user_version = {version}; COMMIT;")
        fields = msgspec.to_builtins(State(**state))  # type: ignore[arg-type]
        body = list(msgspec.msgpack.decode(msgspec.msgpack.encode(State(**state))))  # type: ignore[arg-type]
        assert len(body) == len(fields)
        body[State.__struct_fields__.index("announced")] = True  # what version 7 said
        connection.execute(
            "INSERT INTO machine VALUES ('test', 'taizicheng', 'pm25', ?, ?)",
            (rule_streams.rule(levels=TWO).fingerprint, msgspec.msgpack.encode(body)),
        )
        document = {
            "rule": "test", "site": "taizicheng", "parameter": "pm25", "severity": told,
            "category": "exceedance", "state": "firing", "reason": "exceeded",
            "since": START.isoformat(), "time": START.isoformat(),
            "value": 150.0, "limit": 100.0, "unit": "", "statistic": "reading", "episode": "0123456789ab",
            "historical": False, "message": "", "text": {"zh": "", "en": ""}, "name": {"zh": "", "en": ""},
            "site_name": {"zh": "", "en": ""},
        }  # fmt: skip
        begun = int(START.timestamp() * 1000)
        columns = (
            "id, rule, site, parameter, statistic, category, severity, begun, ended, reason, peak, peak_at,"
            " mean, n, bound, unit, historical, told_at, tellings, stamp, document"
        )
        for id_, ended in (("0123456789ab", None), ("over", begun - 3_600_000)):
            row = (
                id_, "test", "taizicheng", "pm25", "reading", "exceedance", found, begun, ended, "exceeded",
                250.0, begun, 200.0, 2, 100.0, "", 0, begun, 1, begun, msgspec.json.encode(document).decode(),
            )  # fmt: skip
            places = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO episode ({columns}) VALUES ({places})", row)
        connection.commit()


def test_a_journal_of_the_former_version_is_taken_over_and_the_severity_told_stays(tmp_path: Path) -> None:
    state = {
        "phase": "firing", "latest": START, "steady": START, "episode": "0123456789ab",
        "severity": "critical", "begun": START, "value": 150.0, "limit": 100.0, "peak": 250.0,
        "peak_at": START, "total": 400.0, "n": 2,
    }  # fmt: skip
    former(tmp_path, found="critical", told="watch", state=state)
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=TWO)], notify=PEOPLE)
    lasting, over = harness.register()

    assert (lasting.severity, lasting.announced) == ("critical", "watch")
    assert lasting.decided is None
    assert over.decided == START  # its last event's time: that showed that it was over
    live(harness, (5, 151.0), (10, 252.5))
    assert heard(harness, "critical") == [CRITICAL]
    with harness.journal.snapshot() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_rule_changed_while_firing_ends_first(
    tmp_path: Path,
) -> None:
    """It ends before its next reading is evaluated."""
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=TWO)], notify=PEOPLE)
    live(harness, (0, 150.0))
    harness.journal.close()

    changed = AlertingHarness(
        tmp_path, own=[rule_streams.rule(levels=(RuleLevel("watch", 90.0),))], notify=PEOPLE
    )
    live(changed, (5, 151.0))  # before the first tick

    assert changed.events()[1:] == [
        "test taizicheng resolved watch rule_changed",
        "test taizicheng firing watch exceeded",
    ]


def test_an_episode_lasts_in_the_register_until_a_value_has_shown_its_end(tmp_path: Path) -> None:
    harness = AlertingHarness(tmp_path, own=[rule_streams.rule(levels=TWO, clear_for="1h")])
    live(harness, (0, 150.0), (10, 50.0), (70, 50.0))

    [over] = harness.register()

    assert (over.ended, over.decided) == (START + timedelta(minutes=10), START + timedelta(minutes=70))
    connection = harness.journal.connection()
    at = START + timedelta(minutes=60)
    assert register.replay_start(connection, over.key, at) == START
    after = START + timedelta(minutes=70)
    assert register.replay_start(connection, over.key, after) == after
