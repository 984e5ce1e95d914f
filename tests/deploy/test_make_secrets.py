"""deploy/make-secrets.sh: nothing is half done after a first run that fails, and a second completes it."""

import os
import shutil
import ssl
import stat
import subprocess
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.deploy.deployment import ComposeBroker, DeploymentClient, password, run
from tests.support.paths import ROOT
from tests.support.scale import FULL
from tests.support.servers import SEARCHED

USERS = ("liangqu", "simulate", "duty", "gateway")
BROKEN = """\
#!/bin/sh
# Stands before the real program: writes down its words, and its call number $FAILS_AT fails as told.
echo "$0 $*" >>"$CALLS"
if [ "$(wc -l <"$CALLS")" -eq "${FAILS_AT:-0}" ]; then
    if [ "$HOW" = killed ]; then kill -9 "$PPID"; fi
    echo "no more" >&2
    exit 1
fi
exec "$(PATH="$REST" command -v "$(basename "$0")")" "$@"
"""


class Folder:
    """A fresh checkout's deploy/, with the programs that the script calls under watch."""

    def __init__(self, folder: Path) -> None:
        self.top = folder / "top"
        shutil.copytree(ROOT / "deploy", self.top / "deploy", ignore=shutil.ignore_patterns("secrets"))
        shutil.copyfile(ROOT / "docker-compose.yml", self.top / "docker-compose.yml")
        self.secrets = self.top / "deploy" / "secrets"
        self.calls = folder / "calls"
        self._programs = folder / "programs"
        self._programs.mkdir()
        for name in ("openssl", "mosquitto_passwd", "mv"):
            (self._programs / name).write_text(BROKEN, encoding="utf-8")
            (self._programs / name).chmod(0o755)

    def make(self, *hosts: str, fails_at: int = 0, how: str = "") -> subprocess.CompletedProcess[str]:
        self.calls.write_text("", encoding="utf-8")
        return run(
            "make-secrets.sh", *hosts, cwd=self.top, CALLS=str(self.calls), FAILS_AT=str(fails_at), HOW=how,
            REST=SEARCHED, PATH=f"{self._programs}{os.pathsep}{SEARCHED}",
        )  # fmt: skip

    def content(self) -> dict[str, bytes]:
        return {
            str(file.relative_to(self.secrets)): file.read_bytes()
            for file in self.secrets.rglob("*")
            if file.is_file()
        }

    def assert_whole(self) -> None:
        found = self.content()
        assert not [name for name in found if Path(name).name.startswith(".")]
        hashed = dict(line.split(":") for line in found["mosquitto/passwords"].decode().splitlines())
        assert set(hashed) >= set(USERS)
        assert all(value.startswith("$7$") for value in hashed.values())
        for name in ("ca.key", "ca.crt", "mosquitto/server.key", "mosquitto/server.crt", "grafana.env"):
            assert found[name], name
        assert (
            found["grafana.env"].decode()
            == f"INFLUXDB_PASSWORD={found['influxdb_reader_password'].decode()}\n"
        )
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)  # says whether certificate and key belong together
        tls.load_cert_chain(
            self.secrets / "mosquitto" / "server.crt", self.secrets / "mosquitto" / "server.key"
        )


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def steps(folder: Folder) -> Iterator[int]:
    """Every call of a program in a first run, by its number."""
    assert folder.make().returncode == 0
    yield from range(1, len(folder.calls.read_text("utf-8").splitlines()) + 1)


@pytest.mark.heavy
@pytest.mark.parametrize(("how", "first_step"), [("fails", 0), ("killed", 1)])
def test_after_a_first_run_that_ends_at_any_step_a_second_completes_it(
    how: str, first_step: int, tmp_path: Path
) -> None:
    """Each call of openssl, mosquitto_passwd and mv fails or takes the script along; in `./do prove` both."""
    (tmp_path / "count").mkdir()
    tried = 0
    every = 1 if FULL else 2
    for step in islice(steps(Folder(tmp_path / "count")), 0 if FULL else first_step, None, every):
        (tmp_path / str(step)).mkdir()
        folder = Folder(tmp_path / str(step))

        first = folder.make(fails_at=step, how=how)

        assert first.returncode != 0, step
        after_first = folder.content()
        clear = [value.decode() for name, value in after_first.items() if name.startswith("mqtt_")]
        for secret in clear:
            assert secret not in after_first["mosquitto/passwords"].decode()
        assert "mosquitto/passwords" not in after_first or b"$7$" in after_first["mosquitto/passwords"]
        if how == "fails":
            assert not [name for name in after_first if Path(name).name.startswith(".")]
        assert folder.make().returncode == 0, step
        folder.assert_whole()
        kept = {name: value for name, value in after_first.items() if "/" not in name and name[0] != "."}
        assert {name: folder.content()[name] for name in kept} == kept
        tried += 1
    assert tried > 20 // every


def test_a_broker_whose_accounts_an_earlier_version_left_in_clear_is_healed(folder: Folder) -> None:
    """As build 3b4a1c3 did when mosquitto_passwd was missing: the broker then dropped all accounts."""
    assert folder.make().returncode == 0
    passwords = folder.secrets / "mosquitto" / "passwords"
    station = "my-station:$7$101$c2FsdA==$aGFzaA==\n"
    passwords.write_text(
        station + "".join(f"{user}:{password(folder.top, user)}\n" for user in USERS[:3]), encoding="utf-8"
    )

    assert folder.make().returncode == 0

    folder.assert_whole()
    assert station in passwords.read_text("utf-8")


def test_no_secret_is_a_word_of_a_command(folder: Folder) -> None:
    """`ps` shows every user the words of every command."""
    assert folder.make().returncode == 0

    calls = folder.calls.read_text("utf-8")
    secrets = [value.decode().strip() for name, value in folder.content().items() if len(value) == 32]
    assert len(secrets) == 9
    assert "mosquitto_passwd" in calls
    assert [secret for secret in secrets if secret in calls] == []


def test_only_the_folders_owner_gets_at_them_and_each_container_at_its_own(folder: Folder) -> None:
    assert folder.make().returncode == 0

    modes = {
        name: stat.S_IMODE((folder.secrets / name).stat().st_mode) for name in (".", "mosquitto", "ca.key")
    }
    assert modes == {".": 0o700, "mosquitto": 0o755, "ca.key": 0o600}
    for name in folder.content():
        if name != "ca.key":
            assert stat.S_IMODE((folder.secrets / name).stat().st_mode) == 0o644, name


@pytest.mark.parametrize(
    ("host", "named"),
    [
        pytest.param("192.0.2.5", "IP Address:192.0.2.5", id="IPv4"),
        pytest.param("2001:db8::5", "IP Address:2001:DB8:0:0:0:0:0:5", id="IPv6"),
        pytest.param("1:2:3:4:5:6:7:8", "IP Address:1:2:3:4:5:6:7:8", id="IPv6 in full"),
        pytest.param("::ffff:192.0.2.5", "IP Address:0:0:0:0:0:FFFF:C000:205", id="IPv4 in IPv6"),
        pytest.param("monitor.example.org", "DNS:monitor.example.org", id="name"),
        pytest.param("10-0-0-1.example", "DNS:10-0-0-1.example", id="a name of digits"),
        pytest.param("liangqu", "DNS:liangqu", id="short name"),
        pytest.param(
            f"{'a' * 60}.{'b' * 60}.example", f"DNS:{'a' * 60}.{'b' * 60}.example", id="a long name"
        ),
    ],
)
def test_the_certificate_is_for_the_address_that_is_given(host: str, named: str, folder: Folder) -> None:
    made = folder.make(host, "other.example")

    assert made.returncode == 0, made.stderr
    certificate = folder.secrets / "mosquitto" / "server.crt"
    said = subprocess.run(
        ["openssl", "x509", "-in", certificate, "-noout", "-ext", "subjectAltName"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = said.splitlines()[1].strip().split(", ")
    assert {named, "DNS:other.example", "DNS:localhost", "IP Address:127.0.0.1"} <= set(names)


NOT_HOSTS = [
    "a b", "a,DNS:b", "-subj", "a/b", "", "x;y", "::g", "*.example.org", "999.1.1.1", "1.2.3", "1.2.3.4.5",
    "1:2", "1::2::3", "1:2:3:4:5:6:7:8:9", "1:2:3:4::5:6:7:8", ":", "12345::",
]  # fmt: skip


@pytest.mark.parametrize("host", NOT_HOSTS)
def test_what_is_no_address_is_refused_before_anything_is_made(host: str, folder: Folder) -> None:
    made = folder.make(host)

    assert made.returncode == 2
    assert made.stderr == f"make-secrets: '{host}' is neither a host name nor an IP address\n"
    assert not folder.secrets.exists()


def test_a_certificate_for_another_address_is_not_called_this_ones(folder: Folder) -> None:
    assert folder.make("one.example").returncode == 0
    before = folder.content()

    again = folder.make("two.example")

    assert again.returncode == 1
    assert "certificate is not for two.example: rm deploy/secrets/mosquitto/server.*" in again.stderr
    assert folder.content() == before
    for file in (folder.secrets / "mosquitto").glob("server.*"):
        file.unlink()
    assert folder.make("two.example").returncode == 0
    assert folder.content()["ca.crt"] == before["ca.crt"]


def test_no_second_authority_is_made_when_the_key_of_the_first_lies_elsewhere(folder: Folder) -> None:
    assert folder.make().returncode == 0
    (folder.secrets / "ca.key").unlink()

    assert folder.make().returncode == 0  # nothing has to be signed
    (folder.secrets / "mosquitto" / "server.crt").unlink()
    again = folder.make()

    assert again.returncode == 1
    assert "deploy/secrets/ca.key is not there" in again.stderr
    assert not (folder.secrets / "ca.key").exists()


@pytest.mark.server
def test_the_broker_knows_every_account_after_a_first_run_that_failed(folder: Folder, tmp_path: Path) -> None:
    assert folder.make(fails_at=7, how="killed").returncode != 0
    assert folder.make().returncode == 0
    (tmp_path / "broker").mkdir()
    broker = ComposeBroker(folder.top, tmp_path / "broker").start()
    try:
        for user in USERS:
            client = DeploymentClient(broker.port, user, password(folder.top, user))
            assert client.welcome == "Success", user
            client.stop()
    finally:
        broker.kill()
