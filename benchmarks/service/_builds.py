"""Builds to compare: this one, and another revision in a worktree with an environment of its own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.paths import ROOT

BEFORE = "3b4a1c3"
"""The last build that kept a point a reading and left all packets to paho."""


class Build(NamedTuple):
    """A build that can be run: where its sources are, and its own interpreter."""

    name: str
    tree: Path
    python: str


def this_build() -> Build:
    """The one that measures."""
    return Build("this build", ROOT, sys.executable)


def revision_before() -> str:
    """What this build is compared with unless told otherwise: the last tag behind it, or else `BEFORE`."""
    words = ["git", "describe", "--tags", "--abbrev=0", "HEAD^"]
    found = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    return found.stdout.strip() or BEFORE


@contextmanager
def built(revision: str) -> Iterator[Build]:
    """A build of that revision for as long as it is needed; exits with git's or pip's own words."""
    with tempfile.TemporaryDirectory() as name:
        tree = Path(name) / "tree"
        _run("git", "worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            _run(sys.executable, "-m", "venv", str(tree / ".venv"))
            python = str(tree / ".venv/bin/python")
            _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-e", str(tree))
            yield Build(f"build {revision}", tree, python)
        finally:
            _run("git", "worktree", "remove", "--force", str(tree))


def _run(*words: str) -> None:
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
