"""Frames to test with: those of the standards and public code, and the field's recorded ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.paths import REAL


@pytest.fixture(scope="session")
def packets() -> dict[str, bytes]:
    """The packets of packets.txt by their name."""
    lines = (Path(__file__).parent / "packets.txt").read_text(encoding="utf-8").splitlines()
    return {name: frame.encode() for name, frame in (line.split(" ", 1) for line in lines if line[0] != "#")}


@pytest.fixture(scope="session")
def field_frames() -> list[dict[str, Any]]:
    """The 30 recorded frames with what is right and wrong about each."""
    lines = (REAL / "hj212" / "packets.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
