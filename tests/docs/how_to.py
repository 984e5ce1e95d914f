"""Follows a how-to literally: applies its blocks to a copy of the checkout and runs what it says to run."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
_FILE = re.compile(r"^(New file|Append to) `([^`]+)`:$")


class Block(NamedTuple):
    """A fenced block, and the line of prose before it."""

    before: str
    kind: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Every fenced block in order."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        before = text[: found.start()].rstrip().rpartition("\n")[2]
        yield Block(before, found["kind"], found["text"])


def follow(page: Path, folder: Path) -> int:
    """Do what the page says, in the folder; returns how many expected lines were seen."""
    printed, seen = "", 0
    for block in blocks(page):
        match block.kind, _FILE.match(block.before):
            case _, re.Match() as target:
                _put(folder / target[2], block.text, append=target[1] == "Append to")
            case "diff", _:
                _apply(folder, block.text)
            case "sh", _:
                printed = _run(folder, ["sh", "-ec", block.text])
            case "python", _:
                _run(folder, [sys.executable, "-W", "error", "-c", block.text])
            case "text", _:
                seen += _expect(printed, block.text)
    return seen


def _put(file: Path, text: str, *, append: bool) -> None:
    assert file.exists() or not append, f"{file.name} is not there to append to"
    with file.open("a" if append else "w", encoding="utf-8") as target:
        target.write(text)


def _apply(folder: Path, diff: str) -> None:
    """Each hunk's context and removed lines must stand in the file exactly once."""
    head, *hunks = diff.split("\n@@\n")
    file = folder / head.removeprefix("--- ").strip()
    text = file.read_text(encoding="utf-8")
    for hunk in hunks:
        lines = hunk.rstrip("\n").split("\n")
        old = "\n".join(line[1:] for line in lines if line[:1] in {" ", "-"})
        new = "\n".join(line[1:] for line in lines if line[:1] in {" ", "+"})
        assert text.count(old) == 1, f"{file.name} has {text.count(old)} times:\n{old}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def _run(folder: Path, command: list[str]) -> str:
    """What it prints on both streams; `liangqu` is the copy's."""
    tool = folder / ".bin" / "liangqu"
    tool.parent.mkdir(exist_ok=True)
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m liangqu "$@"\n', encoding="utf-8")
    tool.chmod(0o700)
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LIANGQU_", "COV_"))}
    environment = kept | {
        "PYTHONPATH": str(folder),
        "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "250",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "",
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def _expect(printed: str, text: str) -> int:
    wanted = text.strip().splitlines()
    for line in wanted:
        pattern = ".*".join(re.escape(part) for part in line.split("…"))
        assert re.search(f"^{pattern}$", printed, re.MULTILINE), f"not printed: {line}\n{printed[-3000:]}"
    return len(wanted)
