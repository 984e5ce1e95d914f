r"""A server that answers as InfluxDB 2.7 does, after its source (branch 2.7 of github.com/influxdata/influxdb).

- `/ping`: 204 and `X-Influxdb-Version` (`http/legacy/ping_handler.go`)
- an error: `{"code":…,"message":…}`, `X-Platform-Error-Code`, status by code (`kit/transport/http/error_handler.go`)
- `/api/v2/buckets?org=…&name=…`: 404 for none; what may not be read is left out (`tenant/service_bucket.go`)
- `/api/v2/orgs?org=…`: 404 for none; what may not be read is left out (`tenant/middleware_org_auth.go`)
- `/api/v2/dbrps`: since 2.4 each bucket has a virtual mapping (`dbrp/service.go`)
- `/write`: 404 without a mapping, 403 without the right to write, else 204 (`http/legacy/write_handler.go`)
- `/query`: "database not found" for what may not be read (`v1/coordinator/statement_executor.go`)
"""  # noqa: E501 - a line each

import json
import re
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.peers.http_peer import HTTPPeer

STATUS = {"invalid": 400, "unauthorized": 401, "forbidden": 403, "not found": 404, "conflict": 422}
ORG = "epb"
ORG_ID = "000000000000000a"

Answer = tuple[int, Any]


def error(code: str, message: str) -> Answer:
    return STATUS[code], {"code": code, "message": message}


class InfluxDB2(HTTPPeer):
    """One organisation, `epb`; use as a context manager.

    Args:
        may: What the token may: `all`, `read` and `write` of buckets, `make` a mapping.
        buckets: Those that are there.
        version: What /ping says; before 2.4 there are no virtual mappings.
    """

    def __init__(self, may: Sequence[str], buckets: Sequence[str] = (), version: str = "v2.7.12") -> None:
        self.may, self.version = may, version
        self.buckets = {name: f"{number:016x}" for number, name in enumerate(buckets, 0xB0)}
        self.mappings: dict[str, str] = {}
        self.asked: list[str] = []
        self.written: list[bytes] = []
        super().__init__(type("Handler", (_Handler,), {"server2": self}))

    def allows(self, what: str) -> bool:
        return "all" in self.may or what in self.may

    def mapped(self, database: str) -> str | None:
        """The bucket that a database name leads to."""
        virtual = self.version >= "v2.4" and database in self.buckets
        return self.buckets[database] if virtual else self.mappings.get(database)

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> Answer:
        if path == "/ping":
            return 204, None
        if not self.may:
            return error("unauthorized", "unauthorized access")
        return {
            "GET /api/v2/orgs": self.organisations,
            "GET /api/v2/buckets": self.find_buckets,
            "POST /api/v2/buckets": self.make_bucket,
            "GET /api/v2/dbrps": self.find_mappings,
            "POST /api/v2/dbrps": self.make_mapping,
            "POST /write": self.write,
            "POST /query": self.query,
        }[f"{method} {path}"](query, body)

    def organisations(self, query: dict[str, str], _: bytes) -> Answer:
        if query["org"] != ORG:
            return error("not found", f'organization name "{query["org"]}" not found')
        found = [{"id": ORG_ID, "name": ORG}] if self.allows("organisations") else []
        return 200, {"links": {"self": "/api/v2/orgs"}, "orgs": found}

    def find_buckets(self, query: dict[str, str], _: bytes) -> Answer:
        if "orgID" not in query and query["org"] != ORG:
            return error("not found", f'organization name "{query["org"]}" not found')
        name = query["name"]
        if name not in self.buckets:
            return error("not found", f'bucket "{name}" not found')
        one = {"id": self.buckets[name], "orgID": ORG_ID, "type": "user", "name": name, "retentionRules": []}
        return 200, {"links": {"self": "/api/v2/buckets"}, "buckets": [one] if self.allows("read") else []}

    def make_bucket(self, _: dict[str, str], body: bytes) -> Answer:
        given = json.loads(body)
        if not self.allows("all"):
            return error("unauthorized", f"write:orgs/{ORG_ID}/buckets is unauthorized")
        if given["name"] in self.buckets:
            return error("conflict", f"bucket with name {given['name']} already exists")
        self.buckets[given["name"]] = "00000000000000bb"
        return 201, {"id": "00000000000000bb", "orgID": given["orgID"], "name": given["name"], "labels": []}

    def find_mappings(self, query: dict[str, str], _: bytes) -> Answer:
        found = self.mapped(query["db"]) if self.allows("read") else None
        one = {"id": found, "database": query["db"], "bucketID": found, "orgID": ORG_ID, "default": True}
        return 200, {"content": [one] if found else []}

    def make_mapping(self, _: dict[str, str], body: bytes) -> Answer:
        given = json.loads(body)
        if not self.allows("write"):
            what = f"write:orgs/{ORG_ID}/buckets/{given['bucketID']}"
            return error("unauthorized", f"{what} is unauthorized")
        self.mappings[given["database"]] = given["bucketID"]
        return 201, given | {"id": "00000000000000cc"}

    def write(self, query: dict[str, str], body: bytes) -> Answer:
        if self.mapped(query["db"]) is None:
            return error("not found", "no dbrp mapping found")
        if not self.allows("write"):
            return error("forbidden", "insufficient permissions for write")
        self.written += body.splitlines()
        return 204, None

    def query(self, query: dict[str, str], body: bytes) -> Answer:
        statements = dict(parse_qsl(body.decode()))["q"].split(";")
        if not self.allows("read") or self.mapped(query["db"]) is None:
            return 200, {"results": [{"statement_id": 0, "error": f"database not found: {query['db']}"}]}
        return 200, {"results": [{"statement_id": number} for number in range(len(statements))]}


class _Handler(BaseHTTPRequestHandler):
    server2: InfluxDB2
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server2.asked.append(f"{self.command} {self.path}")
        status, given = self.server2.answer(self.command, parts.path, dict(parse_qsl(parts.query)), body)
        content = b"" if given is None else json.dumps(given).encode()
        self.send_response(status)
        self.send_header("X-Influxdb-Build", "OSS")
        self.send_header("X-Influxdb-Version", self.server2.version)
        if isinstance(given, dict) and "code" in given:
            self.send_header("X-Platform-Error-Code", given["code"])
        if given is not None:
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = _serve  # noqa: N815 - the standard library's names

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


def paths(server: InfluxDB2) -> list[str]:
    """What was asked, without the values of queries."""
    return [re.sub(r"=[^&]*", "", asked) for asked in server.asked]
