"""deploy/backup.sh and restore.sh on wrong words; what they do: test_backup_compose.py, test_restore.py."""

import pytest

from tests.deploy.deployment import run
from tests.support.paths import ROOT


@pytest.mark.parametrize("script", ["backup.sh", "restore.sh"])
@pytest.mark.parametrize("words", [("everything",), ("sqlite", "journal.db", "kept"), ("compose",)])
def test_wrong_use_is_told_how(script: str, words: tuple[str, ...]) -> None:
    done = run(script, *words, cwd=ROOT)

    assert done.returncode == 2
    assert f"Without containers: liangqu {script.removesuffix('.sh')}" in done.stderr


@pytest.mark.parametrize("words", [("compose", "--help"), ("x", "-y")])
def test_what_looks_like_an_option_is_refused_in_one_line(words: tuple[str, ...]) -> None:
    done = run("backup.sh", *words, cwd=ROOT)

    assert done.returncode == 2
    found = next(word for word in words if word.startswith("-"))
    assert done.stderr == f"backup: {found} is not an option; a file or folder of that name is ./{found}\n"
