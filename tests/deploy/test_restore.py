"""restore.sh of the compose deployment, with a real InfluxDB: whole, or said not to be."""

import hashlib
import shutil
from http import HTTPStatus
from pathlib import Path

import pytest

from ingest.journal.database.schema import JournalTooNewError
from ingest.journal.file import Journal
from tests.deploy.conftest import DAYS, SERVICE, fill
from tests.deploy.containers import Containers, checkout, secret_of
from tests.deploy.deployment import ComposeBroker, DeploymentClient, password
from tests.support import scale

pytestmark = pytest.mark.server
VALUES = {"air": DAYS * 24 * 2, "alert": 1}


def restore(containers: Containers, kept: Path, top: Path, **more: str) -> tuple[int, str]:
    """Exit code, and what was said."""
    done = containers.run("sh", "deploy/restore.sh", "compose", str(kept), cwd=top, **more)
    return done.returncode, done.stdout + done.stderr


class TestOntoANewMachine:
    def test_everything_comes_back(self, containers: Containers, kept: Path, tmp_path: Path) -> None:
        top = checkout(tmp_path / "new")

        code, said = restore(containers, kept, top)

        assert (code, said.splitlines()[-1]) == (0, "restore: done"), said
        assert containers.values(top) == VALUES
        journal = containers.volume("liangqu-state") / "journal.db"
        assert journal.read_bytes() == (kept / "journal.db").read_bytes()
        assert (journal.stat().st_uid, journal.stat().st_mode) == (SERVICE, 0o100600)
        users = journal.with_name("users.toml")
        assert (users.read_text("utf-8"), users.stat().st_mode) == ('[[user]]\nname = "wang"\n', 0o100600)
        assert users.stat().st_uid == SERVICE
        assert (journal.parent / "reports/2026-10/zh/report.html").read_text("utf-8") == "October"

    def test_owners_and_modes_are_those_of_before(
        self, containers: Containers, made_once: Path, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")

        assert restore(containers, kept, top)[0] == 0

        def table(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
            parts = (folder / part for part in ("deploy/secrets", "deploy/settings", ".env"))
            found = (file for part in parts for file in (part, *part.rglob("*")))
            return {
                str(file.relative_to(folder)): (
                    file.stat().st_mode, file.stat().st_uid, file.stat().st_gid,
                    file.read_bytes() if file.is_file() else b"",
                )
                for file in found
            }  # fmt: skip

        assert table(top) == table(made_once / "live")
        assert table(top)["deploy/settings/notify.toml"][:2] == (0o100600, SERVICE)

    def test_each_account_may_what_it_might(self, containers: Containers, kept: Path, tmp_path: Path) -> None:
        """DROP DATABASE takes the grants of InfluxDB 1.x with it."""
        top = checkout(tmp_path / "new")
        assert restore(containers, kept, top)[0] == 0

        said = {}
        for user, file in (("liangqu", "influxdb_password"), ("reader", "influxdb_reader_password")):
            secret = secret_of(top, file)
            said[user] = (
                containers.query("SELECT COUNT(*) FROM air", user, secret, top),
                containers.write("x v=1", user, secret, top),
            )

        assert said == {
            "liangqu": (HTTPStatus.OK, HTTPStatus.NO_CONTENT),
            "reader": (HTTPStatus.OK, HTTPStatus.FORBIDDEN),
        }

    def test_the_broker_starts_with_what_came_back(
        self, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")
        assert restore(containers, kept, top)[0] == 0
        (tmp_path / "broker").mkdir()
        broker = ComposeBroker(top, tmp_path / "broker").start()
        try:
            ca = top / "deploy" / "secrets" / "ca.crt"
            one = DeploymentClient(broker.tls_port, "liangqu", password(top, "liangqu"), ca)
            assert one.welcome == "Success"
            one.stop()
        finally:
            broker.kill()

    def test_settings_that_are_there_are_kept_beside(
        self, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")
        mine = top / "deploy" / "settings" / "liangqu.toml"
        mine.write_text("# mine\n", encoding="utf-8")

        assert restore(containers, kept, top)[0] == 0

        assert (top / "deploy" / "settings.before-restore" / "liangqu.toml").read_text("utf-8") == "# mine\n"
        assert "# mine" not in mine.read_text("utf-8")


class TestWhereSomethingIs:
    """Nothing is touched: volumes, secrets and settings are byte for byte what they were."""

    @pytest.mark.parametrize("gone", ["nothing", "journal", "database"])
    @pytest.mark.parametrize("where", ["its own folder", "a new folder"])
    def test_a_live_deployment(
        self, gone: str, where: str, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        """A new folder beside a running one has the same project's name, and so the same volumes."""
        top = checkout(tmp_path / "live", secrets=True)
        fill(containers, top)
        containers.write("air,site=later pm25=1", "liangqu", secret_of(top, "influxdb_password"), top)
        containers.stop("influxdb")
        if gone == "journal":
            (containers.volume("liangqu-state") / "journal.db").unlink()
        elif gone == "database":
            for file in sorted(containers.volume("influxdb1-data").rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
        into = top if where == "its own folder" else checkout(tmp_path / "new")
        before = containers.files()
        secrets = {f: f.read_bytes() for f in (top / "deploy").rglob("*") if f.is_file()}

        code, said = restore(containers, kept, into)

        assert code == 2, said
        assert "nothing was touched" in said
        assert "done" not in said
        assert containers.files() == before
        assert {f: f.read_bytes() for f in (top / "deploy").rglob("*") if f.is_file()} == secrets

    def test_secrets_of_another_deployment(self, containers: Containers, kept: Path, tmp_path: Path) -> None:
        top = checkout(tmp_path / "new", secrets=True)
        before = {f: f.read_bytes() for f in top.rglob("*") if f.is_file()}

        code, said = restore(containers, kept, top)

        assert code == 2
        assert "deploy/secrets is there already, and is not the backup's: nothing was touched" in said
        assert {f: f.read_bytes() for f in top.rglob("*") if f.is_file()} == before
        assert containers.files() == {}

    def test_another_version_of_the_database(
        self, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")
        (top / ".env").write_text("COMPOSE_FILE=docker-compose.yml\n", encoding="utf-8")

        code, said = restore(containers, kept, top)

        assert code == 2
        assert "is of InfluxDB 1.x, this deployment of 2.x" in said
        assert containers.files() == {}


def shard(kept: Path) -> Path:
    return min((kept / "influxdb").glob("*.tar.gz"))


def sum_anew(kept: Path) -> None:
    """As whoever damages a backup knowingly would."""
    files = [file for file in sorted(kept.rglob("*")) if file.is_file() and file.name != "SHA256SUMS"]
    manifest = (kept / "manifest").read_text("utf-8").splitlines()
    manifest = [line for line in manifest if not line.startswith("files ")] + [f"files {len(files)}"]
    (kept / "manifest").write_text("\n".join(manifest) + "\n", encoding="utf-8")
    sums = [f"{hashlib.sha256(f.read_bytes()).hexdigest()}  ./{f.relative_to(kept)}\n" for f in files]
    (kept / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


class TestADamagedBackup:
    @pytest.mark.parametrize(
        "name",
        ["shard", "journal.db", "secrets.tar", "settings.tar", "env", "manifest", "SHA256SUMS"],
    )
    @pytest.mark.parametrize("how", ["missing", "cut", "other"])
    def test_nothing_is_touched(
        self, name: str, how: str, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")
        file = shard(kept) if name == "shard" else kept / name
        content = file.read_bytes()
        if how == "missing":
            file.unlink()
        elif how == "cut":
            file.write_bytes(content[: len(content) // 2])
        else:
            file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))

        code, said = restore(containers, kept, top)

        assert code == 1, said
        assert "done" not in said
        assert containers.files() == {}
        assert not (top / "deploy" / "secrets").exists()

    def test_a_file_too_many(self, containers: Containers, kept: Path, tmp_path: Path) -> None:
        (kept / "influxdb" / "x.s99.tar.gz").write_bytes(b"")

        code, said = restore(containers, kept, checkout(tmp_path / "new"))

        assert (code, "nothing was touched" in said, containers.files()) == (1, True, {})

    @pytest.mark.parametrize("how", ["missing", "cut", "fewer values"])
    def test_what_no_sum_shows_is_found_by_counting(
        self, how: str, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        """influxd 1.6.7 passes over a missing shard and ends with 0."""
        top = checkout(tmp_path / "new")
        good = Path(str(kept) + "-good")
        shutil.copytree(kept, good)
        if how == "missing":
            shard(kept).unlink()
        elif how == "cut":
            shard(kept).write_bytes(shard(kept).read_bytes()[:300])
        else:
            manifest = kept / "manifest"
            more = manifest.read_text("utf-8").replace(f"\t{VALUES['air']}\t", "\t9999\t", 1)
            manifest.write_text(more.replace(f"\t{VALUES['air']}\t", "\t9999\t"), encoding="utf-8")
        sum_anew(kept)

        code, said = restore(containers, kept, top)

        assert code == 1
        assert "restore: NOT finished" in said
        assert "restore: done" not in said
        with pytest.raises(JournalTooNewError, match="a restore has not finished"):
            Journal(containers.volume("liangqu-state") / "journal.db")
        assert restore(containers, good, top)[0] == 2  # what is there must be removed first, as was said
        containers.down()
        code, said = restore(containers, good, top)
        assert code == 0, said
        assert containers.values(top) == VALUES


@pytest.mark.heavy
class TestWhateverFails:
    """A call of docker fails, by its number: some in CI, each in full."""

    @pytest.mark.parametrize("call", range(1, 14) if scale.FULL else [1, 3, 6, 9])
    def test_a_restore_that_fails_says_so_and_is_tried_again(
        self, call: int, containers: Containers, kept: Path, tmp_path: Path
    ) -> None:
        top = checkout(tmp_path / "new")

        code, said = restore(containers, kept, top, DOCKER_FAILS_AT=str(call))

        assert containers.calls() >= call
        if code == 0:
            assert call == containers.calls()
            return
        assert "restore: done" not in said
        journal = containers.volume("liangqu-state") / "journal.db"
        assert not journal.exists() or journal.read_bytes() != (kept / "journal.db").read_bytes()
        if "NOT finished" not in said:
            assert containers.files() == {}
        containers.down()
        code, said = restore(containers, kept, top)
        assert code == 0, said
        assert containers.values(top) == VALUES
