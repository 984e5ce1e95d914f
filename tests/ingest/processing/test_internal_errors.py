"""The net: whatever our own program fails on, at whatever step, costs that one input and nothing else."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from alerts.engine import AlertEngine
from alerts.episodes import register
from alerts.notify import silences
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from ingest import series_memory
from ingest.checks import check_newest
from ingest.checks.calm_stretch import SiteStretch, follow_stretch
from ingest.checks.checked_series import follow_calm
from ingest.journal import accounting, inbox, outgoing, quarantine, requests
from ingest.journal.entries import SiteEntry, to_single_entries
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import QuarantinedItem, QuarantineFilter
from ingest.observer import Health
from ingest.pipeline import Pipeline
from ingest.processing import internal_errors
from ingest.processing.clock_closing import ClockClosing
from ingest.recompute.model import DayRange, RecomputeResult
from ingest.statistics.live import LiveStatistics
from sensors.calendar import DayNumber
from sensors.decoding import decoder
from sensors.excerpt import failure_line
from sensors.model import Checked, Reading, Refused
from tests.ingest.test_pipeline import BOUNDS, CATALOGUE, NOW, SteppedPipeline

POISON = 13.0
ADDING = ("add", "add_site")
FAILURES = [
    pytest.param(RecursionError("maximum recursion depth exceeded"), id="the stack"),
    pytest.param(MemoryError(), id="memory"),
    pytest.param(KeyError("pm25"), id="a key"),
    pytest.param(
        OverflowError("Python int too large to convert to SQLite INTEGER"), id="a number for SQLite"
    ),
    pytest.param(sqlite3.IntegrityError("UNIQUE constraint failed"), id="a constraint"),
    pytest.param(
        UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), id="half a character"
    ),
    pytest.param(AssertionError(), id="an assertion"),
    pytest.param(TimeoutError("of whatever"), id="an OSError of no file"),
]

Inject = Callable[[pytest.MonkeyPatch, Exception], None]


class Watched(SteppedPipeline):
    """With the shipped rules, and a clock that stands still."""

    def open(self, journal: str = "journal.db") -> None:
        super().open(journal)
        alerting = AlertEngine(
            RuleIndex(definition.load(CATALOGUE), CATALOGUE), NotifyConfig(), page_max_age=None
        )
        self.pipeline = Pipeline(
            self.journal,
            CATALOGUE,
            BOUNDS,
            prefix="liangqu",
            quarantine_limit=10**9,
            observer=alerting,
            clock=lambda: NOW,
        )

    def put(self, *payloads: bytes, topic: str = "liangqu/air/wujinku") -> None:
        with self.journal.transaction() as connection:
            inbox.add(connection, [InboxMessage(topic, payload, NOW) for payload in payloads])

    def kept(self) -> list[QuarantinedItem]:
        return list(quarantine.items(self.journal.connection(), QuarantineFilter()))

    def sums(self) -> dict[str, int]:
        """The accounts, which hold; nothing is left in the inbox."""
        found = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(found) == {"messages": 0, "items": 0}
        rows = self.journal.connection().execute("SELECT count(*) FROM refusal").fetchone()[0]
        assert (found["inbox"], found["quarantined"]) == (0, rows)
        return found

    def tick(self, troubles: dict[str, float] | None = None) -> None:
        self.pipeline.tick(Health(NOW, troubles or {}))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """No traceback is drawn."""
    with capture_logs():
        yield


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Watched]:
    with closing(Watched(tmp_path)) as built:
        built.settle()
        yield built


def _payload(minutes_ago: int, value: float) -> bytes:
    time = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return json.dumps({"time": time, "values": {"pm25": value, "pm10": value}}).encode()


def _raise_if(
    poisoned: Callable[..., bool], sound: Callable[..., Any], failure: Exception
) -> Callable[..., Any]:
    def faulty(*args: Any, **more: Any) -> Any:
        if poisoned(*args):
            raise failure
        return sound(*args, **more)

    return faulty


def _decode(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    sound = decoder.decode_message
    patch.setattr(
        decoder,
        "decode_message",
        _raise_if(lambda _, payload, *__: b"13.0" in payload, sound, failure),
    )


def _identify(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    """Of two readings the first is in memory by then."""

    def poisoned(reading: Reading, *_: object) -> bool:
        return reading.value == POISON and reading.parameter == "pm10"

    patch.setattr(series_memory, "check_newest", _raise_if(poisoned, check_newest, failure))

    def following(series: Any, readings: Sequence[Reading], *more: Any) -> int:
        followed = follow_calm(series, readings, *more)
        if any(map(poisoned, readings[:followed])):
            raise failure
        return followed

    def following_together(series: Any, stretch: SiteStretch, first: int, *more: int) -> int:
        followed = follow_stretch(series, stretch, first, *more)
        if any(any(map(poisoned, one.readings)) for one in stretch.sent[first : first + followed]):
            raise failure
        return followed

    patch.setattr(series_memory, "follow_calm", following)
    patch.setattr(series_memory, "follow_stretch", following_together)


def _values(added: Checked | SiteEntry) -> tuple[float, ...]:
    return added.values if isinstance(added, SiteEntry) else (added.reading.value,)


def _statistics(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    poisoned = lambda _, added, __: POISON in _values(added)  # noqa: E731 - short
    for name in ADDING:
        patch.setattr(LiveStatistics, name, _raise_if(poisoned, getattr(LiveStatistics, name), failure))


def _moving_on(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    """After all readings of a batch: which of them it was nobody knows."""
    fed: list[float] = []
    step = LiveStatistics.collect

    def noting(_: Any, added: Checked | SiteEntry, __: Any) -> bool:
        fed.extend(_values(added))
        return False

    def stepping(self: LiveStatistics) -> Any:
        values = [*fed]
        fed.clear()
        if POISON in values:
            raise failure
        return step(self)

    for name in ADDING:
        patch.setattr(LiveStatistics, name, _raise_if(noting, getattr(LiveStatistics, name), failure))
    patch.setattr(LiveStatistics, "collect", stepping)


def _rules(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    def poisoned(_: Any, __: Any, checked: Sequence[Any], *___: Any) -> bool:
        return any(POISON in _values(each) for each in checked)

    patch.setattr(AlertEngine, "evaluate", _raise_if(poisoned, AlertEngine.evaluate, failure))


def _writing(patch: pytest.MonkeyPatch, failure: Exception) -> None:
    """The rows of the inbox are gone by then, inside the transaction."""
    sound = outgoing.add

    def poisoned(_: Any, entries: Sequence[Any], *__: Any) -> bool:
        return any(
            hasattr(e, "checked") and e.checked.reading.value == POISON for e in to_single_entries(entries)
        )

    patch.setattr(outgoing, "add", _raise_if(poisoned, sound, failure))


STAGES = [
    pytest.param(_decode, id="decode"),
    pytest.param(_identify, id="identify"),
    pytest.param(_statistics, id="statistics"),
    pytest.param(_moving_on, id="statistics of the whole batch"),
    pytest.param(_rules, id="rules"),
    pytest.param(_writing, id="writing"),
]


CASES = [
    *(
        pytest.param(*stage.values, ZeroDivisionError("division by zero"), id=str(stage.id))
        for stage in STAGES
    ),
    *(pytest.param(_moving_on, *failure.values, id=f"statistics, {failure.id}") for failure in FAILURES),
]


@pytest.mark.parametrize(("inject", "failure"), CASES)
def test_a_bug_costs_the_one_message_and_its_neighbours_are_stored_once(
    inject: Inject, failure: Exception, harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [20.0, 21.0, POISON, 22.0, 23.0, 24.0, POISON]
    with monkeypatch.context() as faulty:
        inject(faulty, failure)
        harness.put(*(_payload(70 - 10 * n, value) for n, value in enumerate(values)))
        assert harness.pipeline.step() == len(values)
    harness.settle()

    assert [value for value, *_ in harness.stored()] == [20.0, 21.0, 22.0, 23.0, 24.0]
    assert {(item.reason, item.detail) for item in harness.kept()} == {
        ("internal_error", failure_line(failure))
    }
    sums = harness.sums()
    assert (sums["stored"], sums["duplicate"], sums["quarantined"]) == (10, 0, 2)
    assert sums["refused:internal_error"] == 2

    with harness.journal.transaction() as connection:  # the bug is mended: the same messages again
        quarantine.replay(connection, QuarantineFilter(reason="internal_error"), "keep")
    harness.pipeline.step()
    harness.settle()

    assert [value for value, *_ in harness.stored()] == [20.0, 21.0, 13.0, 22.0, 23.0, 24.0, 13.0]
    assert harness.sums()["quarantined"] == 0


@pytest.mark.parametrize("inject", STAGES)
def test_a_replay_that_fails_again_is_in_the_quarantine_again(
    inject: Inject, harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    inject(monkeypatch, ZeroDivisionError())
    harness.put(_payload(10, POISON))
    harness.pipeline.step()
    for _ in range(3):
        with harness.journal.transaction() as connection:
            assert quarantine.replay(connection, QuarantineFilter(), "keep") == (1, 0)
        assert harness.pipeline.step() == 1
        assert harness.pipeline.step() == 0

        assert [item.reason for item in harness.kept()] == ["internal_error"]
        assert harness.sums()["items"] == 1


def test_items_that_were_asked_for_come_back_as_so_many_items(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"pm25": "a", "pm10": "b", "no2": 1.0}
    harness.put(json.dumps({"time": NOW.isoformat(), "values": values}).encode())
    harness.pipeline.step()
    with harness.journal.transaction() as connection:
        quarantine.replay(connection, QuarantineFilter(reason="wrong_type"), "keep")
    monkeypatch.setattr(decoder, "decode_message", lambda *_, **__: 1 / 0)
    harness.pipeline.step()

    assert {item.position for item in harness.kept()} == {"values.pm25", "values.pm10"}
    assert (harness.sums()["items"], harness.sums()["quarantined"]) == (3, 2)


def test_what_the_file_fails_by_blames_no_message(harness: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = sqlite3.OperationalError("database is locked")
    with monkeypatch.context() as faulty:
        _writing(faulty, failure)
        harness.put(_payload(20, 1.0), _payload(10, POISON))
        with pytest.raises(sqlite3.OperationalError):
            harness.pipeline.step()

    assert accounting.read_counts(harness.journal.connection())["inbox"] == 2
    while harness.pipeline.step():
        pass
    assert (harness.sums()["quarantined"], harness.sums()["items"]) == (0, 4)


def test_memory_that_cannot_be_read_again_blames_no_message(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as faulty:
        _identify(faulty, ZeroDivisionError())
        faulty.setattr(AlertEngine, "load", lambda *_: 1 / 0)
        harness.put(_payload(10, POISON), _payload(5, 1.0))
        with pytest.raises(
            sqlite3.DatabaseError, match="what is remembered cannot be read: ZeroDivisionError"
        ):
            harness.pipeline.step()

    assert accounting.read_counts(harness.journal.connection())["inbox"] == 2


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"episode": 7}', id="another shape"),
        pytest.param("no json", id="no JSON"),
        pytest.param("[" * 100_000, id="nested too deeply"),
        pytest.param("[1]", id="no object"),
        pytest.param('{"id": 99999999999999999999}', id="a number too large for SQLite"),
        pytest.param("{}", id="nothing"),
    ],
)
@pytest.mark.parametrize("what", ["ack", "silence", "unsilence", "alerts_test"])
def test_a_request_that_cannot_be_carried_out_is_given_up(what: str, body: str, harness: Watched) -> None:
    """The others are carried out."""
    sound = {
        "id": 0,
        "site": "wujinku",
        "until": NOW.isoformat(),
        "reason": "r",
        "by": "li",
        "rule": None,
        "parameter": None,
    }
    with harness.journal.transaction() as connection:
        requests.submit(connection, "silence", sound, NOW)
        connection.execute("INSERT INTO request (what, body, made_ms) VALUES (?, ?, 0)", (what, body))
        requests.submit(connection, "silence", sound, NOW)
    harness.put(_payload(10, 1.0))

    assert harness.pipeline.step() == 1

    assert requests.pending(harness.journal.connection()) == []
    assert len(silences.in_force(harness.journal.connection(), NOW - timedelta(days=1))) == 2
    assert harness.sums()["internal_error:request"] == 1
    harness.tick()
    assert f"the request {what}" in harness.pipeline.internal_errors.warning


def test_an_answer_that_cannot_be_taken_in_is_given_up_with_its_days(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.receive((50, 10.0), (80, 9.0))
    harness.settle()
    asked = requests.next_requests(harness.journal.connection())
    assert asked
    answer = RecomputeResult("wujinku", DayRange(DayNumber(0), DayNumber(1)), (), (), asked)
    monkeypatch.setattr(LiveStatistics, "apply", lambda *_: 1 / 0)
    harness.put(_payload(10, 1.0))

    harness.pipeline.offer(answer, 0)
    assert harness.pipeline.step() == 1

    assert not set(asked) & set(requests.next_requests(harness.journal.connection()))
    assert harness.sums()["internal_error:answer"] == 1
    harness.tick()
    assert "wujinku on 2026-11-" in harness.pipeline.internal_errors.warning


def test_a_clock_that_fails_is_said_until_it_goes_again(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as faulty:
        faulty.setattr(AlertEngine, "tick", lambda *_: 1 / 0)
        harness.tick()
        harness.tick()
        harness.put(_payload(10, 1.0))
        assert harness.pipeline.step() == 1
    assert harness.pipeline.internal_errors.tick_failure == "ZeroDivisionError: division by zero"
    assert harness.sums()["internal_error:tick"] == 2

    harness.tick()

    assert harness.pipeline.internal_errors.tick_failure == ""


def test_a_closing_that_fails_is_said_though_alerts_go_on(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as faulty:
        faulty.setattr(ClockClosing, "close", lambda *_: 1 / 0)
        harness.tick()
        harness.tick()
    assert harness.pipeline.internal_errors.tick_failure == "ZeroDivisionError: division by zero"
    assert harness.sums()["internal_error:tick"] == 2

    harness.tick()

    assert harness.pipeline.internal_errors.tick_failure == ""


def test_a_clock_that_is_set_and_cannot_be_followed_ends_nothing(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as faulty:
        faulty.setattr(AlertEngine, "shift_times", lambda *_: 1 / 0)
        harness.pipeline.shift_times(timedelta(hours=1))
    harness.put(_payload(10, 1.0))

    assert harness.pipeline.step() == 1
    assert harness.pipeline.internal_errors.tick_failure == "ZeroDivisionError: division by zero"
    assert harness.sums()["internal_error:tick"] == 1


def test_the_operator_is_told_until_the_quarantine_is_empty_of_them(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> list[tuple[str, str]]:
        episodes = register.history(harness.journal.connection())
        return [(e.rule, "open" if e.ended is None else "over") for e in episodes]

    with monkeypatch.context() as faulty:
        _decode(faulty, ZeroDivisionError())
        harness.put(_payload(10, POISON))
        harness.pipeline.step()
    harness.tick()
    assert harness.pipeline.internal_errors.warning == (
        "1 refused items (internal_error): see liangqu quarantine list"
    )
    harness.tick({"internal_error": 1.0})
    assert told() == [("internal-error", "open")]

    with harness.journal.transaction() as connection:
        quarantine.replay(connection, QuarantineFilter(), "keep")
    harness.pipeline.step()
    harness.tick()
    assert harness.pipeline.internal_errors.warning == ""
    harness.tick()
    assert told() == [("internal-error", "over")]


def test_the_operator_is_told_too_when_the_quarantine_is_too_full(
    harness: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    _identify(monkeypatch, ZeroDivisionError())
    monkeypatch.setattr(harness.pipeline.internal_errors, "_quarantine_limit", 1)
    harness.put(_payload(10, POISON))
    harness.pipeline.step()
    harness.tick()

    assert "a message on liangqu/air/wujinku, for which the quarantine is too full: ZeroDivisionError" in (
        harness.pipeline.internal_errors.warning
    )
    assert accounting.imbalances(accounting.read_counts(harness.journal.connection())) == {
        "messages": 0,
        "items": 0,
    }


TOPICS = st.sampled_from(
    ["air/wujinku", "water/houcheng", "hj212/x", "handling/e1", "air/nobody", "water/wujinku", "x", ""]
).map("liangqu/{}".format) | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = st.floats() | st.integers() | st.sampled_from([1e308, -1e308, 5e-324, 0.0, 10**400])
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)
SENT = st.fixed_dictionaries(
    {
        "time": st.just(NOW.isoformat()) | st.integers(-(10**14), 10**14) | DOCUMENTS,
        "values": st.dictionaries(st.sampled_from(["pm25", "ph", "a34004", "o3", "x"]), NUMBERS | DOCUMENTS),
    },
    optional={"flags": DOCUMENTS, "kind": st.sampled_from(["rtd", "hour", "day"]), "action": st.just("ack")},
)
PAYLOADS = (
    st.binary(max_size=40)
    | st.text(max_size=40).map(str.encode)
    | SENT.map(lambda sent: json.dumps(sent).encode())
    | st.lists(SENT, max_size=3).map(lambda sent: json.dumps(sent).encode())
    | st.tuples(st.sampled_from([b"[", b'{"a":', b'{"values":{"pm25":[']), st.integers(1, 3000)).map(
        lambda made: made[0] * made[1]
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(batch=st.lists(st.tuples(TOPICS, PAYLOADS), min_size=1, max_size=8))
def test_whatever_topics_and_bytes_the_sums_hold_and_it_goes_on(
    batch: list[tuple[str, bytes]], harness: Watched
) -> None:
    before = accounting.read_counts(harness.journal.connection())
    with harness.journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(topic, payload, NOW) for topic, payload in batch])

    assert harness.pipeline.step() == len(batch)
    harness.tick()
    harness.settle()

    after = harness.sums()
    assert after["processed"] - before["processed"] == len(batch)
    assert after.get("refused:internal_error", 0) == 0


def test_a_refusal_is_one_line_whatever_the_error_says() -> None:
    message = InboxMessage("liangqu/air/wujinku", b"", NOW)

    assert internal_errors.to_refusals(message, ValueError("a\x1b[2J\nb" + "c" * 10_000)) == [
        Refused("internal_error", "ValueError: a\\x1b[2J\\nb" + "c" * 181 + "…")
    ]
