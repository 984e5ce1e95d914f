"""`liangqu simulate`: through a real broker into the real service, and a past straight into the store."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import accounting
from ingest.journal.file import Journal
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.decoding import decoder as decoding
from sensors.decoding.types import InputBounds
from sensors.simulated import messages
from tests.support.liangqu_process import LiangquRun, items
from tests.support.paths import ROOT
from tests.support.servers import Mosquitto, free_port

CATALOGUE = loader.load()
COMMAND = [sys.executable, "-W", "error", "-m", "liangqu", "simulate"]
AGES = timedelta(days=9999)
MINUTE = timedelta(minutes=1)

Held = dict[tuple[str, str, datetime], float]


@pytest.fixture
def service(mosquitto: Mosquitto, tmp_path: Path) -> Iterator[LiangquRun]:
    running = LiangquRun(tmp_path, mosquitto.port).start()
    yield running
    running.stop()


def held(file: Path) -> Held:
    store = SqliteStore(file)
    found: Held = {}
    for medium in ("air", "water"):
        frame = store.points(medium, datetime.now(UTC) - AGES, datetime.now(UTC) + AGES)
        columns = (frame[name] for name in ("site", "parameter", "value"))
        found |= {(s, p, t.to_pydatetime()): v for t, s, p, v in zip(frame.index, *columns, strict=True)}
    store.close()
    return found


def said_by_the_seed(seed: int, start: datetime, end: datetime) -> Held:
    """What these stations have measured and delivered from `start` up to and without `end`."""
    bounds = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5), 2**18)
    sent = messages(CATALOGUE.sites.values(), CATALOGUE, start, end, seed)
    return {
        (r.site, r.parameter, r.time): r.value
        for m in sent
        for r in decoding.decode_message(
            m.topic, m.payload, end, CATALOGUE, bounds, prefix="liangqu"
        ).readings
    }


def assert_within(stored: Held, seed: int, start: datetime, end: datetime) -> None:
    """All that is due between, and at most what is due a minute around: a full hour may strike meanwhile."""
    sure = said_by_the_seed(seed, start + MINUTE, end - MINUTE)
    perhaps = said_by_the_seed(seed, start - MINUTE, datetime.now(UTC) + MINUTE)
    assert sure
    assert sure.items() <= stored.items() <= perhaps.items()


@pytest.mark.server
def test_a_squeezed_past_arrives_and_the_same_seed_repeats_it_exactly(service: LiangquRun) -> None:
    quickly = ("simulate", "--speed", "20000", "--since", "8h", "--for", "2s")
    before = datetime.now(UTC)
    first = service.command(*quickly, "--seed", "5")
    published = int(first.splitlines()[-1].split()[0])
    service.wait_until_settled(published)
    stored = held(service.folder / "liangqu.db")

    assert stored
    assert_within(stored, 5, before - timedelta(hours=8), before)

    again = service.command(*quickly, "--seed", "5")
    figures = items(service.wait_until_settled(published + int(again.splitlines()[-1].split()[0])))
    assert figures["revised"] == figures["quarantined"] == 0
    assert figures["duplicate"] > 0
    assert figures["stored"] == len(held(service.folder / "liangqu.db"))


@pytest.mark.server
def test_live_it_says_what_it_waits_for_and_stops_in_order(mosquitto: Mosquitto, tmp_path: Path) -> None:
    settings = tmp_path / "liangqu.toml"
    settings.write_text(f"[mqtt]\nport = {mosquitto.port}\n", encoding="utf-8")
    running = subprocess.Popen(
        [*COMMAND, "--sites", "wujinku, bahaoqiao", "-c", str(settings)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout
    assert running.stdout.readline().startswith("2 sites to the broker at 127.0.0.1:")
    assert "; the next at " in running.stdout.readline()

    running.send_signal(signal.SIGINT)
    said, wrong = running.communicate(timeout=60)

    assert (running.returncode, wrong) == (0, "")
    assert said.splitlines()[-1].startswith("stopped: ")


def run(folder: Path, *words: str) -> tuple[int, list[str], str]:
    settings = folder / "liangqu.toml"
    settings.touch()
    done = subprocess.run(
        [*COMMAND, *words, "-c", str(settings)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_a_past_is_written_up_to_now_without_a_broker(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    code, said, wrong = run(tmp_path, "--history", "9d", "--seed", "3")
    stored = held(tmp_path / "liangqu.db")

    assert code == 0
    assert all(line.endswith("messages") for line in wrong.splitlines())  # progress, where it takes long
    assert said[-1] == f"{len(stored)} stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined"
    assert before - max(t for *_, t in stored) < timedelta(hours=1)
    assert_within(stored, 3, before - timedelta(days=9), before)
    journal = Journal(tmp_path / "journal.db")
    with journal.snapshot() as connection:
        accounts = accounting.read_counts(connection)
    journal.close()
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}
    assert accounts["stored"] == len(stored)


def test_a_past_once_more_changes_nothing_and_another_seed_yields_to_it(tmp_path: Path) -> None:
    run(tmp_path, "--history", "2d", "--sites", "houcheng")
    stored = held(tmp_path / "liangqu.db")

    assert run(tmp_path, "--history", "2d", "--sites", "houcheng")[1][-1].startswith("0 stored, ")
    assert " 0 dropped" not in run(tmp_path, "--history", "2d", "--sites", "houcheng", "--seed", "9")[1][-1]
    now = held(tmp_path / "liangqu.db")
    assert {key: now[key] for key in stored} == stored


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        pytest.param(["--sites", "atlantis"], 2, "--sites: there is no site 'atlantis'", id="site"),
        pytest.param(["--history", "1y"], 2, '--history: "1y" is no duration', id="history"),
        pytest.param(["--for", "soon"], 2, '--for: "soon" is no duration', id="for"),
        pytest.param(["--speed", "9", "--since", "x"], 2, '--since: "x" is no duration', id="since"),
        pytest.param(["--history", "1d", "--rate", "5"], 2, "--history publishes nothing", id="both"),
        pytest.param(
            ["--history", "900000d"], 2, '--history: "900000d" is longer than 10000d', id="too long"
        ),
    ],
)
def test_mistakes_are_one_clear_line(words: list[str], code: int, line: str, tmp_path: Path) -> None:
    found, _, wrong = run(tmp_path, *words)
    assert (found, len(wrong.splitlines())) == (code, 1)
    assert wrong.startswith(f"liangqu: {line}")


def test_no_broker_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text(f"[mqtt]\nport = {free_port()}\n", encoding="utf-8")
    code, _, wrong = run(tmp_path, "--for", "1s")
    assert code == 1
    assert wrong.startswith("liangqu: no broker at 127.0.0.1:")
