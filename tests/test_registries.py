"""A check, a channel, a store is one file and one row: tried on a copy of the code, in a new process."""

import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Copy:
    """The packages somewhere else, to be added to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors"):
            shutil.copytree(
                ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__", "boards")
            )

    def add(self, file: str, text: str) -> None:
        """One file more."""
        assert not (self.folder / file).exists()
        (self.folder / file).write_text(dedent(text), encoding="utf-8")

    def put_before(self, file: str, there: str, line: str) -> None:
        """One line more in a file, in front of what stands there once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(there) == 1
        path.write_text(text.replace(there, line + there), encoding="utf-8")

    def run(self, program: str, *words: str) -> str:
        """What a program prints that imports the copy."""
        done = subprocess.run(
            [sys.executable, *(["-c", dedent(program)] if program else []), *words],
            cwd=self.folder, env={"PYTHONPATH": str(self.folder), "PATH": ""}, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.mark.parametrize(
    ("signature", "kind", "validity"),
    [
        pytest.param("reading, parameter", "SingleCheck", "invalid", id="of each reading alone"),
        pytest.param("reading, thresholds, state", "NeighbourCheck", "suspect", id="with those before"),
        pytest.param("before, reading, after, thresholds", "MiddleCheck", "suspect", id="one reading late"),
    ],
)
def test_a_check_is_a_file_and_a_row(copy: Copy, signature: str, kind: str, validity: str) -> None:
    copy.add(
        "ingest/checks/unlucky.py",
        f'''
        """Unlucky: 13 is no value."""

        def fails({signature}):
            return reading.value == 13
        ''',
    )
    registry = "ingest/checks/registry.py"
    copy.put_before(registry, "from ingest.checks.state", "from ingest.checks import unlucky\n")
    copy.put_before(
        registry, ")\n\nCHECK_WORDS", f'    {kind}("unlucky", Name("不吉", "unlucky"), unlucky.fails),\n'
    )

    said = copy.run(
        """
        from datetime import datetime, timedelta, UTC
        from ingest.checks import CheckState, check_newest
        from liangqu.demo.words import DemoWords
        from sensors.catalogue import loader
        from sensors.model import Reading

        catalogue, state, hour = loader.load(), CheckState(), timedelta(hours=1)
        for number, value in enumerate((12.0, 13.0, 12.0)):
            time = datetime(2026, 1, 1, tzinfo=UTC) + number * hour
            reading = Reading("s", "pm25", "rtd", time, value, "N", time)
            for each in check_newest(reading, catalogue.parameters["pm25"], hour, state):
                if each is not None and each.failed:
                    print(each.reading.value, each.failed, each.validity)
        print(*(DemoWords(language, catalogue).check("unlucky", "N") for language in ("zh", "en")))
        """
    )

    assert said.splitlines() == [f"13.0 ('unlucky',) {validity}", "不吉 unlucky"]


def test_a_channel_is_a_file_and_a_row(copy: Copy) -> None:
    copy.add(
        "alerts/notify/channels/pigeon.py",
        '''
        """A pigeon."""

        from alerts.notify.channels import Channel


        def open_channel(address, row, timeout):
            print("opened", address, row.id, timeout)
            return Channel.__new__(type("Pigeon", (Channel,), {"send": print, "doubt": "hawks"}))
        ''',
    )
    copy.put_before(
        "alerts/notify/channels/registry.py", ")\n\nCHANNEL_KINDS",
        '    ChannelKind("pigeon", "pigeon", hosts=("loft.example.org",)),\n',
    )  # fmt: skip
    (copy.folder / "notify.toml").write_text(
        '[[channel]]\nid = "a"\npigeon = "https://coop.example.org/1"\n'
        '[[channel]]\nid = "b"\nwebhook = "https://loft.example.org/2"\ntimeout = "3s"\n'
        '[[channel]]\nid = "c"\nkind = "pigeon"\nurl = "https://coop.example.org/3"\n'
    )
    (copy.folder / "liangqu.toml").write_text('[alerts]\nnotify_file = "notify.toml"\n')

    said = copy.run("", "-m", "liangqu", "-c", "liangqu.toml", "check").splitlines()

    assert "opened https://coop.example.org/1 a 10.0" in said
    assert "opened https://loft.example.org/2 b 3.0" in said
    assert "opened https://coop.example.org/3 c 10.0" in said
    channels = " ".join(said).split("channels ")[1].split()
    assert channels[:6] == [
        "a", "(https://coop.example.org),", "b", "(https://loft.example.org),", "c", "(https://coop.example.org)",
    ]  # fmt: skip
    assert "warning     channel a (https://coop.example.org): hawks" in said

    (copy.folder / "notify.toml").write_text('[[channel]]\nid = "a"\npigeon = "north"\n')
    assert "channel a: pigeon: " in copy.run("", "-m", "liangqu", "-c", "liangqu.toml", "check")


def test_a_store_is_a_file_and_a_row(copy: Copy) -> None:
    copy.add(
        "ingest/stores/slate.py",
        '''
        """A slate: an SQLite file under another name, wiped by whoever likes."""

        from pathlib import Path

        from ingest.stores.base import StoreSection
        from ingest.stores.sqlite.store import SqliteStore


        class Slate(StoreSection, frozen=True):
            """What is set of it."""

            never_blank = ("wall",)
            paths = ("chalk", "password_file")

            wall: str = "north"
            chalk: str = "slate.db"
            password: str = ""
            password_file: str = ""

            @property
            def location(self):
                return f"{self.wall} wall, {self.chalk}"


        def open_store(section):
            print("opened with", section.password)
            return SqliteStore(Path(section.chalk))
        ''',
    )
    registry = "ingest/stores/registry.py"
    copy.put_before(registry, "\n\nclass StoreKind", "from ingest.stores.slate import Slate\n")
    copy.put_before(registry, "    )\n}", '        StoreKind("slate", Slate, "slate"),\n')
    settings = copy.folder / "liangqu.toml"
    settings.write_text('[store]\nkind = "slate"\n[slate]\nwall = "east"\npassword_file = "secret"\n')
    (copy.folder / "secret").write_text("hush\n")

    said = copy.run("", "-m", "liangqu", "-c", "liangqu.toml", "check")
    assert f"store       slate, east wall, {copy.folder}/slate.db" in said.splitlines()

    rows = "site,parameter,time,value\nyanchang,pm25,2026-01-01T00:00:00Z,12\n"
    (copy.folder / "rows.csv").write_text(rows)
    said = copy.run("", "-m", "liangqu", "-c", "liangqu.toml", "import", "rows.csv")
    assert "opened with hush" in said
    assert "1 stored" in said
    assert (copy.folder / "slate.db").exists()

    settings.write_text('[store]\nkind = "slate"\n[slate]\nwall = ""\n')
    assert "wall: must not be blank" in copy.run("", "-m", "liangqu", "-c", "liangqu.toml", "check")
