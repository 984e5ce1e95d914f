"""As healthy as Grafana: once its password, data source, boards and own folder can be used by its user."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


for used in (
    os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"],
    "/etc/grafana/provisioning/datasources/influxdb.yml",
    os.environ["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"],
):
    assert Path(used).read_bytes(), used
assert os.environ["INFLUXDB_PASSWORD"]
Path("/var/lib/grafana/written").touch()
ThreadingHTTPServer(("", 3000), _Health).serve_forever()
