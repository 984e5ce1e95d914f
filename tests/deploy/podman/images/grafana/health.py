"""As healthy as Grafana: once its password, data source, boards and own folder can be used by its user.

It also answers a webhook, so that a message of the service's can arrive.
"""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


for used in (
    os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"],
    "/etc/grafana/provisioning/datasources/influxdb.yml",
    os.environ["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"],
):
    assert Path(used).read_bytes(), used
assert os.environ["INFLUXDB_PASSWORD"]
Path("/var/lib/grafana/grafana.db").touch()
ThreadingHTTPServer(("", 3000), _Health).serve_forever()
