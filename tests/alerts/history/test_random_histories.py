"""The register after any history is that of the sorted stream, and whoever had to hear of it did."""

import random
import tempfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from sensors.catalogue import loader
from sensors.marks import What
from tests.support import rule_streams
from tests.support.pipeline_harness import SITES, PipelineHarness
from tests.support.random_histories import (
    NOTIFY,
    PATIENCE,
    READING,
    START,
    History,
    Sent,
    fresh,
    leave_mark,
    levels,
    recompute_all,
    rows,
)
from tests.support.scale import scaled


def agree(served: PipelineHarness, sent: list[Sent], folder: Path) -> None:
    """The register served is that of its values in a new store, and stays so when all is recomputed."""
    stored, own = served.folder / "liangqu.db", served.rules or ()
    with closing(fresh(stored, served.catalogue, own, sent, folder)) as other:
        wanted = rows(other.journal.connection())
    assert rows(served.journal.connection()) == wanted
    recompute_all(served, sent)
    served.restart()
    assert rows(served.journal.connection()) == wanted


@pytest.mark.heavy
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(scaled(200)))  # each four seconds of a processor, traced thirteen
def test_a_random_history_leaves_the_register_of_the_sorted_stream(seed: int, tmp_path: Path) -> None:
    history = History(tmp_path, seed)
    with closing(history.harness):
        history.play()

        assert rows(history.harness.journal.connection())
        agree(history.harness, history.past, tmp_path / "fresh")


VALUES = st.sampled_from([10.0, 21.0, 23.0, 26.0, 36.0, 46.0, 60.0])
PARTS = ("for_", "clear_for", "hold")


class Register(RuleBasedStateMachine):
    """Four rules on the PM2.5 of one site and its zone, and whatever may happen to its readings."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.folder = Path(self.directory.name)
        self.sent: list[Sent] = []
        self.held: list[Sent] = []
        self.hour = self.marks = 0

    @initialize(patience=st.lists(st.sampled_from(PATIENCE), min_size=9, max_size=9), below=st.booleans())
    def begin(self, patience: list[str], below: bool) -> None:
        of_pm25 = {"media": ("air",), "parameters": ("pm25",)}
        timing = [dict(zip(PARTS, patience[at : at + 3], strict=True)) for at in (0, 3, 6)]
        lowest = rule_streams.rule(id="low", direction="below", levels=levels(22, clear=24), **of_pm25)
        own = [
            rule_streams.rule(id="reading", levels=levels(*READING, clear=22), hold="1h", **of_pm25),
            rule_streams.rule(id="patient", levels=levels(25, 40), **of_pm25, **timing[0]),
            rule_streams.rule(id="hour", statistic="1h", levels=levels(22, 38), **of_pm25, **timing[1]),
            rule_streams.rule(id="day", statistic="24h", levels=levels(25, 30), **of_pm25, **timing[2]),
            *([lowest] if below else []),
        ]
        (self.folder / "sites.toml").write_text(SITES, encoding="utf-8")
        (self.folder / "service").mkdir()
        catalogue = loader.load([self.folder / "sites.toml"])
        self.harness = PipelineHarness(
            self.folder / "service", catalogue, own, notify=NOTIFY, age=timedelta(hours=6)
        )
        self.harness.now = START

    def send(self, sent: Sent) -> None:
        self.sent.append(sent)
        flags = dict.fromkeys(sent.values, sent.flag) if sent.flag != "N" else {}
        self.harness.send(sent.site, sent.time, sent.values, flags=flags)

    @rule(values=st.lists(VALUES, min_size=1, max_size=12), gap=st.sampled_from([1, 1, 1, 2, 5, 30]))
    def readings(self, values: list[float], gap: int) -> None:
        self.hour += gap - 1
        for number, value in enumerate(values):
            self.hour += 1
            time = START + timedelta(hours=self.hour)
            self.harness.now = max(self.harness.now, time)
            self.send(Sent("declared", time, {"pm25": value + number / 100}))  # never flat

    @rule(value=VALUES, flag=st.sampled_from("NM"))
    def reading_held_back(self, value: float, flag: str) -> None:
        self.hour += 1
        self.held.append(Sent("declared", START + timedelta(hours=self.hour), {"pm25": value}, flag))

    @precondition(lambda self: self.held)
    @rule(which=st.randoms(use_true_random=False))
    def late(self, which: random.Random) -> None:
        self.send(self.held.pop(which.randrange(len(self.held))))

    @precondition(lambda self: self.sent)
    @rule(which=st.randoms(use_true_random=False), value=VALUES)
    def revised(self, which: random.Random, value: float) -> None:
        self.send(Sent("declared", which.choice(self.sent).time, {"pm25": value}))

    @rule(back=st.integers(0, 60), hours=st.integers(1, 20), what=st.sampled_from(["invalid", "withdrawn"]))
    def mark(self, back: int, hours: int, what: What) -> None:
        start = START + timedelta(hours=max(0, self.hour - back), minutes=-30)
        self.marks += 1
        moment = self.harness.now + timedelta(milliseconds=self.marks)
        leave_mark(self.harness, "declared", "pm25", (start, start + timedelta(hours=hours)), what, moment)

    @rule()
    def worked(self) -> None:
        self.harness.work()

    @rule(times=st.integers(1, 4))
    def some_steps(self, times: int) -> None:
        self.harness.sender.step(self.harness.now)
        for _ in range(times):
            self.harness.recompute.step()
            self.harness.sender.step(self.harness.now)

    @rule()
    def killed(self) -> None:
        self.harness.restart()

    def teardown(self) -> None:
        if hasattr(self, "harness"):
            with closing(self.harness):
                self.harness.settle()
                agree(self.harness, self.sent, self.folder / "fresh")
        self.directory.cleanup()


TestRegister = pytest.mark.heavy(Register.TestCase)
TestRegister.settings = settings(max_examples=scaled(100), stateful_step_count=30, deadline=None)
