"""What `liangqu check` says of the desk."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from liangqu.__main__ import app
from liangqu.config.desk_choice import DeskChoice
from liangqu.desk.access.checking import desk_doubts, desk_mistakes

WANG = '[[user]]\nname = "wang"\ndisplay_name = "王"\nperson = "li"\n'
WITHOUT = "without HTTPS: browsers keep no login there"


@pytest.mark.parametrize(
    ("text", "mode", "line"),
    [
        pytest.param("", 0o644, "others may read or write it", id="rights"),
        pytest.param("x", 0o600, "line 1", id="no TOML"),
        pytest.param(WANG, 0o600, "nobody is an administrator", id="no administrator"),
        pytest.param(WANG + 'roles = ["admin"]\n', 0o600, None, id="well"),
        pytest.param("", 0o600, None, id="nobody yet: the link makes the first"),
    ],
)
def test_mistakes(text: str, mode: int, line: str | None, tmp_path: Path) -> None:
    file = tmp_path / "users.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)

    found = [*desk_mistakes(DeskChoice(users=str(file)))]
    assert (line in found[0]) if line else found == []


@pytest.mark.parametrize(
    ("choice", "doubted"),
    [
        pytest.param(DeskChoice(), False, id="this machine alone"),
        pytest.param(DeskChoice(listen="*:9465"), True, id="everywhere"),
        pytest.param(
            DeskChoice(listen="*:9465", cert_file="c", key_file="k"), False, id="with a certificate"
        ),
        pytest.param(DeskChoice(listen="*:9465", public_url="https://d.example"), False, id="behind a proxy"),
        pytest.param(DeskChoice(listen="*:9465", public_url="http://d.example"), True, id="without its TLS"),
    ],
)
def test_doubts(choice: DeskChoice, doubted: bool) -> None:
    assert any(WITHOUT in line for line in desk_doubts(choice, ())) is doubted


def test_the_command_says_them_in_chinese(tmp_path: Path) -> None:
    users = tmp_path / "users.toml"
    users.write_text(WANG + 'roles = ["admin"]\n', encoding="utf-8")
    users.chmod(0o600)
    (tmp_path / "liangqu.toml").write_text('[desk]\nlisten = "*:9465"\n', "utf-8")
    done = CliRunner(env={"LIANGQU_LANGUAGE": "zh"}).invoke(
        app, ["check", "-c", str(tmp_path / "liangqu.toml")]
    )

    assert "desk.listen：*:9465 没有 HTTPS" in done.output
    assert "通知文件中没有 li" in done.output
