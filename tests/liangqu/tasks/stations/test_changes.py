"""Stations by command: catalogue and broker change together, and a killed command can be repeated."""

import os
import signal
import tomllib
from base64 import b64decode
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from liangqu.config import settings
from liangqu.config.broker_choice import Mqtt
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue
from liangqu.config.schema import Alerts
from liangqu.config.settings import Settings
from liangqu.tasks.editing import files
from liangqu.tasks.stations import accounts
from liangqu.tasks.stations.changes import (
    add_station,
    remove_station,
    rename_station,
    rotate_password,
    set_contact,
    switch_station,
)
from liangqu.tasks.stations.listing import list_stations
from tests.support.paths import ROOT

ROW = {"id": "hill", "medium": "air", "name": {"zh": "山", "en": "Hill"}, "zone": "city"}
MINE = """\
# ours; Li knows the keys
[[site]]
id = "school"          # since 2021
medium = "air"
name = { zh = "学校", en = "School" }
zone = "city"

[[target]]
id = "school-pm25"
place = "school"
parameter = "pm25"
statistic = "year"
limit = 20
decimals = 0
wording = "stable"
valid_from = 2019-08-01
due = 2022
confirmed = "ours"

[[site]]
id = "taizicheng"
medium = "air"
name = { zh = "太子城", en = "Taizicheng" }
zone = "competition"
"""
NOTIFY = """\
[[channel]]
id = "hook"
webhook = "http://127.0.0.1:1/"

[[route]]
to = ["hook"]
sites = ["hill"]
"""
PARTS = "liangqu:$7$101$a$b\nschool:$7$101$c$d\n"


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    """Settings with a catalogue file, accounts and the shipped access list."""
    (tmp_path / "mine.toml").write_text(MINE, "utf-8")
    (tmp_path / "passwords").write_text(PARTS, "utf-8")
    (tmp_path / "passwords").chmod(0o600)
    (tmp_path / "access.acl").write_bytes((ROOT / "deploy" / "mosquitto" / "access.acl").read_bytes())
    (tmp_path / "liangqu.toml").write_text(
        '[catalogue]\nextra = ["mine.toml"]\n[stations]\npasswords = "passwords"\naccess = "access.acl"\n'
    )
    return settings.load(tmp_path / "liangqu.toml", {})


def contents(of: Settings) -> dict[str, str]:
    """All files of the folder, by name."""
    folder = Path(of.stations.passwords).parent
    return {file.name: file.read_text("utf-8") for file in sorted(folder.iterdir())}


def users(of: Settings) -> Mapping[str, str]:
    return accounts.parse_accounts(Path(of.stations.passwords).read_text("utf-8"))


def test_a_hash_is_what_mosquitto_passwd_makes_of_a_password() -> None:
    """Of mosquitto_passwd 2.0.11 -b, for the password `secret`."""
    made = (
        "$7$101$3PWutRW7uWlFbAKt$meeKu3W960ES+x6ls/QCqZrN3TIzSXz1vdyogFxeBSMicXoo95f0SfnqJHoJNdgEV6ZrJEdCSCGi"
        "8JY2hHXcFg=="
    )

    assert accounts.to_hash("secret", b64decode("3PWutRW7uWlFbAKt")) == made


def test_a_station_is_added_with_row_and_account(own: Settings) -> None:
    change = add_station(own, ROW)

    assert contents(own)["mine.toml"].startswith(MINE)
    assert open_catalogue(own).sites["hill"].zone == "city"
    salt = users(own)["hill"].split("$")[3]
    assert accounts.to_hash(change.password, b64decode(salt)) == users(own)["hill"]
    assert users(own)["school"] == "$7$101$c$d"
    assert Path(own.stations.passwords).stat().st_mode & 0o777 == 0o600


def test_a_renamed_station_keeps_its_password_and_its_topic(own: Settings) -> None:
    add_station(own, ROW)

    assert rename_station(own, "hill", "summit").password == ""

    row = open_catalogue(own).sites["summit"]
    assert row.renamed_from == ("hill",)
    assert users(own)["summit"] == users(own)["hill"]
    assert open_catalogue(own).sender("hill") == row
    assert add_refused(own, "hill") == "hill: that was the id of summit, and its history is found by it"
    rotate_password(own, "summit")
    assert users(own)["summit"] == users(own)["hill"]
    remove_station(own, "hill")
    assert "hill" not in users(own)
    assert "summit" in users(own)


def test_a_station_that_is_removed_leaves_the_files_as_they_were(own: Settings) -> None:
    before = contents(own)
    add_station(own, ROW)
    rename_station(own, "hill", "summit")

    remove_station(own, "summit")

    assert contents(own) == before


def test_a_shipped_station_is_switched_off_and_on_by_a_row_of_ones_own(own: Settings) -> None:
    for active in (False, True):
        switch_station(own, "wujinku", active=active)
        site = open_catalogue(own).sites["wujinku"]
        assert (site.active, site.code, site.lon) == (active, "1059A", 114.8814)
    assert contents(own)["mine.toml"].count("1059A") == 1


def test_a_data_logger_has_the_account_of_its_number(own: Settings) -> None:
    change = add_station(own, {**ROW, "mn": "A110000_0001"})

    assert change.user == "A110000_0001"
    assert rename_station(own, "hill", "summit").user == "A110000_0001"
    assert [user for user in users(own) if user not in {"liangqu", "school"}] == ["A110000_0001"]


def test_where_no_pattern_lets_stations_publish_each_has_its_own_line(own: Settings) -> None:
    access = Path(own.stations.access)
    access.write_text("user liangqu\ntopic read liangqu/#\n", "utf-8")
    before = contents(own)

    add_station(own, ROW)

    assert access.read_text("utf-8") == before["access.acl"] + "\nuser hill\ntopic write liangqu/air/hill\n"
    remove_station(own, "hill")
    assert contents(own) == before


def test_under_several_prefixes_a_station_may_publish_under_each(own: Settings) -> None:
    several = replace(own, mqtt=Mqtt(prefixes=("liangqu/a", "liangqu/b")))
    access = Path(own.stations.access)
    access.write_text("pattern write liangqu/a/air/%u\n", "utf-8")
    before = contents(own)

    add_station(several, {**ROW, "mn": "A1"})

    lines = "".join(f"\nuser A1\ntopic write liangqu/{each}/hj212/A1\n" for each in "ab")
    assert access.read_text("utf-8") == before["access.acl"] + lines
    remove_station(several, "hill")
    assert contents(own) == before


@pytest.mark.parametrize("readable", [True, False])
def test_a_route_that_names_nobody_any_more_is_a_warning(readable: bool, own: Settings) -> None:
    """A notify file that cannot be used keeps nobody from changing stations."""
    notify = Path(own.stations.passwords).with_name("notify.toml")
    notify.write_text(NOTIFY if readable else "x", "utf-8")
    told = replace(own, alerts=Alerts(notify_file=str(notify)))
    add_station(told, ROW)

    warnings = rename_station(told, "hill", "summit").warnings

    line = 'notify_file: route 1: sites: no site, zone or river has the id "hill"'
    assert warnings == ((line,) if readable else ())
    assert remove_station(told, "summit").warnings == ()


def add_refused(own: Settings, id_: str) -> str:
    with pytest.raises(ProblemError) as refused:
        add_station(own, {**ROW, "id": id_})
    return str(refused.value)


REFUSED: list[tuple[str, Callable[[Settings], Any], str]] = [
    ("taken", lambda own: add_station(own, {**ROW, "id": "school"}), "a station of this id already"),
    ("shipped", lambda own: add_station(own, {**ROW, "id": "wujinku"}), "a station of this id already"),
    ("option", lambda own: add_station(own, {**ROW, "id": "--help"}), 'site "--help": id: must match'),
    ("topic", lambda own: add_station(own, {**ROW, "id": "a/b"}), 'site "a/b": id: must match'),
    ("long", lambda own: add_station(own, {**ROW, "id": "a" * 65}), "id: must match"),
    ("line break", lambda own: add_station(own, {**ROW, "id": "a\nb"}), "id: must match"),
    ("zone", lambda own: add_station(own, {**ROW, "id": "zone-x"}), "zone- and river- are reserved"),
    ("part", lambda own: add_station(own, {**ROW, "id": "gateway"}), "the account of a part of liangqu"),
    ("nobody's zone", lambda own: add_station(own, {**ROW, "zone": "moon"}), 'no [[zone]] has the id "moon"'),
    ("half a place", lambda own: add_station(own, {**ROW, "lon": 1.0}), "lat: missing"),
    ("number twice", lambda own: add_station(own, {**ROW, "code": "1059A"}), 'that of site "wujinku"'),
    ("logger", lambda own: add_station(own, {**ROW, "mn": "a#b"}), "'a#b' cannot be an account"),
    ("other file", lambda own: add_station(own, ROW, Path("x.toml")), "is not one of catalogue.extra"),
    ("remove nobody", lambda own: remove_station(own, "scool"), "did you mean school?"),
    ("remove shipped", lambda own: remove_station(own, "wujinku"), "liangqu station disable wujinku"),
    ("remove own of a shipped", lambda own: remove_station(own, "taizicheng"), "which would come back"),
    ("remove named", lambda own: remove_station(own, "school"), 'target "school-pm25": place: no site'),
    ("remove part", lambda own: remove_station(own, "liangqu"), "there is no site 'liangqu'"),
    ("rename nobody", lambda own: rename_station(own, "nobody", "x"), "there is no site 'nobody'"),
    ("rename to taken", lambda own: rename_station(own, "school", "wujinku"), "of this id already"),
    ("rename to itself", lambda own: rename_station(own, "school", "school"), "of this id already"),
    ("rename to an option", lambda own: rename_station(own, "school", "-x"), "id: must match"),
    ("rename named", lambda own: rename_station(own, "school", "s"), 'target "school-pm25": place: no site'),
    ("rename shipped", lambda own: rename_station(own, "wujinku", "w"), "stands in no file of yours"),
    ("rotate nobody", lambda own: rotate_password(own, "--help"), "there is no site '--help'"),
    ("rotate a part", lambda own: rotate_password(own, "duty"), "there is no site 'duty'"),
    ("disable nobody", lambda own: switch_station(own, "zone-city", active=False), "no site 'zone-city'"),
]


@pytest.mark.parametrize(
    ("change", "problem"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_what_the_catalogue_or_the_broker_would_refuse_changes_nothing(
    change: Callable[[Settings], Any], problem: str, own: Settings
) -> None:
    before = contents(own)

    with pytest.raises(ProblemError) as refused:
        change(own)

    assert problem in str(refused.value)
    assert contents(own) == before


CHANGES: dict[str, Callable[[Settings], Any]] = {
    "add": lambda own: add_station(own, ROW),
    "rename": lambda own: rename_station(own, "school", "roof"),
    "remove": lambda own: remove_station(own, "school"),
}


@pytest.fixture
def plain(own: Settings) -> Settings:
    """Without the target that names the school, so that it may go; each station has a line of access."""
    Path(own.catalogue.extra[0]).write_text(MINE.partition("[[target]]")[0], "utf-8")
    Path(own.stations.access).write_text(
        "user liangqu\ntopic read liangqu/#\n\nuser school\ntopic write liangqu/air/school\n", "utf-8"
    )
    return own


@pytest.mark.parametrize("failing", [1, 2, 3])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_file_that_cannot_be_written_leaves_all_as_they_were(
    change: Callable[[Settings], Any], failing: int, plain: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, written = contents(plain), 0

    def put(path: Path, contents: bytes) -> None:
        nonlocal written
        written += 1
        if written == failing:
            raise OSError(28, "No space left on device", str(path))
        real(path, contents)

    real = files.put
    monkeypatch.setattr(files, "put", put)
    with pytest.raises(ProblemError, match="No space left on device; nothing was changed"):
        change(plain)

    assert contents(plain) == before


@pytest.mark.parametrize("after", [1, 2])
@pytest.mark.parametrize("name", CHANGES)
def test_killed_between_two_writes_the_same_command_completes_it(
    name: str, after: int, plain: Settings
) -> None:
    """What it has left half written is gone then; until then its account is named as one of nobody."""
    change = CHANGES[name]
    child = os.fork()
    if not child:
        written, real = 0, files.put

        def put(path: Path, contents: bytes) -> None:
            nonlocal written
            if written == after:
                files.new_beside(path).write_bytes(contents[:5])
                os.kill(os.getpid(), signal.SIGKILL)
            written += 1
            real(path, contents)

        pytest.MonkeyPatch().setattr(files, "put", put)
        change(plain)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    catalogue = open_catalogue(plain)
    tomllib.loads(contents(plain)["mine.toml"])
    known = {user for user in users(plain) if user in catalogue.sites}
    assert set(list_stations(plain).orphans) == {*users(plain)} - known - accounts.PARTS

    change(plain)

    expected = {"add": {"school", "hill"}, "rename": {"school", "roof"}, "remove": set()}[name]
    assert {*users(plain)} - accounts.PARTS == expected
    assert [file for file in contents(plain) if file.endswith(".new")] == []
    assert list_stations(plain).orphans == ()
    sites = {"add": {"school", "hill"}, "rename": {"roof"}, "remove": set()}[name]
    assert {*open_catalogue(plain).sites} & {"school", "hill", "roof"} == sites
    granted = {
        line.removeprefix("user ") for line in contents(plain)["access.acl"].splitlines() if "user" in line
    }
    assert granted - {"liangqu"} == expected


def test_commands_at_the_same_time_wait_for_each_other(own: Settings) -> None:
    ids = [f"hill-{number}" for number in range(8)]
    with ThreadPoolExecutor(len(ids)) as pool:
        made = [*pool.map(lambda id_: add_station(own, {**ROW, "id": id_}).password, ids)]

    assert {*ids} <= {*open_catalogue(own).sites}
    assert {*users(own)} == {"liangqu", "school", *ids}
    assert len({*made}) == len(ids)


def test_a_link_stays_one_and_what_it_leads_to_is_changed(own: Settings, tmp_path: Path) -> None:
    """As where the catalogue is kept under version control, and linked to where the service reads it."""
    (kept := tmp_path / "kept").mkdir()
    link = Path(own.catalogue.extra[0])
    link.rename(kept / "mine.toml")
    link.symlink_to(kept / "mine.toml")

    add_station(own, ROW)

    assert link.is_symlink()
    assert "hill" in (kept / "mine.toml").read_text("utf-8")


def test_a_failure_of_a_descriptor_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the file is another user's: the owner cannot be kept, and nothing is changed."""
    file = tmp_path / "passwords"
    file.write_bytes(b"old")

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", refuse)
    with pytest.raises(OSError, match="Operation not permitted") as refused:
        files.put(file, b"new")

    assert refused.value.filename == str(file)
    assert (file.read_bytes(), [*tmp_path.iterdir()]) == (b"old", [file])


@pytest.mark.parametrize(
    ("id_", "line"),
    [
        pytest.param("school", 'contact = "Li, 1391"', id="ours"),
        pytest.param("wujinku", 'contact = "Li, 1391"', id="shipped: a copy of its row is ours"),
    ],
)
def test_whom_to_call_is_written_into_the_row_and_all_else_stays(own: Settings, id_: str, line: str) -> None:
    before = open_catalogue(own).sites[id_]

    set_contact(own, id_, contact="Li, 1391")

    assert contents(own)["mine.toml"].startswith(MINE[:60])
    assert line in contents(own)["mine.toml"]
    assert open_catalogue(own).sites[id_] == replace(before, contact="Li, 1391")


def test_a_contact_that_is_too_long_changes_nothing(own: Settings) -> None:
    before = contents(own)
    with pytest.raises(ProblemError, match="contact"):
        set_contact(own, "school", contact="x" * 1000)
    assert contents(own) == before
