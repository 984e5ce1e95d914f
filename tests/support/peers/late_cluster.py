r"""A server that answers as a cluster of openGemini does, in front of a real InfluxDB that keeps the points.

- a statement of a measurement that is not there yet: an error, and "not executed" for those behind it
  (`lib/errno/message.go`, `statement_executor.go`)
- a new series is seen some time after the 204 of its write
- a negative literal of time is refused; readings of two measurements come as one
- `SHOW DATABASES DETAIL` tells of copies (`executeShowDatabasesStatement`)
- 500 "shard group not found" on a write, where it is told to
"""

import http.client
import json
import re
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.support.peers.http_peer import HTTPPeer

STATEMENT = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^;"'])+""", re.DOTALL)
NAME = r'"((?:\\.|[^"\\])*)"'
FROM = re.compile(rf"FROM {NAME}(, )?")
SITE = re.compile(r""""site" = '([^']*)'""")
LINE = re.compile(r"^([\w.-]+)(?:,[^\n]*?)?,site=([^,\n]*?)(?:,[^\n]*?)? ", re.MULTILINE)
NEGATIVE = re.compile(r"time [<>=]+ -\d")
COPIES = 3


class LateCluster(HTTPPeer):
    """Use as a context manager.

    Args:
        behind: Host and port of the InfluxDB.
        late: Seconds after which a new series is seen.
        copies: Of each database.
    """

    def __init__(self, behind: str, late: float, copies: int = COPIES) -> None:
        self.behind, self.late, self.copies = behind, late, copies
        self.asked: list[str] = []
        self.writes, self.fails = 0, set[int]()  # the numbers of writes that fail
        self._first: dict[str, float] = {}  # when a site was first written
        self._measurements: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        super().__init__(type("Handler", (_Handler,), {"cluster": self}))

    def write(self, target: str, body: bytes) -> tuple[int, bytes]:
        """Take lines; what is new in them is seen later."""
        with self._lock:
            self.writes += 1
            if self.writes in self.fails:
                return 500, json.dumps({"error": "shard group not found"}).encode()
            status, said = self.pass_on("POST", target, body)
            known = self._measurements.setdefault(parse_qs(urlsplit(target).query)["db"][0], set())
            for measurement, site in LINE.findall(body.decode()):
                known.add(measurement)
                self._first.setdefault(site, time.monotonic())
            known |= {line.split(b" ")[0].split(b",")[0].decode() for line in body.split(b"\n")}
        return status, said

    def query(self, target: str, query: dict[str, list[str]]) -> tuple[int, bytes]:
        """Ask InfluxDB as far as a cluster would answer."""
        [text], database = query["q"], query.get("db", [""])[0]
        self.asked.append(text)
        if NEGATIVE.search(text):
            return 400, json.dumps({"error": "error parsing query: a negative literal of time"}).encode()
        if text == "SHOW DATABASES DETAIL":
            return self._databases()
        known = self._measurements.get(database, set())
        statements = STATEMENT.findall(text)
        answers: list[bytes] = []
        for number, statement in enumerate(statements):
            named = FROM.search(statement)
            assert named is None or named[2] is None, f"two measurements: {statement}"
            if named is not None and named[1] not in known:
                errors = ["measurement not found", *["not executed"] * (len(statements) - number - 1)]
                answers += [_error(number + k, words) for k, words in enumerate(errors)]
                break
            answers.append(self._answer(target, query, statement, number))
        return 200, b"".join(answers)

    def _answer(self, target: str, query: dict[str, list[str]], statement: str, number: int) -> bytes:
        site = SITE.search(statement)
        if site and time.monotonic() - self._first.get(site[1], 0.0) < self.late:
            return json.dumps({"results": [{"statement_id": number}]}).encode() + b"\n"
        body = urlencode({key: values[0] for key, values in query.items()} | {"q": statement}).encode()
        _, said = self.pass_on("POST", urlsplit(target).path, body)
        return said.replace(b'"statement_id":0', f'"statement_id":{number}'.encode())

    def _databases(self) -> tuple[int, bytes]:
        status, said = self.pass_on("POST", "/query", urlencode({"q": "SHOW DATABASES"}).encode())
        found: Any = json.loads(said)
        [series] = found["results"][0]["series"]
        series["columns"] += ["ReplicaN", "Tag Attribute"]
        series["values"] = [[*row, self.copies, "default"] for row in series.get("values", [])]
        return status, json.dumps(found).encode() + b"\n"

    def pass_on(self, method: str, target: str, body: bytes) -> tuple[int, bytes]:
        """What the InfluxDB behind answers."""
        connection = http.client.HTTPConnection(self.behind, timeout=30)
        kind = "text/plain" if target.startswith("/write") else "application/x-www-form-urlencoded"
        connection.request(method, target, body, {"Content-Type": kind})
        answer = connection.getresponse()
        said = answer.read()
        connection.close()
        return answer.status, said


def _error(number: int, words: str) -> bytes:
    return json.dumps({"results": [{"statement_id": number, "error": words}]}).encode() + b"\n"


class _Handler(BaseHTTPRequestHandler):
    cluster: LateCluster
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._say(204, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.startswith("/write"):
            self._say(*self.cluster.write(self.path, body))
            return
        query = parse_qs(urlsplit(self.path).query) | parse_qs(body.decode())
        self._say(*self.cluster.query(self.path, query))

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("X-Geminidb-Version", "1.3.1")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Sequence[Any]) -> None:
        pass
