"""A running liangqu for each test that asks for one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.service import LiangquRun

StartLiangqu = Callable[..., LiangquRun]


@pytest.fixture
def start_liangqu(tmp_path: Path) -> Iterator[StartLiangqu]:
    """A running service each call, ended with the test."""
    with ExitStack() as started:

        def start(broker: int, **options: Any) -> LiangquRun:
            folder = tmp_path / f"liangqu-{len(list(tmp_path.iterdir()))}"
            folder.mkdir()
            service = LiangquRun(folder, broker, **options)
            started.callback(service.kill)
            return service.start()

        yield start
