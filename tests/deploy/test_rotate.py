"""deploy/rotate-secret.sh: server, file and whoever uses it change together; tried at real servers."""

from http import HTTPStatus
from pathlib import Path

import pytest

from tests.deploy.conftest import fill
from tests.deploy.containers import Containers, checkout, secret_of
from tests.deploy.deployment import ComposeBroker, DeploymentClient, password

NOT_AUTHORIZED = "Not authorized"


@pytest.fixture
def top(containers: Containers, tmp_path: Path) -> Path:
    return checkout(tmp_path / "live", secrets=True)


def rotate(containers: Containers, top: Path, *words: str, **more: str) -> tuple[int, str]:
    done = containers.run("sh", "deploy/rotate-secret.sh", *words, cwd=top, **more)
    return done.returncode, done.stdout + done.stderr


def calls(containers: Containers) -> str:
    return (containers.state / "calls").read_text("utf-8")


@pytest.mark.server
@pytest.mark.parametrize("user", ["liangqu", "simulate", "duty", "gateway"])
def test_an_account_of_the_broker(user: str, containers: Containers, top: Path, tmp_path: Path) -> None:
    (tmp_path / "broker").mkdir()
    broker = ComposeBroker(top, tmp_path / "broker").start()
    former, others = password(top, user), {"liangqu", "simulate", "duty", "gateway"} - {user}
    (containers.state / "mosquitto.pid").write_text(str(broker.pid), encoding="utf-8")
    try:
        code, said = rotate(containers, top, f"mqtt_{user}")

        assert code == 0, said
        broker.reload()  # and with that the signal before it has been taken as well
        new = password(top, user)
        assert new != former
        welcomes = {(user, new): "Success", (user, former): NOT_AUTHORIZED}
        welcomes |= {(other, password(top, other)): "Success" for other in others}
        for (name, secret), welcome in welcomes.items():
            client = DeploymentClient(broker.port, name, secret)
            assert client.welcome == welcome, name
            client.stop()
        assert "kill --signal HUP mosquitto" in calls(containers)
    finally:
        broker.kill()


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "user", "derived", "restarted"),
    [
        ("influxdb_reader_password", "reader", ("grafana.env", "influxdb1.env"), ("grafana",)),
        ("influxdb_password", "liangqu", ("influxdb1.env",), ("liangqu", "desk", "backup")),
        ("influxdb_admin_password", "admin", ("influxdb1.env",), ()),
    ],
)
def test_an_account_of_the_database(
    name: str,
    user: str,
    derived: tuple[str, ...],
    restarted: tuple[str, ...],
    containers: Containers,
    top: Path,
) -> None:
    fill(containers, top)
    former = secret_of(top, name)
    for service in restarted:
        (containers.state / f"{service}.pid").write_text(
            (containers.state / "influxdb.pid").read_text("utf-8"), encoding="utf-8"
        )

    code, said = rotate(containers, top, name)

    assert code == 0, said
    new = secret_of(top, name)
    assert new != former
    assert containers.query("SHOW MEASUREMENTS", user, new, top) == HTTPStatus.OK
    assert containers.query("SHOW MEASUREMENTS", user, former, top) == HTTPStatus.UNAUTHORIZED
    for file in derived:
        assert new in secret_of(top, file)
        assert former not in secret_of(top, file)
    for service in restarted:
        assert f"up -d --no-deps --force-recreate {service}" in calls(containers)


@pytest.mark.server
def test_one_that_fails_changes_no_file_and_is_run_again(containers: Containers, top: Path) -> None:
    fill(containers, top)
    former = secret_of(top, "influxdb_reader_password")
    containers.stop("influxdb")

    code, said = rotate(containers, top, "influxdb_reader_password")

    assert (code, said) == (1, "rotate-secret: influxdb does not run: docker compose up -d influxdb\n")
    assert secret_of(top, "influxdb_reader_password") == former
    containers.start_influxdb(top)
    assert rotate(containers, top, "influxdb_reader_password")[0] == 0
    assert not [file for file in (top / "deploy" / "secrets").rglob("*") if file.name.startswith(".")]


def test_without_containers_it_says_what_to_install(containers: Containers, top: Path) -> None:
    former = secret_of(top, "mqtt_duty")

    code, said = rotate(containers, top, "mqtt_duty")

    assert code == 0
    assert "Install deploy/secrets/mosquitto/passwords again" in said
    assert secret_of(top, "mqtt_duty") != former


@pytest.mark.parametrize(
    "words", [(), ("ca.key",), ("mqtt_nobody",), ("../x",), ("mqtt_duty", "mqtt_gateway")]
)
def test_what_is_no_account_is_refused(words: tuple[str, ...], containers: Containers, top: Path) -> None:
    code, said = rotate(containers, top, *words)

    assert code == 2
    assert "sh deploy/rotate-secret.sh mqtt_liangqu" in said
