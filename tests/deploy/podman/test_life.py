"""docker-compose.yml in real containers: up, kills, an upgrade and the way back, and every reading is there.

With InfluxDB 1.x, which Debian has. Only in `./do prove`: it makes five images first.
"""

import json
import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.journal.database import schema
from tests.deploy.deployment import lay_out, station
from tests.deploy.podman.engine import HEALTHY_WITHIN_S, LASTING, PodmanEngine
from tests.support.paths import ROOT
from tests.support.servers import free_port, wait_until

pytestmark = [pytest.mark.prove, pytest.mark.heavy, pytest.mark.server, pytest.mark.timeout(2400)]
STATION = "wujinku"
PASSWORD = "grape ladder 93 north"
RUN = ("docker", "compose", "run", "--rm", "--no-deps", "-T", "liangqu")
NEWER = """\
FROM localhost/liangqu:0.1.0
USER root
RUN cd /opt/liangqu/lib/python3.*/site-packages/ingest/journal/database/migrations \\
    && echo 'CREATE TABLE newer (n INTEGER) STRICT' >9999_newer.sql
USER liangqu
"""
"""A build whose journal has a version more."""


class StationSender:
    """A station: one connection over TLS, QoS 1; what was not acknowledged is sent again.

    Attributes:
        acknowledged: Messages that the broker has accepted.
    """

    def __init__(self, port: int, secret: str, ca: Path, begin: datetime, name: str = STATION) -> None:
        self._name = name
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=mqtt.MQTTv311, clean_session=False
        )
        self._client.username_pw_set(name, secret)
        self._client.tls_set(str(ca))
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._count
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._next = begin
        self._sent = self.acknowledged = 0

    def _count(self, *_: object) -> None:
        self.acknowledged += 1

    def send(self, count: int, rate: float = 200) -> None:
        """So many readings, each of its own second; returns when the broker has acknowledged them."""
        for _ in range(count):
            self._next += timedelta(seconds=1)
            body = {"time": self._next.isoformat(), "values": {"pm25": 12}}
            self._client.publish(f"liangqu/air/{self._name}", json.dumps(body), qos=1)
            self._sent += 1
            time.sleep(1 / rate)
        until = time.monotonic() + HEALTHY_WITHIN_S
        while self.acknowledged < self._sent:
            assert time.monotonic() < until, f"{self.acknowledged} of {self._sent} acknowledged"
            time.sleep(0.1)

    def publish(self, medium: str, values: dict[str, float]) -> None:
        """A reading of now; returns when the broker has acknowledged it."""
        body = {"time": datetime.now(UTC).isoformat(), "values": values}
        self._client.publish(f"liangqu/{medium}/{self._name}", json.dumps(body), qos=1).wait_for_publish(60)

    @contextmanager
    def sending(self, count: int) -> Iterator[None]:
        """It sends meanwhile, a hundred a second; the end waits for the last acknowledgement."""
        thread = threading.Thread(target=self.send, args=(count, 100))
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


class Life:
    """The deployment that runs, and its one station."""

    def __init__(self, folder: Path, engine: PodmanEngine) -> None:
        self.top = lay_out(folder / "top")
        self.secret = station(self.top, STATION)
        now = datetime.now(UTC).replace(microsecond=0)
        self.begins = (now - timedelta(hours=hours) for hours in range(12, 0, -2))
        self.port, pages = free_port(), free_port()
        self.settings = {
            "COMPOSE_FILE": "docker-compose.yml:compose.influxdb1.yml", "LIANGQU_VERSION": "0.1.0",
            "MQTT_TLS_PORT": str(self.port), "PAGES_PORT": str(pages), "GRAFANA_PORT": str(free_port()),
            "DESK_PORT": str(free_port()),
        }  # fmt: skip
        self.engine = engine.at(self.top)
        self.write_env()

    def write_env(self, **changed: str) -> None:
        """The file .env."""
        self.settings |= changed
        lines = [f"{name}={value}\n" for name, value in self.settings.items()]
        (self.top / ".env").write_text("".join(lines), encoding="utf-8")

    def compose(self, *words: str) -> str:
        """`docker compose …`; it must succeed."""
        return self.engine.run("docker", "compose", *words)

    def up(self) -> None:
        """As the guide starts it."""
        self.compose("up", "-d")
        self.engine.wait_until_healthy()

    def stored(self, site: str = STATION) -> int:
        """Readings of a station that the database holds, asked as its administrator."""
        admin = (self.top / "deploy" / "secrets" / "influxdb_admin_password").read_text("utf-8")
        query = f"SELECT COUNT(pm25) FROM air WHERE site = '{site}' AND kind = 'rtd'"
        said = self.engine.run(
            "podman", "exec", "liangqu_influxdb_1", "influx", "-username", "admin", "-password", admin,
            "-database", "liangqu", "-format", "csv", "-execute", query,
        )  # fmt: skip
        return int(said.split(",")[-1]) if said.strip() else 0

    def wait_until_stored(self, count: int, site: str = STATION) -> None:
        """Exactly so many, none twice under another time."""
        until = time.monotonic() + 120
        while (stored := self.stored(site)) < count and time.monotonic() < until:
            time.sleep(1)
        assert stored == count


@pytest.fixture(scope="module")
def life(engine: PodmanEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Up, for all tests of this module, which leave it up."""
    made = Life(tmp_path_factory.mktemp("life"), engine)
    try:
        made.up()
        yield made
    finally:
        made.engine.clear()


@pytest.fixture
def sender(life: Life) -> Iterator[StationSender]:
    ca = life.top / "deploy" / "secrets" / "ca.crt"
    made = StationSender(life.port, life.secret, ca, next(life.begins))
    yield made
    made.stop()


def test_what_is_published_listens_on_this_machine_only(life: Life) -> None:
    published = {service: life.engine.run("podman", "port", f"liangqu_{service}_1") for service in LASTING}

    assert {service: re.findall("-> (.*):", said) for service, said in published.items()} == {
        **{service: ["127.0.0.1"] for service in LASTING}, "influxdb": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("service", "user"),
    [("mosquitto", "1883"), ("liangqu", "10001"), ("desk", "10001"), ("grafana", "472")],
)
def test_each_is_its_own_user_and_has_no_capability(service: str, user: str, life: Life) -> None:
    status = life.engine.run("podman", "exec", f"liangqu_{service}_1", "cat", "/proc/1/status")
    fields = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)

    assert fields["Uid"].split() == [user] * 4
    assert (int(fields["CapEff"], 16), fields["NoNewPrivs"]) == (0, "1")


@pytest.mark.parametrize(
    ("service", "state"),
    [("mosquitto", "/mosquitto/data"), ("liangqu", "/var/lib/liangqu"), ("desk", "/var/lib/liangqu")],
)
def test_only_its_state_can_be_written(service: str, state: str, life: Life) -> None:
    def touch(folder: str) -> int:
        words = ("podman", "exec", f"liangqu_{service}_1", "touch", f"{folder}/.tried")
        return life.engine.try_run(*words).returncode

    assert touch(state) == 0
    assert [
        folder for folder in ("", "/etc", "/usr", "/run/secrets", "/etc/liangqu") if touch(folder) == 0
    ] == []


def test_the_broker_starts_without_a_complaint_and_names_a_refused_station(life: Life) -> None:
    before = life.engine.logs("mosquitto")
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="x", reconnect_on_failure=False)
    stranger.username_pw_set("nobody", "wrong")
    stranger.tls_set(str(life.top / "deploy" / "secrets" / "ca.crt"))
    stranger.connect("127.0.0.1", life.port)
    stranger.loop_start()

    wait_until(lambda: "not authorised" in life.engine.logs("mosquitto"))
    stranger.loop_stop()
    assert [
        line for line in before.splitlines() if "chown" in line or "arning" in line or "rror" in line
    ] == []


def test_an_event_is_acknowledged_at_the_desk(life: Life, sender: StationSender) -> None:
    """By the administrator whose link the guide's command prints; the service takes it from the journal."""
    invited = life.engine.run(*RUN[:-1], "desk", "desk", "user", "add", "wang", "--roles", "admin")
    path = re.findall(r"http://[^/]+(/\S+)", invited)[0]
    sender.send(20)
    secret, ca = station(life.top, "houcheng"), life.top / "deploy" / "secrets" / "ca.crt"
    life.compose("kill", "--signal", "HUP", "mosquitto")
    polluted = StationSender(life.port, secret, ca, datetime.now(UTC), name="houcheng")
    polluted.publish("water", {"codmn": 40})
    polluted.stop()

    link = f"http://127.0.0.1:{life.settings['DESK_PORT']}{path}"
    words = (link, "wang", PASSWORD, "五金库", "on the way")
    assert int(life.engine.run(sys.executable, str(ROOT / "tests/deploy/desk_visitor.py"), *words)) >= 1

    inside = ("exec", "-T", "liangqu", "liangqu", "alerts", "list", "--json")
    wait_until(lambda: '"wang"' in life.compose(*inside))
    assert "wang" in life.compose("exec", "-T", "liangqu", "liangqu", "desk", "user", "list")
    assert "user_add" in life.compose("exec", "-T", "liangqu", "liangqu", "audit", "--csv")


def test_nothing_is_lost_through_kills_an_upgrade_and_the_way_back(life: Life, sender: StationSender) -> None:
    start = life.stored()
    sender.send(200)
    for service in ("liangqu", "desk", "influxdb", "grafana", "mosquitto"):
        with sender.sending(400):
            life.engine.kill(service)
        life.engine.wait_until_healthy()
        life.wait_until_stored(start + sender.acknowledged)

    make_newer_image(life)
    life.write_env(LIANGQU_VERSION="0.1.1")
    with sender.sending(1500):
        life.up()
    life.wait_until_stored(start + sender.acknowledged)
    assert f"journal.db.version-{schema.VERSION}\n" in life.compose("exec", "-T", "liangqu", "ls")

    with sender.sending(1500):
        life.compose("stop", "liangqu")
        still = life.engine.try_run("sh", "deploy/go-back.sh", "compose")
        assert "the desk has the journal open" in still.stderr
        life.compose("stop", "desk")
        life.write_env(LIANGQU_VERSION="0.1.0")
        refused = life.engine.try_run(*RUN, "alerts", "list")
        said = f"/var/lib/liangqu/journal.db：结构版本为 {schema.VERSION + 1}，本程序只到 {schema.VERSION}"
        assert said in refused.stderr  # in the language of the settings
        assert "journal.db is the one of version" in life.engine.run("sh", "deploy/go-back.sh", "compose")
        life.up()
    life.wait_until_stored(start + sender.acknowledged)
    day = datetime.now(UTC).date()
    span = ("--from", str(day - timedelta(days=1)), "--to", str(day))
    life.compose("exec", "-T", "liangqu", "liangqu", "recompute", "--site", STATION, *span)


def make_newer_image(life: Life) -> None:
    recipe = life.top / "Newer"
    recipe.write_text(NEWER, encoding="utf-8")
    words = ("podman", "build", "-t", "localhost/liangqu:0.1.1", "-f", str(recipe), str(life.top / "deploy"))
    life.engine.run(*words)


@pytest.mark.parametrize("secret", ["mqtt_liangqu", "influxdb_password"])
def test_a_new_secret_of_the_service_is_used_at_once(secret: str, life: Life, sender: StationSender) -> None:
    start = life.stored()

    life.engine.run("sh", "deploy/rotate-secret.sh", secret)
    life.engine.wait_until_healthy("liangqu")
    sender.send(50)

    life.wait_until_stored(start + 50)


def test_a_backup_brings_everything_back_on_empty_volumes(life: Life, sender: StationSender) -> None:
    """As chapter 5 of the guide has it with Docker."""
    sender.send(50)
    held = life.stored()
    assert held >= sender.acknowledged
    backups = life.top / "backups"
    backups.mkdir(mode=0o700)
    os.chown(backups, 10001, -1)
    tool = (*RUN[:-1], "-v", f"{backups}:/backups", "liangqu")

    life.engine.run(*tool, "backup", "--into", "/backups", "--keep", "14")
    (made,) = backups.iterdir()
    life.engine.run(*tool, "verify", f"/backups/{made.name}")
    life.compose("down", "--volumes")
    life.compose("up", "-d", "influxdb")
    life.engine.wait_until_healthy("influxdb")
    life.engine.run(*tool, "restore", f"/backups/{made.name}", "-c", "/etc/liangqu/liangqu.toml")
    life.up()

    assert life.stored() == held


def test_a_station_is_added_by_command_to_what_runs(life: Life) -> None:
    """As chapter 2 of the guide has it with Docker."""
    settings = life.top / "deploy" / "settings" / "liangqu.toml"
    extra = '[catalogue]\nextra = ["my-sites.toml"]\n'
    settings.write_text(settings.read_text("utf-8") + extra, encoding="utf-8")
    life.compose("restart", "liangqu")
    life.engine.wait_until_healthy("liangqu")

    words = ("--medium", "air", "--zh", "我的站", "--en", "My station", "--zone", "city")
    said = life.engine.run("sh", "deploy/station.sh", "add", "my-station", *words)

    (secret,) = re.findall(r"\b[0-9a-f]{32}\b", said)
    ca = life.top / "deploy" / "secrets" / "ca.crt"
    sender = StationSender(life.port, secret, ca, next(life.begins), name="my-station")
    sender.send(20)
    sender.stop()
    life.wait_until_stored(20, "my-station")
