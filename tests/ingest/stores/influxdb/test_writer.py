"""The process that writes InfluxDB: it writes as the sender would, reports failures, leaves nobody behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from multiprocessing.connection import Pipe
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
from structlog.testing import capture_logs

from ingest.journal.entries import Entry, EntryStatus, PointEntry, ReadingEntry
from ingest.stores.base import StoreAway
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.influxdb.writer import WriterFailedError, WriterProcess
from ingest.stores.transport import LookUpFirst, WriteResult
from sensors.model import Point
from tests.support import queue_entries
from tests.support.paths import ROOT
from tests.support.peers.scripted_http import ScriptedServer, answer
from tests.support.queue_entries import NOW, options
from tests.support.servers import PATIENCE, Influxd, wait_until

SECRET = "7nobody-is-to-see-this"
NOBODY = "http://127.0.0.1:9"


def raw(minute: int, status: EntryStatus = "new") -> ReadingEntry:
    """A reading whose value is its minute."""
    return queue_entries.raw(minute, float(minute), status)


def rows(*entries: Entry) -> list[bytes]:
    """Each entry as a row of its own."""
    return [msgspec.msgpack.encode([entry]) for entry in entries]


def write(writer: WriterProcess, *entries: Entry) -> WriteResult | LookUpFirst:
    """Have them written and wait for what became of them."""
    writer.send(rows(*entries))
    return writer.receive()


def process_of(writer: WriterProcess) -> int:
    assert writer._process is not None
    return writer._process.pid


def ended(process: Path) -> bool:
    """Whether it runs no more; who has lost its parent may wait to be buried."""
    try:
        return "State:\tZ" in (process / "status").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def made() -> Iterator[Callable[[InfluxOptions], WriterProcess]]:
    writers = list[WriterProcess]()

    def make(given: InfluxOptions) -> WriterProcess:
        writers.append(WriterProcess(given))
        return writers[-1]

    yield make
    for writer in writers:
        writer.close()


Make = Callable[[InfluxOptions], WriterProcess]


def minutes_of(server: ScriptedServer) -> list[list[int]]:
    """Which readings each request has brought."""
    return [[int(v.split(b".")[0]) for v in request.body.split(b" pm25=")[1:]] for request in server.requests]


@pytest.mark.server
def test_rows_are_written_and_what_the_store_refuses_is_told_by_its_place(
    influxd: Influxd, made: Make
) -> None:
    database = str(uuid4())
    with closing(InfluxDBStore(InfluxOptions(influxd.url, database))) as store:
        store.prepare()
        writer = made(options(influxd.url, database))
        bad = PointEntry(Point("air", {"site": "wujinku", "nobody": "knows"}, {"value": 1.0}, NOW))

        delivered = write(writer, raw(1), raw(2, "revised"), bad, raw(3), raw(4, "amended"))

        assert isinstance(delivered, WriteResult)
        assert (delivered.stored, delivered.revised, [i for i, _ in delivered.refused]) == (2, 1, [2])
        frame = store.readings("wujinku", "pm25", NOW, NOW + timedelta(hours=1))
        assert frame["value"].tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize("status", ["late", "verify", "amend"])
def test_nothing_is_written_while_a_row_must_be_looked_up(status: EntryStatus, made: Make) -> None:
    with ScriptedServer() as server:
        assert write(made(options(server.url)), raw(1), raw(2, status)) == LookUpFirst()
        assert server.requests == []


def test_a_store_that_is_away_is_reported(made: Make) -> None:
    """Its kind is told, and when to come again."""
    with ScriptedServer() as server:
        server.answers += [answer("429 Too Many Requests", retry_after="7"), answer("204 No Content")]
        writer = made(options(server.url))
        with pytest.raises(StoreAway) as away:
            write(writer, raw(1))
        process = process_of(writer)

        assert (away.value.kind, away.value.retry_after) == ("throttled", 7.0)
        assert server.url in str(away.value)
        assert write(writer, raw(1)) == WriteResult(1, 0, [])
        assert process_of(writer) == process


def test_two_batches_are_under_way_at_once_and_answered_in_order(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content")] * 2
        writer = made(options(server.url))
        writer.send(rows(raw(1)))
        writer.send(rows(raw(2), raw(3)))

        assert [writer.receive(), writer.receive()] == [WriteResult(1, 0, []), WriteResult(2, 0, [])]
        assert minutes_of(server) == [[1], [2, 3]]


def test_nothing_is_written_before_what_the_store_has_not_taken(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("503 Busy"), *[answer("204 No Content")] * 2]
        writer = made(options(server.url))
        writer.send(rows(raw(1)))
        writer.send(rows(raw(2)))
        with pytest.raises(StoreAway):
            writer.receive()
        writer.send(rows(raw(1)))
        writer.send(rows(raw(2), raw(3)))

        assert [writer.receive(), writer.receive()] == [WriteResult(1, 0, []), WriteResult(2, 0, [])]
        assert minutes_of(server) == [[1], [1], [2, 3]]


def test_nothing_is_written_before_what_must_be_looked_up(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content")] * 2
        writer = made(options(server.url))
        writer.send(rows(raw(1, "late")))
        writer.send(rows(raw(2)))
        assert writer.receive() == LookUpFirst()
        writer.send(rows(raw(1)))
        writer.send(rows(raw(2)))

        assert [writer.receive(), writer.receive()] == [WriteResult(1, 0, []), WriteResult(1, 0, [])]
        assert minutes_of(server) == [[1], [2]]


def test_an_answer_to_what_was_forgotten_is_passed_over(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content")] * 3
        writer = made(options(server.url))
        writer.send(rows(raw(1)))
        writer.send(rows(raw(2), raw(3)))
        assert writer.receive() == WriteResult(1, 0, [])
        writer.reset()  # what was answered could not be recorded
        writer.send(rows(raw(1)))

        assert writer.receive() == WriteResult(1, 0, [])
        assert minutes_of(server) == [[1], [2, 3], [1]]


def test_a_mistake_in_the_program_is_no_store_that_is_away(
    made: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    writer = made(options(NOBODY))
    writer.send([b"\xc1"])  # a byte that msgpack never begins with

    with capture_logs() as logged, pytest.raises(WriterFailedError, match="DecodeError"):
        writer.receive()
    assert "_write" in logged[0]["trace"]
    assert capfd.readouterr().err == ""
    with pytest.raises(StoreAway):  # by another process
        write(writer, raw(1))


def test_a_mistake_before_its_first_batch_is_told_like_any_other(
    made: Make, capfd: pytest.CaptureFixture[str]
) -> None:
    writer = made(options("ftp://nobody"))

    with pytest.raises(WriterFailedError, match="ValueError"):
        write(writer, raw(1))
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\0\0\0\x02\xc1\xc1", id="what none says"),
        pytest.param(b"\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff", id="without end"),
        pytest.param(b"\x80\0\0\0", id="of a negative length"),
    ],
)
def test_a_process_that_talks_nonsense_is_replaced(said: bytes, made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content")]
        writer = made(options(server.url))
        ours, its = Pipe()
        writer._pipe = ours
        os.write(its.fileno(), said)
        with pytest.raises(StoreAway) as away:
            writer.receive()
        its.close()

        assert away.value.kind == "broken"
        assert write(writer, raw(1)) == WriteResult(1, 0, [])


def test_all_of_many_may_be_refused_while_as_many_wait(made: Make) -> None:
    bad = [
        PointEntry(Point("air", {"site": "s", "nobody": f"{n}" * 100}, {"value": 1.0}, NOW)) for n in range(9)
    ]
    writer = made(options(NOBODY))
    for _ in range(2):
        writer.send(rows(*bad * 2_000))

    for _ in range(2):
        delivered = writer.receive()
        assert isinstance(delivered, WriteResult)
        assert len(delivered.refused) == 18_000


def test_a_process_that_is_killed_is_told_and_the_next_call_has_another(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content")]
        writer = made(options(server.url))
        writer.start()
        first = process_of(writer)
        os.kill(first, signal.SIGKILL)

        with pytest.raises(StoreAway, match="the process that writes the store") as away:
            write(writer, raw(1))

        assert away.value.kind == "broken"
        assert write(writer, raw(1)) == WriteResult(1, 0, [])
        assert process_of(writer) != first


def test_killed_while_the_store_is_slow_it_is_told_at_once(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [1.0, answer("204 No Content")]
        writer = made(options(server.url))
        writer.start()
        killer = subprocess.Popen(["sh", "-c", f"sleep 0.8; kill -9 {process_of(writer)}"])

        with pytest.raises(StoreAway, match="the process that writes the store"):
            while True:  # as often as it takes until the kill falls into one
                server.answers += [1.0, answer("204 No Content")]
                write(writer, raw(1))
        killer.wait()


def test_signals_of_a_terminal_or_a_supervisor_are_for_the_service(made: Make) -> None:
    with ScriptedServer() as server:
        server.answers += [answer("204 No Content"), answer("204 No Content")]
        writer = made(options(server.url))
        write(writer, raw(1))
        process = process_of(writer)
        for name in (signal.SIGINT, signal.SIGTERM):
            os.kill(process, name)

        assert write(writer, raw(2)) == WriteResult(1, 0, [])
        assert process_of(writer) == process


def test_nobody_sees_the_password(made: Make) -> None:
    writer = made(options(NOBODY, password=SECRET))
    with pytest.raises(StoreAway):
        write(writer, raw(1))
    seen = Path(f"/proc/{process_of(writer)}")

    assert b"ingest.stores.influxdb.writer" in (seen / "cmdline").read_bytes()
    for file in ("cmdline", "environ"):
        assert SECRET.encode() not in (seen / file).read_bytes()


def test_closed_it_has_ended(made: Make) -> None:
    writer = made(options(NOBODY))
    writer.start()
    process = process_of(writer)
    writer.close()
    writer.close()

    assert not Path(f"/proc/{process}").exists()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("writing", [False, True])
def test_it_ends_with_the_process_that_started_it(how: signal.Signals, writing: bool) -> None:
    with ScriptedServer() as server:
        server.answers += [3.0, answer("204 No Content")] if writing else []
        script = (
            "import sys; from tests.ingest.stores.influxdb.test_writer import *\n"
            "writer = WriterProcess(options(sys.argv[1])); writer.start()\n"
            "print(process_of(writer), flush=True)\n"
            "write(writer, raw(1))"
        )
        command = [sys.executable, "-c", script, server.url]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
            assert parent.stdout
            process = int(parent.stdout.readline())
            child = Path(f"/proc/{process}")
            if writing:
                wait_until(lambda: len(server.requests) == 1)
            assert child.exists()
            parent.send_signal(how)
            wait_until(lambda: ended(child))
            assert len(server.answers) == writing  # it did not wait for that answer


def test_started_by_nobody_it_does_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ingest.stores.influxdb.writer"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
