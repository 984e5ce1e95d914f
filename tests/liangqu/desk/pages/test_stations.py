"""The pages of stations do what `liangqu station` does; a password is shown once, a refusal at its field."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from ingest.journal import accounting, inbox, quarantine
from ingest.journal.audit import read_audit
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import ReloadAnswer
from liangqu.__main__ import app
from liangqu.config import settings
from liangqu.desk.access.user import Role, User
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk
from liangqu.desk.pages import stations
from liangqu.tasks.stations import accounts, taking_in
from sensors.model import Refused
from tests.liangqu.desk import forms
from tests.liangqu.desk.conftest import NOW, SETTINGS
from tests.liangqu.desk.named_gate import UserGate

OWN = '[catalogue]\nextra = ["mine.toml"]\n[stations]\npasswords = "passwords"\n'
MINE = """\
# ours; Li knows the keys
[[site]]
id = "school"          # since 2021
medium = "air"
name = { zh = "学校", en = "School" }
zone = "city"
"""
READING = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 12}}).encode()
HILL = {"id": "hill", "medium": "air", "name": "山", "en": "Hill", "zone": "city"}
ADD_HILL = ["add", "hill", "--medium", "air", "--zh", "山", "--en", "Hill", "--zone", "city"]


def deploy(folder: Path) -> Desk:
    (folder / "liangqu.toml").write_text(SETTINGS + OWN, encoding="utf-8")
    (folder / "mine.toml").write_text(MINE, encoding="utf-8")
    (folder / "passwords").write_text("liangqu:$7$101$a$b\nschool:$7$101$c$d\nghost:$7$101$e$f\n")
    made = Desk(lambda: settings.read(folder / "liangqu.toml"), lambda: NOW)
    with made.journal.transaction() as connection:
        for name in ("hill", "hill", "<b>dale"):
            message = InboxMessage(f"liangqu/air/{name}", READING, NOW)
            quarantine.add(connection, message, [Refused("unknown_site", "")], 10**6)
        accounting.add(connection, {"items": 3})
    return made


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """With a file of stations of our own and accounts; a service answers at once."""
    for module in (stations, taking_in):
        monkeypatch.setattr(module, "await_reload", lambda *_, **__: ReloadAnswer(()))
    made = deploy(tmp_path)
    yield made
    made.close()


@pytest.fixture
def commanded(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The same deployment again, for the command."""
    made = deploy(tmp_path_factory.mktemp("commanded"))
    yield made
    made.close()


def folder_of(desk: Desk) -> Path:
    return Path(desk.files.settings.journal.path).parent


def send(client: TestClient, path: str, **fields: str) -> forms.Sent:
    return forms.send(client, path, "/add-station", **fields)


def left(desk: Desk) -> tuple[str, list[str], list[str], int]:
    """What an act leaves: the catalogue's file, accounts, messages given back, items still refused."""
    folder, connection = folder_of(desk), desk.journal.connection()
    return (
        (folder / "mine.toml").read_text("utf-8"),
        sorted(accounts.parse_accounts((folder / "passwords").read_text())),
        [message.topic for message in inbox.fetch(connection, 10)],
        len([*quarantine.items(connection, quarantine.ANY)]),
    )


ACTS: dict[str, tuple[str, dict[str, str], list[str]]] = {
    "added": ("/add-station", HILL, [*ADD_HILL, "--no-replay"]),
    "added, and what was kept comes in": (
        "/add-station",
        {**HILL, "bring_in": "on"},
        [*ADD_HILL, "--replay"],
    ),
    "added with all that the form has": (
        "/add-station",
        {**HILL, "cycle": "5m", "lon": "114.9", "lat": "40.8", "mn": "88888880000001", "contact": "Li"},
        [
            *ADD_HILL, "--cycle", "5m", "--lon", "114.9", "--lat", "40.8", "--mn", "88888880000001",
            "--contact", "Li", "--no-replay",
        ],
    ),
    "switched off": ("/stations/school", {"do": "off"}, ["disable", "school"]),
    "a shipped one switched off": ("/stations/wujinku", {"do": "off"}, ["disable", "wujinku"]),
    "switched on": ("/stations/school", {"do": "on"}, ["enable", "school"]),
    "contact": ("/stations/school", {"do": "contact", "contact": "Li"}, ["contact", "school", "Li"]),
    "renamed": ("/stations/school", {"do": "rename", "new": "college"}, ["rename", "school", "college"]),
    "a new password": ("/stations/school", {"do": "rotate"}, ["rotate", "school"]),
    "removed": ("/stations/school", {"do": "remove", "typed_id": "school"}, ["remove", "school"]),
    "an account closed": ("/stations/ghost", {"do": "remove", "typed_id": "ghost"}, ["remove", "ghost"]),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_an_act_leaves_what_the_command_leaves(
    act: str, client: TestClient, desk: Desk, commanded: Desk
) -> None:
    path, fields, command = ACTS[act]
    before = left(desk)
    typed = ["station", *command, "-c", str(folder_of(commanded) / "liangqu.toml")]

    status, said = send(client, path, **fields)
    done = CliRunner().invoke(app, typed)

    assert status in {200, 303}, said
    assert done.exit_code == 0, done.output
    assert left(desk) == left(commanded)
    if act != "a new password":
        assert left(desk) != before
    mine, theirs = (read_audit(each.journal.connection()) for each in (desk, commanded))
    assert [(r.what, r.objects, r.details) for r in mine] == [(r.what, r.objects, r.details) for r in theirs]


@pytest.mark.parametrize(
    ("path", "fields"), [("/add-station", HILL), ("/stations/school", {"do": "rotate"})], ids=["new", "other"]
)
def test_a_password_is_shown_once_and_kept_nowhere(
    path: str, fields: dict[str, str], client: TestClient, desk: Desk
) -> None:
    page = send(client, path, **fields)[1]

    (password,) = re.findall(r"<code>([0-9a-f]{32})</code>", page)
    assert page.count(password) == 1
    for again in ("/stations", "/stations/school", "/add-station", "/audit"):
        assert password not in client.get(again).text
    for file in folder_of(desk).iterdir():
        assert password.encode() not in file.read_bytes()


def test_a_wider_zone_is_no_zone_of_a_station(client: TestClient, desk: Desk) -> None:
    row = '[[zone]]\nid = "wide"\nname = { zh = "大片", en = "Wide" }\nof = ["zone-city"]\n'
    with (folder_of(desk) / "mine.toml").open("a", encoding="utf-8") as file:
        file.write(row)
    desk.read_again()

    form = client.get("/add-station").text

    assert (desk.problem, "大片" in form) == ("", False)
    assert 'value="city"' in form


REFUSED: dict[str, tuple[str, dict[str, str], str, str]] = {
    "an id that is taken": ("/add-station", {**HILL, "id": "school"}, "id", "school"),
    "an id that none can have": ("/add-station", {**HILL, "id": "山"}, "id", "编号：必须符合"),
    "no name": ("/add-station", {**HILL, "name": "", "en": ""}, "name", "中文名称：不得为空"),
    "no such zone": ("/add-station", {**HILL, "zone": "moon"}, "zone", "所属片区（空气）：没有 id 为"),
    "no cycle": ("/add-station", {**HILL, "cycle": "often"}, "cycle", "上报周期："),
    "north of the pole": ("/add-station", {**HILL, "lon": "114", "lat": "140"}, "lat", "纬度（°N）：140.0"),
    "no number": ("/add-station", {**HILL, "lon": "<i>", "lat": "40"}, "lon", "经度（°E，WGS 84）：不是数字"),
    "a former id": ("/stations/school", {"do": "rename", "new": "wujinku"}, "new", "wujinku"),
    "removed without its id": ("/stations/school", {"do": "remove", "typed_id": "x"}, "typed_id", "school"),
    "a shipped one removed": ("/stations/wujinku", {"do": "remove", "typed_id": "wujinku"}, "", "wujinku"),
    "a contact as long as a book": (
        "/stations/school", {"do": "contact", "contact": "x" * 999}, "contact", "联系方式：",
    ),
    "nobody's": ("/stations/moon", {"do": "off"}, "", "moon"),
    "no such act": ("/stations/school", {"do": "burn"}, "", "burn"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_is_one_line_at_its_field_and_changes_nothing(
    case: str, client: TestClient, desk: Desk
) -> None:
    path, fields, field, words = REFUSED[case]
    before = left(desk)

    status, page = send(client, path, **fields)

    problem = re.search(r'<p class="problem" role="alert">(.*?)</p>', page)
    assert status == 422
    assert problem is not None
    assert words in problem[1]
    assert "\n" not in problem[1]
    assert "mine.toml" not in problem[1]
    assert re.findall(r'name="([a-z_]+)"[^>]*aria-invalid="true"', page) == [field] * bool(field)
    assert left(desk) == before


@pytest.mark.parametrize("language", ["zh", "en"])
def test_unknown_senders_are_shown_with_what_they_send(language: str, client: TestClient, desk: Desk) -> None:
    client.get(f"/stations?lang={language}")
    page = client.get("/stations").text

    assert "PM2.5" in page
    assert "/add-station?sender=hill" in page
    assert "<b>dale" not in page
    assert "&lt;b&gt;dale" in page
    assert 'href="/stations/ghost"' in page  # an account of no station
    assert 'value="hill"' in client.get("/add-station?sender=hill").text
    assert client.get("/stations/school").status_code == 200


@pytest.mark.parametrize("role", ["look", "duty", "review"])
def test_who_is_no_administrator_looks_and_changes_nothing(role: Role, desk: Desk) -> None:
    before = left(desk)
    gate = UserGate(User("wang", "王", frozenset({role})))
    with TestClient(build_app(desk, gate), "http://localhost") as client:
        page = client.get("/stations/school")
        assert page.status_code == 200
        assert "<button" not in page.text
        assert client.get("/add-station").status_code == 403
        for path in ("/add-station", "/stations/school"):
            assert client.post(path, data={"do": "rotate"}).status_code == 403
    assert left(desk) == before
