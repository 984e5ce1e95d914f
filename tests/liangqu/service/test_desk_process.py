import subprocess
import sys
import time
from pathlib import Path

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


def test_one_whose_service_is_killed_ends_by_itself(tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text(
        '[desk]\nlisten = "127.0.0.1:0"\nlogin = "none"\n', encoding="utf-8"
    )
    service = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from liangqu.service.desk_process import DeskProcess, desk_command\n"
        "process = DeskProcess(desk_command(Path(sys.argv[1])))\n"
        "process.step()\n"
        "print(process._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", service, str(tmp_path / "liangqu.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert "desk" in parent.stdout.readline()  # it listens
        parent.kill()
        parent.wait()
        until = time.monotonic() + 30
        while is_running(pid) and time.monotonic() < until:
            time.sleep(0.05)
        assert not is_running(pid)


def is_running(pid: int) -> bool:
    """Nor is it waited for by whoever has taken it over."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
