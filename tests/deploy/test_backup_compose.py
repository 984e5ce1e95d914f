"""backup.sh of the compose deployment, with a real InfluxDB: a whole copy, or none."""

import sqlite3
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.deploy.conftest import fill
from tests.deploy.containers import Containers, checkout, secret_of
from tests.support import scale

pytestmark = pytest.mark.server


class TestABackupOfNothing:
    def test_an_empty_database(self, containers: Containers, tmp_path: Path) -> None:
        top = checkout(tmp_path / "live", secrets=True)
        fill(containers, top)
        admin = secret_of(top, "influxdb_admin_password")
        for statement in ("DROP DATABASE", "CREATE DATABASE", "GRANT ALL ON"):
            to = " TO liangqu" if "GRANT" in statement else ""
            assert containers.query(f"{statement} liangqu{to}", "admin", admin, top) == HTTPStatus.OK

        self.fails(containers, top, tmp_path, "the database liangqu holds nothing")

    @pytest.mark.parametrize("what", ["missing", "empty", "without a row", "damaged"])
    def test_a_journal_that_is_none(self, what: str, containers: Containers, tmp_path: Path) -> None:
        top = checkout(tmp_path / "live", secrets=True)
        fill(containers, top)
        journal = containers.volume("liangqu-state") / "journal.db"
        for file in journal.parent.glob("journal.db*"):
            file.unlink()
        if what == "empty":
            journal.touch()
        elif what == "without a row":
            with closing(sqlite3.connect(journal)) as connection:
                connection.execute("CREATE TABLE t (c)")
        elif what == "damaged":
            journal.write_bytes(b"no journal" * 1000)

        self.fails(containers, top, tmp_path, "/var/lib/liangqu/journal.db: ")
        assert journal.exists() is (what != "missing")

    def test_a_database_that_is_away(self, containers: Containers, tmp_path: Path) -> None:
        top = checkout(tmp_path / "live", secrets=True)
        fill(containers, top)
        containers.stop("influxdb")

        self.fails(containers, top, tmp_path, "http://influxdb:8086: ")

    def test_no_secrets(self, containers: Containers, tmp_path: Path) -> None:
        self.fails(containers, checkout(tmp_path / "new"), tmp_path, "")

    def fails(self, containers: Containers, top: Path, folder: Path, words: str) -> None:
        saved = containers.run("sh", "deploy/backup.sh", "compose", str(folder / "kept"), cwd=top)

        assert saved.returncode == 1, saved.stderr
        assert words in saved.stderr
        assert "backup: " + str(folder) not in saved.stdout
        assert list(folder.glob("kept*")) == []


@pytest.mark.heavy
@pytest.mark.parametrize("call", range(1, 9) if scale.FULL else [2, 5])
def test_a_backup_that_fails_leaves_nothing(call: int, containers: Containers, tmp_path: Path) -> None:
    top = checkout(tmp_path / "live", secrets=True)
    fill(containers, top)
    (containers.state / "calls").unlink()

    saved = containers.run(
        "sh", "deploy/backup.sh", "compose", str(tmp_path / "kept"), cwd=top, DOCKER_FAILS_AT=str(call)
    )

    assert containers.calls() >= call
    if saved.returncode:
        assert list(tmp_path.glob("kept*")) == []
    else:  # only the copy in the container stayed
        assert call == containers.calls()
