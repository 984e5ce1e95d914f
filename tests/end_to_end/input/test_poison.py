"""One small message must never end the service: real broker, the installed command, the file it left."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import inbox
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items, refused
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

NOW = datetime.now(UTC).replace(microsecond=0)
DEPTHS = (1_000, 1_200, 20_000)
ON_HANDLING = [
    b'{"a":', b"[", b'{"by":"li","action":"ack","note":[', b'{"by":"li","action":"ack","x":{"y":[',
]  # fmt: skip
ON_A_SITE = [b'{"a":', b"[", b'{"values":{"pm25":[', b'{"time":[', b'[{"flags":{"pm25":{"a":']
SENT = 2 * len(DEPTHS) * len(ON_HANDLING) + len(DEPTHS) * len(ON_A_SITE)


def poison() -> list[tuple[str, bytes]]:
    """Nested too deeply, closed and not, where a person and where a station may publish."""
    found = [("handling/e1", opened * depth) for opened in ON_HANDLING for depth in DEPTHS]
    ends = bytes.maketrans(b"{[", b"}]")
    for opened in ON_HANDLING:
        closed = bytes(sign for sign in reversed(opened) if sign in b"{[").translate(ends)
        found += [("handling/e1", opened * depth + b"1" + closed * depth) for depth in DEPTHS]
    return found + [("air/wujinku", opened * depth) for opened in ON_A_SITE for depth in DEPTHS]


def reading(minutes_ago: int) -> bytes:
    time = (NOW - timedelta(minutes=minutes_ago)).isoformat()
    return json.dumps({"time": time, "values": {"pm25": 10.0 + minutes_ago}}).encode()


def assert_all_is_well(service: LiangquRun, good: int) -> None:
    figures = service.wait_until_settled(SENT + good)
    assert items(figures)["stored"] == good
    assert sum(refused(figures).values()) == SENT
    assert "internal_error" not in refused(figures)  # refused by the decoders, not caught by the net
    assert service.gaps() == {"messages": 0, "items": 0}
    assert service.readyz()["ready"] is True
    assert service.readyz()["alerts"] == "ok"
    log = service.log.read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert "part failed" not in log


@pytest.mark.server
def test_nesting_on_any_topic_is_refused_and_readings_between_are_stored(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port)
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for number, (topic, payload) in enumerate(poison()):
            publisher.publish(f"liangqu/{topic}", payload)
            publisher.publish("liangqu/air/wujinku", reading(SENT - number))

    assert_all_is_well(service, SENT)
    assert service.stop() == 0


@pytest.mark.server
def test_what_waits_in_the_inbox_from_before_is_treated_alike(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """As a build left it that died of it: acknowledged, in the file, and met again by each start."""
    service = start_liangqu(mosquitto.port)
    service.wait_until_subscribed()
    assert service.stop() == 0
    put(service, [*poison(), ("air/wujinku", reading(1))])

    service.start()
    assert_all_is_well(service, 1)
    for _ in range(2):
        assert service.stop() == 0
        service.start()
    assert_all_is_well(service, 1)


@pytest.mark.server
def test_a_request_that_nobody_can_carry_out_ends_no_start(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """`alerts unsilence` of a number that SQLite has not, as an older command left it in the file."""
    service = start_liangqu(mosquitto.port)
    service.wait_until_subscribed()
    assert service.stop() == 0
    with closing(sqlite3.connect(service.folder / "journal.db", isolation_level=None)) as journal:
        for what, body in (
            ("unsilence", '{"id": 99999999999999999999}'), ("ack", "[" * 100_000), ("silence", "{}"),
        ):  # fmt: skip
            journal.execute("INSERT INTO request (what, body, made_ms) VALUES (?, ?, 0)", (what, body))

    service.start()
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        publisher.publish("liangqu/air/wujinku", reading(1))
    figures = service.wait_until_settled(1)

    assert items(figures)["stored"] == 1
    assert figures['liangqu_internal_errors_total{what="request"}'] == 3
    service.wait_until(
        lambda: any("given up after an internal error" in each for each in service.readyz()["warnings"]),
        "said in /readyz",
    )
    assert service.stop() == 0


def put(service: LiangquRun, messages: list[tuple[str, bytes]]) -> None:
    """Into the inbox of a service that is down."""
    with (
        closing(Journal(Path(service.folder) / "journal.db")) as journal,
        journal.transaction() as connection,
    ):
        inbox.add(connection, [InboxMessage(f"liangqu/{topic}", payload, NOW) for topic, payload in messages])


@pytest.mark.server
@pytest.mark.parametrize(
    "where",
    [
        pytest.param("sensors.decoding.decoder:decode_message", id="decode"),
        pytest.param("ingest.statistics.live:LiveStatistics.collect", id="statistics"),
        pytest.param("alerts.engine:AlertEngine.evaluate", id="rules"),
        pytest.param("ingest.journal.check_state:record_last_seen", id="writing"),
    ],
)
def test_a_bug_is_quarantined_told_to_the_operator_and_mended_by_a_replay(
    where: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """The first message meets a bug at this step, the next ones do not."""
    with HttpReceiver() as hook:
        notify = tmp_path / "notify.toml"
        notify.write_text(
            f'[[channel]]\nid = "hook"\nwebhook = "{hook.url}"\n[wait]\ngroup = "1s"\n', encoding="utf-8"
        )
        more = f'[alerts]\nnotify_file = "{notify}"\n'
        service = LiangquRun(tmp_path, mosquitto.port, more=more).start_failing(where, 1)
        try:
            service.wait_until_subscribed()
            with Publisher(Broker(port=mosquitto.port)) as publisher:
                publisher.publish("liangqu/air/wujinku", reading(9))
                service.wait_until(lambda: refused(service.metrics()) == {"internal_error": 1}, "set aside")
                for minutes in (8, 7, 6):
                    publisher.publish("liangqu/air/wujinku", reading(minutes))
            figures = service.wait_until_settled(4)
            assert items(figures)["stored"] == 3
            assert service.gaps() == {"messages": 0, "items": 0}
            service.wait_until(lambda: told(hook) == ["firing"], "the operator is told")
            assert any("internal_error" in each for each in service.readyz()["warnings"])
            assert "internal_error" in service.command("quarantine", "list")
            assert "MistakeError" in service.command("quarantine", "list")

            service.command("quarantine", "replay", "--reason", "internal_error")

            figures = service.wait_until_settled(5)
            assert (items(figures)["stored"], items(figures)["quarantined"]) == (4, 0)
            service.wait_until(lambda: told(hook) == ["firing", "resolved"], "and that it is over")
            assert not any("internal_error" in each for each in service.readyz()["warnings"])
            assert service.stop() == 0
        finally:
            service.kill()

    assert "geheim" not in service.log.read_text(encoding="utf-8")


def told(hook: HttpReceiver) -> list[str]:
    """What the person on duty was told of internal errors."""
    return [str(event["state"]) for event in hook.events() if event["rule"] == "internal-error"]
