"""Files of a Grafana outside of containers: data source and boards, after those of provisioning/; pure."""

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

SOURCE = "provisioning/datasources/liangqu.yaml"
PROVIDER = "provisioning/dashboards/liangqu.yaml"
BOARDS = "liangqu-boards"
_SHIPPED = Path(__file__).parents[1] / "provisioning"
_SHIPPED_BOARDS = "/var/lib/liangqu-boards"


class BoardSource(Struct, frozen=True):
    """The database that the boards read, and as whom; the password may be a token of 2.x."""

    url: str
    database: str
    user: str
    password: str


def to_provisioning(source: BoardSource, folder: Path) -> Mapping[str, str]:
    """Data source and provider by their names within Grafana's folder, which is `folder`."""
    provider = (_SHIPPED / "dashboards" / "boards.yml").read_text(encoding="utf-8")
    text = (_SHIPPED / "datasources" / "influxdb.yml").read_text(encoding="utf-8")
    given = {
        "$INFLUXDB_URL": source.url,
        "$INFLUXDB_USER": source.user,
        "$INFLUXDB_PASSWORD": source.password,
        "dbName: liangqu": source.database,
    }
    for there, value in given.items():
        key, colon, _ = there.rpartition(": ")
        text = text.replace(there, f"{key}{colon}{_scalar(value)}")
    return {
        SOURCE: text,
        PROVIDER: provider.replace(f"path: {_SHIPPED_BOARDS}", f"path: {folder.absolute() / BOARDS}"),
    }


def _scalar(text: str) -> str:
    """A text in YAML as Grafana reads it: quoted like JSON; a dollar sign would name a variable."""
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")
