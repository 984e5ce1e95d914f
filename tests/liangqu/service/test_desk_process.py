import sys
import time

import pytest

from liangqu.service.desk_process import DeskEndedError, DeskProcess


def test_it_is_started_once_and_stopped() -> None:
    process = DeskProcess([sys.executable, "-c", "import time; time.sleep(60)"])
    assert [process.step(), process.step()] == [0, 0]
    begun = time.monotonic()
    process.stop()
    assert time.monotonic() - begun < 30


def test_one_that_ends_is_said_and_started_again() -> None:
    process = DeskProcess([sys.executable, "-c", "raise SystemExit(3)"])
    process.step()
    with pytest.raises(DeskEndedError, match="exit code 3"):
        while True:
            process.step()
            time.sleep(0.02)
    process.step()
    process.stop()


def test_one_that_does_not_listen_is_ended_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liangqu.service.desk_process.PATIENCE_S", 0.2)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    process = DeskProcess([sys.executable, "-c", deaf])
    process.step()
    time.sleep(0.5)
    process.stop()
