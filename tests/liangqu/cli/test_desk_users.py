"""`liangqu desk user` and `liangqu audit` as they are typed."""

import csv
import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.journal import audit
from ingest.journal.file import Journal
from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from liangqu.desk.access.passwords import is_password
from liangqu.desk.access.users import read_users

PASSWORD = "mengniu tractor 27"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "liangqu.toml").write_text('[desk]\npublic_url = "https://desk.example.org/"\n', "utf-8")
    Journal(tmp_path / "journal.db").close()
    monkeypatch.setattr(audit, "login_name", lambda: "root")
    return tmp_path


def call(folder: Path, *words: str, typed: str = "", language: str = "en") -> str:
    """What it says; the problem's line if there is one."""
    arguments = [*words, "-c", str(folder / "liangqu.toml")]
    done = CliRunner(env={"LIANGQU_LANGUAGE": language}).invoke(app, arguments, input=typed)
    return str(done.exception) if isinstance(done.exception, ProblemError) else done.output


def add(folder: Path, *more: str, typed: str = "") -> str:
    return call(folder, "desk", "user", "add", "wang", "--roles", "admin", *more, typed=typed)


def test_a_user_gets_a_link_that_stands_nowhere_else(folder: Path) -> None:
    said = add(folder, "--display-name", "王晓明").splitlines()

    assert said[0] == f"user wang added ({folder}/users.toml)"
    link = re.fullmatch(r"https://desk\.example\.org/invitation\?token=([\w-]{43})", said[2])
    assert link
    assert link[1] not in (folder / "users.toml").read_text("utf-8")
    assert link[1].encode() not in (folder / "journal.db").read_bytes()
    assert read_users(folder / "users.toml")["wang"].display_name == "王晓明"


def test_a_password_comes_from_standard_input_and_only_its_hash_is_kept(folder: Path) -> None:
    said = add(folder, "--password", typed=f"{PASSWORD}\n")

    assert "invitation" not in said
    assert PASSWORD not in said
    assert is_password(read_users(folder / "users.toml")["wang"].password_hash, PASSWORD)


REFUSED = [
    pytest.param(("add", "li", "--roles", "dutty"), "", "'dutty' is no role; did you mean duty?", id="role"),
    pytest.param(("add", "WANG"), "", "there is a user WANG already", id="a name in capitals"),
    pytest.param(
        ("add", "li", "--person", "x"), "", "--person: nobody of the notify file is 'x'", id="person"
    ),
    pytest.param(("add", "li", "--password"), "short\n", "--password: at least 12 characters", id="short"),
    pytest.param(("add", "li", "--password"), "passwordpassword\n", "soon be guessed", id="common"),
    pytest.param(("remove", "li"), "", "there is no user 'li'", id="nobody"),
    pytest.param(("remove", "wang"), "", "wang is the only administrator", id="the last one"),
    pytest.param(("roles", "wang", "duty"), "", "wang is the only administrator", id="no longer one"),
    pytest.param(("password", "li"), "", "there is no user 'li'", id="a link for nobody"),
]


@pytest.mark.parametrize(("words", "typed", "line"), REFUSED)
def test_what_is_refused_changes_nothing_and_is_not_recorded(
    folder: Path, words: tuple[str, ...], typed: str, line: str
) -> None:
    add(folder)
    before = (folder / "users.toml").read_bytes()

    assert line in call(folder, "desk", "user", *words, typed=typed)
    assert (folder / "users.toml").read_bytes() == before
    assert len(json.loads(call(folder, "audit", "--json"))) == 2  # added, invited


def test_users_are_listed_in_words_and_for_scripts(folder: Path) -> None:
    assert "no users yet" in call(folder, "desk", "user", "list")
    add(folder, "--display-name", "王晓明")
    call(folder, "desk", "user", "add", "li", "--password", typed=f"{PASSWORD}\n")

    assert call(folder, "desk", "user", "list", language="zh").splitlines()[1:] == [
        "wang    王晓明  管理              尚未设置",
        "li      li      查看              已设置",
    ]
    rows = json.loads(call(folder, "desk", "user", "list", "--json"))
    assert [(row["name"], row["roles"], row["has_password"]) for row in rows] == [
        ("wang", ["admin"], False),
        ("li", [], True),
    ]
    assert "argon2" not in call(folder, "desk", "user", "list", "--json")


def test_each_change_is_a_row_of_the_audit_list(folder: Path) -> None:
    add(folder, "--password", typed=f"{PASSWORD}\n")
    call(folder, "desk", "user", "add", "li", "--password", typed=f"{PASSWORD}\n")
    call(folder, "desk", "user", "roles", "li", "review,duty")
    call(folder, "desk", "user", "password", "li")
    call(folder, "desk", "user", "remove", "li")

    rows = list(csv.DictReader(io.StringIO(call(folder, "audit", "--csv"))))
    assert [(row["who"], row["door"], row["what"], row["objects"]) for row in reversed(rows)] == [
        ("root", "command", "user_add", "wang"),
        ("root", "command", "user_add", "li"),
        ("root", "command", "user_roles", "li"),
        ("root", "command", "user_link", "li"),
        ("root", "command", "user_remove", "li"),
    ]
    assert rows[2]["details"] == '{"roles":["duty","review"]}'


def test_the_audit_list_in_words(folder: Path) -> None:
    assert call(folder, "audit", language="zh") == "没有记录\n"
    with closing(Journal(folder / "journal.db")) as journal, journal.transaction() as connection:
        from datetime import UTC, datetime

        for who in ("王", "李"):
            now = datetime(2026, 11, 28, 1, tzinfo=UTC)
            audit.record(connection, "ack", ["=e1"], now, why="在路上", by=who)

    said = call(folder, "audit", "--who", "王", language="zh").splitlines()
    assert said[0].split() == ["时间（北京时间）", "谁", "途径", "事项", "对象", "原因"]
    assert said[1].split()[:3] == ["2026-11-28", "09:00", "王"]
    assert said[1].split()[-2:] == ["=e1", "在路上"]
    assert len(said) == 2
    assert call(folder, "audit", "--from", "2026-11-29") == "nothing is recorded\n"
    assert ",'=e1," in call(folder, "audit", "--csv", "--limit", "1")
