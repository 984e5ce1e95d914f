"""A copy of what a deployment consists of, its secrets made, and its broker started from its own files."""

import getpass
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from ruamel.yaml import YAML

from liangqu.config.factories import open_catalogue
from liangqu.config.schema import CatalogueFiles, StationAccounts
from liangqu.config.settings import Settings
from liangqu.tasks.stations.changes import add_station, rotate_password
from tests.support.paths import ROOT
from tests.support.servers import PATIENCE, SEARCHED, Mosquitto, free_port

FILES = ("docker-compose.yml", "compose.influxdb1.yml")
PARTS = ("deploy", "dashboards/boards", "dashboards/provisioning", *FILES)

Compose = Mapping[str, Any]


def compose(name: str) -> Compose:
    """A compose file as it is read, anchors resolved."""
    loaded: Compose = YAML(typ="safe").load((ROOT / name).read_text(encoding="utf-8"))
    return loaded


def run(script: str, *words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """One of the scripts of deploy/, in a copy of the deployment."""
    path = {"PATH": SEARCHED}
    return subprocess.run(
        ["sh", f"deploy/{script}", *words], cwd=cwd, env=os.environ | path | environment,
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip


def copy_files(folder: Path) -> Path:
    """The deployment's files, as in a fresh checkout."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("secrets"))
        else:
            shutil.copyfile(source, target)
    return folder


def lay_out(folder: Path) -> Path:
    """The deployment's files with secrets beside them, as after the one command."""
    made = run("make-secrets.sh", "localhost", cwd=copy_files(folder))
    assert made.returncode == 0, made.stderr
    return folder


class DeployedBroker(Mosquitto):
    """mosquitto with a configuration of deploy/; only places and ports are this machine's."""

    def __init__(self, deployment: Path, folder: Path) -> None:
        self.deployment = deployment
        self.tls_port = free_port()
        super().__init__(folder)

    def _placed(self, text: str, *places: tuple[str, object]) -> str:
        """The text with each place, which must be named in it, replaced by one of the test."""
        for there, here in places:
            assert there in text, there
            text = text.replace(there, str(here))
        return text

    def reload(self) -> None:
        """As deploy/station.sh tells a broker in its container: SIGHUP."""
        assert self.pid
        os.kill(self.pid, signal.SIGHUP)
        time.sleep(0.2)


class ComposeBroker(DeployedBroker):
    """As docker-compose.yml has it."""

    def _configuration(self) -> str:
        deploy = self.deployment / "deploy"
        included = self.folder / "conf.d"
        included.mkdir()
        shutil.copyfile(deploy / "mosquitto.conf", included / "liangqu.conf")
        text = (deploy / "mosquitto" / "compose.conf").read_text(encoding="utf-8")
        text = self._placed(
            text,
            ("/mosquitto/config/conf.d", included),
            ("/mosquitto/config/", f"{deploy}/mosquitto/"),
            ("/mosquitto/secrets/", f"{deploy}/secrets/mosquitto/"),
            ("/mosquitto/data/", f"{self.folder}/"),
            ("listener 1883", f"listener {self.port} 127.0.0.1"),
            ("listener 8883", f"listener {self.tls_port} 127.0.0.1"),
        )
        # Started by root it would become another user, who may not write into the test's folder.
        return f"user {getpass.getuser()}\n{text}"


class DebianBroker(DeployedBroker):
    """As docs/guide.md installs it on Debian, beside the package's file.

    Args:
        certified: Stations need a certificate too.
        services: The authority of those who come from another machine (remote.conf); None = nobody does.
    """

    PACKAGED = """\
persistence true
persistence_location /var/lib/mosquitto/
log_dest file /var/log/mosquitto/mosquitto.log
include_dir /etc/mosquitto/conf.d
"""  # /etc/mosquitto/mosquitto.conf of Debian 12, without comments and pid_file

    def __init__(
        self, deployment: Path, folder: Path, *, certified: bool = False, services: Path | None = None
    ) -> None:
        self._certified = certified
        self._services = services
        self.remote_port = free_port()
        super().__init__(deployment, folder)

    def _configuration(self) -> str:
        deploy = self.deployment / "deploy"
        included = self.folder / "conf.d"
        included.mkdir()
        shutil.copyfile(deploy / "mosquitto.conf", included / "liangqu.conf")
        doors = (deploy / "mosquitto" / "debian.conf").read_text(encoding="utf-8")
        if self._certified:
            doors = self._placed(doors, ("#cafile", "cafile"), ("#require", "require"))
        doors = self._placed(
            doors,
            ("/etc/mosquitto/access.acl", deploy / "mosquitto" / "access.acl"),
            ("/etc/mosquitto/passwords", deploy / "secrets" / "mosquitto" / "passwords"),
            ("/etc/mosquitto/certs/ca.crt", deploy / "secrets" / "ca.crt"),
            ("/etc/mosquitto/certs/", f"{deploy}/secrets/mosquitto/"),
            ("listener 1883", f"listener {self.port}"),
            ("listener 8883", f"listener {self.tls_port} 127.0.0.1"),
        )
        (included / "doors.conf").write_text(doors, encoding="utf-8")
        if self._services:
            remote = (deploy / "mosquitto" / "remote.conf").read_text(encoding="utf-8")
            remote = self._placed(
                remote,
                ("/etc/mosquitto/certs/services.crt", self._services),
                ("/etc/mosquitto/certs/", f"{deploy}/secrets/mosquitto/"),
                ("listener 8884", f"listener {self.remote_port} 127.0.0.1"),
            )
            (included / "remote.conf").write_text(remote, encoding="utf-8")
        main = self._placed(
            self.PACKAGED,
            ("/var/lib/mosquitto/", f"{self.folder}/"),
            ("file /var/log/mosquitto/mosquitto.log", "stdout"),
            ("/etc/mosquitto/conf.d", included),
        )
        return f"user {getpass.getuser()}\n{main}"


def password(deployment: Path, user: str) -> str:
    """What make-secrets.sh has made for a user of the broker."""
    return (deployment / "deploy" / "secrets" / f"mqtt_{user}").read_text(encoding="utf-8")


def station(deployment: Path, name: str) -> str:
    """A station's new password, as `liangqu station` gives it."""
    sites = deployment / "deploy" / "settings" / "my-sites.toml"
    sites.touch()
    accounts = deployment / "deploy" / "secrets" / "mosquitto" / "passwords"
    settings = Settings(
        catalogue=CatalogueFiles(extra=(str(sites),)), stations=StationAccounts(passwords=str(accounts))
    )
    if name in open_catalogue(settings).sites:
        return rotate_password(settings, name).password
    row = {"id": name, "medium": "air", "name": {"zh": "站", "en": "Station"}}
    return add_station(settings, row).password


class DeploymentClient:
    """A client of the broker over MQTT 5, which says why something is refused."""

    def __init__(self, port: int, user: str = "", secret: str = "", ca: Path | None = None) -> None:
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5, reconnect_on_failure=False
        )
        if user:
            self._client.username_pw_set(user, secret)
        if ca:
            self._client.tls_set(str(ca))
        self._answered = threading.Event()
        self._answer = ""
        self.received: list[tuple[str, bytes]] = []
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._take(reason)
        self._client.on_publish = lambda _c, _u, _mid, reason, _p: self._take(reason)
        self._client.on_subscribe = lambda _c, _u, _mid, reasons, _p: self._take(reasons[0])
        self._left = threading.Event()
        self._client.on_disconnect = lambda *_: self._left.set()
        self._client.on_message = lambda _c, _u, message: self.received.append(
            (message.topic, bytes(message.payload))
        )
        self._client.connect("localhost", port)
        self._client.loop_start()
        self.welcome = self._wait()

    def _take(self, reason: object) -> None:
        self._answer = str(reason)
        self._answered.set()

    def _wait(self) -> str:
        assert self._answered.wait(PATIENCE), "no answer"
        self._answered.clear()
        return self._answer

    def publish(self, topic: str, payload: str = "{}") -> str:
        """Publish at QoS 1; the reason that the broker gives."""
        self._client.publish(topic, payload, qos=1)
        return self._wait()

    def subscribe(self, topic: str) -> str:
        """Subscribe at QoS 1; the reason that the broker gives."""
        self._client.subscribe(topic, qos=1)
        return self._wait()

    def stop(self) -> None:
        """Leave."""
        self._client.disconnect()
        assert self._left.wait(PATIENCE), "the connection stays open"
        self._client.loop_stop()
