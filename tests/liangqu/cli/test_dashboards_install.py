"""`liangqu dashboards install` against a real InfluxDB with authentication: files, and who reads."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.liangqu.cli.test_import import Place
from tests.support.servers import Influxd, StartInfluxd

ADMIN, READER = "secret-of-admin", "r\"$ader's"
pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "admin").write_text(ADMIN, "utf-8")
    (folder / "reader").write_text(READER, "utf-8")
    (folder / "liangqu").write_text("secret-of-liangqu", "utf-8")
    return folder


@pytest.fixture
def influxd(start_influxd: StartInfluxd) -> Influxd:
    """With authentication, an administrator, and the service's own account, as deploy/ makes them."""
    server = start_influxd("auth-enabled = true\n")
    with closing(InfluxHTTP(InfluxOptions(server.url))) as nobody:
        [*nobody.query(f"CREATE USER admin WITH PASSWORD '{ADMIN}' WITH ALL PRIVILEGES", "", 1)]
    with closing(InfluxDBStore(InfluxOptions(server.url, username="admin", password=ADMIN))) as store:
        store.prepare()
    return server


def place(folder: Path, influxd: Influxd, secrets: Path) -> Place:
    (folder / "grafana" / "provisioning").mkdir(parents=True)
    password = f'username = "liangqu"\npassword_file = "{secrets / "liangqu"}"\n'
    return Place(folder, f'[store]\nkind = "influxdb"\n[influxdb]\nurl = "{influxd.url}"\n{password}')


def read(file: Path) -> Any:
    return YAML(typ="safe").load(file.read_text("utf-8"))


def test_data_source_boards_and_reader(influxd: Influxd, secrets: Path, tmp_path: Path) -> None:
    made, grafana = place(tmp_path, influxd, secrets), tmp_path / "grafana"
    reader = ("--reader-password-file", str(secrets / "reader"))

    code, said = made.run("dashboards", "install", "--grafana", str(grafana), *reader)
    assert (code, "reader may not read the database liangqu" in said) == (1, True)
    assert not (grafana / "liangqu-boards").exists()

    admin = ("--admin-password-file", str(secrets / "admin"))
    for _ in range(2):  # again changes nothing
        code, said = made.run("dashboards", "install", "--grafana", str(grafana), *reader, *admin)
        assert code == 0, said
    assert READER not in said

    source = grafana / "provisioning" / "datasources" / "liangqu.yaml"
    (found,) = read(source)["datasources"]
    assert (found["url"], found["basicAuthUser"], found["jsonData"]["dbName"]) == (
        influxd.url,
        "reader",
        "liangqu",
    )
    assert found["secureJsonData"]["basicAuthPassword"] == READER.replace("$", "$$")  # as Grafana reads it
    assert source.stat().st_mode & 0o777 == 0o640
    for provider in read(grafana / "provisioning" / "dashboards" / "liangqu.yaml")["providers"]:
        boards = [*Path(provider["options"]["path"]).glob("*.json")]
        assert {json.loads(file.read_text("utf-8"))["uid"] for file in boards}
    with closing(InfluxHTTP(InfluxOptions(influxd.url, username="reader", password=READER))) as account:
        assert [*account.query("SHOW MEASUREMENTS", "liangqu", 10)]
    assert made.run("dashboards", "install", "--grafana", str(grafana), *reader)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--grafana", "nowhere"), "is Grafana installed?"),
        (("--grafana", "grafana", "--reader", "admin", "--reader-password-file", "admin"), "admin may write"),
    ],
)
def test_what_is_wrong_is_said(
    words: tuple[str, ...], said: str, influxd: Influxd, secrets: Path, tmp_path: Path
) -> None:
    made = place(tmp_path, influxd, secrets)
    words = tuple(
        str(secrets / word) if words[i - 1].endswith("-file") else word for i, word in enumerate(words)
    )
    if "nowhere" in words:
        words = (*words, "--reader-password-file", str(secrets / "reader"), "--admin-password-file")
        words = (*words, str(secrets / "admin"))
    words = tuple(str(tmp_path / word) if word in {"grafana", "nowhere"} else word for word in words)

    code, text = made.run("dashboards", "install", *words)

    assert (code in {1, 2}, said in text) == (True, True), text
    assert not (tmp_path / "grafana" / "liangqu-boards").exists()
