"""A message too large for one transaction: every object once, in order, whatever happens between pieces."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.journal import accounting, inbox, quarantine
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import ANY
from ingest.processing.pieces import keep_refused_objects
from sensors.decoding import decoder
from sensors.decoding.json_objects import LARGEST_PIECE
from sensors.decoding.types import Decoded
from sensors.model import Refused
from tests.ingest.test_pipeline import NOW, SteppedPipeline
from tests.support.paths import ROOT

TOPIC = "liangqu/air/wujinku"
OBJECTS = 14_000  # of 76 bytes: three pieces


def reading(number: int, **changes: object) -> dict[str, Any]:
    time = NOW - timedelta(minutes=OBJECTS - number)
    return {"time": time.isoformat(), "values": {"pm25": number % 500, "pm10": number % 700 + 1}} | changes


BACKLOG = [reading(number) for number in range(OBJECTS)]


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[SteppedPipeline]:
    with closing(SteppedPipeline(tmp_path)) as built:
        built.settle()
        yield built


def receive(harness: SteppedPipeline, payload: bytes, topic: str = TOPIC) -> None:
    with harness.journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(topic, payload, NOW)])


def counts(harness: SteppedPipeline) -> dict[str, int]:
    found = accounting.read_counts(harness.journal.connection())
    assert accounting.imbalances(found) == {"messages": 0, "items": 0}
    return found


def work_off(harness: SteppedPipeline) -> int:
    """How many steps it takes."""
    steps = 0
    while harness.pipeline.step():
        steps += 1
        counts(harness)
    return steps


def refused(harness: SteppedPipeline) -> list[tuple[str, str, int]]:
    """Reason, position and bytes kept of each item, oldest first."""
    found = [*quarantine.items(harness.journal.connection(), ANY)][::-1]
    return [(item.reason, item.position, len(item.payload)) for item in found]


def stored_times(harness: SteppedPipeline) -> list[datetime]:
    harness.settle()
    frame = harness.store.readings("wujinku", "pm25", NOW - timedelta(days=30), NOW + timedelta(days=1))
    return [*frame.index]


FORMS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    "an array": json.dumps,
    "an array, indented": lambda objects: json.dumps(objects, indent=1),
    "a line each": lambda objects: "\n".join(map(json.dumps, objects)),
    "one behind the other": lambda objects: "".join(map(json.dumps, objects)) + "\0\0",
    "two arrays and a line": lambda objects: "\n".join(
        [json.dumps(objects[:4000]), json.dumps(objects[4000:-1]), json.dumps(objects[-1])]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_object_is_stored_once_and_in_order(form: str, harness: SteppedPipeline) -> None:
    payload = FORMS[form](BACKLOG).encode()
    receive(harness, payload)

    steps = work_off(harness)

    assert steps == -(-len(payload) // LARGEST_PIECE)
    assert counts(harness)["items"] == 2 * OBJECTS
    assert len(set(stored_times(harness))) == OBJECTS
    assert harness.accounts() == {
        "stored": 2 * OBJECTS, "duplicate": 0, "revised": 0, "quarantined": 0, "late": 0
    }  # fmt: skip


def test_the_message_stays_in_the_inbox_until_its_last_piece_and_later_ones_wait(
    harness: SteppedPipeline,
) -> None:
    receive(harness, json.dumps(BACKLOG).encode())
    receive(harness, json.dumps(reading(OBJECTS)).encode())
    seen = []
    while harness.pipeline.step():
        found = counts(harness)
        seen.append((found["inbox"], found["processed"], found["items"]))

    assert [(waiting, done) for waiting, done, _ in seen] == [(2, 0), (2, 0), (1, 1), (0, 2)]
    assert [items for *_, items in seen] == sorted(items for *_, items in seen)
    assert seen[-1][2] - seen[-2][2] == 2


def test_an_end_between_two_pieces_loses_and_doubles_nothing(harness: SteppedPipeline) -> None:
    receive(harness, json.dumps(BACKLOG).encode())
    steps = 0
    while harness.pipeline.step():
        steps += 1
        harness.close()
        harness.open()

    assert steps == 3
    assert len(set(stored_times(harness))) == OBJECTS
    assert harness.accounts()["stored"] == 2 * OBJECTS


def test_a_refused_object_leaves_the_others_and_can_be_brought_in(harness: SteppedPipeline) -> None:
    spoiled = [*BACKLOG]
    spoiled[5000] = reading(5000, values={"pm25": 1, "dust": 2})
    receive(harness, json.dumps(spoiled).encode())

    work_off(harness)

    assert counts(harness)["items"] == 2 * OBJECTS
    (item,) = quarantine.items(harness.journal.connection(), ANY)
    assert (item.reason, item.position) == ("unknown_parameter", "[0].values.dust")
    assert json.loads(item.payload) == [spoiled[5000]]
    with harness.journal.transaction() as connection:
        assert quarantine.replay(connection, ANY, "keep") == (1, 0)
    work_off(harness)
    assert [item.position for item in quarantine.items(harness.journal.connection(), ANY)] == [item.position]


def test_of_a_large_message_the_objects_alone_are_kept_of_which_something_was_refused() -> None:
    objects = [json.dumps(reading(number)).encode() for number in range(1000)]
    message = InboxMessage(TOPIC, b"[" + b",".join(objects) + b"]", NOW)
    places = ["[3]", "[700].values.a", "[700].values.b", "[999].flags.c"]
    given = [Refused("unknown_parameter", "why", where) for where in places]

    kept, moved = keep_refused_objects(message, given)

    assert kept.payload == b"[%b,%b,%b]" % (objects[3], objects[700], objects[999])
    assert [each.where for each in moved] == ["[0]", "[1].values.a", "[1].values.b", "[2].flags.c"]
    for whole in ("", "[1000]", "values.a"):
        assert keep_refused_objects(message, [*given, Refused("not_json", "why", whole)])[0] is message
    small = InboxMessage(TOPIC, b"[" + b",".join(objects[:10]) + b"]", NOW)
    assert keep_refused_objects(small, [Refused("not_json", "why", "[3]")])[0] is small


def test_what_the_program_fails_on_costs_its_piece_only(
    harness: SteppedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = decoder.decode_message

    def failing(topic: str, payload: bytes, *more: object, **named: object) -> Decoded:
        if BACKLOG[7000]["time"].encode() in payload:
            raise ZeroDivisionError
        return sound(topic, payload, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(decoder, "decode_message", failing)
    harness.pipeline._quarantine_limit = 10**9
    receive(harness, json.dumps(BACKLOG).encode())
    steps = work_off(harness)

    assert steps == 3
    ((reason, position, kept),) = refused(harness)
    assert (reason, position) == ("internal_error", "")
    monkeypatch.undo()
    with harness.journal.transaction() as connection:
        quarantine.replay(connection, ANY, "keep")
    work_off(harness)
    assert len(set(stored_times(harness))) == OBJECTS
    assert kept <= LARGEST_PIECE
    assert not refused(harness)


BROKEN = [
    pytest.param(json.dumps(BACKLOG)[:-1], 2 * OBJECTS, [("not_json", "[")], id="the array is not closed"),
    pytest.param(json.dumps(BACKLOG)[:-20], 2 * OBJECTS - 2, [("not_json", "[")], id="cut within an object"),
    pytest.param(json.dumps(BACKLOG) + "}" * 500_000, 2 * OBJECTS, [("oversize", "")], id="much behind it"),
    pytest.param(json.dumps(BACKLOG) + "}x", 2 * OBJECTS, [("not_json", "[")], id="little behind it"),
    pytest.param(json.dumps([*BACKLOG, reading(0, note="x" * 400_000), reading(OBJECTS)]), 2 * OBJECTS + 2,
                 [("oversize", "")], id="one object too large"),
    pytest.param("x" * 500_000, 0, [("oversize", "")], id="no JSON at all"),
    pytest.param("[" + "1," * 300_000 + "1]", 0, [("bad_envelope", "[")] * 300_001, id="an array of numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("payload", "stored", "reasons"), BROKEN)
def test_what_cannot_be_read_is_refused_and_what_is_whole_is_stored(
    payload: str, stored: int, reasons: list[tuple[str, str]], harness: SteppedPipeline
) -> None:
    receive(harness, payload.encode())

    work_off(harness)

    assert counts(harness)["items"] == stored + len(reasons)
    assert counts(harness)["quarantined"] == len(reasons)
    assert [(reason, position[: len(begin)]) for (reason, position, _), (_, begin) in
            zip(refused(harness), reasons, strict=False)] == reasons[: len(refused(harness))]  # fmt: skip


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("liangqu/air/nobody", "unknown_site"),
        ("liangqu/water/wujinku", "wrong_medium"),
        ("liangqu/wujinku", "unknown_topic"),
        ("liangqu/hj212/010000A8900016F000169DC0", "oversize"),
    ],
)
def test_what_is_no_json_of_a_site_is_one_item_and_kept_whole(
    topic: str, reason: str, harness: SteppedPipeline
) -> None:
    payload = json.dumps(BACKLOG[:6000]).encode()
    harness.pipeline._quarantine_limit = 10**9
    receive(harness, payload, topic)

    assert work_off(harness) == 1
    assert refused(harness) == [(reason, "", len(payload))]


MEASURED = """
import resource, sys
from pathlib import Path
from ingest.journal.file import Journal
from ingest.pipeline import Pipeline
from tests.ingest.test_pipeline import BOUNDS, CATALOGUE

def peak():
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])

journal = Journal(Path(sys.argv[1]))
pipeline = Pipeline(journal, CATALOGUE, BOUNDS, prefix="liangqu", quarantine_limit=10**9)
pipeline.step()  # a small message first: modules, catalogue and caches are there
size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + int(sys.argv[2]),) * 2)
Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
before = peak()
steps = 0
while pipeline.step():
    steps += 1
print(steps, (peak() - before) // 1024)
"""


def test_eight_megabytes_take_bounded_memory(harness: SteppedPipeline, tmp_path: Path) -> None:
    """Worked on as a whole the 290,000 readings took 161 MB."""
    objects, size = list[str](), 2
    while size < 8 * 1024**2 - 300:
        time = (NOW - timedelta(seconds=100_000 - len(objects))).isoformat()
        objects.append(json.dumps({"time": time, "values": {"pm25": 31.5, "pm10": 54, "so2": 3}}))
        size += len(objects[-1]) + 1
    receive(harness, json.dumps(reading(0)).encode())
    receive(harness, f"[{','.join(objects)}]".encode())
    harness.close()

    done = subprocess.run(
        [sys.executable, "-c", MEASURED, str(tmp_path / "journal.db"), str(100 * 1024**2)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    steps, megabytes = map(int, done.stdout.split())
    print(f"8 MB in {steps} pieces: {megabytes} MB more at most")
    harness.open()
    assert steps == 22
    assert megabytes < 64
    assert counts(harness)["items"] == 2 + 3 * len(objects)
    assert counts(harness)["inbox"] == 0
