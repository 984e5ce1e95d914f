"""What no linter sees: no text holds the marks of an unfinished merge."""

import subprocess
from pathlib import Path

from tests.support.paths import ROOT

MARKS = ("<<<<<<<", ">>>>>>>")


def test_no_file_holds_the_marks_of_an_unfinished_merge() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    marked = [
        name
        for name in listed.splitlines()
        if Path(name).suffix in {".md", ".py", ".toml", ".conf", ".yml"}
        and any(f"\n{mark} " in (ROOT / name).read_text(encoding="utf-8") for mark in MARKS)
    ]

    assert marked == []
