"""The file of users: its own mistakes in one line each, changed in place, read again when it changes."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from liangqu.config.errors import ProblemError
from liangqu.desk.access import user_changes
from liangqu.desk.access.user_changes import InvitationError
from liangqu.desk.access.users import UserEntry, UsersFile, UsersFileError, read_users

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)
HASH = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21l$iWh06vD8Fy27wf9npn6FXWiCX4K6pW6Ue1Bnzz07Z8A"
WANG = f"""\
# The head stays.
[[user]]
name = "wang"
display_name = "王晓明"
roles = ["admin"]  # since 2026
password_hash = "{HASH}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "users.toml"
    path.write_text(WANG, encoding="utf-8")
    path.chmod(0o600)
    return path


MISTAKES = [
    pytest.param(
        "[[user]]\nname = 'a b'\ndisplay_name = 'x'", "user 1: name: 'a b' is not letters", id="name"
    ),
    pytest.param("[[user]]\nname = 'li'", "user 1 (li): display_name: missing", id="no display name"),
    pytest.param(
        "[[user]]\nname = 'li'\ndisplay_name = '李'\nroles = ['dutty']",
        "user 1 (li): roles: 'dutty' is none; did you mean duty?",
        id="no such role",
    ),
    pytest.param(
        "[[user]]\nname = 'li'\ndisplay_name = '李'\npassword = 'x'",
        "user 1 (li): password:",
        id="a password",
    ),
    pytest.param(
        "[[user]]\nname = 'li'\ndisplay_name = '李'\npassword_hash = 'x'",
        "user 1 (li): password_hash: is no argon2id hash; liangqu desk user password makes",
        id="no hash",
    ),
    pytest.param(
        "[[user]]\nname = 'li'\ndisplay_name = '李'\n[[user]]\nname = 'LI'\ndisplay_name = '李'",
        "user 2: LI stands there twice; remove one row",
        id="twice",
    ),
    pytest.param("[user]\nname = 'li'", "user is no list of rows; each begins with [[user]]", id="no list"),
    pytest.param("users = 1", "'users' is no table of this file", id="another key"),
    pytest.param("[[user]\n", "line 1", id="no TOML"),
    pytest.param(
        f"[[user]]\nname = 'li'\ndisplay_name = '李'\ninvitation = '{'0' * 64}'",
        "user 1 (li): invitation and invited_until go together",
        id="half an invitation",
    ),
]


@pytest.mark.parametrize(("text", "words"), MISTAKES)
def test_a_mistake_is_one_line_that_names_file_row_and_cure(file: Path, text: str, words: str) -> None:
    file.write_text(text, encoding="utf-8")

    with pytest.raises(UsersFileError) as error:
        read_users(file)

    assert str(error.value).startswith(f"{file}: ")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_file_that_others_may_read_or_write_is_refused(file: Path, mode: int) -> None:
    file.chmod(mode)

    with pytest.raises(UsersFileError, match=rf"others may read or write it \(mode 0{mode:o}\); chmod 600"):
        read_users(file)


def test_it_is_read_again_when_it_changes_and_a_broken_one_lets_nobody_in(file: Path) -> None:
    users = UsersFile(file)
    assert users.entry("WANG") is not None

    user_changes.add_user(file, UserEntry("li", "李芳", ("duty",)))
    assert users.entry("li") is not None
    file.write_text("x", encoding="utf-8")
    with pytest.raises(UsersFileError):
        users.entry("wang")
    file.unlink()
    assert users.entries() == {}


def test_changes_leave_everything_else_as_it_stands(file: Path) -> None:
    user_changes.add_user(file, UserEntry("li", "李芳", ("duty",), person="li"))
    user_changes.set_roles(file, "LI", ("duty", "review"))
    user_changes.set_password(file, "li", HASH)

    text = file.read_text(encoding="utf-8")
    assert text.startswith(WANG)
    assert read_users(file)["li"] == UserEntry("li", "李芳", ("duty", "review"), "li", HASH)
    assert file.stat().st_mode & 0o777 == 0o600

    user_changes.remove_user(file, "li")
    assert file.read_text(encoding="utf-8").strip() == WANG.strip()


def test_a_new_file_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        user_changes.add_user(tmp_path / "users.toml", UserEntry("wang", "王", ("admin",)))
    finally:
        os.umask(before)

    assert (tmp_path / "users.toml").stat().st_mode & 0o777 == 0o600


REFUSED = [
    pytest.param(
        lambda f: user_changes.add_user(f, UserEntry("WANG", "王")),
        "there is a user WANG already",
        id="taken",
    ),
    pytest.param(
        lambda f: user_changes.add_user(f, UserEntry("w w", "王")), "name: 'w w' is not", id="no name"
    ),
    pytest.param(lambda f: user_changes.remove_user(f, "wnag"), "'wnag'; did you mean wang?", id="nobody"),
    pytest.param(
        lambda f: user_changes.remove_user(f, "wang"), "wang is the only administrator", id="the last"
    ),
    pytest.param(
        lambda f: user_changes.set_roles(f, "wang", ("duty",)), "the only administrator", id="no longer"
    ),
    pytest.param(lambda f: user_changes.set_roles(f, "wang", ("boss",)), "'boss' is no role", id="no role"),
]


@pytest.mark.parametrize(("change", "words"), REFUSED)
def test_a_change_that_is_refused_leaves_the_file(file: Path, change: object, words: str) -> None:
    with pytest.raises(ProblemError, match=words):
        change(file)  # type: ignore[operator]

    assert file.read_text(encoding="utf-8") == WANG


def test_a_link_goes_once_for_seven_days_and_only_the_newest(file: Path) -> None:
    former = user_changes.invite(file, "wang", NOW)
    token = user_changes.invite(file, "wang", NOW)
    assert token not in file.read_text(encoding="utf-8")
    for wrong, now in ((former, NOW), ("", NOW), (token, NOW + timedelta(days=7))):
        with pytest.raises(InvitationError):
            user_changes.accept_invitation(file, wrong, HASH, now)

    entry = user_changes.accept_invitation(file, token, HASH, NOW + timedelta(days=7) - timedelta(seconds=1))
    assert (entry.name, entry.invitation, entry.invited_until) == ("wang", "", None)
    with pytest.raises(InvitationError):
        user_changes.accept_invitation(file, token, HASH, NOW)


def test_another_password_and_other_roles_end_sessions() -> None:
    entry = UserEntry("li", "李", ("duty",), password_hash=HASH)
    others = [
        UserEntry("li", "李", ("duty",), password_hash=HASH[:-1] + "B"),
        UserEntry("li", "李", ("duty", "review"), password_hash=HASH),
        UserEntry("wang", "李", ("duty",), password_hash=HASH),
    ]
    assert entry.credential not in {each.credential for each in others}
    assert UserEntry("li", "李芳", ("duty",), "li", HASH).credential == entry.credential
