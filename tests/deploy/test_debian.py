"""The guide's chapter on Debian without containers, typed as printed on a machine of its own."""

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from liangqu.backup.manifest import read_manifest
from sensors.calendar import SHANGHAI
from tests.deploy.debian import Debian
from tests.deploy.guide import typed_on_debian
from tests.support import scale
from tests.support.paths import ROOT
from tests.support.servers import wait_until

CHAPTER = (ROOT / "docs" / "guide.md").read_text("utf-8").split("\n## 9. ")[1].split("\n## ")[0]
LINES = typed_on_debian(9)
BUNDLE = next(index for index, line in enumerate(LINES) if "bundle" in line)
UNITS = [*(ROOT / "deploy").glob("liangqu*.service"), ROOT / "deploy" / "liangqu-secrets.conf"]


class TestWhatTheChapterInstalls:
    """In CI; the whole chapter is typed by `./do prove`."""

    def test_every_file_that_is_named_is_there_or_made(self) -> None:
        made = (ROOT / "deploy" / "make-secrets.sh").read_text("utf-8")
        for word in re.findall(r"\bdeploy/[\w./-]+", CHAPTER):
            file = ROOT / word.rstrip(".")
            is_made = "/secrets" in word and (
                file.name in made or file.name in {"secrets", "passwords", "server.key"}
            )
            assert file.exists() or is_made or "mqtt_" in word, word

    def test_every_secret_that_a_unit_is_given_is_put_there(self) -> None:
        put = {
            word.rpartition("/")[2] for word in " ".join(LINES).split() if word.startswith("deploy/secrets/")
        }
        for unit in UNITS:
            for source in re.findall(
                r"^LoadCredential=\w+:/etc/liangqu/secrets/(\w+)$", unit.read_text("utf-8"), re.MULTILINE
            ):
                assert source in put or f"/etc/liangqu/secrets/{source}" in CHAPTER, (unit.name, source)

    def test_settings_and_units_name_the_same_secrets_and_places(self) -> None:
        """The command line reads root's file, the service its copy."""
        settings = (ROOT / "deploy" / "debian.toml").read_text("utf-8")
        conf = (ROOT / "deploy" / "liangqu-secrets.conf").read_text("utf-8")
        for file in re.findall(r'^password_file = "(.*)"$', settings, re.MULTILINE):
            assert f":{file}\n" in conf
        assert 'path = "/var/lib/liangqu/journal.db"' in settings

    def test_every_unit_is_installed(self) -> None:
        for unit in (ROOT / "deploy").glob("liangqu*.[st]*"):
            if unit.suffix in {".service", ".timer"}:
                assert f"deploy/{unit.name}" in CHAPTER, unit.name


WAITING = (
    "import sqlite3; print(sqlite3.connect('/var/lib/liangqu/journal.db')"
    ".execute('SELECT (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM outgoing)').fetchone()[0])"
)
LOGGER = "a-logger --mn LOGGER01 --medium air --zone city --cycle 1h --zh 数采仪 --en Logger"
POLLUTED = """
import datetime, json, sys
from paho.mqtt import publish
time = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
body = json.dumps({"time": time, "values": {"codmn": 40}})
account = {"username": "houcheng", "password": sys.argv[1]}
publish.single("liangqu/water/houcheng", body, qos=1, client_id="houcheng", auth=account)
"""
PASSWORD = "grape ladder 93 north"
ALSO = "--also /etc/liangqu/secrets --also /etc/mosquitto --also deploy/secrets"


def is_online(line: str) -> bool:
    return "apt-get" in line or "pip install" in line


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Debian]:
    """Its own systemd, and Grafana's folder and unit, whose packages come from Grafana."""
    debian = Debian(tmp_path_factory.mktemp("debian")).install()
    try:
        debian.boot()
        debian.typed("mkdir -p /etc/grafana/provisioning")
        stub = "[Service]\\nExecStart=/bin/sleep 1d\\n"
        debian.typed(f"printf '{stub}' >/etc/systemd/system/grafana-server.service")
        yield debian
    finally:
        debian.end()
        shutil.rmtree(debian.root)


def is_ready(machine: Debian) -> bool:
    ask = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9464/readyz')"
    return machine.run(f'python3 -c "{ask}"').returncode == 0


def back_up(machine: Debian, name: str) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Rows of the journal and values of the store, as this backup of all has counted them."""
    machine.typed(f"sudo liangqu backup /var/backups/{name} {ALSO}")
    made = read_manifest(machine.root / "var" / "backups" / name)
    return made.journal, made.store


def type_the_readme(machine: Debian) -> None:
    """Its way without settings: in any folder, with a broker as Debian has it."""
    block = (
        (ROOT / "README.md")
        .read_text("utf-8")
        .split("\n## Run it for real\n\n```sh\n")[1]
        .partition("```")[0]
    )
    for line in block.splitlines():
        machine.typed(line, online=is_online(line))
    machine.typed("cd /tmp && liangqu check")
    said = machine.run("cd /tmp && timeout --signal=INT 10 liangqu run")
    assert '"started"' in said.stdout + said.stderr
    assert (machine.run("ls /tmp/journal.db /tmp/liangqu.db")).returncode == 0


def type_the_chapter(machine: Debian) -> None:
    for line in LINES[:BUNDLE]:
        machine.typed(line, online=is_online(line))
    wait_until(lambda: is_ready(machine))


def let_stations_send(machine: Debian) -> None:
    simulate = "LIANGQU_MQTT__USERNAME=simulate LIANGQU_MQTT__PASSWORD_FILE=/src/deploy/secrets/mqtt_simulate"
    machine.typed(
        f"sudo {simulate} timeout --signal=INT 30 liangqu simulate --speed 100000 --since 6h || true"
    )
    wait_until(lambda: machine.typed(f'python3 -c "{WAITING}"') == "0\n")


def visit_the_desk(machine: Debian) -> None:
    """As the administrator whom the chapter has made: acknowledges, adds a station, makes a report."""
    (secret,) = re.findall(r"\b[0-9a-f]{32}\b", machine.typed("sudo liangqu station rotate houcheng"))
    machine.typed(f"/opt/liangqu/bin/python -c {shlex.quote(POLLUTED)} {secret}")
    (link,) = re.findall(r"http://\S+", machine.typed("sudo liangqu desk user password wang"))
    words = shlex.join(
        [link, "wang", PASSWORD, "后城", "on the way", "new-station", f"{datetime.now(SHANGHAI):%Y-%m}"]
    )
    assert int(machine.typed(f"python3 tests/deploy/desk_visitor.py {words}")) >= 1
    wait_until(lambda: '"wang"' in machine.typed("sudo liangqu alerts list --json"))
    assert "new-station" in machine.typed("sudo liangqu station list")
    account = machine.typed("stat -c %U:%u /proc/$(systemctl show -P MainPID liangqu)").partition(":")[2]
    state = machine.root / "var/lib/private/liangqu"
    kept = [state / "users.toml", state / "my-sites.toml", *(state / "reports").rglob("*")]
    assert {f"{each.stat().st_uid}\n" for each in kept} == {account}
    assert ",wang,desk,report_made," in machine.typed("sudo liangqu audit --csv")


def lose_everything(machine: Debian) -> None:
    """As a new machine is, with packages and program alone."""
    machine.typed("systemctl stop liangqu liangqu-desk liangqu-gateway influxdb mosquitto")
    machine.typed("rm -rf /var/lib/private/liangqu /var/lib/liangqu /etc/liangqu deploy/secrets")
    machine.typed("rm -rf /var/lib/influxdb/* /etc/default/influxdb")
    machine.typed("cd /etc/mosquitto && rm -rf passwords access.acl conf.d/* certs/*")
    machine.typed("systemctl start influxdb")


def let_loggers_and_services_in(machine: Debian) -> None:
    """Chapter 6: the gateway by hand, then the door for services on other machines."""
    gateway, *remote = typed_on_debian(6)
    said = machine.run(f"timeout --signal=INT 10 {gateway}")
    assert all(word in said.stderr for word in ("listening", "9212", "gateway stopped"))
    for line in remote:
        machine.typed(line)
    machine.typed("systemctl start liangqu-gateway")
    assert ":22B4 " in machine.typed("grep ' 0A ' /proc/net/tcp /proc/net/tcp6")  # 8884, listening
    machine.typed("sudo liangqu check --connect")


def give_the_people_to_the_desk(machine: Debian) -> None:
    """Chapter 11: its own file of people."""
    (install,) = typed_on_debian(11)
    machine.typed(install)
    settings = machine.root / "etc" / "liangqu" / "liangqu.toml"
    people = '[alerts]\nnotify_file = "/var/lib/liangqu/notify.toml"\n'
    settings.write_text(settings.read_text("utf-8") + people, encoding="utf-8")
    machine.typed("systemctl restart liangqu liangqu-desk")
    wait_until(lambda: is_ready(machine))
    assert "wang-mail" in machine.typed("sudo liangqu settings")


if scale.FULL:

    @pytest.mark.heavy
    @pytest.mark.timeout(1800)
    def test_the_chapter_typed_as_printed(machine: Debian) -> None:
        """Then data arrive, loggers may come, a backup is made by its unit, all is lost and restored."""
        type_the_readme(machine)
        type_the_chapter(machine)
        machine.typed("echo 'LOGGER01 secret-of-it' >/etc/liangqu/secrets/gateway_passwords")
        machine.typed(f"sudo liangqu station add {LOGGER}")
        machine.typed("sudo systemctl enable --now liangqu-gateway")
        visit_the_desk(machine)  # after usual values it would be a jump, and suspect
        let_stations_send(machine)
        assert machine.typed("stat -c %u /proc/$(systemctl show -P MainPID liangqu)") != "0\n"
        for unit in ("liangqu", "liangqu-desk", "liangqu-gateway", "mosquitto", "influxdb", "grafana-server"):
            assert machine.typed(f"systemctl is-active {unit}").strip() == "active"
        machine.typed("sudo liangqu check --connect")
        assert "reader" in machine.typed("cat /etc/grafana/provisioning/datasources/liangqu.yaml")

        machine.typed("sudo systemctl start liangqu-backup")
        machine.typed("sudo systemctl stop liangqu liangqu-desk")
        before = back_up(machine, "monday")
        assert sum(before[1].values()) > 200
        backup, verify, restore, *accounts = typed_on_debian(5)
        machine.typed(backup)
        machine.typed(verify)
        lose_everything(machine)
        machine.typed(restore)
        assert back_up(machine, "tuesday") == before
        for line in accounts:
            machine.typed(line)
        assert "new-station" in machine.typed("sudo liangqu station list")
        assert "wang" in machine.typed("sudo liangqu desk user list")
        machine.typed("systemctl start liangqu liangqu-desk")
        wait_until(lambda: is_ready(machine))
        let_stations_send(machine)  # with the passwords of before
        machine.typed("for each in /var/backups/liangqu/*; do sudo liangqu verify $each || exit 1; done")
        assert Path(machine.root / "etc/liangqu/secrets").stat().st_mode & 0o777 == 0o700
        assert Path(machine.root / "etc/liangqu/secrets/mqtt_liangqu").stat().st_mode & 0o777 == 0o600
        let_loggers_and_services_in(machine)
        give_the_people_to_the_desk(machine)
