"""`check` says that all is well only if `run` would start, and names what others may read."""

import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from typer.testing import CliRunner

from ingest.mqtt.broker import Dialler, make_client
from liangqu.__main__ import app
from liangqu.config.factories import open_catalogue, open_store
from liangqu.config.settings import Settings, SettingsError, load
from liangqu.service.service import Service
from sensors.section import parse_size
from tests.support.scale import scaled
from tests.support.typed_command import EndOfCommand, type_command

DURATION = st.builds("{}{}".format, st.integers(0, 999_999), st.sampled_from("smhd"))
SIZE = st.one_of(
    st.integers(-1, 2**70),
    st.builds("{}{}".format, st.integers(0, 10**12), st.sampled_from(["", "k", "MB", "GB"])),
)
WORD = st.text(max_size=70)
KEYS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "mqtt": {
        "host": WORD, "port": st.integers(-1, 2**70), "protocol": st.sampled_from(["5", "3.1.1", "4"]),
        "client_id": WORD, "prefix": WORD, "max_payload": SIZE, "window": st.integers(-2, 2**70),
        "session_expiry": DURATION, "keepalive": DURATION, "username": WORD,
        "watchdog": st.sampled_from(["auto", "none", "5m", ""]),
    },
    "ingest": {
        "earliest": st.one_of(WORD, st.dates().map(str), st.datetimes().map("{}+14:00".format)),
        "max_ahead": DURATION,
    },
    "journal": {"limit": SIZE, "quarantine_limit": SIZE, "reserve": st.just("16MB")},
    "influxdb": {"timeout": DURATION, "database": WORD},
    "alerts": {"page_max_age": st.one_of(DURATION, st.just("none"))},
}  # fmt: skip


def _toml(values: dict[str, dict[str, Any]]) -> str:
    lines = []
    for section, table in values.items():
        lines.append(f"[{section}]")
        for key, value in table.items():
            shown = (
                value if isinstance(value, int) else '"' + "".join(f"\\U{ord(c):08X}" for c in value) + '"'
            )
            lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


ANY = st.fixed_dictionaries(
    {}, optional={s: st.fixed_dictionaries({}, optional=keys) for s, keys in KEYS.items()}
)


@settings(max_examples=scaled(600), deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY.map(_toml))
def test_what_is_taken_can_be_run(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "liangqu.toml").write_text(text, encoding="utf-8")
    try:
        taken = load(folder / "liangqu.toml", {"LIANGQU_HTTP__LISTEN": "127.0.0.1:0"})
    except SettingsError as error:
        named = [line.removeprefix(f"{folder / 'liangqu.toml'}: ").partition(": ")[0] for line in error.lines]
        keys = {f"{table}.{key}" for table, those in KEYS.items() for key in those}
        assert set(named) <= keys
        return
    use(taken)


def use(taken: Settings) -> None:
    """All that `run` makes of numbers and words before it listens."""
    assert datetime.now(UTC) + taken.bounds().max_ahead > datetime.min.replace(tzinfo=UTC)
    broker, expiry = taken.broker(), int(taken.session_expiry().total_seconds())
    client = make_client(broker, session_expiry=expiry, manual_ack=True)
    Dialler(client, broker, session_expiry=expiry, receive_maximum=taken.mqtt.window).aim()
    client._reset_sockets()
    taken.watchdog(timedelta(minutes=5))
    open_store(taken).close()
    for size in (taken.journal.limit, taken.journal.quarantine_limit, taken.journal.reserve):
        assert 0 < float(parse_size(size)) < 2**63
    assert all(len(f"{each}/air/+".encode()) < 65536 for each in taken.mqtt.served)


LEAST = """
[mqtt]
window = 1
max_payload = 1
session_expiry = "1s"
keepalive = "1s"
watchdog = "1s"
[ingest]
earliest = "1900-01-01"
max_ahead = "1s"
[journal]
limit = 1
quarantine_limit = 1
reserve = "16MB"
[alerts]
page_max_age = "1s"
"""
MOST = """
[mqtt]
window = 65535
max_payload = "256MB"
session_expiry = "10000d"
keepalive = "65535s"
watchdog = "10000d"
[ingest]
earliest = "2099-12-31T23:59:59-12:00"
max_ahead = "10000d"
[journal]
limit = "1000000GB"
quarantine_limit = "1000000GB"
reserve = "16MB"
[alerts]
page_max_age = "10000d"
"""


@pytest.mark.parametrize("text", [LEAST, MOST], ids=["least", "most"])
def test_at_the_limits_of_all_it_runs(text: str, tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text(text, encoding="utf-8")
    taken = load(
        tmp_path / "liangqu.toml", {"LIANGQU_HTTP__LISTEN": "127.0.0.1:0", "LIANGQU_MQTT__PORT": "1"}
    )
    use(taken)

    service = Service(taken, open_catalogue(taken))
    service.start()
    time.sleep(0.5)
    assert not service.failed
    service.stop()


def check(file: Path) -> EndOfCommand:
    return type_command("check", "-c", str(file))


SECRETS = '[mqtt]\nusername = "a"\npassword_file = "mqtt"\n[alerts]\nnotify_file = "notify.toml"\n'


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into; pytest's own are shut."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def deployed(open_folder: Path) -> Path:
    for name, text in {
        "liangqu.toml": SECRETS,
        "mqtt": "secret\n",
        "notify.toml": "",
        "journal.db": "",
    }.items():
        (open_folder / name).write_text(text, encoding="utf-8")
        (open_folder / name).chmod(0o600)
    return open_folder


@pytest.mark.parametrize(
    ("name", "mode", "key"),
    [
        pytest.param("mqtt", 0o644, "mqtt.password_file", id="a password that all may read"),
        pytest.param("mqtt", 0o640, "mqtt.password_file", id="that the group may read"),
        pytest.param("notify.toml", 0o604, "alerts.notify_file", id="addresses that others may read"),
        pytest.param("notify.toml", 0o620, "alerts.notify_file", id="that the group may write"),
        pytest.param("journal.db", 0o644, "journal.path", id="a journal from before"),
    ],
)
def test_a_secret_that_others_may_read_is_a_mistake(name: str, mode: int, key: str, deployed: Path) -> None:
    (deployed / name).chmod(mode)

    done = check(deployed / "liangqu.toml")

    assert done.returncode == 2
    file = deployed / name
    words = f"holds secrets that others may read (mode {mode:04o}); chmod go= {file}"
    assert done.stderr == f"liangqu: {key}: {file}: {words}\n"
    assert "all is well" not in done.stdout


def test_what_a_folder_keeps_from_others_is_no_mistake(deployed: Path) -> None:
    (deployed / "mqtt").chmod(0o644)
    deployed.chmod(0o700)

    assert check(deployed / "liangqu.toml").returncode == 0


def test_a_route_for_a_site_that_is_not_there_is_a_mistake(deployed: Path) -> None:
    (deployed / "notify.toml").write_text(
        '[[channel]]\nid = "hook"\nwebhook = "https://hook.example.org"\n'
        '[[route]]\nto = ["hook"]\nsites = ["taizichen"]\n',
        encoding="utf-8",
    )

    done = check(deployed / "liangqu.toml")

    assert done.returncode == 2
    words = 'notify_file: route 1: sites: no site, zone or river has the id "taizichen"'
    assert f"liangqu: {words}" in done.stderr


class TestWhichFile:
    @pytest.fixture(autouse=True)
    def here(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv("LIANGQU_CONFIG", raising=False)
        (tmp_path / "liangqu.toml").write_text('language = "en"\n', encoding="utf-8")
        (tmp_path / "other.toml").write_text('language = "en"\n', encoding="utf-8")

    @staticmethod
    def said(*words: str) -> str:
        return CliRunner().invoke(app, words).output

    def test_one_that_was_found_is_said_first(self) -> None:
        assert self.said("check").startswith("settings    liangqu.toml, found in this folder\n")

    def test_without_one_that_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "liangqu.toml").unlink()
        monkeypatch.setenv("LIANGQU_LANGUAGE", "en")

        assert self.said("check").startswith("settings    none, all defaults\n")

    def test_every_command_says_what_it_has_found(self) -> None:
        words = "settings: liangqu.toml, found in this folder\n"

        assert self.said("marks").startswith(words)
        assert self.said("quarantine", "list").count(words) == 1
        assert words not in self.said("-c", "liangqu.toml", "marks")

    def test_the_one_behind_the_command_is_read_and_says_the_language(self) -> None:
        Path("other.toml").write_text('language = "zh"\n', encoding="utf-8")

        assert self.said("-c", "liangqu.toml", "check", "-c", "other.toml").startswith(
            "配置        other.toml\n"
        )

    def test_one_that_lies_there_unread_is_a_warning(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("LIANGQU_CONFIG", "other.toml")

        said = self.said("check")

        assert said.startswith("settings    other.toml\n")
        assert "warning     liangqu.toml: lies in this folder and is not read: other.toml is\n" in said

    def test_in_chinese(self) -> None:
        Path("liangqu.toml").write_text('language = "zh"\n', encoding="utf-8")

        said = self.said("check")

        assert said.startswith("配置        liangqu.toml（当前目录中）\n消息服务器  127.0.0.1:1883，MQTT 5")
        assert said.endswith("\n一切正常\n")
        assert [line for line in said.splitlines() if cell_len(line) > 80 and ".db" not in line] == []


HOOK = '[[channel]]\nid = "hook"\nwebhook = "https://hook.example.org"\n'


@pytest.mark.parametrize(
    ("http", "words"),
    [
        pytest.param("", "http.public_url: people are notified, and no message has a link", id="no address"),
        pytest.param(
            'public_url = "http://localhost:9464"', "is this machine alone: no phone opens it", id="loopback"
        ),
        pytest.param(
            'public_url = "https://a.example.org"\nlisten = ""',
            "nothing listens that could answer",
            id="nobody",
        ),
        pytest.param('public_url = "https://a.example.org"', "", id="an address"),
        pytest.param('listen = ""\n[desk]\npublic_url = "https://d.example.org"', "", id="the desk's"),
        pytest.param(
            'public_url = "https://a.example.org"\n[desk]\npublic_url = "http://127.0.0.1:9465"',
            "desk.public_url: http://127.0.0.1:9465 is this machine alone",
            id="the desk's on loopback",
        ),
    ],
)
def test_that_no_link_can_be_opened_is_a_mistake(http: str, words: str, deployed: Path) -> None:
    (deployed / "notify.toml").write_text(HOOK, encoding="utf-8")
    (deployed / "liangqu.toml").write_text(f"{SECRETS}[http]\n{http}\n", encoding="utf-8")

    done = check(deployed / "liangqu.toml")

    assert done.returncode == (2 if words else 0), done.stderr
    assert len(done.stderr.splitlines()) == bool(words)
    assert words in done.stderr


@pytest.mark.parametrize(("last", "is_over"), [("2020-01-01", True), ("2100-01-01", False)])
def test_holidays_that_have_run_out_are_a_warning(last: str, deployed: Path, *, is_over: bool) -> None:
    (deployed / "days.csv").write_text(f"{last},off\n", encoding="utf-8")
    (deployed / "notify.toml").write_text('[duty]\nholidays = "days.csv"\n', encoding="utf-8")

    said = check(deployed / "liangqu.toml").stdout

    assert (f"duty: holidays: none after {last}" in said) == is_over


def test_secrets_of_their_owner_alone_are_no_warning(deployed: Path) -> None:
    done = check(deployed / "liangqu.toml")

    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stdout.splitlines() if line.startswith("warning")]
    assert done.stdout.splitlines()[-1] == "all is well"


@pytest.mark.parametrize(
    ("table", "path", "words"),
    [
        pytest.param(
            "[journal]", "mnt/a.db", "{}/mnt: there is no such folder; mkdir -p {}/mnt", id="journal"
        ),
        pytest.param("[sqlite]", "mnt/a.db", "{}/mnt: there is no such folder; mkdir -p {}/mnt", id="store"),
        pytest.param(
            "[journal]", "/proc/a.db", "/proc: nothing may be written there by this user", id="/proc"
        ),
        pytest.param("[journal]", "folder", "{}/folder: is a folder; name a file in it", id="a folder"),
        pytest.param("[journal]", "text", "{}/text: is no SQLite database", id="a text"),
        pytest.param("[journal]", "text/a.db", "{}/text: is no folder", id="below a file"),
        pytest.param("[journal]", "other.db", "{}/other.db: a SQLite file of another program", id="foreign"),
    ],
)
def test_where_nothing_can_be_kept_is_a_mistake(table: str, path: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").write_text("no database", encoding="utf-8")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    (tmp_path / "other.db").chmod(0o600)
    (tmp_path / "text").chmod(0o600)
    (tmp_path / "folder").chmod(0o700)
    (tmp_path / "liangqu.toml").write_text(f'{table}\npath = "{path}"\n', encoding="utf-8")

    done = check(tmp_path / "liangqu.toml")

    assert done.returncode == 2
    key = f"{table.strip('[]')}.path"
    assert done.stderr.startswith(f"liangqu: {key}: {words.replace('{}', str(tmp_path))}")
    assert len(done.stderr.splitlines()) == 1


def test_a_table_of_drinking_water_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    """`run` starts without it, `report` makes none; once it is there nothing is said."""
    settings, file = tmp_path / "liangqu.toml", tmp_path / "sources.csv"
    settings.write_text('[report]\ndrinking_water = "sources.csv"\n', encoding="utf-8")
    words = f"warning     report.drinking_water: {file}: there is no such file here"

    without = check(settings)
    file.write_text("name,pH\nNorth,7.8\n", encoding="utf-8")
    there = check(settings)

    assert (without.returncode, words in without.stdout) == (0, True), without.stdout
    assert (there.returncode, "report.drinking_water" in there.stdout) == (0, False), there.stdout


LINES = {
    "earliest": '[ingest]\nearliest = "0001-01-01"\n',
    "window -5": "[mqtt]\nwindow = -5\n",
    "window 0": "[mqtt]\nwindow = 0\n",
    "port 99999": "[mqtt]\nport = 99999\n",
    "port -1": "[mqtt]\nport = -1\n",
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_what_run_would_end_with_check_names(line: str, tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text(line, encoding="utf-8")

    done = check(tmp_path / "liangqu.toml")

    assert done.returncode == 2
    assert done.stderr.startswith(f"liangqu: {tmp_path / 'liangqu.toml'}: ")
    assert len(done.stderr.splitlines()) == 1
    assert "all is well" not in done.stdout


@pytest.mark.parametrize("content", [None, "", "no certificate"], ids=["missing", "empty", "none"])
@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
def test_a_certificate_that_cannot_be_read_is_a_warning_as_run_goes_on_trying(
    key: str, content: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "some.crt"
    if content is not None:
        file.write_text(content, "utf-8")
    settings_file = tmp_path / "liangqu.toml"
    settings_file.write_text(f'[mqtt]\n{key} = "{file}"\n', "utf-8")

    done = check(settings_file)

    assert done.returncode == 0, done.stderr
    assert f"warning     mqtt: {file}: " in done.stdout
