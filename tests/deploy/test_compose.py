"""The deployment of docker-compose.yml: valid, complete, documented; its broker started for real."""

import json
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from dashboards.grafana.query import SOURCE_UID
from ingest.stores.influxdb.section import Influxdb
from liangqu.config import settings
from liangqu.config.broker_choice import Mqtt
from sensors.section import parse_size
from tests.deploy.deployment import (
    FILES,
    ComposeBroker,
    DeploymentClient,
    compose,
    copy_files,
    lay_out,
    password,
    run,
    station,
)
from tests.support.liangqu_process import LiangquRun
from tests.support.paths import ROOT
from tests.support.servers import PATIENCE, SEARCHED, wait_until

MAIN, ONE_X = map(compose, FILES)
SERVICES: dict[str, Any] = MAIN["services"]
LASTING = sorted(name for name, service in SERVICES.items() if "profiles" not in service)
OURS = ("liangqu", "history", "simulate", "backup", "desk")
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
NOT_AUTHORIZED = "Not authorized"


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("deployment"))


@pytest.fixture(scope="module")
def broker(deployment: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeBroker]:
    station(deployment, "houcheng")
    made = ComposeBroker(deployment, tmp_path_factory.mktemp("broker"))
    try:
        yield made.start()
    finally:
        made.kill()


def connect_packet(user: str, secret: str) -> bytes:
    """A CONNECT of MQTT 5 with a clean start (3.1)."""
    name, word = user.encode(), secret.encode()
    credentials = len(name).to_bytes(2) + name + len(word).to_bytes(2) + word
    body = b"\x00\x04MQTT\x05\xc2\x00\x3c\x00\x00\x03raw" + credentials
    return b"\x10" + bytes([len(body)]) + body


def defaulted(text: str) -> str:
    """What compose makes of a text when nothing is set."""
    return VARIABLE.sub(lambda found: found[2] or "", text)


def mount(written: str | dict[str, Any]) -> tuple[str, str, bool]:
    """Source and target of a mount in either way of writing it, and whether it is read only."""
    if isinstance(written, dict):
        return defaulted(written["source"]), written["target"], written["read_only"]
    source, target = defaulted(written).removesuffix(":ro").split(":")
    return source, target, written.endswith(":ro")


def merged(*files: Any) -> dict[str, dict[str, Any]]:
    """Services with the later file's environment, volumes and secrets on top, as compose merges them."""
    services: dict[str, dict[str, Any]] = {}
    for file in files:
        for name, service in file["services"].items():
            known = services.setdefault(name, {})
            for key, value in service.items():
                if key == "environment":
                    known[key] = {**known.get(key, {}), **value}
                elif key in {"volumes", "secrets", "env_file"}:
                    known[key] = [*known.get(key, []), *value]
                else:
                    known[key] = value
    return services


class TestFiles:
    def test_they_satisfy_the_compose_specification(self) -> None:
        done = _against_the_specification(*(ROOT / name for name in FILES))

        assert done.returncode == 0, done.stdout

    def test_a_mistake_would_be_seen(self, tmp_path: Path) -> None:
        spoiled = tmp_path / "docker-compose.yml"
        spoiled.write_text((ROOT / FILES[0]).read_text("utf-8").replace("read_only: true", "read_only: [1]"))

        assert _against_the_specification(spoiled).returncode == 1

    @pytest.mark.parametrize("files", [[MAIN], [MAIN, ONE_X]], ids=["2.x", "1.x"])
    def test_every_file_that_is_mounted_exists_once_the_secrets_are_made(
        self, files: list[Any], deployment: Path
    ) -> None:
        services = merged(*files)
        secrets = {name: file["file"] for each in files for name, file in each["secrets"].items()}
        volumes = {name for each in files for name in each["volumes"]}

        for name, service in services.items():
            for mounted in service.get("volumes", ()):
                source = mount(mounted)[0]
                is_made_by_hand = source == "backups"  # as the guide says, for the service's user
                there = source in volumes or (deployment / source).exists()
                assert there or is_made_by_hand, f"{name}: {mounted}"
            for secret in service.get("secrets", ()):
                assert (deployment / secrets[secret]).stat().st_size > 0, f"{name}: {secret}"
            for file in service.get("env_file", ()):
                assert (deployment / file).is_file(), f"{name}: {file}"

    def test_every_variable_is_documented_with_its_default(self) -> None:
        text = "".join((ROOT / name).read_text("utf-8") for name in FILES)
        used = {name: default or "" for name, default in VARIABLE.findall(text)}
        example = (ROOT / "deploy" / "compose.env.example").read_text("utf-8")
        documented = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))

        assert documented == used
        for name in used:
            comment = example.partition(f"\n{name}=")[0].rpartition("\n\n")[2]
            assert comment.startswith("# "), name

    def test_no_secret_is_in_the_repository(self) -> None:
        listed = subprocess.run(
            ["git", "ls-files", "deploy"], cwd=ROOT, capture_output=True, text=True, check=True
        )

        assert "secrets/" not in listed.stdout
        for name in FILES:
            assert not re.search(
                r"(password|token)\s*[:=]\s*[\"']?\w{12,}", (ROOT / name).read_text("utf-8"), re.IGNORECASE
            )


class TestServices:
    def test_images_are_pinned_to_a_version(self) -> None:
        for service in (*SERVICES.values(), *ONE_X["services"].values()):
            if "image" in service:
                assert re.fullmatch(r"[\w/-]+:\d+\.\d+\.\d+", defaulted(service["image"])), service["image"]

    def test_the_pages_are_served_inside_for_what_is_published(self) -> None:
        assert SERVICES["liangqu"]["environment"]["LIANGQU_HTTP__LISTEN"] == "*:9464"

    @pytest.mark.parametrize("name", OURS)
    def test_liangqu_runs_as_nobody_in_particular_and_can_write_only_its_state(self, name: str) -> None:
        service = SERVICES[name]

        assert service["user"] == "10001:10001"
        assert "useradd --system --uid 10001" in (ROOT / "Dockerfile").read_text("utf-8")
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        writable = [(source, target) for source, target, only in map(mount, service["volumes"]) if not only]
        own = {"backup": [("backups", "/backups")], "desk": [("deploy/settings", "/etc/liangqu")]}.get(
            name, []
        )
        assert writable == [("liangqu-state", "/var/lib/liangqu"), *own]

    @pytest.mark.parametrize("name", sorted(SERVICES))
    def test_each_has_limits_and_gains_no_privileges(self, name: str) -> None:
        assert SERVICES[name]["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
        assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]

    def test_the_lasting_ones_say_how_they_are_and_start_in_order(self) -> None:
        assert LASTING == ["desk", "grafana", "influxdb", "liangqu", "mosquitto"]
        for name in LASTING:
            assert SERVICES[name]["healthcheck"]["test"]
            assert SERVICES[name]["stop_grace_period"] in {"30s", "60s"}
            assert SERVICES[name]["restart"] == "unless-stopped"
        waits = {
            name: {other: wait["condition"] for other, wait in service.get("depends_on", {}).items()}
            for name, service in SERVICES.items()
        }
        assert waits["liangqu"] == {"mosquitto": "service_healthy", "influxdb": "service_healthy"}
        assert waits["grafana"] == {"influxdb": "service_healthy"}
        assert waits["desk"] == {"liangqu": "service_healthy"}
        assert waits["simulate"] == {"history": "service_completed_successfully"}

    @pytest.mark.parametrize(
        ("name", "target"),
        [
            ("liangqu", "/etc/liangqu"),
            ("desk", "/etc/liangqu"),
            ("grafana", "/var/lib/liangqu-boards"),
            ("mosquitto", "/mosquitto/secrets"),
        ],
    )
    def test_a_folder_that_is_not_there_is_an_error_and_not_made(self, name: str, target: str) -> None:
        """A typing error in LIANGQU_SETTINGS started the service without its settings."""
        (written,) = [one for one in SERVICES[name]["volumes"] if mount(one)[1] == target]

        assert written["bind"] == {"create_host_path": False}
        assert not written["source"].startswith("./$")  # before an absolute path it makes nonsense

    def test_what_may_wait_at_the_broker_fits_its_memory(self) -> None:
        """It was killed by its memory limit before its own limit was reached, and again after its restart."""
        conf = (ROOT / "deploy" / "mosquitto.conf").read_text("utf-8")
        most = {
            name: int(value) for name, value in re.findall(r"^(max_queued_\w+) (\d+)$", conf, re.MULTILINE)
        }
        a_message = 400  # bytes beside the payload, measured with 2.0.11

        waiting = most["max_queued_bytes"] + most["max_queued_messages"] * a_message

        assert most["max_queued_bytes"] > 0
        assert SERVICES["mosquitto"]["deploy"]["resources"]["limits"]["memory"] == "1G"
        assert waiting <= 0.9 * 2**30

    def test_the_trial_writes_400_days_of_past(self) -> None:
        assert [defaulted(word) for word in SERVICES["history"]["command"]] == [
            "simulate",
            "--history",
            "400d",
        ]
        assert SERVICES["history"]["profiles"] == SERVICES["simulate"]["profiles"] == ["simulate"]

    @pytest.mark.parametrize("files", [[MAIN], [MAIN, ONE_X]], ids=["2.x", "1.x"])
    @pytest.mark.parametrize("name", OURS)
    def test_the_settings_of_the_containers_are_taken(
        self, files: list[Any], name: str, deployment: Path
    ) -> None:
        secrets = {key: file["file"] for each in files for key, file in each["secrets"].items()}
        service = merged(*files)[name]
        environment = {
            key: str(deployment / secrets[Path(value).name])
            if value.startswith("/run/secrets/")
            else defaulted(value)
            for key, value in service["environment"].items()
        }
        used = {
            Path(value).name for value in service["environment"].values() if value.startswith("/run/secrets/")
        }

        found = settings.load(deployment / "deploy" / "settings" / "liangqu.toml", environment)

        assert found.broker().password == password(
            deployment, service["environment"]["LIANGQU_MQTT__USERNAME"]
        )
        assert used <= set(service["secrets"])
        assert not found.desk.started_by_service or name == "simulate"
        if name != "simulate":
            assert (found.desk.users, found.report.folder) == (
                "/var/lib/liangqu/users.toml", "/var/lib/liangqu/reports",
            )  # fmt: skip
            store = found.store_section()
            assert isinstance(store, Influxdb)
            assert bool(store.token_file) != bool(store.username)


class TestProvisioning:
    def yaml(self, name: str) -> Any:
        text = (ROOT / "dashboards" / "provisioning" / name).read_text("utf-8")
        return YAML(typ="safe").load(text)

    def test_the_data_source_is_the_boards_and_its_variables_are_given(self, deployment: Path) -> None:
        (source,) = self.yaml("datasources/influxdb.yml")["datasources"]
        grafana = SERVICES["grafana"]
        given = set(grafana["environment"])
        for file in grafana["env_file"]:
            given |= {line.partition("=")[0] for line in (deployment / file).read_text("utf-8").splitlines()}

        assert (source["uid"], source["type"]) == (SOURCE_UID, "influxdb")
        assert set(re.findall(r"\$(\w+)", json.dumps(source))) <= given

    def test_boards_and_home_are_where_they_are_mounted(self) -> None:
        inside = {target: source for source, target, _ in map(mount, SERVICES["grafana"]["volumes"])}
        for provider in self.yaml("dashboards/boards.yml")["providers"]:
            folder, _, language = provider["options"]["path"].rpartition("/")
            assert list((ROOT / inside[folder] / language).glob("*.json"))
        home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        for language in ("zh", "en"):
            folder, _, file = VARIABLE.sub(language, home).partition(f"/{language}/")
            assert (ROOT / inside[folder] / language / file).is_file()

    def test_whoever_is_not_logged_in_may_only_look(self) -> None:
        environment = SERVICES["grafana"]["environment"]

        assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"
        assert environment["GF_USERS_ALLOW_SIGN_UP"] == "false"
        assert "grafana-state:/var/lib/grafana" in SERVICES["grafana"]["volumes"]


class TestSecrets:
    def test_again_changes_nothing(self, deployment: Path) -> None:
        before = {
            file: file.read_bytes()
            for file in (deployment / "deploy" / "secrets").rglob("*")
            if file.is_file()
        }

        assert run("make-secrets.sh", "localhost", cwd=deployment).returncode == 0

        assert {file: file.read_bytes() for file in before} == before
        assert len(before) >= 14

    def test_no_password_stands_in_clear_at_the_broker(self, deployment: Path) -> None:
        """The folder is its owner's alone."""
        secrets = deployment / "deploy" / "secrets"
        hashed = (secrets / "mosquitto" / "passwords").read_text("utf-8")

        assert secrets.stat().st_mode & 0o077 == 0
        assert (secrets / "ca.key").stat().st_mode & 0o077 == 0
        assert all(line.split(":")[1].startswith("$7$") for line in hashed.splitlines())
        assert password(deployment, "liangqu") not in hashed

    @pytest.mark.parametrize("name", ["A110000_0001", "a", "9", "x.y-z_", "a" * 64])
    def test_any_id_of_a_catalogue_can_be_a_station(self, name: str, deployment: Path) -> None:
        """A second password takes the first one's place."""
        accounts = deployment / "deploy" / "secrets" / "mosquitto" / "passwords"

        assert station(deployment, name) != station(deployment, name)

        names = [line.split(":")[0] for line in accounts.read_text("utf-8").splitlines()]
        assert names.count(name) == 1
        assert {"liangqu", "gateway", "simulate", "duty"} <= set(names)

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            pytest.param(["add", "hill", "--zh", "小 山"], True, id="a change"),
            pytest.param(["list"], False, id="a look"),
            pytest.param(["add", "--help"], False, id="help"),
        ],
    )
    def test_stations_are_changed_in_a_container_by_whoever_calls(
        self, words: list[str], told: bool, deployment: Path, tmp_path: Path
    ) -> None:
        """It sees the settings and the broker's accounts of this machine; then both are told."""
        seen = tmp_path / "seen"
        (tmp_path / "docker").write_text(f'#!/bin/sh\nfor each; do echo "$each"; done >>{seen}\n', "utf-8")
        (tmp_path / "docker").chmod(0o755)

        done = run("station.sh", *words, cwd=deployment, PATH=f"{tmp_path}:{SEARCHED}")

        assert done.returncode == 0, done.stderr
        called = seen.read_text("utf-8").splitlines()
        asked = called.index("station")
        assert called[:2] == ["compose", "run"]
        assert f"{deployment}/deploy/settings:/settings" in called
        assert f"{deployment}/deploy/secrets/mosquitto:/broker" in called
        assert called[asked + 1 :][: len(words)] == words
        after = called[asked + 1 + len(words) :]
        told_by = [
            *[
                "compose",
                "kill",
                "--signal",
                "HUP",
                "mosquitto",
                "compose",
                "exec",
                "-T",
                "liangqu",
                "liangqu",
                "reload",
            ]
        ]
        assert after == (told_by if told else [])

    def test_without_secrets_nothing_is_asked_of_a_container(self, tmp_path: Path) -> None:
        done = run("station.sh", "list", cwd=copy_files(tmp_path))

        assert done.returncode == 2
        assert "make-secrets.sh" in done.stderr


@pytest.mark.server
class TestBroker:
    def ca(self, broker: ComposeBroker) -> Path:
        return broker.deployment / "deploy" / "secrets" / "ca.crt"

    @pytest.mark.parametrize(
        ("user", "secret"),
        [("", ""), ("houcheng", "guessed"), ("nobody", "x")],
        ids=["anonymous", "wrong password", "unknown user"],
    )
    def test_nobody_comes_in_without_a_password(self, broker: ComposeBroker, user: str, secret: str) -> None:
        client = DeploymentClient(broker.port, user, secret)

        assert client.welcome == NOT_AUTHORIZED
        client.stop()

    def test_who_is_refused_leaves_lines_with_address_and_reason(self, broker: ComposeBroker) -> None:
        def lines(words: str) -> int:
            return broker.log.read_text("utf-8", "replace").count(words)

        refused = lines("not authorised")

        DeploymentClient(broker.port, "houcheng", "guessed-wrong").stop()

        wait_until(lambda: lines("not authorised") == refused + 1)
        assert lines("New connection from 127.0.0.1") > refused

    def test_a_payload_beyond_the_limit_is_not_taken(self, broker: ComposeBroker) -> None:
        limit = parse_size(Mqtt().max_payload)
        user, secret = "simulate", password(broker.deployment, "simulate")
        sender = DeploymentClient(broker.port, user, secret)
        assert sender.publish("liangqu/air/x", "x" * limit) in {"Success", "No matching subscribers"}
        sender.stop()

        with socket.create_connection(("127.0.0.1", broker.port)) as raw:
            raw.settimeout(PATIENCE)
            raw.sendall(connect_packet(user, secret))
            assert raw.recv(100)[0] == 0x20  # CONNACK
            raw.sendall(b"\x32\x80\x80\x80\x18")  # the head of a PUBLISH of 50 MB, and nothing of it
            assert raw.recv(100)[-3:] == b"\xe0\x01\x95"  # DISCONNECT, "packet too large"

    def test_a_station_reaches_its_own_topic_over_tls_and_no_other(self, broker: ComposeBroker) -> None:
        secret = station(broker.deployment, "bahaoqiao")
        broker.reload()
        service = DeploymentClient(broker.port, "liangqu", password(broker.deployment, "liangqu"))
        assert service.subscribe("liangqu/water/+") == "Granted QoS 1"
        one = DeploymentClient(broker.tls_port, "bahaoqiao", secret, self.ca(broker))

        said = {
            topic: one.publish(topic)
            for topic in (
                "liangqu/water/houcheng", "liangqu/air/wujinku", "liangqu/alerts/x/y/z", "liangqu/handling/e",
                "liangqu/water/bahaoqiao",
            )
        }  # fmt: skip

        assert {topic for topic, reason in said.items() if reason != NOT_AUTHORIZED} == {
            "liangqu/water/bahaoqiao"
        }
        # A round trip: by now everything that was let through has arrived.
        assert service.publish("liangqu/alerts/a/b/c") != NOT_AUTHORIZED
        assert [topic for topic, _ in service.received] == ["liangqu/water/bahaoqiao"]
        for client in (one, service):
            client.stop()

    def test_a_station_may_read_nothing(self, broker: ComposeBroker) -> None:
        secret = station(broker.deployment, "nosy")
        broker.reload()
        service = DeploymentClient(broker.port, "simulate", password(broker.deployment, "simulate"))
        nosy = DeploymentClient(broker.port, "nosy", secret)
        nosy.subscribe("#")

        service.publish("liangqu/air/wujinku")
        nosy.publish("liangqu/air/nosy")

        assert nosy.received == []
        for client in (service, nosy):
            client.stop()

    def test_duty_may_acknowledge_and_read_alerts(self, broker: ComposeBroker) -> None:
        duty = DeploymentClient(broker.tls_port, "duty", password(broker.deployment, "duty"), self.ca(broker))

        assert duty.publish("liangqu/handling/e1") != NOT_AUTHORIZED
        assert duty.publish("liangqu/water/houcheng") == NOT_AUTHORIZED
        assert duty.publish("liangqu/alerts/a/b/c") == NOT_AUTHORIZED
        duty.stop()

    def test_a_client_that_does_not_know_the_authority_does_not_connect(self, broker: ComposeBroker) -> None:
        stranger, own = ssl.create_default_context(), ssl.create_default_context(cafile=str(self.ca(broker)))

        with (
            socket.create_connection(("127.0.0.1", broker.tls_port)) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            stranger.wrap_socket(plain, server_hostname="localhost")
        with (
            socket.create_connection(("127.0.0.1", broker.tls_port)) as plain,
            own.wrap_socket(plain, server_hostname="localhost") as encrypted,
        ):
            assert encrypted.version() in {"TLSv1.2", "TLSv1.3"}

    def test_the_service_takes_a_stations_reading_that_came_over_tls(
        self, broker: ComposeBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        secret = station(broker.deployment, "wujinku")
        broker.reload()
        monkeypatch.setenv("LIANGQU_MQTT__USERNAME", "liangqu")
        file = broker.deployment / "deploy" / "secrets" / "mqtt_liangqu"
        monkeypatch.setenv("LIANGQU_MQTT__PASSWORD_FILE", str(file))
        service = LiangquRun(tmp_path, broker.port).start()
        one = DeploymentClient(broker.tls_port, "wujinku", secret, self.ca(broker))

        one.publish("liangqu/air/wujinku", '{"time": "2026-01-01T00:00:00+08:00", "values": {"pm25": 12}}')

        figures = service.wait_until_settled(1)
        assert figures['liangqu_items_total{outcome="stored"}'] == 1
        one.stop()
        service.stop()


def _against_the_specification(*files: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "check-jsonschema"
    return subprocess.run(
        [program, "--builtin-schema", "vendor.compose-spec", *files],
        capture_output=True,
        text=True,
        check=False,
    )
