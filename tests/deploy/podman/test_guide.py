"""Every command of the guide for containers, typed as printed on a terminal, and what it promises.

The deployment is made by these commands alone. What a reader chooses (ports, how much past) stands in `.env`;
what was made up in print (an event's id, a backup's name) is what it is here.
"""

import json
import re
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest
from openpyxl import Workbook
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from sensors.calendar import SHANGHAI
from tests.deploy.deployment import copy_files
from tests.deploy.guide import typed_with_containers
from tests.deploy.podman.engine import PodmanEngine, copy_source
from tests.support.servers import free_port, wait_until

pytestmark = [pytest.mark.prove, pytest.mark.heavy, pytest.mark.server, pytest.mark.timeout(3600)]
INSIDE = "docker compose exec -T liangqu liangqu"
AUTHORITY = "/src/mirror.crt"
PEOPLE = """\
[[channel]]
id = "centre"
kind = "webhook"
url = "http://grafana:3000/api/health"
[[person]]
id = "wang"
name = "王"
channels = ["centre"]
[duty]
people = ["wang"]
[[route]]
to = ["duty"]
"""
"""Filled in: the stand-in for Grafana takes what a webhook is sent."""
FEED = (
    '<R xmlns:b="http://schemas.datacontract.org/2004/07/Env.CnemcPublish.DAL"><b:AQIDataPublishLive>'
    "<b:StationCode>1057A</b:StationCode><b:TimePoint>2019-07-18T13:00:00</b:TimePoint><b:PM2_5>31</b:PM2_5>"
    "</b:AQIDataPublishLive></R>"
)


class GuideReader:
    """Types line by line in a fresh checkout.

    Attributes:
        made_up: What stands in print, and what it is here.
    """

    def __init__(self, folder: Path, engine: PodmanEngine) -> None:
        self.top = copy_files(folder / "checkout")
        copy_source(self.top)
        self.engine = engine.at(self.top)
        self.engine.environment |= {"HOME": str(folder), "TERM": "dumb", "COLUMNS": "120"}
        (folder / "backups").mkdir()
        self.port = free_port()
        example = (self.top / "deploy" / "compose.env.example").read_text("utf-8")
        chosen: dict[str, object] = {
            name: free_port() for name in ("GRAFANA_PORT", "PAGES_PORT", "DESK_PORT")
        }
        chosen |= {"MQTT_TLS_PORT": self.port, "SIMULATE_HISTORY": "60d", "PIP_CERT": AUTHORITY}
        for name, value in chosen.items():
            example = re.sub(rf"^{name}=.*$", f"{name}={value}", example, flags=re.MULTILINE)
        (self.top / ".env").write_text(example, encoding="utf-8")
        self.made_up = {
            "monitor.example.org -p 8883": f"localhost -p {self.port}",
            "make-secrets.sh monitor.example.org": "make-secrets.sh monitor.example.org localhost",
            "/var/backups": str(folder / "backups"),
            "2026-10-12": f"{self.month}-12",
            "2026-10-01 --to 2026-11-01": f"{self.month}-01 --to {self.month}-20",
            "2026-10": self.month,
        }

    @property
    def month(self) -> str:
        """The last whole month, of which simulated readings are there."""
        today = datetime.now(UTC)
        return f"{today.year - (today.month == 1)}-{(today.month - 2) % 12 + 1:02}"

    def type(self, line: str, *, code: int = 0) -> str:
        """What a line says on a terminal; it ends with `code`."""
        for printed, here in self.made_up.items():
            line = line.replace(printed, here)
        # What this machine's own pip is told comes before .env.
        told = {"PIP_CERT": AUTHORITY} if "compose build" in line else {}
        done = self.engine.try_run("script", "-qefc", line, "/dev/null", within=1800, **told)
        assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout.replace("\r", "")

    def json(self, line: str) -> list[dict[str, object]]:
        """What a command of the service's says in JSON."""
        said: list[dict[str, object]] = json.loads(self.engine.run(*shlex.split(f"{INSIDE} {line} --json")))
        return said

    def publish(self, topic: str, values: Mapping[str, float]) -> None:
        """As a station that nobody has announced, by the trial's account."""
        secret = (self.top / "deploy" / "secrets" / "mqtt_simulate").read_text("utf-8").strip()
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="simulate")
        client.username_pw_set("simulate", secret)
        client.tls_set(str(self.top / "deploy" / "secrets" / "ca.crt"))
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        body = {"time": datetime.now(UTC).isoformat(timespec="seconds"), "values": values}
        client.publish(topic, json.dumps(body), qos=1).wait_for_publish(60)
        client.disconnect()
        client.loop_stop()


@pytest.fixture(scope="module")
def reader(engine: PodmanEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuideReader]:
    made = GuideReader(tmp_path_factory.mktemp("reader"), engine)
    try:
        yield made
    finally:
        made.engine.clear()


def write_settings(reader: GuideReader, text: str) -> None:
    settings = reader.top / "deploy" / "settings" / "liangqu.toml"
    settings.write_text(settings.read_text("utf-8") + text, encoding="utf-8")


def is_past_there(reader: GuideReader) -> bool:
    state = reader.engine.inspect("history")["State"]
    return not state["Running"] and state["ExitCode"] == 0


def keep_what_nobody_knows(reader: GuideReader) -> None:
    write_settings(reader, '[catalogue]\nextra = ["my-sites.toml"]\n')
    reader.publish("liangqu/air/my-station", {"pm25": 31})
    wait_until(lambda: "my-station" in reader.engine.run(*f"{INSIDE} quarantine list".split()))


def lay_out_history(reader: GuideReader) -> None:
    folder = reader.top / "history"
    (folder / "archive").mkdir(parents=True)
    book = Workbook()
    for row in (["site", "time", "pm25"], ["my-station", "2026-03-01 08:00", 31]):
        book.active.append(row)
    book.save(folder / "county.xlsx")
    (folder / "archive" / "2019071813.xml").write_text(FEED, encoding="utf-8")
    for each in (folder, *folder.rglob("*")):
        each.chmod(0o755)


def fill_in_the_people(reader: GuideReader) -> None:
    file = reader.top / "deploy" / "settings" / "notify.toml"
    file.write_text(PEOPLE, encoding="utf-8")
    address = '[http]\npublic_url = "https://monitor.example.org"\n'
    write_settings(reader, f'[alerts]\nnotify_file = "notify.toml"\n{address}')


def let_an_event_begin(reader: GuideReader) -> None:
    reader.publish("liangqu/water/houcheng", {"codmn": 40})
    wait_until(lambda: bool(reader.json("alerts list")))
    reader.made_up["ID"] = str(reader.json("alerts list")[0]["event"])


def is_acknowledged(reader: GuideReader) -> bool:
    return "Wang" in json.dumps(reader.json("alerts list"), ensure_ascii=False)


def know_it_now(reader: GuideReader) -> None:
    """The trial's past is known since it was made."""
    reader.made_up["2026-11-03T09:00"] = f"{datetime.now(SHANGHAI):%Y-%m-%dT%H:%M}"


def name_the_backup(reader: GuideReader) -> None:
    backups = reader.top / "backups"
    wait_until(lambda: any(each.name.startswith("liangqu-") for each in backups.iterdir()))
    (made,) = backups.glob("liangqu-*")
    reader.made_up["liangqu-2026-11-27T023000"] = made.name


def lose_the_volumes(reader: GuideReader) -> None:
    """The checkout is left, with secrets and settings."""
    reader.engine.clear()


def find_users_and_reports(reader: GuideReader) -> None:
    """What the desk has written came back too."""
    look = "docker compose run --rm --no-deps"
    assert "wang" in reader.type(f"{look} desk desk user list")
    reader.type(f"{look} --entrypoint ls liangqu /var/lib/liangqu/reports/2026-10/zh/report.html")


def start_over(reader: GuideReader) -> None:
    """A new machine with the checkout alone."""
    reader.engine.clear()
    for each in (".env", "deploy/secrets"):
        reader.engine.run("rm", "-rf", each)


def keep_a_former_journal(reader: GuideReader) -> None:
    """As an upgrade leaves it; one that really migrates is in test_life.py."""
    reader.type(f"{INSIDE.removesuffix(' liangqu')} sh -c 'cp journal.db journal.db.version-1'")


T = TypeVar("T")
Hook = Callable[[GuideReader], object]
BEFORE: Mapping[str, Hook] = {
    "docker compose exec liangqu liangqu quarantine list": keep_what_nobody_knows,
    "docker compose run --rm --no-deps -v ./history:/history liangqu import /history/county": lay_out_history,
    "sudo chown 10001 deploy/settings/notify.toml": fill_in_the_people,
    "mosquitto_pub": let_an_event_begin,
    "docker compose exec liangqu liangqu export renmin-gongyuan": know_it_now,
    "docker compose run --rm --no-deps -v ./backups:/backups liangqu verify": name_the_backup,
    "docker compose up -d influxdb": lose_the_volumes,
    "sudo sh deploy/restore.sh compose": start_over,
    "docker compose stop liangqu desk": keep_a_former_journal,
}
"""What happens meanwhile, by how the line begins."""
AFTER: Mapping[str, Hook] = {
    "docker compose up -d influxdb": lambda reader: reader.engine.wait_until_healthy("influxdb"),
    "docker compose up -d": lambda reader: reader.engine.wait_until_healthy(),
    "docker compose restart": lambda reader: reader.engine.wait_until_healthy(),
    "docker compose run --rm --no-deps -v ./backups:/backups liangqu restore": find_users_and_reports,
    "sudo sh deploy/restore.sh compose": find_users_and_reports,
    "docker compose start grafana": lambda reader: reader.engine.wait_until_healthy("grafana"),
    "docker compose --profile simulate up -d": lambda reader: wait_until(lambda: is_past_there(reader)),
    "mosquitto_pub": lambda reader: wait_until(lambda: is_acknowledged(reader)),
    "docker compose cp liangqu:/var/lib/liangqu/reports .": lambda reader: next(
        (reader.top / "reports").rglob("report.html")
    ),
    "docker compose cp grafana": lambda reader: (reader.top / "grafana-monday.db").stat(),
}
PROMISED: Mapping[str, str] = {
    "docker compose ps": "liangqu_desk_1",
    "cat deploy/secrets/grafana_admin_password": r"^\S{16,}$",
    "docker compose run --rm --no-deps liangqu check": "一切正常",
    "docker compose exec liangqu liangqu alerts test": "centre",
    "docker compose exec liangqu liangqu quarantine list": "my-station",
    "sh deploy/station.sh add my-station": r"\b[0-9a-f]{32}\b",
    "docker compose run --rm --no-deps -v ./backups:/backups liangqu verify": "",
    "docker compose run --rm desk desk user add": r"http://\S+",
    "docker compose run --rm desk desk user list": "wang(.|\n)*li",
}


def of_line(line: str, table: Mapping[str, T]) -> T | None:
    """The entry of a table whose key the line begins with; the longest."""
    fits = [key for key in table if line.startswith(key)]
    return table[max(fits, key=len)] if fits else None


ORDER = (1, 2, 7, 11, 8, 5, 6, 10)


def test_every_line_is_typed_as_printed_and_keeps_its_promise(reader: GuideReader) -> None:
    lines = typed_with_containers()
    assert sorted(lines) == sorted(ORDER)
    for chapter in ORDER:
        for line in lines[chapter]:
            begun = time.monotonic()
            if hook := of_line(line, BEFORE):
                hook(reader)
            said = reader.type(line)
            assert re.search(of_line(line, PROMISED) or "", said, re.MULTILINE), f"{line}\n{said}"
            if hook := of_line(line, AFTER):
                hook(reader)
            print(f"{chapter}: {line[:90]}  {time.monotonic() - begun:.0f} s")
