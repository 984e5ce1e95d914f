"""A live deployment with something in it, and its backup, made once."""

import os
import shutil
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from ingest.journal import accounting
from ingest.journal.file import Journal
from tests.deploy.containers import Containers, checkout, secret_of

SERVICE = 10001
DAYS = 30
START_MS = 1_790_000_000_000


def lines() -> str:
    """Some weeks, so that the database has several shards."""
    rows = [f"air,site=a,kind=rtd pm25={n}.5,pm25_qc=1i {START_MS + n * 3_600_000}" for n in range(DAYS * 24)]
    return "\n".join([*rows, f'alert,site=a message="a, b" {START_MS}'])


@pytest.fixture
def containers(tmp_path: Path) -> Iterator[Containers]:
    made = Containers(tmp_path / "engine")
    yield made
    made.end()


def fill(containers: Containers, top: Path) -> None:
    """A database, a journal and settings as of a service that has run."""
    containers.start_influxdb(top)
    assert (
        containers.write(lines(), "liangqu", secret_of(top, "influxdb_password"), top)
        == HTTPStatus.NO_CONTENT
    )
    state = containers.volume("liangqu-state")
    state.mkdir(exist_ok=True)
    journal = Journal(state / "journal.db")
    with journal.transaction() as connection:
        accounting.add(connection, {"items": 7, "stored": 7})
    journal.close()
    (state / "reports" / "2026-10" / "zh").mkdir(parents=True)
    (state / "reports" / "2026-10" / "zh" / "report.html").write_text("October", "utf-8")
    (state / "users.toml").write_text('[[user]]\nname = "wang"\n', "utf-8")
    (state / "users.toml").chmod(0o600)
    for file in (state, *state.rglob("*")):
        os.chown(file, SERVICE, SERVICE)
    notify = top / "deploy" / "settings" / "notify.toml"
    shutil.copyfile(top / "deploy" / "notify.toml", notify)
    os.chown(notify, SERVICE, 0)
    notify.chmod(0o600)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The deployment `live`, no longer running, and its backup `kept`."""
    folder = tmp_path_factory.mktemp("made")
    top = checkout(folder / "live", secrets=True)
    containers = Containers(folder / "engine")
    try:
        fill(containers, top)
        saved = containers.run("sh", "deploy/backup.sh", "compose", str(folder / "kept"), cwd=top)
        assert saved.returncode == 0, saved.stderr
    finally:
        containers.end()
    return folder


@pytest.fixture
def kept(made_once: Path, tmp_path: Path) -> Path:
    """A backup that a test may damage."""
    return Path(shutil.copytree(made_once / "kept", tmp_path / "kept"))
